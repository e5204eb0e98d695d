{{- define "podweave.labels" -}}
app.kubernetes.io/name: podweave
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "podweave.image" -}}
{{- with .Values.image }}
{{- .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{- /* What both DaemonSets' pods have: they run on every node, before others, and whatever taints it has. */}}
{{- define "podweave.pod" -}}
priorityClassName: system-node-critical
nodeSelector:
  {{- toYaml .Values.nodeSelector | nindent 2 }}
tolerations:
  - operator: Exists
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Root, since the runtime's directory lets nobody else in, and nothing that makes root what it is but what is added. */}}
{{- define "podweave.securityContext" -}}
runAsUser: 0
runAsGroup: 0
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
  {{- with .add }}
  add: {{ . }}
  {{- end }}
seccompProfile:
  type: RuntimeDefault
{{- with .root.Values.seLinuxOptions }}
seLinuxOptions:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* CEL: whether an annotation's key k is of podweave's domain, the pod's or a container's, in letters of any case, as is_ours in
       host/core/src/annotations.rs has it. That one takes dots behind the domain, too, which no API server does. */}}
{{- define "podweave.isOurs" -}}
(k.lowerAscii().startsWith('podweave.dev/') || k.lowerAscii().contains('.podweave.dev/'))
{{- end }}

{{- /* CEL: whether a key of podweave's domain is written as it must be. */}}
{{- define "podweave.isWellWritten" -}}
(k.startsWith('podweave.dev/') || k.contains('.podweave.dev/'))
{{- end }}

{{- /* CEL: whether k is an annotation that the agent alone writes, on containers. */}}
{{- define "podweave.isWrittenByTheAgent" -}}
['/rendered', '/seal'].exists(name, k == 'podweave.dev' + name || k.endsWith('.podweave.dev' + name))
{{- end }}

{{- /* CEL: whether k says which plugins the runtime requires. */}}
{{- define "podweave.isRequirement" -}}
(k == 'required-plugins.noderesource.dev' || k.startsWith('required-plugins.noderesource.dev/'))
{{- end }}

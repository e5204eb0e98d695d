{{- define "podweave.labels" -}}
app.kubernetes.io/name: podweave
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "podweave.image" -}}
{{- with .Values.image }}
{{- .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{- /* The common part of both DaemonSets' pods: they run on every node, before other pods, and tolerate all taints. */}}
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

{{- /* Root, because only root can enter the runtime's directory, but without capabilities other than the added ones. */}}
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

{{- /* CEL: whether an annotation's key k is in podweave's domain, for the pod or for a container, in upper or lower case, like is_ours in
       host/core/src/annotations.rs. That function accepts dots after the domain, too, which no API server does. */}}
{{- define "podweave.isOurs" -}}
(k.lowerAscii().startsWith('podweave.dev/') || k.lowerAscii().contains('.podweave.dev/'))
{{- end }}

{{- /* CEL: whether a key in podweave's domain has the right case. */}}
{{- define "podweave.isWellWritten" -}}
(k.startsWith('podweave.dev/') || k.contains('.podweave.dev/'))
{{- end }}

{{- /* CEL: whether k is an annotation that only the agent sets, on containers. */}}
{{- define "podweave.isWrittenByTheAgent" -}}
['/rendered', '/seal', '/fixed'].exists(name, k == 'podweave.dev' + name || k.endsWith('.podweave.dev' + name))
{{- end }}

{{- /* CEL: whether k is an annotation that lists the plugins that the runtime requires. */}}
{{- define "podweave.isRequirement" -}}
(k == 'required-plugins.noderesource.dev' || k.startsWith('required-plugins.noderesource.dev/'))
{{- end }}

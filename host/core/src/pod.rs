//! Reads pods and pod templates: the parts of the spec that annotations, plugins and expansion use.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::names::{self, Form};
use crate::node::{Node, ShapeError};
use crate::{quantity, text};

/// A pod, or the pod template of a workload, whose pods do not exist yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pod {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod's name; `None` for a template.
    pub name: Option<String>,
    /// The name in the manifest: the pod's or the workload's.
    pub manifest_name: String,
    /// `Pod`, `Deployment`, ...
    pub kind: String,
    /// The pod's UID; `None` for a template.
    pub uid: Option<String>,
    /// The node that the pod is assigned to.
    pub node_name: Option<String>,
    /// The labels of that node, if they are known.
    pub node_labels: BTreeMap<String, String>,
    /// The pod's ServiceAccount.
    pub service_account: String,
    /// The names of its pull Secrets, in its namespace.
    pub pull_secrets: Vec<String>,
    /// The pod's labels.
    pub labels: BTreeMap<String, String>,
    /// The pod's annotations.
    pub annotations: BTreeMap<String, String>,
    /// Init containers, then app containers, then ephemeral ones, as the spec orders them.
    pub containers: Vec<Container>,
}

/// What a container is for. It decides whether a container is rendered for by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ContainerKind {
    /// Runs to its end before the app containers start.
    Init,
    /// An init container that keeps running: `restartPolicy: Always`.
    Sidecar,
    /// An ordinary container.
    #[default]
    App,
    /// Added to a running pod, for debugging.
    Ephemeral,
}

/// A container of a pod.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Container {
    /// Its name, unique in the pod.
    pub name: String,
    /// What it is for.
    pub kind: ContainerKind,
    /// Its image; empty if the spec names none.
    pub image: String,
    /// `command`; `None` if it is missing or empty, which mean the same.
    pub command: Option<Vec<String>>,
    /// `args`; `None` if they are missing or empty.
    pub args: Option<Vec<String>>,
    /// `env`, in order.
    pub env: Vec<EnvVar>,
    /// `envFrom`, in order.
    pub env_from: Vec<EnvFrom>,
    /// Named ports.
    pub ports: BTreeMap<String, u16>,
    /// `resources.requests`, quantities as the API server writes them. A resource that has only a limit is
    /// requested as much, as there.
    pub requests: BTreeMap<String, String>,
    /// `resources.limits`, quantities as the API server writes them.
    pub limits: BTreeMap<String, String>,
}

/// An entry of `env`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvVar {
    /// The variable's name.
    pub name: String,
    /// Where its value comes from.
    pub source: EnvSource,
}

/// Where a variable's value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvSource {
    /// `value`, in which the kubelet expands `$(NAME)`.
    Literal(String),
    /// `valueFrom.configMapKeyRef`.
    ConfigMapKey {
        /// The ConfigMap, in the pod's namespace.
        config_map: String,
        /// The key in it.
        key: String,
    },
    /// `valueFrom.fieldRef`, by its path.
    Field(String),
    /// `valueFrom.secretKeyRef` and what else only the node knows.
    Opaque,
}

/// An entry of `envFrom`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvFrom {
    /// The text before each key.
    pub prefix: String,
    /// The ConfigMap, in the pod's namespace; `None` for a Secret.
    pub config_map: Option<String>,
}

impl Pod {
    /// The container of this name.
    #[must_use]
    pub fn container(&self, name: &str) -> Option<&Container> {
        self.containers.iter().find(|container| container.name == name)
    }

    /// `namespace/name`, for messages.
    #[must_use]
    pub fn identity(&self) -> String {
        format!("{}/{}", self.namespace, self.manifest_name)
    }

    /// Reads a manifest of a pod or of a workload with a pod template; `None` for any other kind.
    ///
    /// # Errors
    /// A value of the wrong shape, with its path.
    pub fn from_manifest(manifest: Node<'_>, default_namespace: &str) -> Result<Option<Self>, ShapeError> {
        let kind = manifest.text_field("kind")?.unwrap_or_default();
        if !is_workload(manifest.value()) {
            return Ok(None);
        }
        let Some(template) = template_of(&kind) else {
            return Ok(None);
        };
        let (name, namespace, uid) = manifest.required("metadata", |metadata| {
            let name = match metadata.name_field("name", Form::Subdomain)? {
                Some(name) => name,
                None => metadata.required("generateName", |name| name.name(Form::SubdomainPrefix))?,
            };
            Ok((
                name,
                metadata.name_field("namespace", Form::Label)?,
                metadata.text_field("uid")?,
            ))
        })?;
        let namespace = namespace.unwrap_or_else(|| default_namespace.to_owned());
        let mut pod = descend(manifest, template, &mut |pod| Self::from_template(pod))?;
        let is_pod = template.is_empty();
        pod.name = is_pod.then(|| name.clone());
        pod.uid = uid.filter(|_| is_pod);
        pod.manifest_name = name;
        pod.namespace = namespace;
        pod.kind = kind;
        Ok(Some(pod))
    }

    fn from_template(template: Node<'_>) -> Result<Self, ShapeError> {
        let (labels, annotations) = template
            .field("metadata", |metadata| {
                Ok((metadata.texts("labels")?, metadata.texts("annotations")?))
            })?
            .unwrap_or_default();
        template.required("spec", |spec| {
            let mut containers = spec.list("initContainers", |container| {
                let always = container.text_field("restartPolicy")?.as_deref() == Some("Always");
                Container::from_manifest(
                    container,
                    if always {
                        ContainerKind::Sidecar
                    } else {
                        ContainerKind::Init
                    },
                )
            })?;
            containers.extend(spec.required("containers", |list| {
                list.items(|container| Container::from_manifest(container, ContainerKind::App))
            })?);
            containers.extend(spec.list("ephemeralContainers", |container| {
                Container::from_manifest(container, ContainerKind::Ephemeral)
            })?);
            let mut names = BTreeSet::new();
            if let Some(twice) = containers
                .iter()
                .find(|container| !names.insert(container.name.as_str()))
            {
                return Err(spec.error(format!("two containers are called {:?}", twice.name)));
            }
            Ok(Self {
                namespace: String::new(),
                name: None,
                manifest_name: String::new(),
                kind: String::new(),
                uid: None,
                node_name: spec.name_field("nodeName", Form::Subdomain)?,
                node_labels: BTreeMap::new(),
                pull_secrets: spec.list("imagePullSecrets", |secret| {
                    Ok(secret.text_field("name")?.unwrap_or_default())
                })?,
                service_account: spec
                    .name_field("serviceAccountName", Form::Subdomain)?
                    .unwrap_or_else(|| "default".to_owned()),
                labels: labels.clone(),
                annotations: annotations.clone(),
                containers,
            })
        })
    }
}

/// Whether a manifest is a pod, or has a pod template that is read.
pub(crate) fn is_workload(manifest: &Value) -> bool {
    // Other groups have a Job or a Deployment of their own, without a pod template.
    let is_of_kubernetes = matches!(group(manifest), "" | "apps" | "batch" | "extensions");
    is_of_kubernetes
        && manifest["kind"]
            .as_str()
            .is_some_and(|kind| template_of(kind).is_some())
}

/// The API group of a manifest; empty for the core group, and for a manifest without a group.
pub(crate) fn group(manifest: &Value) -> &str {
    manifest["apiVersion"]
        .as_str()
        .and_then(|version| version.split_once('/'))
        .map_or("", |(group, _)| group)
}

/// Where a kind has its pod template; `None` for a kind that has none.
pub(crate) fn template_of(kind: &str) -> Option<&'static [&'static str]> {
    match kind {
        "Pod" => Some(&[]),
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" => {
            Some(&["spec", "template"])
        }
        "CronJob" => Some(&["spec", "jobTemplate", "spec", "template"]),
        _ => None,
    }
}

fn descend<T>(
    node: Node<'_>,
    path: &[&str],
    read: &mut dyn FnMut(Node<'_>) -> Result<T, ShapeError>,
) -> Result<T, ShapeError> {
    match path.split_first() {
        None => read(node),
        Some((field, rest)) => node.required(field, |child| descend(child, rest, read)),
    }
}

impl Container {
    fn from_manifest(container: Node<'_>, kind: ContainerKind) -> Result<Self, ShapeError> {
        let name = container.required("name", |name| name.name(Form::Label))?;
        let strings = |field: &str| -> Result<Option<Vec<String>>, ShapeError> {
            let list = container.list(field, |item| item.text().map(str::to_owned))?;
            Ok(Some(list).filter(|list| !list.is_empty()))
        };
        let mut ports = BTreeMap::new();
        for (name, number) in container.list("ports", port)? {
            ports.extend(name.map(|name| (name, number)));
        }
        let quantities = |list: &str| -> Result<BTreeMap<String, String>, ShapeError> {
            Ok(container
                .field("resources", |resources| {
                    resources.field(list, |list| list.entries(|_, written| quantity(written)))
                })?
                .flatten()
                .unwrap_or_default())
        };
        let limits = quantities("limits")?;
        let mut requests = quantities("requests")?;
        for (resource, limit) in &limits {
            requests.entry(resource.clone()).or_insert_with(|| limit.clone());
        }
        Ok(Self {
            name,
            kind,
            image: container.text_field("image")?.unwrap_or_default(),
            command: strings("command")?,
            args: strings("args")?,
            env: container.list("env", env_var)?,
            env_from: container.list("envFrom", env_from)?,
            ports,
            requests,
            limits,
        })
    }
}

fn port(port: Node<'_>) -> Result<(Option<String>, u16), ShapeError> {
    let number = port.required("containerPort", |number| {
        let written = number.value();
        // To kubectl, 8080.0 is 8080.
        let value = written.as_u64().or_else(|| {
            written
                .as_f64()
                .filter(|value| value.fract() == 0.0 && (0.0..65536.0).contains(value))
                .map(|value| value as u64)
        });
        value
            .and_then(|value| u16::try_from(value).ok())
            .filter(|value| *value > 0)
            .ok_or_else(|| number.error("is not a port number"))
    })?;
    Ok((port.text_field("name")?, number))
}

/// A quantity may be written as a number (`cpu: 2`). An invalid one stays as it is, since the API server
/// refuses it.
fn quantity(quantity: Node<'_>) -> Result<String, ShapeError> {
    let written = match quantity.value() {
        Value::Number(number) => number.to_string(),
        Value::Null => "0".to_owned(),
        _ => quantity.text()?.to_owned(),
    };
    Ok(quantity::canonical(&written).unwrap_or(written))
}

fn env_var(variable: Node<'_>) -> Result<EnvVar, ShapeError> {
    let name = variable.required("name", env_name)?;
    let from = variable.field("valueFrom", |from| {
        let config_map_key = from.field("configMapKeyRef", |reference| {
            Ok(EnvSource::ConfigMapKey {
                config_map: reference.name_field("name", Form::Subdomain)?.unwrap_or_default(),
                key: reference.required("key", |key| key.name(Form::ConfigMapKey))?,
            })
        })?;
        let field = from.field("fieldRef", |reference| {
            reference.required("fieldPath", |path| {
                path.text().map(|path| EnvSource::Field(path.to_owned()))
            })
        })?;
        Ok(config_map_key.or(field).unwrap_or(EnvSource::Opaque))
    })?;
    // As in the kubelet: an empty `value` gives way to `valueFrom`.
    let source = match (variable.text_field("value")?, from) {
        (Some(value), _) if !value.is_empty() => EnvSource::Literal(value),
        (_, Some(from)) => from,
        (value, None) => EnvSource::Literal(value.unwrap_or_default()),
    };
    Ok(EnvVar { name, source })
}

fn env_name(name: Node<'_>) -> Result<String, ShapeError> {
    let text = name.text()?;
    match names::env_name_problem(text) {
        Some(problem) => Err(name.error(format!(
            "{} cannot name an environment variable: {problem}",
            text::quoted(text)
        ))),
        None => Ok(text.to_owned()),
    }
}

fn env_from(entry: Node<'_>) -> Result<EnvFrom, ShapeError> {
    Ok(EnvFrom {
        prefix: entry
            .field("prefix", |prefix| {
                if prefix.value() == "" {
                    Ok(String::new())
                } else {
                    env_name(prefix)
                }
            })?
            .unwrap_or_default(),
        config_map: entry
            .field("configMapRef", |reference| {
                reference.name_field("name", Form::SubdomainPrefix)
            })?
            .flatten(),
    })
}

//! Finds podweave annotations that have no effect where they are, and says where they belong.

use serde_json::{Map, Value};

use crate::annotations::{self, Field, Key, RESTARTED_AT, WRITTEN_BY_THE_AGENT, WRITTEN_BY_THE_AGENT_REASON};
use crate::config_map::{self, HOLD, SHARE_WITH};
use crate::pod::{group, template_of};
use crate::text;

/// The API groups of Kubernetes itself, without `.k8s.io`.
const GROUPS: [&str; 22] = [
    "",
    "admissionregistration",
    "apiextensions",
    "apiregistration",
    "apps",
    "authentication",
    "authorization",
    "autoscaling",
    "batch",
    "certificates",
    "coordination",
    "discovery",
    "events",
    "extensions",
    "flowcontrol.apiserver",
    "networking",
    "node",
    "policy",
    "rbac.authorization",
    "resource",
    "scheduling",
    "storage",
];

/// Finds a podweave annotation without effect in an object of Kubernetes' own kinds: which one, of which
/// object, and where it belongs.
///
/// What other kinds do with annotations is unknown: some pass them on to pods.
pub(crate) fn problem(object: &Value) -> Option<String> {
    let kind = object["kind"].as_str()?;
    let group = group(object);
    if !GROUPS.contains(&group.strip_suffix(".k8s.io").unwrap_or(group)) {
        return None;
    }
    let subject = Subject {
        object,
        kind,
        template: template_of(kind).filter(|_| matches!(group, "" | "apps" | "batch" | "extensions")),
    };
    subject.walk(object, &mut Vec::new())
}

struct Subject<'o> {
    object: &'o Value,
    kind: &'o str,
    /// Where its pods have their metadata; `None` for a kind that makes no pods.
    template: Option<&'static [&'static str]>,
}

impl<'o> Subject<'o> {
    /// Visits each `annotations` in the object. Trees of YAML are not deep.
    fn walk(&self, value: &'o Value, path: &mut Vec<String>) -> Option<String> {
        match value {
            Value::Object(fields) => fields.iter().find_map(|(name, value)| {
                path.push(name.clone());
                let is_labels = self.template.is_some()
                    && name == "labels"
                    && path.len() >= 2
                    && path[path.len() - 2] == "metadata";
                let found = match value {
                    Value::Object(annotations) if name == "annotations" => {
                        self.annotations(annotations, path)
                    }
                    Value::Object(labels) if is_labels => self.labels(labels, path),
                    _ => self.walk(value, path),
                };
                path.pop();
                found
            }),
            Value::Array(items) => items.iter().enumerate().find_map(|(index, item)| {
                path.push(index.to_string());
                let found = self.walk(item, path);
                path.pop();
                found
            }),
            _ => None,
        }
    }

    fn annotations(&self, annotations: &Map<String, Value>, path: &[String]) -> Option<String> {
        if self.are_the_pods(path) {
            return None;
        }
        let is_own = path.len() == 2 && path[0] == "metadata";
        annotations.iter().find_map(|(key, value)| {
            let parsed = Key::of(key)?;
            let is_its_owners = is_own
                && [SHARE_WITH, HOLD].contains(&key.as_str())
                && config_map::is_config_map(self.object);
            if is_its_owners
                || (parsed.is_well_written && parsed.name == RESTARTED_AT)
                || self.pods_annotation(key) == Some(value)
            {
                return None;
            }
            Some(self.message("annotation", key, &parsed, path))
        })
    }

    /// Finds a label that only makes sense as an annotation, if that annotation is missing.
    fn labels(&self, labels: &Map<String, Value>, path: &[String]) -> Option<String> {
        labels.keys().find_map(|key| {
            let parsed = Key::of(key)?;
            let is_field = Field::ALL.iter().any(|field| field.name() == parsed.name);
            (is_field && self.pods_annotation(key).is_none())
                .then(|| self.message("label", key, &parsed, path))
        })
    }

    /// Whether the path leads to the annotations of the object's pods.
    fn are_the_pods(&self, path: &[String]) -> bool {
        let template = match self.kind {
            "PodTemplate" => Some(&["template"][..]),
            _ => self.template,
        };
        template.is_some_and(|template| {
            path.split_last()
                .is_some_and(|(_, parents)| parents.iter().eq(template.iter().chain(&["metadata"])))
        })
    }

    fn pods_annotation(&self, key: &str) -> Option<&'o Value> {
        let template = self
            .template?
            .iter()
            .fold(self.object, |value, field| &value[field]);
        template["metadata"]["annotations"].get(key)
    }

    fn message(&self, what: &str, key: &str, parsed: &Key<'_>, path: &[String]) -> String {
        let place = text::printable(&path.join("."), 200);
        let object = format!(
            "{} {}",
            text::printable(self.kind, 80),
            text::quoted(self.object["metadata"]["name"].as_str().unwrap_or_default())
        );
        let shown = format!("{object}: {what} {} in {place}", text::printable(key, 400));
        if !parsed.is_well_written {
            return format!("{shown}: {}", annotations::misspelt_domain(parsed));
        }
        if WRITTEN_BY_THE_AGENT.contains(&parsed.name) {
            return format!("{shown}: {WRITTEN_BY_THE_AGENT_REASON}");
        }
        let belongs = match self.template {
            _ if parsed.name == "share-with" => "it belongs in metadata.annotations of the ConfigMap that is shared".to_owned(),
            _ if parsed.name == "hold" => "it belongs in metadata.annotations of the ConfigMap whose changes wait".to_owned(),
            Some(template) => format!("it belongs in {}metadata.annotations", template.iter().fold(String::new(), |path, field| format!("{path}{field}."))),
            None => "it belongs in the annotations of a pod, or of a workload's pod template (spec.template.metadata.annotations)".to_owned(),
        };
        format!("{shown} has no effect there; {belongs}")
    }
}

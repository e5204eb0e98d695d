//! `--set`: facts of a pod that are only known in a cluster.

use podweave_core::names::Form;
use podweave_core::pod::Pod;
use podweave_core::text;

/// A fact given on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    PodName(String),
    PodUid(String),
    NodeName(String),
    NodeLabel(String, String),
}

impl Fact {
    /// Parses `FACT=VALUE`.
    pub fn parse(text: &str) -> Result<Self, String> {
        const KNOWN: [&str; 4] = ["pod-name", "pod-uid", "node-name", "node-label/KEY"];
        let (fact, value) = text.split_once('=').ok_or("must have the form FACT=VALUE")?;
        let value = value.to_owned();
        let name = |value: String| Form::Subdomain.problem(&value).map_or(Ok(value), Err);
        match fact {
            "pod-name" => name(value).map(Self::PodName),
            "pod-uid" => Ok(Self::PodUid(value)),
            "node-name" => name(value).map(Self::NodeName),
            _ => match fact.strip_prefix("node-label/") {
                Some(key) if !key.is_empty() => Ok(Self::NodeLabel(key.to_owned(), value)),
                _ => Err(format!(
                    "there is no fact {}{}; the facts that can be set are {}; other facts come from the manifest",
                    text::quoted(fact),
                    text::did_you_mean(fact, KNOWN),
                    text::list(KNOWN)
                )),
            },
        }
    }

    /// Formats the fact and its value, as [`Fact::parse`] reads them.
    pub fn parts(&self) -> (String, &str) {
        match self {
            Self::PodName(name) => ("pod-name".to_owned(), name),
            Self::PodUid(uid) => ("pod-uid".to_owned(), uid),
            Self::NodeName(name) => ("node-name".to_owned(), name),
            Self::NodeLabel(key, value) => (format!("node-label/{key}"), value),
        }
    }

    /// Sets it in the pod, over the manifest's own.
    pub fn apply(&self, pod: &mut Pod) {
        match self {
            Self::PodName(name) => pod.name = Some(name.clone()),
            Self::PodUid(uid) => pod.uid = Some(uid.clone()),
            Self::NodeName(name) => pod.node_name = Some(name.clone()),
            Self::NodeLabel(key, value) => {
                pod.node_labels.insert(key.clone(), value.clone());
            }
        }
    }
}

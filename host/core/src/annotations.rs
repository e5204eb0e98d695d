//! Collects the podweave annotations of a pod by level and field, and refuses unknown ones.

use std::collections::BTreeMap;

use crate::pod::Pod;
use crate::text;

/// The domain of all podweave annotations.
pub const DOMAIN: &str = "podweave.dev";

/// A field of the annotations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// `plugin`: which plugin renders.
    Plugin,
    /// `config-maps`: which ConfigMaps the plugin may read.
    ConfigMaps,
    /// `params`: the parameters that the plugin gets.
    Params,
    /// `containers`: the containers to render for.
    Containers,
    /// `files`: the directory of the rendered files.
    Files,
    /// `file-mounts`: rendered files that also appear at fixed paths.
    FileMounts,
    /// `on-failure`: what happens to a container whose render fails.
    OnFailure,
    /// `follow`: what rendered files do when their ConfigMaps change.
    Follow,
    /// `spread`: the time over which pods take a change one after the other.
    Spread,
    /// `renders`: the full form.
    Renders,
}

impl Field {
    /// All fields, as the documentation orders them.
    pub const ALL: [Self; 10] = [
        Self::Plugin,
        Self::ConfigMaps,
        Self::Params,
        Self::Containers,
        Self::Files,
        Self::FileMounts,
        Self::OnFailure,
        Self::Follow,
        Self::Spread,
        Self::Renders,
    ];

    /// Returns the field's name: the part behind the slash of an annotation.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plugin => "plugin",
            Self::ConfigMaps => "config-maps",
            Self::Params => "params",
            Self::Containers => "containers",
            Self::Files => "files",
            Self::FileMounts => "file-mounts",
            Self::OnFailure => "on-failure",
            Self::Follow => "follow",
            Self::Spread => "spread",
            Self::Renders => "renders",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// Whether the field belongs to the short form. `renders`, the full form, excludes those.
    #[must_use]
    pub(crate) fn is_short_form(self) -> bool {
        !matches!(
            self,
            Self::OnFailure | Self::Follow | Self::Spread | Self::Renders
        )
    }

    /// Whether only the whole pod can have it.
    fn is_of_the_pod(self) -> bool {
        matches!(self, Self::Containers | Self::Spread)
    }
}

/// podweave ignores it. A template can set it to get new pods.
pub(crate) const RESTARTED_AT: &str = "restarted-at";

/// The annotations that only the agent writes, and only on containers.
pub(crate) const WRITTEN_BY_THE_AGENT: [&str; 3] = ["rendered", "seal", "fixed"];

/// Whether an annotation's key is in podweave's domain, for the pod or for one container. The API server
/// accepts letters of any case in a domain, and `Podweave.dev/plugin` is meant for podweave. A key that is
/// not well written opts a pod in, too, so that the pod is refused instead of ignored. Agent, guard, command
/// line and the admission policies (`podweave.isOurs` in deploy/chart) share this one rule.
#[must_use]
pub fn is_ours(key: &str) -> bool {
    Key::of(key).is_some()
}

/// The key of a podweave annotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key<'a> {
    /// The container that it is for; `None`: the pod.
    pub container: Option<&'a str>,
    /// The part behind the slash.
    pub name: &'a str,
    /// Whether the domain is lower-case and has no dot at its end.
    pub is_well_written: bool,
}

impl<'a> Key<'a> {
    /// Parses a key; `None` if it is not podweave's.
    pub fn of(key: &'a str) -> Option<Self> {
        let (written, name) = key.split_once('/')?;
        let trimmed = written.trim_end_matches('.');
        // A byte of the domain is compared with at most one byte, and never with part of a longer character.
        let begin = trimmed.len().checked_sub(DOMAIN.len())?;
        let (before, domain) = trimmed.split_at_checked(begin)?;
        if !domain.eq_ignore_ascii_case(DOMAIN) || !(before.is_empty() || before.ends_with('.')) {
            return None;
        }
        Some(Self {
            container: before.strip_suffix('.'),
            name,
            is_well_written: domain == DOMAIN && trimmed == written,
        })
    }

    /// Returns the key as it must be written.
    pub fn corrected(&self) -> String {
        match self.container {
            None => format!("{DOMAIN}/{}", self.name),
            Some(container) => format!("{container}.{DOMAIN}/{}", self.name),
        }
    }
}

/// An annotation that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("annotation {annotation}: {reason}")]
pub struct AnnotationError {
    /// The annotation's whole key.
    pub annotation: String,
    /// What is wrong, and what to write instead.
    pub reason: String,
}

impl AnnotationError {
    /// Creates an error about a field of the pod, or of one container.
    pub(crate) fn new(container: Option<&str>, field: Field, reason: impl Into<String>) -> Self {
        Self {
            annotation: key(container, field),
            reason: reason.into(),
        }
    }
}

/// The fields of one level: of the pod, or of one container.
pub type Fields<'a> = BTreeMap<Field, &'a str>;

/// The podweave annotations of a pod.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Annotations<'a> {
    /// `podweave.dev/<field>`.
    pub pod: Fields<'a>,
    /// `<container>.podweave.dev/<field>`.
    pub containers: BTreeMap<&'a str, Fields<'a>>,
}

impl<'a> Annotations<'a> {
    /// Collects the podweave annotations of a pod.
    ///
    /// # Errors
    /// An unknown field, or a container that the pod does not have. The message suggests the nearest known
    /// name.
    pub fn of(pod: &'a Pod) -> Result<Self, AnnotationError> {
        let mut collected = Self::default();
        for (key, value) in &pod.annotations {
            let Some(parsed) = Key::of(key) else { continue };
            let Key {
                container,
                name,
                is_well_written,
            } = parsed;
            let error = |reason: String| AnnotationError {
                annotation: text::printable(key, 400),
                reason,
            };
            if !is_well_written {
                return Err(error(misspelt_domain(&parsed)));
            }
            if let Some(container) = container
                && pod.container(container).is_none()
            {
                let names = || pod.containers.iter().map(|container| container.name.as_str());
                let suggestion = text::did_you_mean(container, names());
                return Err(error(format!(
                    "the pod has no container {}{suggestion}; it has {}",
                    text::quoted(container),
                    text::list(names())
                )));
            }
            if WRITTEN_BY_THE_AGENT.contains(&name) {
                return Err(error(WRITTEN_BY_THE_AGENT_REASON.to_owned()));
            }
            if name == RESTARTED_AT {
                continue;
            }
            let field = Field::from_name(name).ok_or_else(|| error(unknown_field(name)))?;
            if field.is_of_the_pod() && container.is_some() {
                return Err(error(format!(
                    "{name:?} is for the whole pod; write {DOMAIN}/{name}"
                )));
            }
            let fields = match container {
                None => &mut collected.pod,
                Some(container) => collected.containers.entry(container).or_default(),
            };
            fields.insert(field, value);
        }
        Ok(collected)
    }

    /// Whether the pod has no podweave annotation, so it has not opted in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pod.is_empty() && self.containers.is_empty()
    }
}

/// Why a pod must not have one of [`WRITTEN_BY_THE_AGENT`].
pub(crate) const WRITTEN_BY_THE_AGENT_REASON: &str =
    "only the agent sets it, on each container that it has handled; remove it from the pod";

/// Says how a key whose domain is not well written must be written.
pub(crate) fn misspelt_domain(key: &Key<'_>) -> String {
    format!(
        "write the domain in lower case and without a dot at its end: {}",
        text::printable(&key.corrected(), 400)
    )
}

fn unknown_field(name: &str) -> String {
    if name == "share-with" {
        return "it belongs on a ConfigMap, whose owner shares it, not on a pod".to_owned();
    }
    if name == "hold" {
        return "it belongs on a ConfigMap, whose changes wait, not on a pod; for a pod, write follow"
            .to_owned();
    }
    let known = || Field::ALL.iter().map(|field| field.name());
    match text::nearest(name, known()) {
        Some(near) => format!("there is no field {}; did you mean {near:?}?", text::quoted(name)),
        None => format!(
            "there is no field {}; the fields are {}",
            text::quoted(name),
            text::list(known())
        ),
    }
}

/// Returns the whole key of an annotation, for messages.
#[must_use]
pub fn key(container: Option<&str>, field: Field) -> String {
    match container {
        None => format!("{DOMAIN}/{}", field.name()),
        Some(container) => format!("{container}.{DOMAIN}/{}", field.name()),
    }
}

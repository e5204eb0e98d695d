//! Reads what a pod's annotations ask for: for each container, which plugins render what from which
//! ConfigMaps.

mod full_form;
mod level;
mod render;
mod values;

use std::sync::Arc;
use std::time::Duration;

use crate::annotations::{self, AnnotationError, Annotations, Field};
use crate::budget::{self, Budget};
use crate::change::Follow;
use crate::pod::Pod;
use crate::text::human_size;
use level::Level;
pub use render::{DEFAULT_FILES_DIRECTORY, FileMount, OnFailure, Render};

/// What a pod's annotations ask for, for one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The container's name.
    pub container: String,
    /// Its renders, in order; at least one. Containers with equal renders share them.
    pub renders: Vec<Arc<Render>>,
    /// What happens if a render fails.
    pub on_failure: OnFailure,
    /// What its rendered files do when their ConfigMaps change.
    pub follow: Follow,
    /// The time over which the pods that take a change do so one after the other; zero: at once. At most
    /// [`budget::SPREAD`].
    pub spread: Duration,
}

/// Reads a pod's annotations. A pod without podweave annotations has no bindings.
///
/// # Errors
/// The first wrong annotation, and what to write instead. Nothing is skipped silently.
///
/// # Examples
/// ```
/// use podweave_core::binding::bindings;
/// use podweave_core::manifest::Manifests;
///
/// let mut manifests = Manifests::default();
/// manifests.add("web.yaml", r#"
/// kind: Pod
/// metadata:
///   name: web
///   annotations:
///     podweave.dev/plugin: handlebars
///     podweave.dev/config-maps: settings, base=platform/defaults?
///     podweave.dev/params: "{env: {PORT: '{{settings.port}}'}}"
/// spec:
///   containers: [{name: web, image: app:1}]
/// "#, "shop")?;
///
/// let bindings = bindings(&manifests.pods[0])?;
/// let render = &bindings[0].renders[0];
/// assert_eq!((bindings[0].container.as_str(), render.plugin.as_str()), ("web", "handlebars"));
/// assert_eq!(render.config_maps[1].identity(), "platform/defaults");
/// assert!(render.config_maps[1].optional);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn bindings(pod: &Pod) -> Result<Vec<Binding>, AnnotationError> {
    let annotations = Annotations::of(pod)?;
    if annotations.is_empty() {
        return Ok(Vec::new());
    }
    check_size(pod)?;
    let mut budget = Budget::default();
    let pod_level = Level::parse(pod, None, &annotations.pod, &mut budget)?;
    let mut found = Vec::new();
    for container in &pod.containers {
        let name = container.name.as_str();
        let own = annotations
            .containers
            .get(name)
            .map(|fields| Level::parse(pod, Some(name), fields, &mut budget))
            .transpose()?;
        let renders = match &own {
            Some(own) => own.over(&pod_level, name, container.kind)?,
            None => pod_level.renders_for(name, container.kind)?,
        };
        for render in &renders {
            budget
                .spend_render(render.config_maps.len(), render.file_mounts.len())
                .map_err(|reason| AnnotationError::new(None, Field::Containers, reason))?;
        }
        match (renders.is_empty(), own) {
            (false, own) => {
                let own = own.as_ref();
                let on_failure = own.and_then(|own| own.on_failure).or(pod_level.on_failure);
                let follow = own.and_then(|own| own.follow).or(pod_level.follow);
                found.push(Binding {
                    container: name.to_owned(),
                    renders,
                    on_failure: on_failure.unwrap_or_default(),
                    follow: follow.unwrap_or_default(),
                    spread: pod_level.spread.unwrap_or_default(),
                });
            }
            (true, Some(own)) => return Err(not_rendered_for(name, own.first_field)),
            (true, None) => {}
        }
    }
    if found.is_empty() {
        let field = if pod_level.renders.is_some() {
            Field::Renders
        } else {
            Field::Containers
        };
        return Err(AnnotationError::new(
            None,
            field,
            "no container is rendered for; name one",
        ));
    }
    Ok(found)
}

/// Refuses annotations of a container that is not rendered for: they would be ignored.
fn not_rendered_for(container: &str, field: Field) -> AnnotationError {
    AnnotationError::new(
        Some(container),
        field,
        format!(
            "the container is not rendered for; add {container:?} to {}",
            annotations::key(None, Field::Containers)
        ),
    )
}

/// Refuses annotations and pods that are too large to be read.
fn check_size(pod: &Pod) -> Result<(), AnnotationError> {
    let bytes: usize = pod
        .annotations
        .iter()
        .filter(|(key, _)| annotations::is_ours(key))
        .map(|(key, value)| key.len() + value.len())
        .sum();
    let reason = if bytes > budget::ANNOTATION_BYTES {
        format!(
            "podweave's annotations of the pod have {bytes} bytes; at most {} are allowed: keep large data in a ConfigMap",
            human_size(budget::ANNOTATION_BYTES)
        )
    } else if pod.containers.len() > budget::CONTAINERS {
        format!(
            "the pod has {} containers; podweave renders for pods of at most {}",
            pod.containers.len(),
            budget::CONTAINERS
        )
    } else {
        return Ok(());
    };
    Err(AnnotationError::new(None, Field::Containers, reason))
}

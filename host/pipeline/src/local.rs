//! Delivers on a laptop: replaces `$(NAME)` with what the manifests say about a container's own environment.

use podweave_core::completion::{CompletionError, complete, environment_of_manifest};
use podweave_core::config_map::ConfigMap;
use podweave_core::limits::Limits;
use podweave_core::merge::Rendered;
use podweave_core::own_environment::OwnEnvironment;
use podweave_core::pod::{Container, Pod};
use podweave_core::report::Item;

/// Returns what a container gets, as the report shows it. `config_map` finds a ConfigMap of the pod's
/// namespace by its name.
///
/// # Errors
/// The rendered result cannot be delivered.
pub fn deliver<'c>(
    pod: &Pod,
    container: &Container,
    rendered: &Rendered,
    limits: &Limits,
    config_map: impl Fn(&str) -> Option<&'c ConfigMap>,
) -> Result<Item, CompletionError> {
    let own = environment_of_manifest(pod, container, limits, config_map)?;
    let completed = complete(container, rendered, OwnEnvironment::OfSpec(&own), limits)?;
    Ok(Item::new(pod, container, rendered, completed))
}

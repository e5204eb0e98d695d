//! The delivery on a laptop: what manifests tell of a container's own environment completes `$(NAME)`.

use podweave_core::completion::{CompletionError, complete, environment_of_manifest};
use podweave_core::config_map::ConfigMap;
use podweave_core::limits::Limits;
use podweave_core::merge::Rendered;
use podweave_core::own_environment::OwnEnvironment;
use podweave_core::pod::{Container, Pod};
use podweave_core::report::Item;

/// What a container gets, as the report shows it. `config_map` finds one of the pod's namespace by its name.
///
/// # Errors
/// What was rendered cannot be delivered.
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

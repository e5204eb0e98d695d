//! Reads the inputs of a render. Every read is recorded, misses included, and unread inputs cost nothing.

use serde::de::DeserializeOwned;

use crate::{Error, Result, bindings};

pub use bindings::podweave::plugin::inputs::{
    annotation, args, command, config_maps, container_name, find, find_bytes, image, keys, label, node_label,
    node_name, pod_name, pod_namespace, pod_uid, port, require, require_bytes, resource_limit,
    resource_request, service_account,
};

/// Returns the parameters that the pod's owner gave this plugin. A failure names the place: `files[2].path`.
///
/// Use `#[serde(deny_unknown_fields)]`, so that a misspelt parameter fails the render instead of being
/// ignored.
pub fn params<T: DeserializeOwned>() -> Result<T> {
    parse_params(&params_json())
}

/// Returns the parameters as the JSON document from podweave; `{}` if there are none.
pub fn params_json() -> String {
    bindings::podweave::plugin::inputs::params()
}

/// Parses the text of [`params_json`] as [`params`] does; for unit tests of parameter types.
pub fn parse_params<T: DeserializeOwned>(json: &str) -> Result<T> {
    let document = &mut serde_json::Deserializer::from_str(json);
    serde_path_to_error::deserialize(document).map_err(|error| {
        let path = error.path().to_string();
        // The position is in podweave's JSON, which the user has not written.
        let message = error.into_inner().to_string();
        let message = message
            .split_once(" at line ")
            .map_or(message.as_str(), |(message, _)| message);
        Error::invalid_params(if path == "." { "" } else { &path }, message)
    })
}

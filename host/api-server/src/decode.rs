//! Decodes the API server's JSON. No message contains a value of it.

use std::sync::Arc;

use podweave_core::config_map::ConfigMap;
use podweave_core::node::Node;
use podweave_core::notes::Notes;
use serde::Deserialize;
use serde_json::Value;

use crate::answer::Status;
use podweave_config_maps::object::{Object, ResourceVersion};
use podweave_config_maps::room::Room;
use podweave_config_maps::source::SourceError;
use podweave_core::identity::NamespacedName;

/// The most bytes that are read of one answer or one event: a ConfigMap of 1 MiB in which JSON needs six
/// bytes for each byte, and the rest of its object.
pub(crate) const MAX_BYTES: usize = 16 * 1024 * 1024;

/// The annotation of the bookmark that ends a streaming list.
const INITIAL_EVENTS_END: &str = "k8s.io/initial-events-end";

/// Why JSON is invalid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Malformed(pub String);

/// A decoded event of a watch.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum WatchEvent {
    Applied(Object),
    Deleted(ResourceVersion),
    Bookmark {
        version: ResourceVersion,
        initial_events_end: bool,
    },
    Error(Status),
    /// An event that does not matter here.
    Nothing,
}

impl WatchEvent {
    /// Reserves the memory that its object needs.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn admitted(self, room: &Room) -> Result<Self, SourceError> {
        match self {
            Self::Applied(object) => object.admitted(room).map(Self::Applied),
            other => Ok(other),
        }
    }

    /// Returns the version of the event.
    pub fn version(&self) -> Option<ResourceVersion> {
        match self {
            Self::Applied(object) => Some(object.resource_version),
            Self::Deleted(version) | Self::Bookmark { version, .. } => Some(*version),
            Self::Error(_) | Self::Nothing => None,
        }
    }
}

/// A decoded list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct List {
    pub object: Option<Object>,
    pub version: ResourceVersion,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    object: Value,
}

impl List {
    /// Reserves the memory that its object needs.
    ///
    /// # Errors
    /// There is no room for it.
    pub(crate) fn admitted(self, room: &Room) -> Result<Self, SourceError> {
        Ok(Self {
            object: self.object.map(|object| object.admitted(room)).transpose()?,
            ..self
        })
    }
}

/// Decodes an answer with one object.
pub(crate) fn object(json: &[u8], name: &NamespacedName) -> Result<Object, Malformed> {
    let value: Value = parse(json)?;
    read_object(&value, name)?.ok_or_else(|| Malformed("it is not the requested object".to_owned()))
}

/// Decodes an answer with a list that contains at most the requested object.
pub(crate) fn list(json: &[u8], name: &NamespacedName) -> Result<List, Malformed> {
    let value: Value = parse(json)?;
    let version = version_of(&value)?;
    // Go writes an empty list as null, too.
    let items = value["items"].as_array().map_or(&[][..], Vec::as_slice);
    let mut object = None;
    for item in items {
        object = object.or(read_object(item, name)?);
    }
    Ok(List { object, version })
}

/// Decodes an event.
pub(crate) fn event(line: &[u8], name: &NamespacedName) -> Result<WatchEvent, Malformed> {
    if line.trim_ascii().is_empty() {
        return Ok(WatchEvent::Nothing);
    }
    let Event { kind, object } = parse(line)?;
    Ok(match kind.as_str() {
        "ADDED" | "MODIFIED" => read_object(&object, name)?.map_or(WatchEvent::Nothing, WatchEvent::Applied),
        "DELETED" if is_named(&object, name) => WatchEvent::Deleted(version_of(&object)?),
        "BOOKMARK" => {
            let initial_events_end = object["metadata"]["annotations"][INITIAL_EVENTS_END] == "true";
            WatchEvent::Bookmark {
                version: version_of(&object)?,
                initial_events_end,
            }
        }
        "ERROR" => WatchEvent::Error(Status::of(&object)),
        // Later versions may have more types.
        _ => WatchEvent::Nothing,
    })
}

fn parse<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, Malformed> {
    // serde_json's own text may quote a value.
    serde_json::from_slice(json).map_err(|error| {
        Malformed(format!(
            "it is not JSON of the expected form at byte {} of {}",
            error.column(),
            json.len()
        ))
    })
}

/// Decodes an object, unless it is not the requested one. Items of a list have no kind.
fn read_object(value: &Value, name: &NamespacedName) -> Result<Option<Object>, Malformed> {
    if !is_named(value, name) {
        return Ok(None);
    }
    let config_map = ConfigMap::from_manifest(Node::root(value), &name.namespace)
        .map_err(|error| Malformed(error.to_string()))?;
    let immutable = match &value["immutable"] {
        Value::Null => false,
        Value::Bool(immutable) => *immutable,
        _ => return Err(Malformed("immutable is not a boolean".to_owned())),
    };
    let uid = value["metadata"]["uid"]
        .as_str()
        .ok_or_else(|| Malformed("metadata.uid is missing".to_owned()))?;
    let object = Object {
        immutable,
        ..Object::new(Arc::new(config_map), uid, version_of(value)?)
    };
    Ok(Some(object.with_notes(Notes::of(&value["metadata"]))))
}

fn is_named(value: &Value, name: &NamespacedName) -> bool {
    let metadata = &value["metadata"];
    metadata["name"] == name.name.as_str()
        && metadata["namespace"]
            .as_str()
            .is_none_or(|namespace| namespace == name.namespace)
}

fn version_of(value: &Value) -> Result<ResourceVersion, Malformed> {
    let version = value["metadata"]["resourceVersion"]
        .as_str()
        .and_then(ResourceVersion::parse);
    version.ok_or_else(|| Malformed("metadata.resourceVersion is missing or not a number".to_owned()))
}

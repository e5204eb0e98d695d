//! Reads ConfigMaps from manifests and holds them as plugins read them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};

use crate::digest::Digest;
use crate::names::{self, Form};
use crate::node::{Node, ShapeError};
use crate::text;

/// The annotation by which a ConfigMap's owner lets the pods of other namespaces read it.
pub const SHARE_WITH: &str = "podweave.dev/share-with";

/// The annotation by which a ConfigMap's owner keeps its changes from what runs, and says why.
pub const HOLD: &str = "podweave.dev/hold";

/// The most bytes of all values of a ConfigMap, as in the API server.
pub const MAX_BYTES: usize = 1024 * 1024;

/// The most keys of a ConfigMap, in `data` and `binaryData` together. The API server counts only the bytes of
/// values, so it accepts a quarter of a million empty ones. Each takes a hundred times as much memory as its
/// key has letters.
pub const MAX_KEYS: usize = 10_000;

/// A ConfigMap. The pods that read it share it, so its values remember their digests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigMap {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    shared_with: BTreeSet<String>,
    /// Sorted by key. A map would take several times the memory, and most ConfigMaps have few keys.
    values: Box<[(String, Value)]>,
}

/// A value of a ConfigMap. Clones share its content.
#[derive(Debug, Clone)]
pub struct Value(Arc<Content>);

struct Content {
    bytes: Vec<u8>,
    is_text: bool,
    is_binary_data: bool,
    digest: OnceLock<Digest>,
}

impl std::fmt::Debug for Content {
    /// No value reaches a log, not even by `{:?}`.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "({} bytes)", self.bytes.len())
    }
}

impl Value {
    /// Creates a value of `data`.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(text.into().into_bytes(), true, false)
    }

    /// Creates a value of `binaryData`. If it is UTF-8, it can also be read as text.
    #[must_use]
    pub fn bytes(bytes: Vec<u8>) -> Self {
        let is_text = std::str::from_utf8(&bytes).is_ok();
        Self::new(bytes, is_text, true)
    }

    fn new(bytes: Vec<u8>, is_text: bool, is_binary_data: bool) -> Self {
        Self(Arc::new(Content {
            bytes,
            is_text,
            is_binary_data,
            digest: OnceLock::new(),
        }))
    }

    /// The value as text, if it is UTF-8.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        // `is_text` is determined once, so that not every reader scans a large value.
        if self.0.is_text {
            std::str::from_utf8(&self.0.bytes).ok()
        } else {
            None
        }
    }

    /// The value as text if it comes from `data`: the kubelet makes variables only of those.
    #[must_use]
    pub fn as_data(&self) -> Option<&str> {
        if self.0.is_binary_data {
            None
        } else {
            self.as_text()
        }
    }

    /// The value as bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// The digest of the bytes, computed once for all readers.
    #[must_use]
    pub fn digest(&self) -> Digest {
        *self.0.digest.get_or_init(|| Digest::of(&self.0.bytes))
    }
}

impl PartialEq for Value {
    /// Whether no reader can tell them apart: [`Value::as_data`] depends on the field, too.
    fn eq(&self, other: &Self) -> bool {
        self.0.is_binary_data == other.0.is_binary_data && self.0.bytes == other.0.bytes
    }
}

impl Eq for Value {}

impl ConfigMap {
    /// Creates an empty ConfigMap.
    #[must_use]
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
            shared_with: BTreeSet::new(),
            values: Box::default(),
        }
    }

    /// Returns it with one more value.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: Value) -> Self {
        let mut values: BTreeMap<_, _> = self.values.into_iter().collect();
        values.insert(key.into(), value);
        self.values = values.into_iter().collect();
        self
    }

    /// Returns it without one value.
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        self.values = self
            .values
            .into_iter()
            .filter(|(known, _)| known != key)
            .collect();
        self
    }

    /// Returns it readable from one more namespace.
    #[must_use]
    pub fn shared_with(mut self, namespace: impl Into<String>) -> Self {
        self.shared_with.insert(namespace.into());
        self
    }

    /// Returns the value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        let index = self
            .values
            .binary_search_by(|(known, _)| known.as_str().cmp(key))
            .ok()?;
        Some(&self.values[index].1)
    }

    /// The keys, sorted by their bytes.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &str> {
        self.values.iter().map(|(key, _)| key.as_str())
    }

    /// The bytes of memory that it takes: keys, values and the structures that hold them.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        // What the allocator adds to each of the few allocations.
        const ALLOCATION: usize = 16;
        const COUNTS: usize = 2 * size_of::<usize>();
        const VALUE: usize = size_of::<(String, Value)>() + COUNTS + size_of::<Content>() + 3 * ALLOCATION;
        // A node of the set has room for eleven, and is at least half full unless it is the only one.
        const NAMESPACE: usize = 3 * size_of::<String>() + ALLOCATION;
        const FIRST_NAMESPACE: usize = 11 * size_of::<String>();
        let first = if self.shared_with.is_empty() {
            0
        } else {
            FIRST_NAMESPACE
        };
        let shared_with = first
            + self
                .shared_with
                .iter()
                .map(|namespace| namespace.len() + NAMESPACE)
                .sum::<usize>();
        size_of::<Self>()
            + self.namespace.len()
            + self.name.len()
            + shared_with
            + self.values.len() * VALUE
            + self.size()
    }

    /// Bytes of its keys and values.
    #[must_use]
    pub fn size(&self) -> usize {
        self.values
            .iter()
            .map(|(key, value)| key.len() + value.as_bytes().len())
            .sum()
    }

    /// Whether a pod of this namespace may read it: the ConfigMap's own namespace, or one that its owner has
    /// listed in [`SHARE_WITH`].
    #[must_use]
    pub fn is_readable_from(&self, namespace: &str) -> bool {
        self.namespace == namespace || self.shared_with.contains(namespace)
    }

    /// Reads a manifest of kind ConfigMap.
    ///
    /// # Errors
    /// What the API server would refuse, too, by path: a bad name or key, a value that is not text or not
    /// base64, a key in both `data` and `binaryData`, more than 1 MiB. Also more than [`MAX_KEYS`] keys.
    pub fn from_manifest(manifest: Node<'_>, default_namespace: &str) -> Result<Self, ShapeError> {
        let (namespace, name, share_with) = manifest.required("metadata", |metadata| {
            let name = metadata.required("name", |name| name.name(Form::Subdomain))?;
            let namespace = metadata
                .name_field("namespace", Form::Label)?
                .unwrap_or_else(|| default_namespace.to_owned());
            Ok((namespace, name, metadata.texts("annotations")?.remove(SHARE_WITH)))
        })?;
        let in_config_map = |error: ShapeError| ShapeError {
            path: format!("ConfigMap {namespace}/{name}, {}", error.path),
            ..error
        };
        let mut keys = 0;
        let mut has_room = |data: Node<'_>| {
            keys += data.object()?.len();
            if keys > MAX_KEYS {
                Err(data.error(format!(
                    "has too many keys: podweave reads at most {MAX_KEYS} of a ConfigMap"
                )))
            } else {
                Ok(())
            }
        };
        let data = manifest.field("data", |data| {
            has_room(data).and_then(|()| data.entries(data_value))
        });
        let mut values = data.map_err(in_config_map)?.unwrap_or_default();
        let binary = manifest
            .field("binaryData", |data| {
                has_room(data).and_then(|()| data.entries(binary_value))
            })
            .map_err(in_config_map)?;
        for (key, value) in binary.unwrap_or_default() {
            if values.insert(key.clone(), value).is_some() {
                return Err(in_config_map(ShapeError {
                    path: format!("binaryData.{key}"),
                    reason: "the key is in data, too".into(),
                }));
            }
        }
        let size: usize = values.values().map(|value| value.as_bytes().len()).sum();
        if size > MAX_BYTES {
            return Err(in_config_map(ShapeError {
                path: "data".into(),
                reason: format!("has {size} bytes; a ConfigMap holds at most 1 MiB"),
            }));
        }
        let shared_with = share_with
            .iter()
            .flat_map(|list| list.split(','))
            .map(|namespace| namespace.trim().to_owned())
            .collect();
        Ok(Self {
            namespace,
            name,
            shared_with,
            values: values.into_iter().collect(),
        })
    }

    /// Writes a manifest that [`ConfigMap::from_manifest`] reads as this ConfigMap: its values and its
    /// owner's consent, nothing else.
    #[must_use]
    pub fn to_manifest(&self) -> Json {
        let mut metadata = json!({ "name": self.name, "namespace": self.namespace });
        if !self.shared_with.is_empty() {
            let namespaces: Vec<&str> = self.shared_with.iter().map(String::as_str).collect();
            metadata["annotations"] = json!({ SHARE_WITH: namespaces.join(",") });
        }
        let mut manifest = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata });
        let (mut data, mut binary_data) = (Map::new(), Map::new());
        for (key, value) in &self.values {
            match value.as_data() {
                Some(text) => data.insert(key.clone(), text.into()),
                None => binary_data.insert(key.clone(), STANDARD.encode(value.as_bytes()).into()),
            };
        }
        for (field, values) in [("data", data), ("binaryData", binary_data)] {
            if !values.is_empty() {
                manifest[field] = values.into();
            }
        }
        manifest
    }
}

fn data_value(key: &str, value: Node<'_>) -> Result<Value, ShapeError> {
    check_key(key, "data")?;
    value.text_or_null().map(Value::text)
}

fn binary_value(key: &str, value: Node<'_>) -> Result<Value, ShapeError> {
    check_key(key, "binaryData")?;
    // YAML folds long base64 over several lines; the API server ignores the line breaks, too.
    let encoded: String = value.text_or_null()?.split_ascii_whitespace().collect();
    STANDARD
        .decode(encoded)
        .map(Value::bytes)
        .map_err(|_| value.error("is not base64"))
}

fn check_key(key: &str, field: &str) -> Result<(), ShapeError> {
    if names::is_config_map_key(key) {
        Ok(())
    } else {
        let reason = match key {
            "" => "it is empty",
            "." => "it is '.'",
            _ if key.starts_with("..") => "it begins with '..'",
            _ if key.len() > 253 => "it has more than 253 characters",
            _ => "only letters, digits, '-', '_' and '.' are allowed",
        };
        Err(ShapeError {
            path: field.to_owned(),
            reason: format!("{} cannot be a key of a ConfigMap: {reason}", text::quoted(key)),
        })
    }
}

/// Whether a manifest is a ConfigMap.
#[must_use]
pub(crate) fn is_config_map(manifest: &Json) -> bool {
    manifest["kind"] == "ConfigMap"
}

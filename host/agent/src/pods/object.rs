//! Parses the JSON of a pod, and keeps only the fields that podweave reads.
//!
//! Other fields are skipped while parsing: managed fields, the status, volumes. The limit is on the memory of
//! the parsed tree, not on the text: a megabyte of `{"name":"a"}` would take fifty megabytes as a tree.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::{Map, Value};

use crate::mark::is_ours;

/// The maximum memory of the parsed fields of one pod, in bytes. A container with a hundred variables takes
/// 80 KiB of it.
pub(super) const MAX_TREE_BYTES: usize = 4 * 1024 * 1024;

/// The memory of a value without its text: serde_json's own size, and the smallest allocation behind it.
const VALUE_BYTES: usize = 64;

/// The additional memory of an object: the first node of its B-tree has room for eleven members.
const OBJECT_BYTES: usize = 640;

/// A field that is read, and which of its fields are; all of them if none are named.
struct Field(&'static str, &'static [Self]);

/// The fields that podweave reads of a pod.
const POD: [Field; 3] = [
    Field(
        "metadata",
        &[
            Field("uid", &[]),
            Field("namespace", &[]),
            Field("name", &[]),
            Field("resourceVersion", &[]),
            Field("deletionTimestamp", &[]),
            Field("labels", &[]),
            Field("annotations", &[]),
        ],
    ),
    Field(
        "spec",
        &[
            Field("nodeName", &[]),
            Field("serviceAccountName", &[]),
            Field("imagePullSecrets", &[]),
            Field("initContainers", &[]),
            Field("containers", &[]),
            Field("ephemeralContainers", &[]),
        ],
    ),
    Field("status", &[Field("phase", &[])]),
];

/// A pod as the API server sends it.
#[derive(Debug, Clone)]
pub struct PodObject {
    /// The fields that podweave reads: `metadata`, `spec`, and the phase of `status`. Without `spec`, labels
    /// and annotations if it is too large.
    pub(super) fields: Value,
    /// Whether it is too large to be read completely.
    pub(super) is_too_large: bool,
    /// Whether it has podweave annotations.
    pub(super) has_opted_in: bool,
}

impl PodObject {
    /// Returns a field of the metadata.
    pub(super) fn metadata(&self, field: &str) -> Option<&str> {
        self.fields["metadata"][field].as_str()
    }
}

impl<'de> Deserialize<'de> for PodObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let left = Cell::new(Some(MAX_TREE_BYTES));
        let mut fields = Picked {
            fields: &POD,
            left: &left,
        }
        .deserialize(deserializer)?;
        let has_opted_in = fields["metadata"]["annotations"]
            .as_object()
            .is_some_and(|annotations| annotations.keys().any(|key| is_ours(key)));
        let is_too_large = left.get().is_none();
        if is_too_large {
            for large in ["/spec", "/metadata/labels", "/metadata/annotations"] {
                fields.pointer_mut(large).map(Value::take);
            }
        }
        Ok(Self {
            fields,
            is_too_large,
            has_opted_in,
        })
    }
}

/// Takes bytes from the rest of the limit; the rest stays `None` once it was too small.
fn take(left: &Cell<Option<usize>>, bytes: usize) -> bool {
    left.set(left.get().and_then(|left| left.checked_sub(bytes)));
    left.get().is_some()
}

/// Deserializes the given fields of an object.
struct Picked<'a> {
    fields: &'static [Field],
    left: &'a Cell<Option<usize>>,
}

/// Deserializes a whole value, or null if it is too large.
struct Whole<'a>(&'a Cell<Option<usize>>);

impl<'de> DeserializeSeed<'de> for Picked<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Picked<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut picked = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = match self.fields.iter().find(|field| field.0 == name) {
                None => {
                    members.next_value::<IgnoredAny>()?;
                    continue;
                }
                Some(Field(_, [])) => members.next_value_seed(Whole(self.left))?,
                Some(Field(_, fields)) => members.next_value_seed(Picked {
                    fields,
                    left: self.left,
                })?,
            };
            picked.insert(name, value);
        }
        Ok(picked.into())
    }
}

impl<'de> DeserializeSeed<'de> for Whole<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if take(self.0, VALUE_BYTES) {
            deserializer.deserialize_any(self)
        } else {
            deserializer
                .deserialize_ignored_any(IgnoredAny)
                .map(|_| Value::Null)
        }
    }
}

impl<'de> Visitor<'de> for Whole<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(if take(self.0, text.len()) {
            text.into()
        } else {
            Value::Null
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Whole(self.0))? {
            if self.0.get().is_some() {
                list.push(item);
            }
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        take(self.0, OBJECT_BYTES);
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(Whole(self.0))?;
            if take(self.0, name.len()) {
                object.insert(name, value);
            }
        }
        Ok(object.into())
    }
}

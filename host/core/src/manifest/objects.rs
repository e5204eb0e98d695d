//! Splits a document into its objects: itself, or the items of a list.

use serde_json::Value;

use crate::yaml::{Fault, YamlError};

/// A parsed document.
pub(super) struct Input {
    pub(super) value: Value,
    /// Mistakes in its values, which matter only if the values are read.
    pub(super) faults: Vec<Fault>,
}

/// An object, and the first mistake in it.
pub(super) struct Object {
    pub(super) value: Value,
    pub(super) fault: Option<ObjectFault>,
}

/// A mistake in an object.
pub(super) struct ObjectFault {
    pub(super) error: YamlError,
    /// The mistake is in `kind` or `apiVersion`, so it is unknown whether the object matters.
    pub(super) is_of_kind: bool,
}

/// Returns the objects of a document. `kubectl get -o yaml` prints a list; its items count as documents do.
/// The items of a typed list, as the API server returns it (`ConfigMapList`), need no `kind` and
/// `apiVersion`.
pub(super) fn of(document: Input) -> Vec<Object> {
    let Input { mut value, faults } = document;
    let list_kind = value["kind"]
        .as_str()
        .and_then(|kind| kind.strip_suffix("List"))
        .map(str::to_owned);
    let api_version = value["apiVersion"].clone();
    let (Some(item_kind), Some(Value::Array(items))) = (list_kind, value.get_mut("items")) else {
        return vec![Object {
            fault: fault(faults.iter(), 0),
            value,
        }];
    };
    let items = std::mem::take(items)
        .into_iter()
        .enumerate()
        .map(|(index, mut item)| {
            if let Value::Object(fields) = &mut item
                && !item_kind.is_empty()
            {
                for (field, of_list) in [
                    ("kind", item_kind.as_str().into()),
                    ("apiVersion", api_version.clone()),
                ] {
                    let own = fields.entry(field).or_insert(Value::Null);
                    if own.is_null() {
                        *own = of_list;
                    }
                }
            }
            let index = index.to_string();
            let of_item = faults.iter().filter(|fault| {
                fault.path.first().is_some_and(|field| field == "items") && fault.path.get(1) == Some(&index)
            });
            Object {
                fault: fault(of_item, 2),
                value: item,
            }
        });
    let mut objects: Vec<Object> = items.collect();
    // The mistake in the list itself may be a duplicate `items`.
    let of_list = faults.iter().filter(|fault| fault.path.len() < 2);
    if let Some(ObjectFault { error, .. }) = fault(of_list, 0) {
        objects.insert(
            0,
            Object {
                value: Value::Null,
                fault: Some(ObjectFault {
                    error,
                    is_of_kind: true,
                }),
            },
        );
    }
    objects
}

/// Returns the first mistake. One in `kind` or `apiVersion` goes before others. `skipped` segments of the
/// path lead to the object.
fn fault<'f>(faults: impl Iterator<Item = &'f Fault> + Clone, skipped: usize) -> Option<ObjectFault> {
    let is_of_kind = |fault: &Fault| {
        fault
            .path
            .get(skipped)
            .is_some_and(|field| field == "kind" || field == "apiVersion")
    };
    let found = faults
        .clone()
        .find(|fault| is_of_kind(fault))
        .or_else(|| faults.clone().next())?;
    Some(ObjectFault {
        error: found.error.clone(),
        is_of_kind: is_of_kind(found),
    })
}

//! The objects of a document: itself, or the items of a list.

use serde_json::Value;

use crate::yaml::{Fault, YamlError};

/// A document that was read.
pub(super) struct Input {
    pub(super) value: Value,
    /// Mistakes in its values, which matter only if they are read.
    pub(super) faults: Vec<Fault>,
}

/// An object, and the first thing that is wrong in it.
pub(super) struct Object {
    pub(super) value: Value,
    pub(super) fault: Option<ObjectFault>,
}

/// A mistake in an object.
pub(super) struct ObjectFault {
    pub(super) error: YamlError,
    /// It is in `kind` or `apiVersion`, so it is not known whether the object matters.
    pub(super) is_of_kind: bool,
}

/// The objects of a document. `kubectl get -o yaml` prints a list; its items count as documents do. Those of a typed list, as the API
/// server answers with (`ConfigMapList`), need not say what they are.
pub(super) fn of(document: Input) -> Vec<Object> {
    let Input { mut value, faults } = document;
    let list_kind = value["kind"].as_str().and_then(|kind| kind.strip_suffix("List")).map(str::to_owned);
    let api_version = value["apiVersion"].clone();
    let (Some(item_kind), Some(Value::Array(items))) = (list_kind, value.get_mut("items")) else {
        return vec![Object { fault: fault(faults.iter(), 0), value }];
    };
    let items = std::mem::take(items).into_iter().enumerate().map(|(index, mut item)| {
        if let Value::Object(fields) = &mut item
            && !item_kind.is_empty()
        {
            for (field, of_list) in [("kind", item_kind.as_str().into()), ("apiVersion", api_version.clone())] {
                let own = fields.entry(field).or_insert(Value::Null);
                if own.is_null() {
                    *own = of_list;
                }
            }
        }
        let index = index.to_string();
        let of_item = faults.iter().filter(|fault| fault.path.first().is_some_and(|field| field == "items") && fault.path.get(1) == Some(&index));
        Object { fault: fault(of_item, 2), value: item }
    });
    let mut objects: Vec<Object> = items.collect();
    // What is wrong with the list itself may be that it has `items` twice.
    let of_list = faults.iter().filter(|fault| fault.path.len() < 2);
    if let Some(ObjectFault { error, .. }) = fault(of_list, 0) {
        objects.insert(0, Object { value: Value::Null, fault: Some(ObjectFault { error, is_of_kind: true }) });
    }
    objects
}

/// The first mistake; one that is about what the object is counts before others. `skipped` segments of the path lead to the object.
fn fault<'f>(faults: impl Iterator<Item = &'f Fault> + Clone, skipped: usize) -> Option<ObjectFault> {
    let is_of_kind = |fault: &Fault| fault.path.get(skipped).is_some_and(|field| field == "kind" || field == "apiVersion");
    let found = faults.clone().find(|fault| is_of_kind(fault)).or_else(|| faults.clone().next())?;
    Some(ObjectFault { error: found.error.clone(), is_of_kind: is_of_kind(found) })
}

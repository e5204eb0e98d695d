//! Merges documents: RFC 7396, and the meaning of names with members in `.properties`.

use crate::mistake::Place;
use crate::properties::{is_index, split_name};
use crate::tree::{Map, Node, Value};

/// How a list is merged with a list below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lists {
    /// It replaces the list below, as in RFC 7396.
    #[default]
    Replace,
    /// Its items are appended to those below.
    Append,
}

/// How a layer is merged into those below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layer {
    /// How its lists are merged.
    pub lists: Lists,
    /// Whether it is `.properties`, in which each name is independent: `a=1` does not change `a.b`, and
    /// `a[0]` does not change the other items.
    pub is_flat: bool,
}

/// Merges a layer into a document: its maps are merged into the document's maps, null removes a member, and
/// everything else replaces what was there. New members come last.
pub fn merge(document: &mut Node, mut over: Node, layer: Layer) {
    if layer.is_flat {
        spell_as_below(&mut over, document);
    }
    lay(document, over, layer);
}

/// Spells the names of a flat layer as the document below does: `server.port` may be one name there, with a
/// dot in it.
fn spell_as_below(over: &mut Node, below: &Node) {
    let (Value::Map(over), Value::Map(below)) = (&mut over.value, &below.value) else {
        return;
    };
    for (name, below) in below.members() {
        if let Some(over) = over.get_mut(name) {
            spell_as_below(over, below);
        }
    }
    for (name, node) in below.members() {
        let parts = split_name(name);
        if parts.len() == 1 {
            continue;
        }
        // If the document below has both spellings, both are set.
        let found = if has(below, &parts) {
            find(over, &parts).cloned()
        } else {
            over.take(&parts)
        };
        if let Some(mut found) = found {
            spell_as_below(&mut found, node);
            over.set(name, found);
        }
    }
}

fn has(map: &Map, path: &[&str]) -> bool {
    find(map, path).is_some()
}

fn find<'m>(map: &'m Map, path: &[&str]) -> Option<&'m Node> {
    let (first, rest) = path.split_first()?;
    let node = map.get(first)?;
    match (&node.value, rest) {
        (_, []) => Some(node),
        (Value::Map(inner), rest) => find(inner, rest),
        _ => None,
    }
}

fn lay(document: &mut Node, over: Node, layer: Layer) {
    let place = over.place;
    match over.value {
        Value::Map(over) => {
            let map = as_map(document, place, layer.is_flat);
            if over.own.is_some() {
                map.own = over.own.clone();
            }
            for (name, style, node) in over.into_styled() {
                if node.is_null() {
                    let _ = map.remove(&name);
                } else if let Some(below) = map.get_mut(&name) {
                    lay(below, node, layer);
                    map.restyle(&name, style);
                } else {
                    // A layer over nothing has no nulls, either.
                    let mut fresh = Node::empty(node.place);
                    lay(&mut fresh, node, layer);
                    map.set_styled(name, style, fresh);
                }
            }
        }
        Value::List(mut items) => match &mut document.value {
            Value::List(below) if layer.lists == Lists::Append => below.append(&mut items),
            _ => {
                *document = Node {
                    value: Value::List(items),
                    place,
                }
            }
        },
        Value::Scalar(scalar) => {
            let node = Node {
                value: Value::Scalar(scalar),
                place,
            };
            match &mut document.value {
                Value::Map(map) if layer.is_flat && !map.is_empty() => map.own = Some(Box::new(node)),
                _ => *document = node,
            }
        }
    }
}

/// Turns a node into a map, if it is not one. A flat layer keeps what was there.
fn as_map(node: &mut Node, place: Place, is_flat: bool) -> &mut Map {
    if !matches!(node.value, Value::Map(_)) {
        let before = std::mem::replace(node, Node::empty(place));
        let mut map = Map::default();
        match before.value {
            Value::List(items) if is_flat => items
                .into_iter()
                .enumerate()
                .for_each(|(index, item)| map.set(format!("[{index}]"), item)),
            Value::Scalar(_) if is_flat => map.own = Some(Box::new(before)),
            _ => {}
        }
        node.value = Value::Map(map);
    }
    match &mut node.value {
        Value::Map(map) => map,
        _ => unreachable!("it has just been made a map"),
    }
}

/// Turns the maps whose members are `[0]`, `[1]`, ... into lists, as `.properties` means them.
pub fn indices_to_lists(node: &mut Node) {
    match &mut node.value {
        Value::Scalar(_) => {}
        Value::List(items) => items.iter_mut().for_each(indices_to_lists),
        Value::Map(map) => {
            map.nodes_mut().for_each(indices_to_lists);
            let is_list = !map.is_empty()
                && map.own.is_none()
                && (0..map.len()).all(|index| map.get(&format!("[{index}]")).is_some());
            if is_list && map.members().iter().all(|(name, _)| is_index(name)) {
                let mut members = std::mem::take(map).into_styled();
                members.sort_by_key(|(name, ..)| {
                    name.trim_matches(['[', ']'])
                        .parse::<usize>()
                        .unwrap_or(usize::MAX)
                });
                node.value = Value::List(members.into_iter().map(|(.., node)| node).collect());
            }
        }
    }
}

//! Documents laid over each other: RFC 7396, and what `.properties` means by a name with members.

use crate::properties::{is_index, split_name};
use crate::tree::{Map, Node, Place, Value};

/// What a list does to a list below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lists {
    /// It stands in its place, as RFC 7396 has it.
    #[default]
    Replace,
    /// Its items come behind the others.
    Append,
}

/// How a layer is laid over those below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layer {
    /// What its lists do.
    pub lists: Lists,
    /// Whether it is `.properties`, where each name stands for itself: `a=1` leaves `a.b` alone, and `a[0]` the other items.
    pub is_flat: bool,
}

/// Lays a layer over a document: its maps go into the document's maps, null takes a member away, and all else stands in the place of what was
/// there. New members come behind the others.
pub fn merge(document: &mut Node, mut over: Node, layer: Layer) {
    if layer.is_flat {
        spell_as_below(&mut over, document);
    }
    lay(document, over, layer);
}

/// Gives what a flat layer names the names that the document below has for it: `server.port` may be one name there, with a dot in it.
fn spell_as_below(over: &mut Node, below: &Node) {
    let (Value::Map(over), Value::Map(below)) = (&mut over.value, &below.value) else { return };
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
        // Where both spellings are below, both are set.
        let found = if has(below, &parts) { find(over, &parts).cloned() } else { over.take(&parts) };
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
                    // What is laid over nothing has no nulls, either.
                    let mut fresh = Node::empty(node.place);
                    lay(&mut fresh, node, layer);
                    map.set_styled(name, style, fresh);
                }
            }
        }
        Value::List(mut items) => match &mut document.value {
            Value::List(below) if layer.lists == Lists::Append => below.append(&mut items),
            _ => *document = Node { value: Value::List(items), place },
        },
        Value::Scalar(scalar) => {
            let node = Node { value: Value::Scalar(scalar), place };
            match &mut document.value {
                Value::Map(map) if layer.is_flat && !map.is_empty() => map.own = Some(Box::new(node)),
                _ => *document = node,
            }
        }
    }
}

/// A node made a map, if it is none. A flat layer keeps what was there.
fn as_map(node: &mut Node, place: Place, is_flat: bool) -> &mut Map {
    if !matches!(node.value, Value::Map(_)) {
        let before = std::mem::replace(node, Node::empty(place));
        let mut map = Map::default();
        match before.value {
            Value::List(items) if is_flat => items.into_iter().enumerate().for_each(|(index, item)| map.set(format!("[{index}]"), item)),
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

/// Makes lists of the maps whose members are `[0]`, `[1]`, ..., as `.properties` has them.
pub fn indices_to_lists(node: &mut Node) {
    match &mut node.value {
        Value::Scalar(_) => {}
        Value::List(items) => items.iter_mut().for_each(indices_to_lists),
        Value::Map(map) => {
            map.nodes_mut().for_each(indices_to_lists);
            let is_list = !map.is_empty() && map.own.is_none() && (0..map.len()).all(|index| map.get(&format!("[{index}]")).is_some());
            if is_list && map.members().iter().all(|(name, _)| is_index(name)) {
                let mut members = std::mem::take(map).into_styled();
                members.sort_by_key(|(name, ..)| name.trim_matches(['[', ']']).parse::<usize>().unwrap_or(usize::MAX));
                node.value = Value::List(members.into_iter().map(|(.., node)| node).collect());
            }
        }
    }
}

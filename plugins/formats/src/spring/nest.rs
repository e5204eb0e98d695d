//! Expands names with dots in YAML, which Spring reads as names in maps.

use crate::limits::Builder;
use crate::mistake::Mistake;
use crate::properties::split_name;
use crate::tree::{Map, NameStyle, Node, Value};

/// Returns the document with a map for each part of its names.
pub(super) fn nest(builder: &mut Builder, document: Node) -> Result<Node, Mistake> {
    Nester { builder }.node(document, 0)
}

struct Nester<'b> {
    builder: &'b mut Builder,
}

impl Nester<'_> {
    fn node(&mut self, node: Node, depth: usize) -> Result<Node, Mistake> {
        let Node { value, place } = node;
        let value = match value {
            Value::Scalar(_) => value,
            Value::List(items) => Value::List(
                items
                    .into_iter()
                    .map(|item| self.node(item, depth + 1))
                    .collect::<Result<_, _>>()?,
            ),
            Value::Map(map) => {
                let mut nested = Map::default();
                for (name, style, node) in map.into_styled() {
                    let parts = split_name(&name);
                    self.builder.depth(
                        depth + parts.len(),
                        usize::try_from(node.place.line).unwrap_or_default(),
                    )?;
                    let node = self.node(node, depth + parts.len())?;
                    self.insert(&mut nested, &parts, &name, style, node)?;
                }
                Value::Map(nested)
            }
        };
        Ok(Node { value, place })
    }

    fn insert(
        &mut self,
        map: &mut Map,
        parts: &[&str],
        name: &str,
        style: NameStyle,
        node: Node,
    ) -> Result<(), Mistake> {
        let (place, line) = (node.place, usize::try_from(node.place.line).unwrap_or_default());
        let Some((first, rest)) = parts.split_first() else {
            return Ok(());
        };
        let Some(there) = map.get_mut(first) else {
            let node = match rest {
                [] => node,
                rest => {
                    let mut inner = Map::default();
                    self.insert(&mut inner, rest, name, style, node)?;
                    Node {
                        place,
                        ..self.builder.collection(Value::Map(inner), line)?
                    }
                }
            };
            map.set_styled((*first).to_owned(), style, node);
            return Ok(());
        };
        if !rest.is_empty() {
            return self.insert(there.as_map_with_own(), rest, name, style, node);
        }
        match (&mut there.value, node.value) {
            (Value::Map(there), Value::Map(members)) => {
                members
                    .into_styled()
                    .into_iter()
                    .try_for_each(|(member, style, node)| {
                        self.insert(there, &[&member], &format!("{name}.{member}"), style, node)
                    })
            }
            (Value::Map(there), value) if there.own.is_none() => {
                there.own = Some(Box::new(Node { value, place }));
                Ok(())
            }
            (Value::Scalar(_), Value::Map(members)) => {
                let there = there.as_map_with_own();
                members
                    .into_styled()
                    .into_iter()
                    .try_for_each(|(member, style, node)| {
                        self.insert(there, &[&member], &format!("{name}.{member}"), style, node)
                    })
            }
            _ => Err(self.builder.duplicate(name, line, there)),
        }
    }
}

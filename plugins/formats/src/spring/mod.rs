//! Reads texts with documents for several profiles, as Spring Boot does.
//!
//! `spring.config.activate.on-profile` says for which profiles a document is; the documents that apply are
//! merged in order. The keys that chose a document are removed from it: the result holds for the named
//! profiles, whatever profiles are active in the program that reads it.

mod expression;
mod nest;

use expression::Expression;

use crate::kind::Kind;
use crate::leaves::leaves;
use crate::limits::Builder;
use crate::merge::{Layer, merge};
use crate::mistake::Mistake;
use crate::properties;
use crate::tree::{Map, Node, Value};
use crate::yaml;

/// Reads the documents of YAML that apply, as one.
pub(crate) fn read_yaml(text: &str, source: u32, profiles: &[String]) -> Result<Node, Mistake> {
    let mut builder = Builder::new(source);
    let mut result = Node::empty(builder.place(1));
    for document in yaml::read_all(text, source)? {
        if document.is_null() {
            continue;
        }
        let document = nest::nest(&mut builder, document)?;
        if let Some(document) = chosen(document, profiles)? {
            lay(&mut result, document);
        }
    }
    Ok(result)
}

/// Reads the documents of `.properties` that apply, as one.
pub(crate) fn read_properties(text: &str, source: u32, profiles: &[String]) -> Result<Node, Mistake> {
    let mut result = Node::empty(Builder::new(source).place(1));
    for document in properties::read_all(text, source)? {
        if let Some(document) = chosen(document, profiles)? {
            merge(
                &mut result,
                document,
                Layer {
                    is_flat: true,
                    ..Layer::default()
                },
            );
        }
    }
    Ok(result)
}

/// Returns the document without the keys that choose it; `None` if it does not apply.
fn chosen(mut document: Node, profiles: &[String]) -> Result<Option<Node>, Mistake> {
    let Value::Map(map) = &mut document.value else {
        return Ok(Some(document));
    };
    refuse_old_names(map)?;
    let Some(path) = spelled(map, &["spring", "config", "activate"]) else {
        return Ok(Some(document));
    };
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let Some(activate) = map.take(&path) else {
        return Ok(Some(document));
    };
    let Value::Map(activate) = &activate.value else {
        return Err(Mistake::new(
            activate.place,
            format!("spring.config.activate is {}, not a map", activate.kind()),
        ));
    };
    let mut applies = true;
    for (name, node) in activate.members() {
        applies &= match canonical(name).as_str() {
            "onprofile" => is_for(node, profiles)?,
            // The program that reads the result runs in Kubernetes.
            "oncloudplatform" => leaves(node)
                .iter()
                .any(|leaf| leaf.scalar.text.eq_ignore_ascii_case("kubernetes")),
            _ => {
                return Err(Mistake::new(
                    node.place,
                    "spring.config.activate knows `on-profile` and `on-cloud-platform` only",
                ));
            }
        };
    }
    Ok(applies.then_some(document))
}

/// Whether one of the expressions is true.
fn is_for(node: &Node, profiles: &[String]) -> Result<bool, Mistake> {
    let refusal =
        |reason: &str| Mistake::new(node.place, format!("spring.config.activate.on-profile {reason}"));
    let mut is_for = None;
    for leaf in leaves(node)
        .into_iter()
        .filter(|leaf| leaf.scalar.kind != Kind::Null)
    {
        for text in leaf
            .scalar
            .text
            .split(',')
            .map(str::trim)
            .filter(|text| !text.is_empty())
        {
            let expression = Expression::parse(text).map_err(&refusal)?;
            is_for = Some(is_for == Some(true) || expression.holds(profiles));
        }
    }
    is_for.ok_or_else(|| refusal("names no profile: write one, or leave it out"))
}

/// Refuses what Spring Boot used before 2.4, and no longer accepts.
fn refuse_old_names(map: &Map) -> Result<(), Mistake> {
    let profiles = member(map, "spring").and_then(|node| match &node.value {
        Value::Map(spring) => member(spring, "profiles"),
        _ => None,
    });
    match profiles {
        Some(node) if !matches!(&node.value, Value::Map(map) if map.own.is_none() && map.get("[0]").is_none()) => {
            Err(Mistake::new(
                node.place,
                "`spring.profiles` no longer chooses documents: write `spring.config.activate.on-profile`, as Spring Boot requires since 2.4",
            ))
        }
        _ => Ok(()),
    }
}

fn member<'m>(map: &'m Map, wanted: &str) -> Option<&'m Node> {
    name_of(map, wanted).and_then(|name| map.get(&name))
}

fn name_of(map: &Map, wanted: &str) -> Option<String> {
    map.names()
        .find(|name| canonical(name) == wanted)
        .map(str::to_owned)
}

/// Spring treats `on-profile`, `onProfile` and `ON_PROFILE` as one name.
fn canonical(name: &str) -> String {
    name.chars()
        .filter(|next| !matches!(next, '-' | '_'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Returns the path that a document uses for these names, in its own spelling.
fn spelled(map: &Map, wanted: &[&str]) -> Option<Vec<String>> {
    let (first, rest) = wanted.split_first()?;
    let name = name_of(map, first)?;
    let mut path = vec![name];
    if !rest.is_empty() {
        let Value::Map(inner) = &map.get(&path[0])?.value else {
            return None;
        };
        path.extend(spelled(inner, rest)?);
    }
    Some(path)
}

/// Merges a document into another. Unlike in a layer, null is a value here.
fn lay(below: &mut Node, over: Node) {
    match (&mut below.value, over.value) {
        (Value::Map(map), Value::Map(over)) => {
            if over.own.is_some() {
                map.own = over.own.clone();
            }
            for (name, style, node) in over.into_styled() {
                match map.get_mut(&name) {
                    Some(below) => lay(below, node),
                    None => map.set_styled(name, style, node),
                }
            }
        }
        (_, value) => {
            *below = Node {
                value,
                place: over.place,
            }
        }
    }
}

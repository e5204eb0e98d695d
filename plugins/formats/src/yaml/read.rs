//! Reads YAML into a tree.
//!
//! serde-saphyr could read it, too, but its reader makes a component three times as big; this uses the same
//! parser.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, Tag};

use super::reasons::reason;
use super::scalars;
use crate::kind::Kind;
use crate::limits::{Builder, Cost};
use crate::mistake::Mistake;
use crate::tree::{Map, NameStyle, Node, Scalar, Value};

/// Reads one document of YAML; null if there is none. `source` identifies the document in the places of its
/// values.
///
/// # Errors
/// The first mistake in it.
pub fn read(text: &str, source: u32) -> Result<Node, Mistake> {
    read_one(text, source, "leave one")
}

/// Reads the same, with the caller's remedy for a text of several documents.
pub(crate) fn read_one(text: &str, source: u32, remedy: &'static str) -> Result<Node, Mistake> {
    let mut loader = load(text, source, Some(remedy))?;
    match loader.document {
        Some(document) => Ok(document),
        None => loader.builder.scalar(Kind::Null, "", 1),
    }
}

/// Reads all documents of a text.
pub(crate) fn read_all(text: &str, source: u32) -> Result<Vec<Node>, Mistake> {
    let Loader { before, document, .. } = load(text, source, None)?;
    Ok(before.into_iter().chain(document).collect())
}

/// `only_one` is the remedy in the message that refuses a second document.
fn load(text: &str, source: u32, only_one: Option<&'static str>) -> Result<Loader, Mistake> {
    let mut loader = Loader {
        builder: Builder::new(source),
        open: Vec::new(),
        anchors: BTreeMap::new(),
        before: Vec::new(),
        document: None,
        only_one,
    };
    for event in Parser::new_from_str(text) {
        // The parser's own message may repeat a part of the document.
        let (event, span) = event.map_err(|error| {
            let marker = error.marker();
            loader.builder.mistake(
                marker.line(),
                format!(
                    "is not YAML: column {}: {}",
                    marker.col() + 1,
                    reason(error.kind())
                ),
            )
        })?;
        loader.event(event, span.start.line())?;
    }
    Ok(loader)
}

/// A complete value, its cost, and whether it may be a name without quotes.
#[derive(Clone)]
struct Whole {
    node: Node,
    cost: Cost,
    /// The depth of lists and maps, itself included.
    levels: usize,
    is_bare: bool,
}

/// A list or a map whose end has not been read yet.
struct Open {
    line: usize,
    anchor: usize,
    cost: Cost,
    /// The depth of its contents.
    levels: usize,
    kind: OpenKind,
}

enum OpenKind {
    List(Vec<Node>),
    Map {
        map: Map,
        merged: Vec<Node>,
        name: Option<Name>,
    },
}

struct Name {
    text: String,
    style: NameStyle,
    line: usize,
}

struct Loader {
    builder: Builder,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Whole>,
    /// The documents before the last one.
    before: Vec<Node>,
    document: Option<Node>,
    only_one: Option<&'static str>,
}

impl Loader {
    fn event(&mut self, event: Event<'_>, line: usize) -> Result<(), Mistake> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let kind = kind(&text, style, tag.as_deref())
                    .map_err(|reason| self.builder.mistake(line, reason))?;
                let is_bare = style == ScalarStyle::Plain && tag.is_none();
                let mut node = self.builder.scalar(kind, text, line)?;
                let cost = Cost {
                    values: 1,
                    bytes: length(&node),
                };
                if is_bare && let Value::Scalar(scalar) = &mut node.value {
                    *scalar = Scalar::plain_yaml(kind, std::mem::take(&mut scalar.text));
                }
                let whole = Whole {
                    node,
                    cost,
                    levels: 0,
                    is_bare,
                };
                self.finish(anchor, whole, line)
            }
            Event::Alias(anchor) => self.alias(anchor, line),
            Event::SequenceStart(_, anchor, tag) => {
                self.enter(OpenKind::List(Vec::new()), anchor, tag.as_deref(), line)
            }
            Event::MappingStart(_, anchor, tag) => {
                let kind = OpenKind::Map {
                    map: Map::default(),
                    merged: Vec::new(),
                    name: None,
                };
                self.enter(kind, anchor, tag.as_deref(), line)
            }
            Event::SequenceEnd | Event::MappingEnd => self.leave(),
            Event::DocumentStart(..) => self.start_document(line),
            _ => Ok(()),
        }
    }

    fn alias(&mut self, anchor: usize, line: usize) -> Result<(), Mistake> {
        let target = self.anchors.get(&anchor).ok_or_else(|| {
            self.builder
                .mistake(line, "an alias (`*`) is part of the value that it refers to")
        })?;
        self.builder.spend(target.cost, line)?;
        let target = target.clone();
        self.finish(0, target, line)
    }

    fn start_document(&mut self, line: usize) -> Result<(), Mistake> {
        match (self.document.take(), self.only_one) {
            (Some(_), Some(remedy)) => {
                return Err(self
                    .builder
                    .mistake(line, format!("a second document begins: {remedy}")));
            }
            (document, _) => self.before.extend(document),
        }
        self.anchors.clear();
        Ok(())
    }

    fn enter(
        &mut self,
        kind: OpenKind,
        anchor: usize,
        tag: Option<&Tag>,
        line: usize,
    ) -> Result<(), Mistake> {
        let wanted = if matches!(kind, OpenKind::List(_)) {
            "seq"
        } else {
            "map"
        };
        if tag.is_some_and(|tag| !tag.is_yaml_core_schema_tag(wanted)) {
            return Err(self.builder.mistake(line, UNSUPPORTED_TAG));
        }
        self.builder.depth(self.open.len() + 1, line)?;
        self.open.push(Open {
            line,
            anchor,
            cost: Cost::default(),
            levels: 0,
            kind,
        });
        Ok(())
    }

    /// Ends the innermost list or map.
    fn leave(&mut self) -> Result<(), Mistake> {
        let Some(Open {
            line,
            anchor,
            cost,
            levels,
            kind,
        }) = self.open.pop()
        else {
            return Ok(());
        };
        let value = match kind {
            OpenKind::List(items) => Value::List(items),
            OpenKind::Map { map, merged, .. } => Value::Map(self.merge(map, merged)?),
        };
        let whole = Whole {
            node: self.builder.collection(value, line)?,
            cost: Cost {
                values: cost.values + 1,
                ..cost
            },
            levels: levels + 1,
            is_bare: false,
        };
        self.finish(anchor, whole, line)
    }

    /// Adds a complete value to the list or map that contains it.
    fn finish(&mut self, anchor: usize, whole: Whole, line: usize) -> Result<(), Mistake> {
        if anchor != 0 {
            self.builder.spend(whole.cost, line)?;
            self.anchors.insert(anchor, whole.clone());
        }
        let Whole {
            node,
            cost,
            levels,
            is_bare,
        } = whole;
        // The value behind an alias may be deep, and so may the place of the alias.
        self.builder.depth(self.open.len() + levels, line)?;
        let Some(open) = self.open.last_mut() else {
            self.document = Some(node);
            return Ok(());
        };
        open.cost = Cost {
            values: open.cost.values + cost.values,
            bytes: open.cost.bytes + cost.bytes,
        };
        open.levels = open.levels.max(levels);
        match &mut open.kind {
            OpenKind::List(items) => items.push(node),
            OpenKind::Map { map, merged, name } => {
                match name.take() {
                    None => {
                        let Value::Scalar(scalar) = node.value else {
                            return Err(self.builder.mistake(line, "a key is a list or a map: write text, and put a template (`{{...}}`) in quotes"));
                        };
                        if let Some(first) = map.get(&scalar.text) {
                            return Err(self.builder.duplicate(&scalar.text, line, first));
                        }
                        let style = if is_bare { NameStyle::Bare } else { NameStyle::Text };
                        *name = Some(Name {
                            text: scalar.text,
                            style,
                            line,
                        });
                    }
                    Some(Name {
                        text,
                        style: NameStyle::Bare,
                        line,
                    }) if text == "<<" => {
                        merged.push(Node {
                            place: self.builder.place(line),
                            ..node
                        });
                    }
                    Some(Name { text, style, .. }) => map.set_styled(text, style, node),
                }
            }
        }
        Ok(())
    }

    /// Applies `<<: *defaults`: a map takes the members that it lacks from others; an earlier one wins.
    fn merge(&self, mut map: Map, merged: Vec<Node>) -> Result<Map, Mistake> {
        for Node { value, place } in merged {
            let sources = match value {
                Value::List(items) => items,
                value => vec![Node { value, place }],
            };
            for source in sources {
                let Value::Map(source) = source.value else {
                    return Err(Mistake::new(place, "`<<` does not name a map"));
                };
                for (name, style, node) in source.into_styled() {
                    if map.get(&name).is_none() {
                        map.set_styled(name, style, node);
                    }
                }
            }
        }
        Ok(map)
    }
}

const UNSUPPORTED_TAG: &str = "a tag (`!`) is not of YAML's core schema: leave it out";

fn length(node: &Node) -> usize {
    match &node.value {
        Value::Scalar(Scalar { text, .. }) => text.len(),
        _ => 0,
    }
}

fn kind(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Kind, &'static str> {
    let plain = scalars::resolve(text);
    match tag.map(Tag::core_suffix) {
        None if style == ScalarStyle::Plain => Ok(plain),
        None | Some(Some("str")) => Ok(Kind::Text),
        Some(Some(wanted)) => {
            let fits = matches!(
                (plain, wanted),
                (Kind::Null, "null")
                    | (Kind::Boolean, "bool")
                    | (Kind::Integer, "int" | "float")
                    | (Kind::Float, "float")
            );
            if fits {
                Ok(plain)
            } else {
                Err("a tag (`!!`) does not fit its value, or is not of YAML's core schema")
            }
        }
        Some(None) => Err(UNSUPPORTED_TAG),
    }
}

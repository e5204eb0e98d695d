//! Builds trees from the events of the parser, within limits.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use granit_parser::{Event, Marker, Parser, ScalarStyle, Tag};
use serde_json::Number;

use super::bounds::{Bounds, Cost};
use super::open::{Key, Keys, Open, OpenKind, OpenMap, Whole};
use super::scalars::{self, Scalar};
use super::tree::Tree;
use super::{YamlError, hint};
use crate::text;

const MAX_DEPTH: usize = 256;
const MAX_DOCUMENTS: usize = 1024;
/// One mistake more than this in a text ends reading.
const MAX_FAULTS: usize = 1000;

/// A document, and the mistakes that did not prevent reading it.
#[derive(Debug)]
pub(crate) struct Document {
    /// The document. The last value of a duplicate key counts; an unreadable value is null.
    pub(crate) tree: Tree,
    /// The mistakes, in order.
    pub(crate) faults: Vec<Fault>,
    /// The line and column where it begins, counted from 1.
    pub(crate) start: (u64, u64),
}

/// A mistake in a value. It matters only if the value is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The beginning of its path: keys, and indices of lists.
    pub(crate) path: Vec<String>,
    /// What is wrong, with its place.
    pub(crate) error: YamlError,
}

/// How many segments of a path a [`Fault`] keeps: enough for `items`, an index, and a field of the item.
const PATH_SEGMENTS: usize = 3;

/// How many characters of a segment a [`Fault`] keeps. It is compared with names of fields, and a text may
/// have a thousand faults below a key of a megabyte.
const SEGMENT_CHARACTERS: usize = 32;

struct Reader<'t> {
    text: &'t str,
    keys: Keys,
    bounds: Bounds,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Whole>,
    /// What aliases, and keeping values for them, have cost so far.
    spent: Cost,
    values: usize,
    faults: Vec<Fault>,
    fault_count: usize,
    start: (u64, u64),
    documents: Vec<Document>,
}

/// Reads all documents of a text. Empty ones are left out.
pub(super) fn read(text: &str, keys: Keys, bounds: Bounds) -> Result<Vec<Document>, YamlError> {
    let mut reader = Reader {
        text,
        keys,
        bounds,
        open: Vec::new(),
        anchors: BTreeMap::new(),
        spent: Cost::default(),
        values: 0,
        faults: Vec::new(),
        fault_count: 0,
        start: (0, 0),
        documents: Vec::new(),
    };
    let mut count = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| super::syntax_error(&error, text))?;
        if matches!(event, Event::DocumentStart(..)) {
            count += 1;
            reader.start = place(span.start);
            if count > MAX_DOCUMENTS {
                return Err(reader.error(span.start, "there are more than 1024 documents"));
            }
        }
        // The parser writes '~' for a missing value.
        let is_absent = span.start.index() == span.end.index();
        reader.event(event, span.start, is_absent)?;
    }
    Ok(reader.documents)
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, at: Marker, is_absent: bool) -> Result<(), YamlError> {
        match event {
            Event::Scalar(written, style, anchor, tag) => {
                self.count(at)?;
                let (tree, mut key) = self.scalar(&written, style, tag.as_deref(), at)?;
                if is_absent {
                    key = Key::Unfit("a key is missing before ':'");
                }
                let cost = Cost {
                    values: 1,
                    bytes: written.len(),
                };
                self.finish(
                    anchor,
                    Whole {
                        tree,
                        cost,
                        levels: 0,
                        key,
                    },
                    at,
                )
            }
            Event::Alias(anchor) => self.alias(anchor, at),
            Event::SequenceStart(_, anchor, _) => self.enter(OpenKind::List(Vec::new()), anchor, at),
            Event::MappingStart(_, anchor, _) => self.enter(OpenKind::Map(OpenMap::default()), anchor, at),
            Event::SequenceEnd | Event::MappingEnd => self.leave(at),
            _ => Ok(()),
        }
    }

    fn alias(&mut self, anchor: usize, at: Marker) -> Result<(), YamlError> {
        let Some(target) = self.anchors.get(&anchor) else {
            return Err(self.error(at, "an alias must not refer to a value that contains it"));
        };
        let cost = target.cost;
        self.spend(cost, at)?;
        let target = self.anchors[&anchor].clone();
        self.finish(0, target, at)
    }

    fn enter(&mut self, kind: OpenKind, anchor: usize, at: Marker) -> Result<(), YamlError> {
        self.count(at)?;
        if self.open.len() == MAX_DEPTH {
            return Err(self.error(at, TOO_DEEP));
        }
        self.open.push(Open {
            anchor,
            cost: Cost::default(),
            levels: 0,
            kind,
        });
        Ok(())
    }

    /// Ends the innermost list or map.
    fn leave(&mut self, at: Marker) -> Result<(), YamlError> {
        let Some(Open {
            anchor,
            cost,
            levels,
            kind,
        }) = self.open.pop()
        else {
            return Ok(());
        };
        let (tree, unfit) = match kind {
            OpenKind::List(items) => (Tree::List(items), "a list cannot be a key"),
            OpenKind::Map(open) => (Tree::Map(open.map), "an object cannot be a key"),
        };
        let cost = Cost {
            values: cost.values + 1,
            ..cost
        };
        let whole = Whole {
            tree,
            cost,
            levels: levels + 1,
            key: Key::Unfit(unfit),
        };
        self.finish(anchor, whole, at)
    }

    /// Adds a complete value to the list or map that contains it.
    fn finish(&mut self, anchor: usize, whole: Whole, at: Marker) -> Result<(), YamlError> {
        if anchor != 0 {
            self.spend(whole.cost, at)?;
            self.anchors.insert(anchor, whole.clone());
        }
        let Whole {
            tree,
            cost,
            levels,
            key,
        } = whole;
        // The value behind an alias may be deep, and so may the place of the alias.
        if self.open.len() + levels > MAX_DEPTH {
            return Err(self.error(at, TOO_DEEP));
        }
        let Some(open) = self.open.last_mut() else {
            let faults = std::mem::take(&mut self.faults);
            if tree != Tree::Null {
                self.documents.push(Document {
                    tree,
                    faults,
                    start: self.start,
                });
            }
            return Ok(());
        };
        open.cost = Cost {
            values: open.cost.values + cost.values,
            bytes: open.cost.bytes + cost.bytes,
        };
        open.levels = open.levels.max(levels);
        let map = match &mut open.kind {
            OpenKind::List(items) => {
                items.push(tree);
                return Ok(());
            }
            OpenKind::Map(map) => map,
        };
        match map.key.take() {
            None => {
                let reason = match &key {
                    Key::Name(name) if map.map.contains_key(name) && !map.merged.contains(name) => {
                        Some(format!("the key {} is a duplicate", text::quoted(name)))
                    }
                    Key::Unfit(reason) => Some((*reason).to_owned()),
                    Key::Name(_) | Key::Merge => None,
                };
                map.key = Some(key);
                reason.map_or(Ok(()), |reason| self.fault(at, &reason))
            }
            Some(Key::Name(name)) => {
                map.merged.remove(&name);
                map.map.insert(name, tree);
                Ok(())
            }
            Some(Key::Merge) if map.merge(tree, self.keys) => Ok(()),
            Some(Key::Merge) => self.fault(
                at,
                "'<<' merges other objects into this one, but its value is not an object",
            ),
            Some(Key::Unfit(_)) => Ok(()),
        }
    }

    /// Reads a scalar, also for its use as a key.
    fn scalar(
        &mut self,
        written: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        at: Marker,
    ) -> Result<(Tree, Key), YamlError> {
        let is_plain = style == ScalarStyle::Plain;
        let tag = tag.map(|tag| tag.suffix_in_namespace("tag:yaml.org,2002:").unwrap_or_default());
        let scalar = match tag.as_deref() {
            None if is_plain => scalars::resolve(written),
            // Custom tags, and the tag for text.
            None | Some("" | "str") => Scalar::Text,
            Some("binary") => return self.binary(written, at),
            Some(wanted) => self.tagged(written, wanted, at)?,
        };
        let key = match (&scalar, self.keys) {
            (Scalar::Merge, _) => Key::Merge,
            (_, Keys::AsWritten) => Key::Name(written.to_owned()),
            (scalar, Keys::AsKubectl) => scalars::key(written, scalar).map_or(
                Key::Unfit("null cannot be a key; put it in quotes if it is text"),
                Key::Name,
            ),
        };
        let tree = match scalar {
            Scalar::Null => Tree::Null,
            Scalar::Boolean(value) => Tree::Boolean(value),
            Scalar::Integer(number) => Tree::number(number, written),
            Scalar::Float(value) => match Number::from_f64(value) {
                Some(number) => Tree::number(number, written),
                None => {
                    // As a key it is text.
                    if !self.is_key() {
                        self.fault(
                            at,
                            "a value that is infinite or not a number; put it in quotes if it is text",
                        )?;
                    }
                    Tree::Null
                }
            },
            Scalar::Merge | Scalar::Text => Tree::Text(written.to_owned()),
        };
        Ok((tree, key))
    }

    fn tagged(&mut self, written: &str, wanted: &str, at: Marker) -> Result<Scalar, YamlError> {
        let scalar = scalars::resolve(written);
        Ok(match (scalar, wanted) {
            (scalar @ Scalar::Null, "null")
            | (scalar @ Scalar::Boolean(_), "bool")
            | (scalar @ Scalar::Integer(_), "int" | "float")
            | (scalar @ Scalar::Float(_), "float")
            | (scalar @ Scalar::Merge, "merge") => scalar,
            (_, "timestamp") => Scalar::Text,
            _ => {
                self.fault(at, "the tag ('!!') does not fit the value behind it")?;
                Scalar::Null
            }
        })
    }

    /// `!!binary` is the text that its base64 encodes.
    fn binary(&mut self, written: &str, at: Marker) -> Result<(Tree, Key), YamlError> {
        let encoded: String = written.split_ascii_whitespace().collect();
        match STANDARD
            .decode(encoded)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
        {
            Some(text) => Ok((Tree::Text(text.clone()), Key::Name(text))),
            None => {
                self.fault(at, "a value with the tag '!!binary' is not base64 of UTF-8 text")?;
                Ok((Tree::Null, Key::Unfit("a value that is not text cannot be a key")))
            }
        }
    }

    /// Whether the next value is a key.
    fn is_key(&self) -> bool {
        matches!(
            self.open.last(),
            Some(Open {
                kind: OpenKind::Map(OpenMap { key: None, .. }),
                ..
            })
        )
    }

    fn spend(&mut self, cost: Cost, at: Marker) -> Result<(), YamlError> {
        self.spent = Cost {
            values: self.spent.values + cost.values,
            bytes: self.spent.bytes + cost.bytes,
        };
        let most = self.bounds.aliased;
        if self.spent.values > most.values || self.spent.bytes > most.bytes {
            return Err(self.error(at, TOO_LARGE));
        }
        Ok(())
    }

    fn count(&mut self, at: Marker) -> Result<(), YamlError> {
        self.values += 1;
        if self.values > self.bounds.values {
            Err(self.error(at, TOO_LARGE))
        } else {
            Ok(())
        }
    }

    fn error(&self, at: Marker, reason: &str) -> YamlError {
        let (line, column) = place(at);
        YamlError {
            line,
            column,
            reason: hint::or(self.text, at, reason.to_owned()),
        }
    }

    /// Records a mistake and goes on reading.
    fn fault(&mut self, at: Marker, reason: &str) -> Result<(), YamlError> {
        let error = self.error(at, reason);
        self.fault_count += 1;
        // A template that was not rendered is not a manifest, even if its kind is not read.
        if self.fault_count > MAX_FAULTS || error.reason != reason {
            return Err(error);
        }
        let segment = |open: &Open| match &open.kind {
            OpenKind::List(items) => items.len().to_string(),
            OpenKind::Map(OpenMap {
                key: Some(Key::Name(name)),
                ..
            }) => name.chars().take(SEGMENT_CHARACTERS).collect(),
            OpenKind::Map(_) => String::new(),
        };
        let path = self.open.iter().take(PATH_SEGMENTS).map(segment).collect();
        self.faults.push(Fault { path, error });
        Ok(())
    }
}

const TOO_DEEP: &str = "objects and lists are nested too deeply";
const TOO_LARGE: &str = "it is too large, or its aliases make it so";

fn place(at: Marker) -> (u64, u64) {
    (at.line() as u64, at.col() as u64 + 1)
}

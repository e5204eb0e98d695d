//! Describes why a template cannot be rendered, and where.

use std::borrow::Cow;
use std::rc::Rc;

use podweave_plugin::Error;

use crate::value::{Origin, Value};

pub(crate) type Result<T, E = Box<Problem>> = std::result::Result<T, E>;

/// A failure that is passed up to its template.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) kind: Kind,
    /// Where it happened; the innermost place counts.
    pub(crate) place: Option<Place>,
}

#[derive(Debug)]
pub(crate) enum Kind {
    /// An expression names something that does not exist. `default` catches this.
    Missing(Missing),
    /// A value of a ConfigMap does not meet the template's needs.
    Value { origin: Rc<Origin>, message: String },
    /// The template is wrong.
    Template(String),
}

/// Something that does not exist.
#[derive(Debug)]
pub(crate) struct Missing {
    /// As the template names it.
    pub(crate) name: String,
    /// The ConfigMaps that were searched for a key, if it is a key.
    pub(crate) key: Option<(Vec<String>, String)>,
    /// The value in which it was looked up, if that came from a ConfigMap.
    pub(crate) origin: Option<Rc<Origin>>,
    /// What to do about it.
    pub(crate) hint: Cow<'static, str>,
}

/// Shortens a piece of a template for a message, to one line.
pub(crate) fn shown(piece: &str) -> String {
    const MOST: usize = 80;
    let mut line: String = piece.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(MOST) {
        line.truncate(end);
        line.push_str("...");
    }
    format!("`{line}`")
}

/// A place in a template.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) source: Source,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// Where a template's text comes from.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// The parameters: `env.PORT`.
    Params(Rc<str>),
    /// A ConfigMap's key.
    Key(Rc<Origin>),
}

impl Place {
    pub(crate) fn new(source: &Source, text: &str, at: usize) -> Self {
        let before = &text[..at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            source: source.clone(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl Missing {
    /// The usual remedy for something that is missing.
    pub(crate) const ADD_IT: Cow<'static, str> = Cow::Borrowed("add it, or give a default");
}

impl Problem {
    pub(crate) fn template(message: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            kind: Kind::Template(message.into()),
            place: None,
        })
    }

    /// Blames the value's ConfigMap, or the template if the value has none.
    pub(crate) fn value(value: &Value, message: impl Into<String>) -> Box<Self> {
        match &value.origin {
            Some(origin) => Box::new(Self {
                kind: Kind::Value {
                    origin: origin.clone(),
                    message: message.into(),
                },
                place: None,
            }),
            None => Self::template(message),
        }
    }

    pub(crate) fn missing(missing: Missing) -> Box<Self> {
        Box::new(Self {
            kind: Kind::Missing(missing),
            place: None,
        })
    }

    pub(crate) fn is_missing(&self) -> bool {
        matches!(self.kind, Kind::Missing(_))
    }

    pub(crate) fn at(mut self: Box<Self>, place: impl FnOnce() -> Place) -> Box<Self> {
        self.place.get_or_insert_with(place);
        self
    }
}

impl From<Box<Problem>> for Error {
    fn from(problem: Box<Problem>) -> Self {
        let place = problem.place;
        match problem.kind {
            Kind::Template(message) => wrong_template(place, &message),
            Kind::Value { origin, message } => Self::invalid_value(
                &origin.config_map,
                &origin.key,
                format!("{message}{}", used(place.as_ref())),
            ),
            Kind::Missing(missing) => absent(missing, place),
        }
    }
}

/// Blames the author of the template.
fn wrong_template(place: Option<Place>, message: &str) -> Error {
    let Some(Place { source, line, column }) = place else {
        return Error::other(message);
    };
    let message = format!("line {line}, column {column}: {message}");
    match source {
        Source::Params(path) => Error::invalid_params(&*path, message),
        Source::Key(origin) => Error::invalid_value(&origin.config_map, &origin.key, message),
    }
}

fn absent(missing: Missing, place: Option<Place>) -> Error {
    let Missing {
        name,
        key,
        origin,
        hint,
    } = missing;
    let used = used(place.as_ref());
    if let Some(origin) = origin {
        return Error::invalid_value(
            &origin.config_map,
            &origin.key,
            format!("has no `{name}`{used}: {hint}"),
        );
    }
    match key.as_ref().map(|(maps, key)| (maps.as_slice(), key)) {
        Some(([only], key)) => Error::invalid_value(only, key, format!("is missing{used}: {hint}")),
        Some(([], key)) => wrong_template(
            place,
            &format!("`{name}` is missing: no ConfigMap that is bound exists, so none has the key `{key}`"),
        ),
        Some((maps, key)) => {
            let maps = maps.join("`, `");
            Error::other(format!(
                "`{name}` is missing{used}: none of the ConfigMaps `{maps}` has the key `{key}`: {hint}"
            ))
        }
        None => wrong_template(place, &format!("`{name}` is missing: {hint}")),
    }
}

fn used(place: Option<&Place>) -> String {
    let Some(Place { source, line, column }) = place else {
        return String::new();
    };
    let template = match source {
        Source::Params(path) => path.to_string(),
        Source::Key(origin) => format!("{}/{}", origin.config_map, origin.key),
    };
    format!(" (used by {template}, line {line}, column {column})")
}

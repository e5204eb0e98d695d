//! Resolves paths.

use crate::failure::{Problem, Result};
use crate::render::{Renderer, Scope, Wanted};
use crate::syntax::{Base, Path, Segment};
use crate::value::{Data, Fact, Value};

impl Renderer<'_> {
    pub(crate) fn path(&self, path: &Path<'_>, scope: &Scope<'_>) -> Result<Value> {
        let (mut value, segments) = self.start(path, scope)?;
        for segment in segments {
            value = match self.member(&value, segment.name)? {
                Some(member) => member.from(&value.origin),
                None => {
                    let wanted = Wanted {
                        name: segment.name,
                        rest: &path.raw[segment.at..],
                        prefix: Some(&path.raw[..segment.at]),
                    };
                    return Err(self.missing(path.raw, &value, wanted));
                }
            };
        }
        self.facts.read(value)
    }

    /// Returns the value that a path starts from, and the rest of the path.
    fn start<'p>(&self, path: &'p Path<'p>, scope: &Scope<'_>) -> Result<(Value, &'p [Segment<'p>])> {
        let segments = path.segments.as_slice();
        if path.base == Base::Data {
            return self.data(path, scope);
        }
        let Some(this) = scope.above(path.up) else {
            let message = format!(
                "`{}` leads out of the template: `@root` is what the whole template is about, and a partial can be given options",
                path.raw
            );
            return Err(Problem::template(message));
        };
        match segments.split_first() {
            Some((first, rest)) if path.base == Base::Name => match scope.name(first.name) {
                Some(value) => Ok((value.clone(), rest)),
                None => Ok((this.clone(), segments)),
            },
            _ => Ok((this.clone(), segments)),
        }
    }

    /// Resolves `@`.
    fn data<'p>(&self, path: &'p Path<'p>, scope: &Scope<'_>) -> Result<(Value, &'p [Segment<'p>])> {
        let data = scope.data.up(path.up);
        let (first, rest) = match path.segments.split_first() {
            Some((first, rest)) => (first.name, rest),
            None => ("", path.segments.as_slice()),
        };
        let value = match (first, data, data.and_then(|data| data.turn())) {
            ("root", Some(_), _) => Fact::Root.into(),
            ("partial-block", Some(data), _) if rest.is_empty() => data.partial_block().is_some().into(),
            ("index", _, Some(turn)) => (turn.index as i64).into(),
            ("key", _, Some(turn)) => turn.key.clone(),
            ("first", _, Some(turn)) => turn.is_first.into(),
            ("last", _, Some(turn)) => turn.is_last.into(),
            _ => {
                let message = format!(
                    "there is no `{}` here: `each` sets @index, @key, @first and @last",
                    path.raw
                );
                return Err(Problem::template(message));
            }
        };
        Ok((value, rest))
    }

    /// Returns a member of a value, if it exists.
    pub(crate) fn member(&self, value: &Value, name: &str) -> Result<Option<Value>> {
        Ok(match &value.data {
            Data::Map(members) => members.get(name).cloned(),
            Data::List(items) => name
                .parse()
                .ok()
                .and_then(|index: usize| items.get(index).cloned()),
            Data::Overlay(overlay) => match overlay.members.get(name) {
                Some(member) => Some(member.clone()),
                None => self.member(&overlay.base, name)?,
            },
            Data::Fact(Fact::Entry(..)) => self.member(&self.facts.read(value.clone())?, name)?,
            Data::Fact(fact) => self.facts.member(fact, name),
            Data::Null | Data::Bool(_) | Data::Number(_) | Data::Text(_) => None,
        })
    }
}

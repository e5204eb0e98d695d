//! What a path leads to.

use crate::failure::{Missing, Problem, Result};
use crate::render::scope::Kind;
use crate::render::{Renderer, Scope};
use crate::syntax::{Base, Path};
use crate::value::{Data, Fact, Value};

const ROOTS: [&str; 6] = ["config", "maps", "values", "pod", "container", "node"];

impl Renderer<'_> {
    pub(crate) fn path(&self, path: &Path<'_>, scope: &Scope<'_>) -> Result<Value> {
        let (mut value, segments) = self.start(path, scope)?;
        for segment in segments {
            value = match self.member(&value, segment)? {
                Some(member) => member.from(&value.origin),
                None => return Err(self.missing(path.raw, &value, segment)),
            };
        }
        self.facts.read(value)
    }

    /// What a path starts from, and what is left of it.
    fn start<'p>(&self, path: &'p Path<'p>, scope: &Scope<'_>) -> Result<(Value, &'p [&'p str])> {
        let segments = path.segments.as_slice();
        if path.base == Base::Root {
            return Ok((Fact::Root.into(), segments));
        }
        let Some(level) = scope.up(path.up) else {
            return Err(Problem::template(format!("`{}` leads out of the template", path.raw)));
        };
        if path.base == Base::Loop {
            let turn_scope = if path.up == 0 { scope } else { level };
            return self.turn(path, turn_scope).map(|value| (value, segments.get(1..).unwrap_or_default()));
        }
        let Some((first, rest)) = segments.split_first() else { return Ok((level.this.clone(), segments)) };
        let named = match path.base {
            Base::Name if path.up == 0 => scope.name(first),
            // The options of a partial are members of what it is about.
            _ if matches!(level.kind, Kind::Partial { .. }) => level.name(first),
            _ => None,
        };
        Ok(match named {
            Some(value) => (value.clone(), rest),
            None => (level.this.clone(), segments),
        })
    }

    fn turn(&self, path: &Path<'_>, scope: &Scope<'_>) -> Result<Value> {
        let turn = scope.turn();
        let value = match (path.segments.first(), turn) {
            (Some(&"index"), Some(turn)) => (turn.index as i64).into(),
            (Some(&"key"), Some(turn)) => turn.key.clone(),
            (Some(&"first"), Some(turn)) => turn.is_first.into(),
            (Some(&"last"), Some(turn)) => turn.is_last.into(),
            _ => {
                let message = format!("there is no `{}` here: `each` sets @index, @key, @first and @last", path.raw);
                return Err(Problem::template(message));
            }
        };
        Ok(value)
    }

    /// A member of a value, if it has it.
    pub(crate) fn member(&self, value: &Value, name: &str) -> Result<Option<Value>> {
        Ok(match &value.data {
            Data::Map(members) => members.get(name).cloned(),
            Data::List(items) => name.parse().ok().and_then(|index: usize| items.get(index).cloned()),
            Data::Fact(Fact::Entry(..)) => self.member(&self.facts.read(value.clone())?, name)?,
            Data::Fact(fact) => self.facts.member(fact, name),
            Data::Null | Data::Bool(_) | Data::Number(_) | Data::Text(_) => None,
        })
    }

    /// The failure of an expression, called `name`, that looked for a member in vain.
    pub(crate) fn missing(&self, name: &str, value: &Value, member: &str) -> Box<Problem> {
        let mut missing = Missing { name: name.to_owned(), key: None, origin: value.origin.clone(), hint: Missing::ADD_IT };
        let hint = match &value.data {
            Data::Fact(Fact::Config) => {
                let maps = self.facts.config_maps().iter().map(|alias| alias.to_string()).collect();
                missing.key = Some((maps, member.to_owned()));
                return Problem::missing(missing);
            }
            Data::Fact(Fact::ConfigMap(alias)) => {
                missing.key = Some((vec![alias.to_string()], member.to_owned()));
                return Problem::missing(missing);
            }
            Data::Fact(Fact::Root) => "the context has config, maps, values, pod, container and node",
            Data::Fact(Fact::Pod | Fact::Node) if matches!(member, "name" | "uid") => "it is not known here; on the command line give it with --set",
            Data::Text(_) => "it would be a member of text; `parse-json` and `parse-yaml` read text",
            _ if ROOTS.contains(&member) => "inside of a block, write `@root.` in front of what the whole template is about",
            _ => return Problem::missing(missing),
        };
        missing.hint = hint.into();
        Problem::missing(missing)
    }
}

//! Renders a tree to text.

mod blocks;
mod facts;
mod missing;
mod output;
mod partials;
mod paths;
mod scope;

use std::cell::Cell;

pub(crate) use facts::Facts;
pub(crate) use missing::Wanted;
pub(crate) use output::{EnvValue, Output};
pub(crate) use partials::{Declared, Partials};
pub(crate) use scope::Scope;

use crate::failure::{Place, Problem, Result, shown};
use crate::helpers::Arguments;
use crate::syntax::{Call, Expression, ExpressionKind, Node, Template};
use crate::value::{Data, Fact, Value};

/// How deep blocks, partials and subexpressions may be nested while they are rendered. A partial that
/// includes itself ends here, well before the stack overflows.
const MAX_DEPTH: usize = 160;

/// Renders templates for one container.
pub(crate) struct Renderer<'r> {
    pub(crate) facts: Facts<'r>,
    partials: Partials<'r>,
    depth: Cell<usize>,
}

impl<'r> Renderer<'r> {
    pub(crate) fn new(facts: Facts<'r>, partials: Partials<'r>) -> Self {
        Self {
            facts,
            partials,
            depth: Cell::new(0),
        }
    }

    /// Renders a whole template.
    pub(crate) fn template(&self, template: &Template<'_>, out: &mut Output) -> Result<()> {
        self.body(&Scope::of_template(template, Fact::Root.into()), out)
    }

    /// Renders the nodes of a scope.
    fn body(&self, scope: &Scope<'_>, out: &mut Output) -> Result<()> {
        self.deeper(|| {
            for node in scope.nodes {
                match node {
                    Node::Text(piece) => out.own_text(piece.text, scope.template),
                    Node::Raw(raw) => self.body(&scope.inner(&raw.nodes, scope.this.clone()), out)?,
                    Node::Output(expression, _) => {
                        let value = self.value(expression, scope)?;
                        self.print(expression.raw, &value, out)
                            .map_err(|problem| problem.at(|| scope.place(expression.at)))?;
                    }
                    Node::Block(block) => self.block(block, scope, out)?,
                    Node::Include(include) => self.include(include, scope, out)?,
                    // An include finds it in the scope.
                    Node::Inline(_) | Node::Comment(_) => {}
                }
            }
            Ok(())
        })
        .map_err(|problem| problem.at(|| scope.place(0)))
    }

    fn deeper<T>(&self, run: impl FnOnce() -> Result<T>) -> Result<T> {
        let depth = self.depth.get();
        if depth == MAX_DEPTH {
            return Err(Problem::template(format!(
                "blocks and partials are more than {MAX_DEPTH} levels deep: does a partial include itself?"
            )));
        }
        self.depth.set(depth + 1);
        let result = run();
        self.depth.set(depth);
        result
    }

    fn print(&self, name: &str, value: &Value, out: &mut Output) -> Result<()> {
        match &value.data {
            Data::Null => {
                let message = format!(
                    "{} is null, which has no text: give it a value, or write `{{{{default ... \"\"}}}}` for nothing",
                    shown(name)
                );
                return Err(Problem::value(value, message));
            }
            _ if value.as_scalar().is_none() => {
                let message = format!(
                    "{} has no text of its own: use `json`, `yaml`, `toml` or `join`",
                    value.kind()
                );
                return Err(Problem::value(value, message));
            }
            _ => out.foreign_text(&value.as_scalar().unwrap_or_default()),
        }
        Ok(())
    }

    /// Returns the value of an expression. A missing one is a failure, which `default` catches.
    pub(crate) fn value(&self, expression: &Expression<'_>, scope: &Scope<'_>) -> Result<Value> {
        let value = match &expression.kind {
            ExpressionKind::Literal(value) => Ok(value.clone()),
            ExpressionKind::Path(path) => self.path(path, scope),
            ExpressionKind::Call(call) => self.deeper(|| self.call(call, scope)),
        };
        value.map_err(|problem| problem.at(|| scope.place(expression.at)))
    }

    fn call(&self, call: &Call<'_>, scope: &Scope<'_>) -> Result<Value> {
        let arguments = Arguments::new(self, scope, call);
        let value = (call.helper.run)(&arguments)?;
        Ok(value.from(&arguments.origin()))
    }
}

impl Scope<'_> {
    /// Returns a place in the scope's template.
    pub(crate) fn place(&self, at: usize) -> Place {
        Place::new(&self.template.source, self.template.text, at)
    }
}

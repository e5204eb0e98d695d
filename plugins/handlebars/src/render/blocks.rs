//! Renders `if`, `unless`, `each` and `with`.

use std::rc::Rc;

use crate::failure::{Problem, Result};
use crate::render::scope::{Data as Frames, Frame, FrameKind, Turn};
use crate::render::{Output, Renderer, Scope};
use crate::syntax::{Block, BlockKind, Expression, Node};
use crate::truth::is_true;
use crate::value::{Data, Name, Value};

impl Renderer<'_> {
    pub(crate) fn block(&self, block: &Block<'_>, scope: &Scope<'_>, out: &mut Output) -> Result<()> {
        let subject = self.value(&block.subject, scope)?;
        let at_subject = |problem: Box<Problem>| problem.at(|| scope.place(block.subject.at));
        let is_true = |include_zero| is_true(&subject, include_zero).map_err(at_subject);
        match &block.kind {
            BlockKind::If { include_zero } => self.branch(
                block,
                is_true(self.flag(include_zero.as_ref(), scope)?)?,
                scope,
                out,
            ),
            BlockKind::Unless { include_zero } => self.branch(
                block,
                !is_true(self.flag(include_zero.as_ref(), scope)?)?,
                scope,
                out,
            ),
            BlockKind::With if is_true(true)? => {
                let Some(body) = &block.body else { return Ok(()) };
                let mut inner = scope.inner(&body.nodes, subject.clone());
                inner.names = block.names.iter().map(|name| (*name, subject.clone())).collect();
                self.body(&inner, out)
            }
            BlockKind::With => self.branch(block, false, scope, out),
            BlockKind::Each => {
                let items = self.items(&subject).map_err(at_subject)?;
                if items.is_empty() {
                    return self.branch(block, false, scope, out);
                }
                self.each(block, &items, scope, out)
            }
        }
    }

    /// Whether an option was given and is true.
    fn flag(&self, option: Option<&Expression<'_>>, scope: &Scope<'_>) -> Result<bool> {
        let Some(option) = option else { return Ok(false) };
        is_true(&self.value(option, scope)?, false).map_err(|problem| problem.at(|| scope.place(option.at)))
    }

    fn branch(&self, block: &Block<'_>, is_body: bool, scope: &Scope<'_>, out: &mut Output) -> Result<()> {
        let branch = if is_body { &block.body } else { &block.inverse };
        match branch.as_ref().map(|branch| branch.nodes.as_slice()) {
            None | Some([]) => Ok(()),
            Some(nodes) => self.body(&scope.inner(nodes, scope.this.clone()), out),
        }
    }

    /// Returns the items of a list by index, or the members of a map by name.
    fn items(&self, subject: &Value) -> Result<Vec<(Value, Value)>> {
        let named = |(name, value): (Name, Value)| (Value::text(name.as_str()), value.from(&subject.origin));
        Ok(match &subject.data {
            Data::List(items) => {
                let numbered = |(index, item): (usize, &Value)| {
                    ((index as i64).into(), item.clone().from(&subject.origin))
                };
                items.iter().enumerate().map(numbered).collect()
            }
            Data::Map(members) => Rc::unwrap_or_clone(members.clone())
                .into_iter()
                .map(named)
                .collect(),
            Data::Fact(fact) => self.facts.members(fact)?.into_iter().map(named).collect(),
            Data::Overlay(_) => return self.items(&self.facts.whole(subject.clone())?),
            Data::Null => Vec::new(),
            _ => {
                let message = format!(
                    "`each` needs a list or a map, not {}: `split`, `parse-json` and `parse-yaml` make one",
                    subject.kind()
                );
                return Err(Problem::value(subject, message));
            }
        })
    }

    fn each(
        &self,
        block: &Block<'_>,
        items: &[(Value, Value)],
        scope: &Scope<'_>,
        out: &mut Output,
    ) -> Result<()> {
        let nodes: &[Node<'_>] = block.body.as_ref().map_or(&[], |body| &body.nodes);
        for (index, (key, item)) in items.iter().enumerate() {
            let turn = Turn {
                index,
                key: key.clone(),
                is_first: index == 0,
                is_last: index + 1 == items.len(),
            };
            let frame = Frame {
                parent: scope.data,
                kind: FrameKind::Turn(turn),
            };
            let mut inner = scope.inner(nodes, item.clone());
            inner.data = Frames::of(&frame);
            let named = block.names.iter().zip([item, key]);
            inner.names = named.map(|(name, value)| (*name, value.clone())).collect();
            self.body(&inner, out)?;
        }
        Ok(())
    }
}

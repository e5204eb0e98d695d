//! `if`, `unless`, `each` and `with`.

use std::rc::Rc;

use crate::failure::{Problem, Result};
use crate::render::scope::Turn;
use crate::render::{Output, Renderer, Scope, is_true};
use crate::syntax::{Block, BlockKind, Node};
use crate::value::{Data, Value};

impl Renderer<'_> {
    pub(crate) fn block(&self, block: &Block<'_>, scope: &Scope<'_>, out: &mut Output) -> Result<()> {
        let subject = self.value(&block.subject, scope)?;
        let at_subject = |problem: Box<Problem>| problem.at(|| scope.place(block.subject.at));
        let is_true = |include_zero| is_true(&subject, include_zero).map_err(at_subject);
        match block.kind {
            BlockKind::If { include_zero } => {
                let nodes = if is_true(include_zero)? { &block.body } else { &block.inverse };
                self.inner(nodes, scope, out)
            }
            BlockKind::Unless { include_zero } => {
                let nodes = if is_true(include_zero)? { &block.inverse } else { &block.body };
                self.inner(nodes, scope, out)
            }
            BlockKind::With if is_true(false)? => {
                let mut inner = scope.block(&block.body, subject.clone());
                inner.names = block.names.iter().map(|name| (*name, subject.clone())).collect();
                self.body(&inner, out)
            }
            BlockKind::With => self.inner(&block.inverse, scope, out),
            BlockKind::Each => {
                let items = self.items(&subject).map_err(at_subject)?;
                if items.is_empty() {
                    return self.inner(&block.inverse, scope, out);
                }
                self.each(block, &items, scope, out)
            }
        }
    }

    fn inner(&self, nodes: &[Node<'_>], scope: &Scope<'_>, out: &mut Output) -> Result<()> {
        if nodes.is_empty() { Ok(()) } else { self.body(&scope.inner(nodes), out) }
    }

    /// The items of a list by index, or the members of a map by name.
    fn items(&self, subject: &Value) -> Result<Vec<(Value, Value)>> {
        let named = |(name, value): (String, Value)| (Value::text(name), value.from(&subject.origin));
        Ok(match &subject.data {
            Data::List(items) => {
                let numbered = |(index, item): (usize, &Value)| ((index as i64).into(), item.clone().from(&subject.origin));
                items.iter().enumerate().map(numbered).collect()
            }
            Data::Map(members) => Rc::unwrap_or_clone(members.clone()).into_iter().map(named).collect(),
            Data::Fact(fact) => self.facts.members(fact)?.into_iter().map(named).collect(),
            Data::Null => Vec::new(),
            _ => {
                let message = format!("`each` needs a list or a map, not {}: `split`, `parse-json` and `parse-yaml` make one", subject.kind());
                return Err(Problem::value(subject, message));
            }
        })
    }

    fn each(&self, block: &Block<'_>, items: &[(Value, Value)], scope: &Scope<'_>, out: &mut Output) -> Result<()> {
        for (index, (key, item)) in items.iter().enumerate() {
            let mut inner = scope.block(&block.body, item.clone());
            let named = block.names.iter().zip([item, key]);
            inner.names = named.map(|(name, value)| (*name, value.clone())).collect();
            inner.turn = Some(Turn { index, key: key.clone(), is_first: index == 0, is_last: index + 1 == items.len() });
            self.body(&inner, out)?;
        }
        Ok(())
    }
}

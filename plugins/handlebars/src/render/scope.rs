//! What names mean at a place in a template.

use crate::syntax::{Node, Template};
use crate::value::Value;

/// The meaning of names in one body: a template's, a block's or a partial's.
pub(crate) struct Scope<'c> {
    pub(crate) parent: Option<&'c Scope<'c>>,
    /// The template whose text the body is.
    pub(crate) template: &'c Template<'c>,
    /// The body. Inline partials in it can be included from it and from below.
    pub(crate) nodes: &'c [Node<'c>],
    pub(crate) kind: Kind,
    pub(crate) this: Value,
    /// Block parameters, or the options of a partial.
    pub(crate) names: Vec<(&'c str, Value)>,
    pub(crate) turn: Option<Turn>,
    /// What `@partial-block` is, and where it was written.
    pub(crate) partial_block: Option<(&'c [Node<'c>], &'c Scope<'c>)>,
}

/// What a scope is to `../` and to names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `if` and the like: no level of its own.
    Transparent,
    /// `each` and `with`.
    Block,
    /// A partial: block parameters end at it. It is a level of its own if it was given a context or options.
    Partial { is_level: bool },
}

/// One turn of `each`.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    pub(crate) index: usize,
    pub(crate) key: Value,
    pub(crate) is_first: bool,
    pub(crate) is_last: bool,
}

impl<'c> Scope<'c> {
    pub(crate) fn of_template(template: &'c Template<'c>, this: Value) -> Self {
        Self { parent: None, template, nodes: &template.nodes, kind: Kind::Block, this, names: Vec::new(), turn: None, partial_block: None }
    }

    /// A body inside of this one, about the same.
    pub(crate) fn inner(&'c self, nodes: &'c [Node<'c>]) -> Self {
        Self {
            parent: Some(self),
            template: self.template,
            nodes,
            kind: Kind::Transparent,
            this: self.this.clone(),
            names: Vec::new(),
            turn: None,
            partial_block: None,
        }
    }

    /// A block inside of this body, about something else.
    pub(crate) fn block(&'c self, nodes: &'c [Node<'c>], this: Value) -> Self {
        Self { kind: Kind::Block, this, ..self.inner(nodes) }
    }

    /// This scope and those around it.
    pub(crate) fn outwards(&self) -> impl Iterator<Item = &Scope<'c>> {
        std::iter::successors(Some(self), |scope| scope.parent)
    }

    /// The scope that so many `../` lead to.
    pub(crate) fn up(&self, levels: usize) -> Option<&Scope<'c>> {
        self.outwards().filter(|scope| !matches!(scope.kind, Kind::Transparent | Kind::Partial { is_level: false })).nth(levels)
    }

    /// What a block parameter or a partial's option of this name is.
    pub(crate) fn name(&self, name: &str) -> Option<&Value> {
        for scope in self.outwards() {
            if let Some((_, value)) = scope.names.iter().find(|(known, _)| *known == name) {
                return Some(value);
            }
            if matches!(scope.kind, Kind::Partial { .. }) {
                break;
            }
        }
        None
    }

    /// The turn of `each` that this is in.
    pub(crate) fn turn(&self) -> Option<&Turn> {
        self.outwards().find_map(|scope| scope.turn.as_ref())
    }
}

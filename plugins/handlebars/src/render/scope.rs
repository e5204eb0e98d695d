//! Resolves names at a place in a template.
//!
//! A body has several surroundings, which differ once partials are involved: the text around it (block
//! parameters), the body around it where its closure was created (`../`), what is running (`@index`,
//! `@partial-block`), and the visible inline partials. They are those of Handlebars.js.

use crate::syntax::{Node, Template};
use crate::value::Value;

/// The meaning of names in one body: a template's, a block's or a partial's.
#[derive(Clone)]
pub(crate) struct Scope<'c> {
    /// The template whose text the body is.
    pub(crate) template: &'c Template<'c>,
    /// The body. This body and those below it can include its inline partials.
    pub(crate) nodes: &'c [Node<'c>],
    pub(crate) this: Value,
    /// Block parameters.
    pub(crate) names: Vec<(&'c str, Value)>,
    pub(crate) data: Data<'c>,
    /// The body around this one in the text, whose block parameters are visible.
    pub(crate) around: Option<&'c Scope<'c>>,
    /// The body from which this one was opened; `None` for a template and for an inline partial directly in
    /// one.
    pub(crate) outer: Option<&'c Scope<'c>>,
    /// The body of `../`.
    pub(crate) up: Option<&'c Scope<'c>>,
    /// Where to look for inline partials next.
    pub(crate) visible: Option<&'c Scope<'c>>,
    /// The body that is running around this one.
    pub(crate) caller: Option<&'c Scope<'c>>,
}

/// The data of `@`.
#[derive(Clone, Copy)]
pub(crate) struct Data<'c> {
    frame: Option<&'c Frame<'c>>,
}

/// A level of `@../`.
pub(crate) struct Frame<'c> {
    pub(crate) parent: Data<'c>,
    pub(crate) kind: FrameKind<'c>,
}

pub(crate) enum FrameKind<'c> {
    /// One turn of `each`.
    Turn(Turn),
    /// A partial that is included with a block, or the block itself: the value of `@partial-block` in it.
    Block(Option<PartialBlock<'c>>),
}

/// One turn of `each`.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    pub(crate) index: usize,
    pub(crate) key: Value,
    pub(crate) is_first: bool,
    pub(crate) is_last: bool,
}

/// The body of `{{#> partial}}`, and its place.
#[derive(Clone, Copy)]
pub(crate) struct PartialBlock<'c> {
    pub(crate) nodes: &'c [Node<'c>],
    pub(crate) site: &'c Scope<'c>,
}

impl<'c> Data<'c> {
    pub(crate) const EMPTY: Self = Self { frame: None };

    pub(crate) fn of(frame: &'c Frame<'c>) -> Self {
        Self { frame: Some(frame) }
    }

    /// Goes up so many `@../`.
    pub(crate) fn up(self, levels: usize) -> Option<Self> {
        (0..levels).try_fold(self, |data, _| data.frame.map(|frame| frame.parent))
    }

    fn frames(self) -> impl Iterator<Item = &'c Frame<'c>> {
        std::iter::successors(self.frame, |frame| frame.parent.frame)
    }

    pub(crate) fn turn(self) -> Option<&'c Turn> {
        self.frames().find_map(|frame| match &frame.kind {
            FrameKind::Turn(turn) => Some(turn),
            FrameKind::Block(_) => None,
        })
    }

    pub(crate) fn partial_block(self) -> Option<PartialBlock<'c>> {
        self.frames().find_map(|frame| match &frame.kind {
            FrameKind::Turn(_) => None,
            FrameKind::Block(block) => Some(*block),
        })?
    }
}

impl<'c> Scope<'c> {
    pub(crate) fn of_template(template: &'c Template<'c>, this: Value) -> Self {
        Self {
            template,
            nodes: &template.nodes,
            this,
            names: Vec::new(),
            data: Data::EMPTY,
            around: None,
            outer: None,
            up: None,
            visible: None,
            caller: None,
        }
    }

    /// Creates the scope of a body inside this one, with a context. If the context is the same, it is not a
    /// level for `../`.
    pub(crate) fn inner(&'c self, nodes: &'c [Node<'c>], this: Value) -> Self {
        Self {
            up: if self.this.is_same(&this) {
                self.up
            } else {
                Some(self)
            },
            template: self.template,
            nodes,
            this,
            names: Vec::new(),
            data: self.data,
            around: Some(self),
            outer: Some(self),
            visible: Some(self),
            caller: Some(self),
        }
    }

    /// Creates the scope of a partial that is a template of its own.
    pub(crate) fn partial(&'c self, template: &'c Template<'c>, this: Value) -> Self {
        Self {
            data: self.data,
            visible: Some(self),
            caller: Some(self),
            ..Scope::of_template(template, this)
        }
    }

    /// Creates the scope of an inline partial of a body, included from here.
    pub(crate) fn inline_partial(
        &'c self,
        defined: &'c Scope<'c>,
        nodes: &'c [Node<'c>],
        this: Value,
    ) -> Self {
        let up = defined.outer.and_then(|outer| {
            if outer.this.is_same(&this) {
                outer.up
            } else {
                Some(outer)
            }
        });
        Self {
            template: defined.template,
            nodes,
            this,
            names: Vec::new(),
            data: self.data,
            around: Some(defined),
            outer: defined.outer,
            up,
            visible: self.running(defined.template),
            caller: Some(self),
        }
    }

    /// Creates the scope of the body of `{{#> partial}}`, put here.
    pub(crate) fn partial_block(&'c self, block: PartialBlock<'c>, this: Value) -> Self {
        Self {
            data: self.data,
            visible: self.running(block.site.template),
            caller: Some(self),
            ..block.site.inner(block.nodes, this)
        }
    }

    /// Returns the innermost running body of a template: inline partials are visible from where their
    /// template is.
    fn running(&'c self, template: &'c Template<'c>) -> Option<&'c Scope<'c>> {
        std::iter::successors(Some(self), |scope| scope.caller)
            .find(|scope| std::ptr::eq(scope.template, template))
    }

    /// Returns the inline partial of this name that is visible from here, and where it was defined. If one
    /// body has several, the last one counts.
    pub(crate) fn inline(&'c self, wanted: &str) -> Option<(&'c Scope<'c>, &'c [Node<'c>])> {
        std::iter::successors(Some(self), |scope| scope.visible).find_map(|scope| {
            scope.nodes.iter().rev().find_map(|node| match node {
                Node::Inline(inline) if inline.name.as_scalar().is_some_and(|name| name == wanted) => {
                    Some((scope, inline.body.nodes.as_slice()))
                }
                _ => None,
            })
        })
    }

    /// Returns the context of this body, or that of so many `../`.
    pub(crate) fn above(&self, levels: usize) -> Option<&Value> {
        let mut scope = self;
        for _ in 0..levels {
            scope = scope.up?;
        }
        Some(&scope.this)
    }

    /// Returns the value of the block parameter of this name.
    pub(crate) fn name(&self, name: &str) -> Option<&Value> {
        let mut scope = Some(self);
        while let Some(here) = scope {
            if let Some((_, value)) = here.names.iter().find(|(known, _)| *known == name) {
                return Some(value);
            }
            scope = here.around;
        }
        None
    }
}

//! What a template is once it is read. Everything borrows from the template's text; `at` is an offset in it.

use crate::failure::Source;
use crate::helpers::Helper;
use crate::value::Value;

#[derive(Debug)]
pub(crate) struct Template<'s> {
    pub(crate) text: &'s str,
    pub(crate) source: Source,
    pub(crate) nodes: Vec<Node<'s>>,
}

#[derive(Debug)]
pub(crate) enum Node<'s> {
    Text(&'s str),
    Output(Expression<'s>),
    Block(Box<Block<'s>>),
    Include(Box<Include<'s>>),
    Inline(Inline<'s>),
}

#[derive(Debug)]
pub(crate) struct Expression<'s> {
    pub(crate) at: usize,
    pub(crate) kind: ExpressionKind<'s>,
}

#[derive(Debug)]
pub(crate) enum ExpressionKind<'s> {
    Literal(Value),
    Path(Path<'s>),
    Call(Call<'s>),
}

/// `config.[nginx.conf]`, `../this.name`, `@index`.
#[derive(Debug)]
pub(crate) struct Path<'s> {
    /// As it is written, for messages.
    pub(crate) raw: &'s str,
    pub(crate) base: Base,
    /// How many `../` it starts with.
    pub(crate) up: usize,
    pub(crate) segments: Vec<&'s str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    /// A plain name: a block parameter, or else a member of what the block is about.
    Name,
    /// `this.` and `./`: never a block parameter.
    This,
    /// `@root`.
    Root,
    /// `@index`, `@key`, `@first`, `@last`.
    Loop,
}

#[derive(Debug)]
pub(crate) struct Call<'s> {
    pub(crate) helper: &'static Helper,
    pub(crate) params: Vec<Expression<'s>>,
    pub(crate) hash: Vec<(&'s str, Expression<'s>)>,
}

#[derive(Debug)]
pub(crate) struct Block<'s> {
    pub(crate) kind: BlockKind,
    pub(crate) subject: Expression<'s>,
    /// `as |item key|`.
    pub(crate) names: Vec<&'s str>,
    pub(crate) body: Vec<Node<'s>>,
    pub(crate) inverse: Vec<Node<'s>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockKind {
    If { include_zero: bool },
    Unless { include_zero: bool },
    Each,
    With,
}

/// `{{> name context key=value}}`.
#[derive(Debug)]
pub(crate) struct Include<'s> {
    pub(crate) at: usize,
    pub(crate) name: IncludeName<'s>,
    pub(crate) context: Option<Expression<'s>>,
    pub(crate) hash: Vec<(&'s str, Expression<'s>)>,
    /// What each of its lines starts with, if it stands alone on a line.
    pub(crate) indent: &'s str,
    /// The body of `{{#> name}}`: what is rendered if there is no such partial, and what `@partial-block` is in it.
    pub(crate) body: Option<Vec<Node<'s>>>,
}

#[derive(Debug)]
pub(crate) enum IncludeName<'s> {
    Name(&'s str),
    Dynamic(Expression<'s>),
    PartialBlock,
}

/// `{{#*inline "name"}}`.
#[derive(Debug)]
pub(crate) struct Inline<'s> {
    pub(crate) name: Value,
    pub(crate) body: Vec<Node<'s>>,
}

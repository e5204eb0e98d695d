//! Defines the tree of a parsed template. Everything borrows from the template's text; `at` is an offset in
//! it.

use std::borrow::Cow;

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
    Text(Text<'s>),
    /// A comment. It only affects the whitespace around it.
    Comment(Strip),
    Output(Expression<'s>, Strip),
    Block(Box<Block<'s>>),
    /// `{{{{raw}}}}`: its body is only text.
    Raw(Body<'s>),
    Include(Box<Include<'s>>),
    Inline(Inline<'s>),
}

/// A piece of a template's own text.
#[derive(Debug)]
pub(crate) struct Text<'s> {
    /// What is left after the tags around it have taken their whitespace.
    pub(crate) text: &'s str,
    /// The original text.
    pub(crate) original: &'s str,
    /// Whether a tag behind it has taken whitespace.
    pub(crate) is_cut_at_end: bool,
    /// Whether a tag in front of it has taken whitespace.
    pub(crate) is_cut_at_start: bool,
}

/// Which of a tag's sides has a `~`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Strip {
    pub(crate) before: bool,
    pub(crate) behind: bool,
}

/// The tags of a block.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tags {
    pub(crate) open: Strip,
    pub(crate) inverse: Strip,
    pub(crate) close: Strip,
}

/// A body with the tags around it.
#[derive(Debug)]
pub(crate) struct Body<'s> {
    pub(crate) nodes: Vec<Node<'s>>,
    pub(crate) tags: Tags,
}

/// One of the two bodies of a block.
#[derive(Debug)]
pub(crate) struct Branch<'s> {
    pub(crate) nodes: Vec<Node<'s>>,
    /// Whether it contains only the block of an `{{else if ...}}`.
    pub(crate) is_chained: bool,
}

#[derive(Debug)]
pub(crate) struct Expression<'s> {
    pub(crate) at: usize,
    /// As it is written, for messages.
    pub(crate) raw: &'s str,
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
    /// As it is written, without brackets: the name of a partial.
    pub(crate) original: Cow<'s, str>,
    pub(crate) base: Base,
    /// How many `../` it starts with.
    pub(crate) up: usize,
    pub(crate) segments: Vec<Segment<'s>>,
}

/// A member's name in a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment<'s> {
    pub(crate) name: &'s str,
    /// Its offset in the path.
    pub(crate) at: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    /// A plain name: a block parameter, otherwise a member of the block's context.
    Name,
    /// `this.` and `./`: never a block parameter.
    This,
    /// `@index`, `@root` and the like.
    Data,
}

#[derive(Debug)]
pub(crate) struct Call<'s> {
    pub(crate) helper: &'static Helper,
    pub(crate) params: Vec<Expression<'s>>,
    pub(crate) hash: Vec<(&'s str, Expression<'s>)>,
}

/// `{{#if x}} ... {{else}} ... {{/if}}`. In `{{^if x}} ...`, the first body is the inverse one.
#[derive(Debug)]
pub(crate) struct Block<'s> {
    pub(crate) kind: BlockKind<'s>,
    pub(crate) subject: Expression<'s>,
    /// `as |item key|`.
    pub(crate) names: Vec<&'s str>,
    pub(crate) body: Option<Branch<'s>>,
    pub(crate) inverse: Option<Branch<'s>>,
    pub(crate) tags: Tags,
}

#[derive(Debug)]
pub(crate) enum BlockKind<'s> {
    If { include_zero: Option<Expression<'s>> },
    Unless { include_zero: Option<Expression<'s>> },
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
    /// The indent for each of its lines, if it is alone on a line.
    pub(crate) indent: &'s str,
    pub(crate) strip: Strip,
    /// The body of `{{#> name}}`: rendered if there is no such partial, and the value of `@partial-block` in
    /// the partial.
    pub(crate) body: Option<Body<'s>>,
}

#[derive(Debug)]
pub(crate) enum IncludeName<'s> {
    Name(Cow<'s, str>),
    Dynamic(Expression<'s>),
    PartialBlock,
}

/// `{{#*inline "name"}}`.
#[derive(Debug)]
pub(crate) struct Inline<'s> {
    pub(crate) name: Value,
    pub(crate) body: Body<'s>,
}

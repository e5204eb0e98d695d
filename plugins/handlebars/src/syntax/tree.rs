//! What a template is once it is read. Everything borrows from the template's text; `at` is an offset in it.

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
    /// A comment: it matters to the whitespace around it, and is nothing otherwise.
    Comment(Strip),
    Output(Expression<'s>, Strip),
    Block(Box<Block<'s>>),
    /// `{{{{raw}}}}`: its body is text only.
    Raw(Body<'s>),
    Include(Box<Include<'s>>),
    Inline(Inline<'s>),
}

/// A piece of a template's own text.
#[derive(Debug)]
pub(crate) struct Text<'s> {
    /// What is left of it once the tags around it have taken their whitespace.
    pub(crate) text: &'s str,
    /// As it was written.
    pub(crate) original: &'s str,
    /// Whether a tag behind it has taken something.
    pub(crate) is_cut_at_end: bool,
    /// Whether a tag in front of it has taken something.
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
    /// Whether it is nothing but the block of an `{{else if ...}}`.
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
    /// As it is written, without brackets: what names a partial.
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
    /// Where it stands in the path.
    pub(crate) at: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    /// A plain name: a block parameter, or else a member of what the block is about.
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

/// `{{#if x}} ... {{else}} ... {{/if}}`. Of `{{^if x}} ...` the first body is the inverse one.
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
    /// What each of its lines starts with, if it stands alone on a line.
    pub(crate) indent: &'s str,
    pub(crate) strip: Strip,
    /// The body of `{{#> name}}`: what is rendered if there is no such partial, and what `@partial-block` is in it.
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

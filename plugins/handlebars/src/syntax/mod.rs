//! Parses the Handlebars language: from a template's text to a tree.

mod blocks;
mod cursor;
mod expression;
mod habits;
mod parser;
mod partials;
mod path;
mod raw;
mod tree;
mod whitespace;

pub(crate) use cursor::is_id;
pub(crate) use parser::{Dollars, parse};
pub(crate) use tree::{
    Base, Block, BlockKind, Call, Expression, ExpressionKind, Include, IncludeName, Node, Path, Segment,
    Template,
};

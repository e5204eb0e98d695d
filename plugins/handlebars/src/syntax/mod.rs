//! The Handlebars language: from a template's text to a tree.

mod expression;
mod parser;
mod tree;
mod whitespace;

pub(crate) use parser::{Dollars, parse};
pub(crate) use tree::{Base, Block, BlockKind, Call, Expression, ExpressionKind, Include, IncludeName, Node, Path, Template};

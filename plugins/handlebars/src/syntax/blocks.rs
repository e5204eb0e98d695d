//! Parses blocks: `{{#if x}} ... {{else if y}} ... {{else}} ... {{/if}}`, and `{{^if x}} ... {{/if}}`.

use crate::failure::Result;
use crate::syntax::expression::Arguments;
use crate::syntax::habits;
use crate::syntax::parser::{End, Opening, Parser, Tag};
use crate::syntax::tree::{Block, BlockKind, Branch, Expression, Node, Strip, Tags};

impl<'s> Parser<'s> {
    /// Parses what begins with `{{#`.
    pub(super) fn block(&mut self, tag: Tag, nodes: &mut Vec<Node<'s>>) -> Result<()> {
        self.cursor.take("#");
        if self.cursor.take(">") {
            return self.include_block(tag, nodes);
        }
        if self.cursor.take("*") {
            return self.inline(tag, nodes);
        }
        let block = self.whole_block(tag, false)?;
        nodes.push(Node::Block(Box::new(block)));
        Ok(())
    }

    /// Parses what begins with `{{^`: another form of `{{else}}`, or a block with swapped bodies.
    pub(super) fn inverse(&mut self, tag: Tag, nodes: &mut Vec<Node<'s>>) -> Result<Option<End<'s>>> {
        self.cursor.take("^");
        let start = self.cursor.at;
        self.cursor.skip_whitespace();
        if self.cursor.rest().starts_with("}}") || self.cursor.rest().starts_with("~}}") {
            return self.otherwise(tag).map(Some);
        }
        self.cursor.at = start;
        let block = self.whole_block(tag, true)?;
        nodes.push(Node::Block(Box::new(block)));
        Ok(None)
    }

    /// Parses what follows `else`.
    pub(super) fn otherwise(&mut self, tag: Tag) -> Result<End<'s>> {
        self.cursor.skip_whitespace();
        let is_plain = self.cursor.rest().starts_with(['}', '~']);
        let chained = if is_plain {
            None
        } else {
            Some(Box::new(self.opening()?))
        };
        let strip = self.finish(tag, "}}")?;
        Ok(End::Else {
            at: tag.start,
            strip,
            chained,
        })
    }

    fn whole_block(&mut self, tag: Tag, is_inverted: bool) -> Result<Block<'s>> {
        let opening = self.opening()?;
        let open = self.finish(tag, "}}")?;
        let name = opening.name;
        let (mut block, end) = self.nested_block(opening, open)?;
        let close = self.must_close(tag.start, name, end)?;
        block.tags.close = close;
        if let Some(chained) = chained(&mut block) {
            chained.tags.close = close;
        }
        if is_inverted {
            if block.inverse.as_ref().is_some_and(|inverse| inverse.is_chained) {
                return self.cursor.fail(
                    tag.start,
                    format!(
                        "a block that begins with `^` has no `{{{{else if}}}}`: write `{{{{#{name} ...}}}}`"
                    ),
                );
            }
            std::mem::swap(&mut block.body, &mut block.inverse);
        }
        Ok(block)
    }

    fn opening(&mut self) -> Result<Opening<'s>> {
        self.cursor.skip_whitespace();
        let name_at = self.cursor.at;
        if let Some(message) = habits::dash(self.cursor.rest()) {
            return self.cursor.fail(name_at, message);
        }
        let name = self.cursor.operand()?;
        let Arguments { mut params, hash } = self.cursor.arguments()?;
        let (name, kind, most) = match name.simple_name() {
            Some("if") => (
                "if",
                BlockKind::If {
                    include_zero: self.include_zero("if", hash)?,
                },
                0,
            ),
            Some("unless") => (
                "unless",
                BlockKind::Unless {
                    include_zero: self.include_zero("unless", hash)?,
                },
                0,
            ),
            Some("each") => ("each", self.without_options("each", BlockKind::Each, &hash)?, 2),
            Some("with") => ("with", self.without_options("with", BlockKind::With, &hash)?, 1),
            _ => {
                let message = format!(
                    "there is no block `{}`: the blocks are `if`, `unless`, `each` and `with`",
                    name.raw
                );
                return self.cursor.fail(name_at, message);
            }
        };
        if params.len() != 1 {
            return self.cursor.fail(
                name_at,
                format!("`{name}` takes one value; put a helper with its arguments in `( )`"),
            );
        }
        let names = self.cursor.block_params(most)?;
        Ok(Opening {
            name,
            kind,
            subject: params.remove(0),
            names,
        })
    }

    fn include_zero(
        &self,
        name: &str,
        hash: Vec<(&'s str, Expression<'s>)>,
    ) -> Result<Option<Expression<'s>>> {
        let mut include_zero = None;
        for (option, value) in hash {
            if option != "includeZero" {
                return self.cursor.fail(
                    value.at,
                    format!("`{name}` has no option `{option}`: its only one is `includeZero`"),
                );
            }
            include_zero = Some(value);
        }
        Ok(include_zero)
    }

    fn without_options(
        &self,
        name: &str,
        kind: BlockKind<'s>,
        hash: &[(&'s str, Expression<'s>)],
    ) -> Result<BlockKind<'s>> {
        match hash.first() {
            Some((option, value)) => self
                .cursor
                .fail(value.at, format!("`{name}` has no option `{option}`")),
            None => Ok(kind),
        }
    }

    /// Parses the bodies of a block. Also returns what ended them.
    fn nested_block(&mut self, opening: Opening<'s>, open: Strip) -> Result<(Block<'s>, End<'s>)> {
        let Opening {
            kind, subject, names, ..
        } = opening;
        let (nodes, end) = self.nested_nodes()?;
        let body = Some(Branch {
            nodes,
            is_chained: false,
        });
        let mut block = Block {
            kind,
            subject,
            names,
            body,
            inverse: None,
            tags: Tags {
                open,
                ..Tags::default()
            },
        };
        let end = match end {
            End::Else {
                chained: None, strip, ..
            } => {
                let (nodes, end) = self.nested_nodes()?;
                block.inverse = Some(Branch {
                    nodes,
                    is_chained: false,
                });
                block.tags.inverse = strip;
                if let End::Else { at, .. } = end {
                    return self.cursor.fail(at, "`{{else}}` is not possible here");
                }
                end
            }
            // `{{else if}}` shares its end with the block that it belongs to. What Handlebars.js treats as
            // its closing tag decides about whitespace: for the first in a chain that is the closing tag of
            // all, for others it is their own opening tag.
            End::Else {
                chained: Some(opening),
                strip,
                ..
            } => {
                let (mut inner, end) = self.nested(|parser| parser.nested_block(*opening, strip))?;
                if let Some(chained) = chained(&mut inner) {
                    chained.tags.close = chained.tags.open;
                }
                block.inverse = Some(Branch {
                    nodes: vec![Node::Block(Box::new(inner))],
                    is_chained: true,
                });
                block.tags.inverse = strip;
                end
            }
            end @ (End::Text | End::Close { .. }) => end,
        };
        Ok((block, end))
    }
}

/// Returns the block of a block's `{{else if}}`.
fn chained<'b, 's>(block: &'b mut Block<'s>) -> Option<&'b mut Block<'s>> {
    let inverse = block.inverse.as_mut().filter(|branch| branch.is_chained)?;
    match inverse.nodes.first_mut() {
        Some(Node::Block(block)) => Some(block),
        _ => None,
    }
}

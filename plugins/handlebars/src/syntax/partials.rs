//! Parses partials: `{{> name}}`, `{{#> name}} ... {{/name}}` and `{{#*inline "name"}} ... {{/inline}}`.

use std::borrow::Cow;

use crate::failure::Result;
use crate::syntax::expression::Arguments;
use crate::syntax::parser::{Parser, Tag};
use crate::syntax::tree::{
    Body, Expression, ExpressionKind, Include, IncludeName, Inline, Node, Strip, Tags,
};

impl<'s> Parser<'s> {
    pub(super) fn include(&mut self, tag: Tag, nodes: &mut Vec<Node<'s>>) -> Result<()> {
        self.cursor.take(">");
        let mut include = self.include_head(tag)?;
        include.strip = self.finish(tag, "}}")?;
        nodes.push(Node::Include(Box::new(include)));
        Ok(())
    }

    pub(super) fn include_block(&mut self, tag: Tag, nodes: &mut Vec<Node<'s>>) -> Result<()> {
        let mut include = self.include_head(tag)?;
        let open = self.finish(tag, "}}")?;
        let (body, end) = self.nested_nodes()?;
        let name = match &include.name {
            IncludeName::Name(name) => name,
            IncludeName::PartialBlock => "@partial-block",
            IncludeName::Dynamic(_) => {
                return self
                    .cursor
                    .fail(tag.start, "a block's partial must be named plainly");
            }
        };
        let close = self.must_close(tag.start, name, end)?;
        include.body = Some(Body {
            nodes: body,
            tags: Tags {
                open,
                close,
                ..Tags::default()
            },
        });
        nodes.push(Node::Include(Box::new(include)));
        Ok(())
    }

    fn include_head(&mut self, tag: Tag) -> Result<Include<'s>> {
        self.cursor.skip_whitespace();
        let name = self.include_name()?;
        let Arguments { mut params, hash } = self.cursor.arguments()?;
        if params.len() > 1 {
            return self.cursor.fail(
                params[1].at,
                "a partial takes one context, and options as `name=value`",
            );
        }
        Ok(Include {
            at: tag.start,
            name,
            context: params.pop(),
            hash,
            indent: "",
            strip: Strip::default(),
            body: None,
        })
    }

    fn include_name(&mut self) -> Result<IncludeName<'s>> {
        match self.cursor.peek() {
            None | Some('}' | '~') => {
                return self.cursor.fail(self.cursor.at, "the partial's name is missing");
            }
            Some('(') => return Ok(IncludeName::Dynamic(self.cursor.subexpression()?)),
            Some(_) => {}
        }
        Ok(match self.cursor.operand()?.kind {
            ExpressionKind::Path(path) if path.original == "@partial-block" => IncludeName::PartialBlock,
            ExpressionKind::Path(path) => IncludeName::Name(path.original),
            ExpressionKind::Literal(value) => {
                IncludeName::Name(Cow::Owned(value.as_scalar().unwrap_or_default().into_owned()))
            }
            kind @ ExpressionKind::Call(_) => IncludeName::Dynamic(Expression {
                at: self.cursor.at,
                raw: "",
                kind,
            }),
        })
    }

    pub(super) fn inline(&mut self, tag: Tag, nodes: &mut Vec<Node<'s>>) -> Result<()> {
        self.cursor.skip_whitespace();
        let at = self.cursor.at;
        let is_inline = self.cursor.identifier() == "inline";
        let Arguments { mut params, hash } = self.cursor.arguments()?;
        let name = match params.pop().map(|param| param.kind) {
            Some(ExpressionKind::Literal(name)) if is_inline && params.is_empty() && hash.is_empty() => name,
            _ => return self.cursor.fail(at, "wanted `{{#*inline \"name\"}}`"),
        };
        let open = self.finish(tag, "}}")?;
        let (body, end) = self.nested_nodes()?;
        let close = self.must_close(tag.start, "inline", end)?;
        nodes.push(Node::Inline(Inline {
            name,
            body: Body {
                nodes: body,
                tags: Tags {
                    open,
                    close,
                    ..Tags::default()
                },
            },
        }));
        Ok(())
    }
}

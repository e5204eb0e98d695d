//! Parses a template's text into a tree: text and tags. blocks.rs, partials.rs and raw.rs parse everything
//! with a body.

use crate::escape;
use crate::failure::{Result, Source};
use crate::syntax::cursor::{Cursor, is_id};
use crate::syntax::tree::{Base, BlockKind, Expression, ExpressionKind, Node, Strip, Template, Text};
use crate::syntax::{habits, whitespace};

/// The meaning of a `$` in a template's own text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dollars {
    /// Ordinary text.
    Plain,
    /// The start of a reference, as in a container's `env`: an unfinished one is a mistake.
    References,
}

/// Parses a template.
pub(crate) fn parse<'s>(text: &'s str, source: Source, dollars: Dollars) -> Result<Template<'s>> {
    let mut parser = Parser {
        cursor: Cursor::new(text, source),
        dollars,
    };
    let (mut nodes, end) = parser.nodes()?;
    match end {
        End::Text => {
            whitespace::settle(&mut nodes);
            Ok(Template {
                text,
                source: parser.cursor.source,
                nodes,
            })
        }
        End::Close { at, name, .. } => parser
            .cursor
            .fail(at, format!("`{{{{/{name}}}}}` closes nothing")),
        End::Else { at, .. } => parser.cursor.fail(at, "`{{else}}` is not in a block"),
    }
}

pub(super) struct Parser<'s> {
    pub(super) cursor: Cursor<'s>,
    dollars: Dollars,
}

/// What ended a run of nodes.
pub(super) enum End<'s> {
    Text,
    Close {
        at: usize,
        name: String,
        strip: Strip,
    },
    Else {
        at: usize,
        strip: Strip,
        chained: Option<Box<Opening<'s>>>,
    },
}

/// The parsed opening of a block: `#if subject as |name|`, or the same behind an `else`.
pub(super) struct Opening<'s> {
    pub(super) name: &'static str,
    pub(super) kind: BlockKind<'s>,
    pub(super) subject: Expression<'s>,
    pub(super) names: Vec<&'s str>,
}

/// The parsed beginning of a tag.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tag {
    /// Where its braces open.
    pub(super) start: usize,
    /// Whether it takes the whitespace in front of it.
    pub(super) strip: bool,
}

impl<'s> Parser<'s> {
    pub(super) fn nodes(&mut self) -> Result<(Vec<Node<'s>>, End<'s>)> {
        let mut nodes = Vec::new();
        loop {
            self.text(&mut nodes)?;
            if self.cursor.rest().is_empty() {
                return Ok((nodes, End::Text));
            }
            let start = self.cursor.at;
            if self.cursor.take("{{{{") {
                self.raw_block(start, &mut nodes)?;
                continue;
            }
            self.cursor.take("{{");
            let strip = self.cursor.take("~");
            if let Some(end) = self.tag(Tag { start, strip }, &mut nodes)? {
                return Ok((nodes, end));
            }
        }
    }

    /// Reads text up to the next tag.
    fn text(&mut self, nodes: &mut Vec<Node<'s>>) -> Result<()> {
        loop {
            let rest = self.cursor.rest();
            let Some(open) = rest.find("{{") else {
                self.cursor.at += rest.len();
                return self.push_text(nodes, rest);
            };
            let before = &rest[..open];
            self.cursor.at += open;
            // `\{{` is text, `\\{{` is a backslash and a tag.
            let Some(shorter) = before.strip_suffix('\\') else {
                return self.push_text(nodes, before);
            };
            self.push_text(nodes, shorter)?;
            if shorter.ends_with('\\') {
                return Ok(());
            }
            let escaped = &rest[open..];
            let end = escaped[2..].find("{{").map_or(escaped.len(), |next| {
                let backslashes = escaped[2..2 + next]
                    .bytes()
                    .rev()
                    .take(2)
                    .take_while(|byte| *byte == b'\\')
                    .count();
                2 + next - backslashes
            });
            self.push_text(nodes, &escaped[..end])?;
            self.cursor.at += end;
        }
    }

    pub(super) fn push_text(&mut self, nodes: &mut Vec<Node<'s>>, text: &'s str) -> Result<()> {
        if self.dollars == Dollars::References
            && let Some(offset) = escape::unfinished_reference(text)
        {
            // `text` is a part of the template's text: its place is the distance between the two.
            let at = text.as_ptr() as usize - self.cursor.text.as_ptr() as usize + offset;
            return self.cursor.fail(at, "this `$(` has no `)` in the template's own text: write a reference whole, or `$$(` for the characters");
        }
        if !text.is_empty() {
            nodes.push(Node::Text(Text {
                text,
                original: text,
                is_cut_at_start: false,
                is_cut_at_end: false,
            }));
        }
        Ok(())
    }

    fn tag(&mut self, tag: Tag, nodes: &mut Vec<Node<'s>>) -> Result<Option<End<'s>>> {
        match self.cursor.rest().as_bytes().first() {
            Some(b'!') => self.comment(tag, nodes).map(|()| None),
            Some(b'#') => self.block(tag, nodes).map(|()| None),
            Some(b'>') => self.include(tag, nodes).map(|()| None),
            Some(b'/') => self.close(tag).map(Some),
            Some(b'^') => self.inverse(tag, nodes),
            Some(b'*') => self
                .cursor
                .fail(tag.start, "the only decorator is `{{#*inline \"name\"}}`"),
            _ if self.take_else() => self.otherwise(tag).map(Some),
            _ => self.output(tag, nodes).map(|()| None),
        }
    }

    /// Skips `else`, if the tag begins with it.
    fn take_else(&mut self) -> bool {
        let start = self.cursor.at;
        self.cursor.skip_whitespace();
        let is_else = self.cursor.take("else")
            && !self
                .cursor
                .peek()
                .is_some_and(|next| next.is_ascii_alphanumeric() || next == '_');
        if !is_else {
            self.cursor.at = start;
        }
        is_else
    }

    fn output(&mut self, tag: Tag, nodes: &mut Vec<Node<'s>>) -> Result<()> {
        let close = if self.cursor.take("{") {
            "}}}"
        } else {
            self.cursor.take("&");
            "}}"
        };
        let expression = self.cursor.expression()?;
        if is_partial_block(&expression) {
            return self.cursor.fail(
                expression.at,
                "`@partial-block` is not a value: `{{> @partial-block}}` puts the block here",
            );
        }
        self.cursor.skip_whitespace();
        if let Some(message) = habits::pipe(self.cursor.rest(), expression.raw, ("{{", "}}")) {
            return self.cursor.fail(self.cursor.at, message);
        }
        let strip = self.finish(tag, close)?;
        nodes.push(Node::Output(expression, strip));
        Ok(())
    }

    fn comment(&mut self, tag: Tag, nodes: &mut Vec<Node<'s>>) -> Result<()> {
        let rest = self.cursor.rest();
        let ends: &[&str] = if rest.starts_with("!--") {
            &["--}}", "--~}}"]
        } else {
            &["}}"]
        };
        let end = ends
            .iter()
            .filter_map(|end| rest.find(end).map(|at| at + end.len()))
            .min();
        let Some(end) = end else {
            return self.cursor.fail(tag.start, "this comment is not closed");
        };
        self.cursor.at += end;
        let strip = Strip {
            before: tag.strip,
            behind: rest[..end].ends_with("~}}"),
        };
        nodes.push(Node::Comment(strip));
        Ok(())
    }

    /// Reads the closing braces.
    pub(super) fn finish(&mut self, tag: Tag, close: &str) -> Result<Strip> {
        self.cursor.skip_whitespace();
        // `{{~{x}~}}` closes with a brace of its own in front of the tilde.
        let is_triple = close == "}}}";
        let start = self.cursor.at;
        let is_braced = !is_triple || self.cursor.take("}");
        let behind = self.cursor.take("~");
        if is_braced && self.cursor.take("}}") {
            return Ok(Strip {
                before: tag.strip,
                behind,
            });
        }
        self.cursor.at = start;
        let rest = self.cursor.rest();
        let message = if let Some(message) = habits::dash(rest) {
            message
        } else if rest.starts_with('|') {
            "Handlebars has no `|`: a helper goes in front of its value, in parentheses: `(helper value)`"
                .to_owned()
        } else if rest.is_empty() {
            "the template ends inside of braces: `}}` is missing".to_owned()
        } else {
            format!("`{close}` was expected")
        };
        self.cursor.fail(start, message)
    }

    fn close(&mut self, tag: Tag) -> Result<End<'s>> {
        self.cursor.take("/");
        self.cursor.skip_whitespace();
        let name = self.closing_name()?;
        let strip = self.finish(tag, "}}")?;
        Ok(End::Close {
            at: tag.start,
            name,
            strip,
        })
    }

    /// Reads the name in a closing tag, in the form of its opening tag.
    fn closing_name(&mut self) -> Result<String> {
        let start = self.cursor.at;
        match self.cursor.peek() {
            Some('(') | None => self.cursor.fail(start, self.cursor.unexpected()),
            Some('@' | '[' | '.') => Ok(self.cursor.path()?.original.into_owned()),
            Some(first) if is_id(first) => Ok(self.cursor.path()?.original.into_owned()),
            Some('"' | '\'') => match self.cursor.operand()?.kind {
                ExpressionKind::Literal(name) => Ok(name.as_scalar().unwrap_or_default().into_owned()),
                _ => self.cursor.fail(start, "a name was expected"),
            },
            Some(_) => self.cursor.fail(start, self.cursor.unexpected()),
        }
    }

    pub(super) fn must_close(&self, open: usize, name: &str, end: End<'s>) -> Result<Strip> {
        match end {
            End::Close {
                name: closed, strip, ..
            } if closed == name => Ok(strip),
            End::Close { at, name: closed, .. } => self.cursor.fail(
                at,
                format!("`{{{{/{closed}}}}}` is found where `{{{{/{name}}}}}` is expected"),
            ),
            End::Else { at, .. } => self.cursor.fail(at, "`{{else}}` is not possible here"),
            End::Text => self
                .cursor
                .fail(open, format!("`{name}` is not closed with `{{{{/{name}}}}}`")),
        }
    }

    pub(super) fn nested_nodes(&mut self) -> Result<(Vec<Node<'s>>, End<'s>)> {
        self.nested(Self::nodes)
    }

    pub(super) fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.cursor.enter()?;
        let parsed = parse(self);
        self.cursor.leave();
        parsed
    }
}

/// Whether it is `@partial-block` and nothing more.
fn is_partial_block(expression: &Expression<'_>) -> bool {
    match &expression.kind {
        ExpressionKind::Path(path) => {
            path.base == Base::Data
                && path
                    .segments
                    .first()
                    .is_some_and(|first| first.name == "partial-block")
        }
        _ => false,
    }
}

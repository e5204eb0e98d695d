//! From a template's text to a tree, in one pass.

use crate::escape;
use crate::failure::{Result, Source};
use crate::syntax::expression::{Arguments, Cursor};
use crate::syntax::tree::{Block, BlockKind, Expression, ExpressionKind, Include, IncludeName, Inline, Node, Template};
use crate::syntax::whitespace::{After, split_indent, stands_alone};
use crate::value::{Data, Value};

/// What a `$` in a template's own text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dollars {
    /// Text like any other.
    Plain,
    /// The start of a reference, as in a container's `env`: an unfinished one is a mistake.
    References,
}

/// Reads a template.
pub(crate) fn parse<'s>(text: &'s str, source: Source, dollars: Dollars) -> Result<Template<'s>> {
    let mut parser = Parser { cursor: Cursor::new(text, source), dollars, after: After::Keep };
    let (nodes, end) = parser.nodes()?;
    match end {
        End::Text => Ok(Template { text, source: parser.cursor.source, nodes }),
        End::Close { at, name } => parser.cursor.fail(at, format!("`{{{{/{name}}}}}` closes nothing")),
        End::Else { at, .. } => parser.cursor.fail(at, "`{{else}}` stands in no block"),
    }
}

struct Parser<'s> {
    cursor: Cursor<'s>,
    dollars: Dollars,
    /// What the last tag does to the text behind it.
    after: After,
}

/// What ended a run of nodes.
enum End<'s> {
    Text,
    Close { at: usize, name: &'s str },
    Else { at: usize, chained: Option<Opening<'s>> },
}

/// `#if subject as |name|`, or the same behind an `else`.
struct Opening<'s> {
    at: usize,
    name: &'s str,
    kind: BlockKind,
    subject: Expression<'s>,
    names: Vec<&'s str>,
}

/// What has been read of a tag's beginning.
struct Tag {
    /// Where its braces open.
    start: usize,
    /// Whether text stands directly in front of it as the last node.
    has_text: bool,
    /// Whether it takes the whitespace in front of it.
    strip: bool,
}

impl<'s> Parser<'s> {
    fn nodes(&mut self) -> Result<(Vec<Node<'s>>, End<'s>)> {
        let mut nodes = Vec::new();
        loop {
            let has_text = self.text(&mut nodes)?;
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
            let tag = Tag { start, has_text, strip };
            if let Some(end) = self.tag(tag, &mut nodes)? {
                return Ok((nodes, end));
            }
        }
    }

    /// Reads up to the next tag, and says whether that made a node.
    fn text(&mut self, nodes: &mut Vec<Node<'s>>) -> Result<bool> {
        let mut made_text = false;
        loop {
            let rest = self.cursor.rest();
            let open = rest.find("{{").unwrap_or(rest.len());
            let backslashes = rest[..open].len() - rest[..open].trim_end_matches('\\').len();
            let has_tag = open < rest.len();
            // `\{{` is text, `\\{{` is a backslash and a tag.
            let dropped = usize::from(has_tag && backslashes > 0);
            let text = &rest[..open - dropped];
            made_text = self.push_text(nodes, text)? || made_text && text.is_empty();
            self.cursor.at += open;
            if !has_tag || backslashes != 1 {
                return Ok(made_text);
            }
            let braces = rest[open..].len() - rest[open..].trim_start_matches('{').len();
            made_text = self.push_text(nodes, &rest[open..open + braces])?;
            self.cursor.at += braces;
        }
    }

    fn push_text(&mut self, nodes: &mut Vec<Node<'s>>, text: &'s str) -> Result<bool> {
        if self.dollars == Dollars::References
            && let Some(offset) = escape::unfinished_reference(text)
        {
            // `text` is a part of the template's text: its place is the distance between the two.
            let at = text.as_ptr() as usize - self.cursor.text.as_ptr() as usize + offset;
            return self.cursor.fail(at, "this `$(` has no `)` in the template's own text: write a reference whole, or `$$(` for the characters");
        }
        let text = if text.is_empty() { text } else { std::mem::replace(&mut self.after, After::Keep).apply(text) };
        if !text.is_empty() {
            nodes.push(Node::Text(text));
        }
        Ok(!text.is_empty())
    }

    /// `{{{{raw}}}} ... {{{{/raw}}}}`: text that is no template.
    fn raw_block(&mut self, start: usize, nodes: &mut Vec<Node<'s>>) -> Result<()> {
        self.cursor.skip_whitespace();
        let name = self.cursor.identifier();
        self.cursor.skip_whitespace();
        if name != "raw" || !self.cursor.take("}}}}") {
            return self.cursor.fail(start, "wanted `{{{{raw}}}}` ... `{{{{/raw}}}}`");
        }
        let close = "{{{{/raw}}}}";
        let Some(end) = self.cursor.rest().find(close) else {
            return self.cursor.fail(start, "`{{{{raw}}}}` is not closed with `{{{{/raw}}}}`");
        };
        let text = &self.cursor.rest()[..end];
        self.after = After::Keep;
        self.push_text(nodes, text)?;
        self.cursor.at += end + close.len();
        Ok(())
    }

    fn tag(&mut self, tag: Tag, nodes: &mut Vec<Node<'s>>) -> Result<Option<End<'s>>> {
        match self.cursor.rest().as_bytes().first() {
            Some(b'!') => self.comment(&tag, nodes).map(|()| None),
            Some(b'#') => self.block(&tag, nodes).map(|()| None),
            Some(b'>') => self.include(&tag, nodes).map(|()| None),
            Some(b'/') => self.close(&tag, nodes).map(Some),
            Some(b'^') => self.inverse(&tag, 1, nodes).map(Some),
            Some(b'*') => self.cursor.fail(tag.start, "the only decorator is `{{#*inline \"name\"}}`"),
            _ => {
                let at = self.cursor.at;
                self.cursor.skip_whitespace();
                let is_else = self.cursor.identifier() == "else" && !self.cursor.rest().starts_with(['.', '/', '=']);
                let length = self.cursor.at - at;
                self.cursor.at = at;
                if is_else {
                    return self.inverse(&tag, length, nodes).map(Some);
                }
                self.output(&tag, nodes).map(|()| None)
            }
        }
    }

    fn output(&mut self, tag: &Tag, nodes: &mut Vec<Node<'s>>) -> Result<()> {
        let close = if self.cursor.take("{") {
            "}}}"
        } else {
            self.cursor.take("&");
            "}}"
        };
        let expression = self.cursor.expression()?;
        self.finish(tag, close, nodes, false)?;
        nodes.push(Node::Output(expression));
        Ok(())
    }

    fn comment(&mut self, tag: &Tag, nodes: &mut Vec<Node<'s>>) -> Result<()> {
        let end = if self.cursor.rest().starts_with("!--") { "--" } else { "" };
        let rest = self.cursor.rest();
        let close = [format!("{end}}}}}"), format!("{end}~}}}}")].iter().filter_map(|close| rest.find(&**close)).min();
        let Some(close) = close else {
            return self.cursor.fail(tag.start, "this comment is not closed");
        };
        self.cursor.at += close + end.len();
        self.finish(tag, "}}", nodes, true).map(|_| ())
    }

    /// Reads the closing braces and lets the tag take its whitespace. The result is the indentation it took.
    fn finish(&mut self, tag: &Tag, close: &str, nodes: &mut Vec<Node<'s>>, may_stand_alone: bool) -> Result<&'s str> {
        self.cursor.skip_whitespace();
        // `{{~{x}~}}` closes with a brace of its own in front of the tilde.
        let mut closed = false;
        let strip_after = if close == "}}}" && self.cursor.take("}~}}") {
            closed = true;
            true
        } else {
            self.cursor.take("~")
        };
        if !closed && !self.cursor.take(close) {
            let message = match self.cursor.rest() {
                "" => "the template ends inside of braces: `}}` is missing".to_owned(),
                _ => format!("`{close}` was expected"),
            };
            return self.cursor.fail(self.cursor.at, message);
        }
        let alone = may_stand_alone && stands_alone(self.cursor.text, tag.start, self.cursor.at);
        let mut indent = "";
        if tag.has_text
            && let Some(Node::Text(text)) = nodes.last_mut()
        {
            if tag.strip {
                *text = text.trim_end();
            } else if alone {
                (*text, indent) = split_indent(text);
            }
            if text.is_empty() {
                nodes.pop();
            }
        }
        self.after = match (strip_after, alone) {
            (true, _) => After::Strip,
            (false, true) => After::DropLine,
            (false, false) => After::Keep,
        };
        Ok(indent)
    }

    fn close(&mut self, tag: &Tag, nodes: &mut Vec<Node<'s>>) -> Result<End<'s>> {
        self.cursor.take("/");
        self.cursor.skip_whitespace();
        let rest = self.cursor.rest();
        let end = rest.find(['}', '~']).unwrap_or(rest.len());
        let name = rest[..end].trim_end();
        self.cursor.at += end;
        self.finish(tag, "}}", nodes, true)?;
        Ok(End::Close { at: tag.start, name })
    }

    fn inverse(&mut self, tag: &Tag, length: usize, nodes: &mut Vec<Node<'s>>) -> Result<End<'s>> {
        self.cursor.at += length;
        self.cursor.skip_whitespace();
        let chained = match self.cursor.rest().starts_with(['}', '~']) {
            true => None,
            false => Some(self.opening(tag.start)?),
        };
        self.finish(tag, "}}", nodes, true)?;
        Ok(End::Else { at: tag.start, chained })
    }

    fn block(&mut self, tag: &Tag, nodes: &mut Vec<Node<'s>>) -> Result<()> {
        self.cursor.take("#");
        if self.cursor.take(">") {
            return self.include_block(tag, nodes);
        }
        if self.cursor.take("*") {
            return self.inline(tag, nodes);
        }
        let opening = self.opening(tag.start)?;
        self.finish(tag, "}}", nodes, true)?;
        let name = opening.name;
        let block = self.nested_block(opening, name)?;
        nodes.push(Node::Block(Box::new(block)));
        Ok(())
    }

    fn opening(&mut self, at: usize) -> Result<Opening<'s>> {
        self.cursor.skip_whitespace();
        let name_at = self.cursor.at;
        let name = self.cursor.identifier();
        let Arguments { mut params, hash } = self.cursor.arguments()?;
        let include_zero = self.include_zero(name, &hash)?;
        let (kind, most) = match name {
            "if" => (BlockKind::If { include_zero }, 0),
            "unless" => (BlockKind::Unless { include_zero }, 0),
            "each" => (BlockKind::Each, 2),
            "with" => (BlockKind::With, 1),
            _ => {
                let message = format!("there is no block `{name}`: the blocks are `if`, `unless`, `each` and `with`");
                return self.cursor.fail(name_at, message);
            }
        };
        if params.len() != 1 {
            return self.cursor.fail(name_at, format!("`{name}` takes one value; put a helper with its arguments in `( )`"));
        }
        let names = self.cursor.block_params(most)?;
        Ok(Opening { at, name, kind, subject: params.remove(0), names })
    }

    fn include_zero(&self, name: &str, hash: &[(&'s str, Expression<'s>)]) -> Result<bool> {
        match hash {
            [] => Ok(false),
            [("includeZero", Expression { kind: ExpressionKind::Literal(Value { data: Data::Bool(flag), .. }), .. })] if matches!(name, "if" | "unless") => {
                Ok(*flag)
            }
            [(option, value), ..] => self.cursor.fail(value.at, format!("`{name}` does not take `{option}=` like this")),
        }
    }

    /// The body of a block, its `else`s and its end. `close` is the name that must close it.
    fn nested_block(&mut self, opening: Opening<'s>, close: &str) -> Result<Block<'s>> {
        let Opening { at, name: _, kind, subject, names } = opening;
        let (body, end) = self.nested_nodes()?;
        let inverse = match end {
            End::Else { chained: None, .. } => {
                let (inverse, end) = self.nested_nodes()?;
                self.must_close(at, close, end)?;
                inverse
            }
            // `{{else if}}` shares its end with the block that it belongs to.
            End::Else { chained: Some(opening), .. } => {
                let chained = self.nested(|parser| parser.nested_block(opening, close))?;
                vec![Node::Block(Box::new(chained))]
            }
            end => {
                self.must_close(at, close, end)?;
                Vec::new()
            }
        };
        Ok(Block { kind, subject, names, body, inverse })
    }

    fn must_close(&self, open: usize, name: &str, end: End<'s>) -> Result<()> {
        match end {
            End::Close { name: closed, .. } if closed == name => Ok(()),
            End::Close { at, name: closed } => self.cursor.fail(at, format!("`{{{{/{closed}}}}}` stands where `{{{{/{name}}}}}` is expected")),
            End::Else { at, .. } => self.cursor.fail(at, "`{{else}}` is not possible here"),
            End::Text => self.cursor.fail(open, format!("`{name}` is not closed with `{{{{/{name}}}}}`")),
        }
    }

    fn nested_nodes(&mut self) -> Result<(Vec<Node<'s>>, End<'s>)> {
        self.nested(Self::nodes)
    }

    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.cursor.enter()?;
        let parsed = parse(self);
        self.cursor.leave();
        parsed
    }

    fn include(&mut self, tag: &Tag, nodes: &mut Vec<Node<'s>>) -> Result<()> {
        self.cursor.take(">");
        let mut include = self.include_head(tag)?;
        include.indent = self.finish(tag, "}}", nodes, true)?;
        nodes.push(Node::Include(Box::new(include)));
        Ok(())
    }

    fn include_block(&mut self, tag: &Tag, nodes: &mut Vec<Node<'s>>) -> Result<()> {
        let mut include = self.include_head(tag)?;
        self.finish(tag, "}}", nodes, true)?;
        let (body, end) = self.nested_nodes()?;
        let name = match &include.name {
            IncludeName::Name(name) => name,
            IncludeName::PartialBlock => "@partial-block",
            IncludeName::Dynamic(_) => return self.cursor.fail(tag.start, "a block's partial must be named plainly"),
        };
        self.must_close(tag.start, name, end)?;
        include.body = Some(body);
        nodes.push(Node::Include(Box::new(include)));
        Ok(())
    }

    fn include_head(&mut self, tag: &Tag) -> Result<Include<'s>> {
        self.cursor.skip_whitespace();
        let name = self.include_name()?;
        let Arguments { mut params, hash } = self.cursor.arguments()?;
        if params.len() > 1 {
            return self.cursor.fail(params[1].at, "a partial takes one context, and options as `name=value`");
        }
        Ok(Include { at: tag.start, name, context: params.pop(), hash, indent: "", body: None })
    }

    fn include_name(&mut self) -> Result<IncludeName<'s>> {
        let at = self.cursor.at;
        if self.cursor.take("@partial-block") {
            return Ok(IncludeName::PartialBlock);
        }
        match self.cursor.rest().chars().next() {
            Some('(') => Ok(IncludeName::Dynamic(self.cursor.subexpression()?)),
            Some(quote @ ('"' | '\'')) => {
                let value = self.cursor.string(quote)?;
                Ok(IncludeName::Dynamic(Expression { at, kind: ExpressionKind::Literal(value) }))
            }
            _ => {
                let rest = self.cursor.rest();
                let end = rest.find(|next: char| next.is_whitespace() || matches!(next, '}' | '~')).unwrap_or(rest.len());
                if end == 0 {
                    return self.cursor.fail(at, "the partial's name is missing");
                }
                self.cursor.at += end;
                Ok(IncludeName::Name(&rest[..end]))
            }
        }
    }

    fn inline(&mut self, tag: &Tag, nodes: &mut Vec<Node<'s>>) -> Result<()> {
        self.cursor.skip_whitespace();
        let at = self.cursor.at;
        let is_inline = self.cursor.identifier() == "inline";
        let Arguments { mut params, hash } = self.cursor.arguments()?;
        let name = match params.pop().map(|param| param.kind) {
            Some(ExpressionKind::Literal(name)) if is_inline && params.is_empty() && hash.is_empty() => name,
            _ => return self.cursor.fail(at, "wanted `{{#*inline \"name\"}}`"),
        };
        self.finish(tag, "}}", nodes, true)?;
        let (body, end) = self.nested_nodes()?;
        self.must_close(tag.start, "inline", end)?;
        nodes.push(Node::Inline(Inline { name, body }));
        Ok(())
    }
}

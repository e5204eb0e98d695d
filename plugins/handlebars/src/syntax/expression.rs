//! What stands between the braces.

use crate::failure::{Place, Problem, Result, Source};
use crate::helpers::{self, Helper};
use crate::syntax::tree::{Base, Call, Expression, ExpressionKind, Path};
use crate::value::{Data, Value};

/// How deep blocks and subexpressions may nest in one template: more is a mistake or an attack on the stack.
const MAX_NESTING: usize = 64;

/// A position in a template's text.
pub(crate) struct Cursor<'s> {
    pub(crate) text: &'s str,
    pub(crate) source: Source,
    pub(crate) at: usize,
    nesting: usize,
}

/// What follows a name.
pub(crate) struct Arguments<'s> {
    pub(crate) params: Vec<Expression<'s>>,
    pub(crate) hash: Vec<(&'s str, Expression<'s>)>,
}

impl<'s> Cursor<'s> {
    pub(crate) fn new(text: &'s str, source: Source) -> Self {
        Self { text, source, at: 0, nesting: 0 }
    }

    pub(crate) fn rest(&self) -> &'s str {
        &self.text[self.at..]
    }

    pub(crate) fn fail<T>(&self, at: usize, message: impl Into<String>) -> Result<T> {
        Err(Problem::template(message).at(|| Place::new(&self.source, self.text, at)))
    }

    /// Steps over this text if it comes next.
    pub(crate) fn take(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    pub(crate) fn skip_whitespace(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Steps into a block or a subexpression.
    pub(crate) fn enter(&mut self) -> Result<()> {
        if self.nesting == MAX_NESTING {
            return self.fail(self.at, format!("blocks and subexpressions nest deeper than {MAX_NESTING} levels"));
        }
        self.nesting += 1;
        Ok(())
    }

    pub(crate) fn leave(&mut self) {
        self.nesting -= 1;
    }

    /// An identifier, or nothing.
    pub(crate) fn identifier(&mut self) -> &'s str {
        let rest = self.rest();
        let end = rest.find(|next: char| !is_id(next)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// A value, or a helper with its arguments.
    pub(crate) fn expression(&mut self) -> Result<Expression<'s>> {
        self.skip_whitespace();
        let at = self.at;
        let first = self.operand()?;
        let arguments = self.arguments()?;
        if arguments.params.is_empty() && arguments.hash.is_empty() {
            return Ok(first);
        }
        let name = match &first.kind {
            ExpressionKind::Path(Path { raw, base: Base::Name, up: 0, segments }) if segments == &[*raw] => *raw,
            _ => return self.fail(at, "this is not the name of a helper, but arguments follow it"),
        };
        let call = self.call(at, name, arguments)?;
        Ok(Expression { at, kind: ExpressionKind::Call(call) })
    }

    fn call(&self, at: usize, name: &str, arguments: Arguments<'s>) -> Result<Call<'s>> {
        let Some(helper) = helpers::find(name) else {
            return self.fail(at, format!("there is no helper `{name}`{}", helpers::nearest(name)));
        };
        let Arguments { params, hash } = arguments;
        self.check_arguments(at, helper, params.len(), &hash)?;
        Ok(Call { helper, params, hash })
    }

    fn check_arguments(&self, at: usize, helper: &Helper, count: usize, hash: &[(&'s str, Expression<'s>)]) -> Result<()> {
        if count < helper.min || count > helper.max {
            return self.fail(at, format!("`{}` is used as `{}`", helper.name, helper.usage));
        }
        match hash.iter().find(|(name, _)| !helper.hash.contains(name)) {
            Some((name, value)) => self.fail(value.at, format!("`{}` has no option `{name}`: it is used as `{}`", helper.name, helper.usage)),
            None => Ok(()),
        }
    }

    /// Everything up to the closing braces, a closing parenthesis or `as |`.
    pub(crate) fn arguments(&mut self) -> Result<Arguments<'s>> {
        let mut arguments = Arguments { params: Vec::new(), hash: Vec::new() };
        loop {
            self.skip_whitespace();
            if self.rest().is_empty() {
                return self.fail(self.at, "the template ends inside of braces: `}}` is missing");
            }
            if self.rest().starts_with(['}', '~', ')', '|']) || self.at_block_params() {
                return Ok(arguments);
            }
            let start = self.at;
            let name = self.identifier();
            if !name.is_empty() && self.take("=") {
                self.skip_whitespace();
                let value = self.operand()?;
                if arguments.hash.iter().any(|(known, _)| *known == name) {
                    return self.fail(start, format!("`{name}=` stands here twice"));
                }
                arguments.hash.push((name, value));
            } else {
                self.at = start;
                arguments.params.push(self.operand()?);
            }
        }
    }

    fn at_block_params(&self) -> bool {
        self.rest().strip_prefix("as").is_some_and(|rest| {
            let bar = rest.trim_start();
            bar.len() < rest.len() && bar.starts_with('|')
        })
    }

    /// `as |item key|`.
    pub(crate) fn block_params(&mut self, most: usize) -> Result<Vec<&'s str>> {
        let mut names = Vec::new();
        if !self.at_block_params() {
            return Ok(names);
        }
        let start = self.at;
        self.take("as");
        self.skip_whitespace();
        self.take("|");
        loop {
            self.skip_whitespace();
            match self.identifier() {
                "" => break,
                name => names.push(name),
            }
        }
        if !self.take("|") || names.is_empty() || names.len() > most {
            return self.fail(start, format!("wanted `as |name|` with at most {most} names"));
        }
        self.skip_whitespace();
        Ok(names)
    }

    /// A literal, a path or a subexpression.
    fn operand(&mut self) -> Result<Expression<'s>> {
        let at = self.at;
        let kind = match self.rest().chars().next() {
            Some('(') => return self.subexpression(),
            Some(quote @ ('"' | '\'')) => ExpressionKind::Literal(self.string(quote)?),
            _ => match self.number_or_keyword() {
                Some(literal) => ExpressionKind::Literal(literal),
                None => ExpressionKind::Path(self.path()?),
            },
        };
        Ok(Expression { at, kind })
    }

    /// `(helper argument)`.
    pub(crate) fn subexpression(&mut self) -> Result<Expression<'s>> {
        self.take("(");
        self.enter()?;
        let inner = self.expression()?;
        self.leave();
        self.skip_whitespace();
        if !self.take(")") {
            return self.fail(self.at, "`)` is missing");
        }
        Ok(inner)
    }

    /// A string as JSON writes it, in either kind of quotes.
    pub(crate) fn string(&mut self, quote: char) -> Result<Value> {
        let start = self.at;
        let inner = &self.rest()[1..];
        let mut escaped = false;
        for (offset, next) in inner.char_indices() {
            match next {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if next == quote => {
                    self.at += offset + 2;
                    return self.unescape(start, &inner[..offset]);
                }
                _ => {}
            }
        }
        self.fail(start, format!("this string has no closing {quote}"))
    }

    fn unescape(&self, start: usize, inner: &str) -> Result<Value> {
        if !inner.contains('\\') {
            return Ok(Value::text(inner));
        }
        let mut json = String::from("\"");
        let mut rest = inner.chars();
        while let Some(next) = rest.next() {
            match next {
                '\\' => match rest.next() {
                    Some('\'') => json.push('\''),
                    Some(other) => json.extend(['\\', other]),
                    None => {}
                },
                '"' => json.push_str("\\\""),
                '\n' => json.push_str("\\n"),
                '\r' => json.push_str("\\r"),
                '\t' => json.push_str("\\t"),
                other => json.push(other),
            }
        }
        json.push('"');
        match serde_json::from_str::<String>(&json) {
            Ok(text) => Ok(Value::text(text)),
            Err(_) => self.fail(start, "this string has an escape that JSON does not know: write `\\\\` for `\\`"),
        }
    }

    fn number_or_keyword(&mut self) -> Option<Value> {
        let rest = self.rest();
        let end = rest.find(|next: char| !is_id(next) && !matches!(next, '.' | '+' | '/' | '[')).unwrap_or(rest.len());
        let word = &rest[..end];
        let literal = match word {
            "true" => true.into(),
            "false" => false.into(),
            "null" | "undefined" => Data::Null.into(),
            _ if word.starts_with(|next: char| next == '-' || next.is_ascii_digit()) => Data::Number(serde_json::from_str(word).ok()?).into(),
            _ => return None,
        };
        self.at += end;
        Some(literal)
    }

    fn path(&mut self) -> Result<Path<'s>> {
        let start = self.at;
        let mut up = 0;
        let mut base = Base::Name;
        let mut is_whole = false;
        if self.take("@root") && !self.rest().starts_with(is_id) {
            base = Base::Root;
            is_whole = !(self.take(".") || self.take("/"));
        } else {
            self.at = start;
            if self.take("@") {
                base = Base::Loop;
            }
            while self.take("../") {
                up += 1;
            }
            if base == Base::Name && self.take("@") {
                base = Base::Loop;
            } else if self.take("..") {
                up += 1;
                is_whole = true;
            } else if self.take("./") {
                base = Base::This;
            } else if self.rest().starts_with('.') {
                self.at += 1;
                is_whole = true;
            }
        }
        let mut segments = Vec::new();
        while !is_whole {
            let segment_at = self.at;
            let bracketed = self.take("[");
            let segment = if bracketed { self.bracketed()? } else { self.identifier() };
            match segment {
                "" if !bracketed => return self.fail(segment_at, self.unexpected()),
                "this" if !bracketed && segments.is_empty() && base != Base::Loop => {
                    if base == Base::Name {
                        base = Base::This;
                    }
                }
                segment => segments.push(segment),
            }
            is_whole = !(self.take(".") || self.take("/"));
        }
        Ok(Path { raw: &self.text[start..self.at], base, up, segments })
    }

    fn bracketed(&mut self) -> Result<&'s str> {
        let rest = self.rest();
        let Some(end) = rest.find(']') else { return self.fail(self.at, "`]` is missing") };
        self.at += end + 1;
        Ok(&rest[..end])
    }

    /// What to say of a character that can begin nothing.
    pub(crate) fn unexpected(&self) -> String {
        match self.rest().chars().next() {
            None => "the template ends inside of braces: `}}` is missing".to_owned(),
            Some(next) if next.is_whitespace() => "a name is missing here".to_owned(),
            Some(next) => format!("a value or a name was expected, not `{next}`"),
        }
    }
}

/// What the Handlebars language lets stand in a name; everything else needs `[...]`.
fn is_id(next: char) -> bool {
    !next.is_whitespace() && !"!\"#%&'()*+,./;<=>@[\\]^`{|}~".contains(next)
}

//! Parses what is between the braces.

use crate::failure::Result;
use crate::helpers::{self, Helper};
use crate::syntax::cursor::Cursor;
use crate::syntax::habits;
use crate::syntax::tree::{Base, Call, Expression, ExpressionKind};
use crate::value::Data;

/// What follows a name.
pub(crate) struct Arguments<'s> {
    pub(crate) params: Vec<Expression<'s>>,
    pub(crate) hash: Vec<(&'s str, Expression<'s>)>,
}

impl<'s> Expression<'s> {
    /// Returns the name of what is called or opened, if it is a plain one.
    pub(crate) fn simple_name(&self) -> Option<&str> {
        match &self.kind {
            ExpressionKind::Path(path) => match path.segments.as_slice() {
                [only] if path.base == Base::Name => Some(only.name),
                _ => None,
            },
            ExpressionKind::Literal(value) => match &value.data {
                Data::Text(name) => Some(name),
                _ => None,
            },
            ExpressionKind::Call(_) => None,
        }
    }
}

impl<'s> Cursor<'s> {
    /// Parses a value, or a helper with its arguments.
    pub(crate) fn expression(&mut self) -> Result<Expression<'s>> {
        self.skip_whitespace();
        let at = self.at;
        if let Some(message) = habits::dash(self.rest()) {
            return self.fail(at, message);
        }
        let first = self.operand()?;
        let arguments = self.arguments()?;
        if arguments.params.is_empty() && arguments.hash.is_empty() {
            return Ok(first);
        }
        let raw = self.since(at).trim_end();
        let Some(name) = first.simple_name() else {
            return self.fail(at, "this is not the name of a helper, but arguments follow it");
        };
        let call = self.call(at, name, arguments)?;
        Ok(Expression {
            at,
            raw,
            kind: ExpressionKind::Call(call),
        })
    }

    fn call(&self, at: usize, name: &str, arguments: Arguments<'s>) -> Result<Call<'s>> {
        let Some(helper) = helpers::find(name) else {
            let hint = habits::helper(name).unwrap_or_else(|| helpers::nearest(name));
            return self.fail(at, format!("there is no helper `{name}`{hint}"));
        };
        let Arguments { params, hash } = arguments;
        self.check_arguments(at, helper, params.len(), &hash)?;
        Ok(Call { helper, params, hash })
    }

    fn check_arguments(
        &self,
        at: usize,
        helper: &Helper,
        count: usize,
        hash: &[(&'s str, Expression<'s>)],
    ) -> Result<()> {
        if count < helper.min || count > helper.max {
            return self.fail(at, format!("`{}` is used as `{}`", helper.name, helper.usage));
        }
        match hash.iter().find(|(name, _)| !helper.hash.contains(name)) {
            Some((name, value)) => self.fail(
                value.at,
                format!(
                    "`{}` has no option `{name}`: it is used as `{}`",
                    helper.name, helper.usage
                ),
            ),
            None => Ok(()),
        }
    }

    /// Parses everything up to the closing braces, a closing parenthesis or `as |`.
    pub(crate) fn arguments(&mut self) -> Result<Arguments<'s>> {
        let mut arguments = Arguments {
            params: Vec::new(),
            hash: Vec::new(),
        };
        loop {
            self.skip_whitespace();
            if self.rest().is_empty() {
                return self.fail(self.at, "the template ends inside of braces: `}}` is missing");
            }
            if self.rest().starts_with(['}', '~', ')', '|']) || self.at_block_params() {
                return Ok(arguments);
            }
            let start = self.at;
            if let Some(message) = habits::dash(self.rest()) {
                return self.fail(start, message);
            }
            match self.option_name() {
                Some(name) => {
                    self.skip_whitespace();
                    let value = self.operand()?;
                    if arguments.hash.iter().any(|(known, _)| *known == name) {
                        return self.fail(start, format!("the option `{name}=` is a duplicate"));
                    }
                    arguments.hash.push((name, value));
                }
                None if arguments.hash.is_empty() => arguments.params.push(self.operand()?),
                None => return self.fail(start, "an argument follows an option: write `name=value` last"),
            }
        }
    }

    /// Skips `name=`, if that comes next.
    fn option_name(&mut self) -> Option<&'s str> {
        let start = self.at;
        let name = if self.rest().starts_with('[') {
            self.bracketed().unwrap_or_default()
        } else {
            self.identifier()
        };
        let has_name = self.at > start;
        self.skip_whitespace();
        if has_name && self.take("=") {
            return Some(name);
        }
        self.at = start;
        None
    }

    fn at_block_params(&self) -> bool {
        self.rest().strip_prefix("as").is_some_and(|rest| {
            let bar = rest.trim_start();
            bar.len() < rest.len() && bar.starts_with('|')
        })
    }

    /// Parses `as |item key|`.
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

    /// Parses a literal, a path or a subexpression.
    pub(crate) fn operand(&mut self) -> Result<Expression<'s>> {
        let at = self.at;
        let kind = match self.peek() {
            Some('(') => return self.subexpression(),
            Some(quote @ ('"' | '\'')) => ExpressionKind::Literal(self.string(quote)?),
            _ => match self.number_or_keyword() {
                Some(literal) => ExpressionKind::Literal(literal),
                None => ExpressionKind::Path(self.path()?),
            },
        };
        Ok(Expression {
            at,
            raw: self.since(at),
            kind,
        })
    }

    /// Parses `(helper argument)`.
    pub(crate) fn subexpression(&mut self) -> Result<Expression<'s>> {
        self.take("(");
        self.enter()?;
        let inner = self.expression()?;
        self.leave();
        self.skip_whitespace();
        if !self.take(")") {
            let message = habits::pipe(self.rest(), inner.raw, ("(", ")"))
                .unwrap_or_else(|| "`)` is missing".to_owned());
            return self.fail(self.at, message);
        }
        Ok(inner)
    }
}

//! Evaluates expressions of profiles: `production & !(eu | us)`.

use crate::limits::MAX_DEPTH;

/// Which profiles must be active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expression {
    Profile(String),
    Not(Box<Expression>),
    All(Vec<Expression>),
    Any(Vec<Expression>),
}

impl Expression {
    /// Parses an expression. The error says what is wrong with it, to be appended to its name.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut parser = Parser { rest: text };
        let expression = parser.terms(0)?;
        match parser.rest.is_empty() {
            true => Ok(expression),
            false => Err("has a `)` without a `(`"),
        }
    }

    pub(super) fn holds(&self, active: &[String]) -> bool {
        match self {
            Self::Profile(name) => active.contains(name),
            Self::Not(inner) => !inner.holds(active),
            Self::All(parts) => parts.iter().all(|part| part.holds(active)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(active)),
        }
    }
}

struct Parser<'t> {
    rest: &'t str,
}

impl Parser<'_> {
    /// Parses terms with one kind of operator between them, up to a `)` or the end.
    fn terms(&mut self, depth: usize) -> Result<Expression, &'static str> {
        let mut terms = vec![self.term(depth)?];
        let mut operator = None;
        loop {
            self.skip_blanks();
            let next = self.rest.chars().next().filter(|next| matches!(next, '&' | '|'));
            match (next, operator) {
                (None, Some('|')) => return Ok(Expression::Any(terms)),
                (None, _) => return Ok(Expression::All(terms)),
                (Some(next), Some(before)) if next != before => {
                    return Err("mixes `&` and `|`: put one of them in brackets");
                }
                (Some(_), _) => {}
            }
            operator = next;
            self.rest = &self.rest[1..];
            terms.push(self.term(depth)?);
        }
    }

    fn term(&mut self, depth: usize) -> Result<Expression, &'static str> {
        if depth > MAX_DEPTH {
            return Err("is nested too deeply");
        }
        self.skip_blanks();
        if let Some(rest) = self.rest.strip_prefix('!') {
            self.rest = rest;
            return Ok(Expression::Not(Box::new(self.term(depth + 1)?)));
        }
        if let Some(rest) = self.rest.strip_prefix('(') {
            self.rest = rest;
            let inner = self.terms(depth + 1)?;
            self.rest = self.rest.strip_prefix(')').ok_or("has a `(` without a `)`")?;
            return Ok(inner);
        }
        let (name, rest) = self.rest.split_at(
            self.rest
                .find(['(', ')', '&', '|', '!'])
                .unwrap_or(self.rest.len()),
        );
        self.rest = rest;
        match (name.trim(), rest.chars().next()) {
            ("", _) => Err("lacks the name of a profile"),
            (_, Some('(' | '!')) => Err("lacks `&` or `|` between two names"),
            (name, _) => Ok(Expression::Profile(name.to_owned())),
        }
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str) -> Result<bool, &'static str> {
        Expression::parse(text)
            .map(|expression| expression.holds(&["production".to_owned(), "eu".to_owned()]))
    }

    #[test]
    fn names_and_operators_are_springs() {
        for text in [
            "production",
            "!dev",
            "production & eu",
            "dev | eu",
            "!(dev | us)",
            "production & (eu | us)",
            "!!eu",
            " ( eu ) ",
            "eu&production&!dev",
        ] {
            assert_eq!(holds(text), Ok(true), "{text}");
        }
        for text in [
            "dev",
            "!eu",
            "production & dev",
            "dev | us",
            "!(dev | eu)",
            "Production",
        ] {
            assert_eq!(holds(text), Ok(false), "{text}");
        }
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for (text, reason) in [
            ("a & b | c", "mixes `&` and `|`: put one of them in brackets"),
            ("(a", "has a `(` without a `)`"),
            ("a)", "has a `)` without a `(`"),
            ("a &", "lacks the name of a profile"),
            ("!", "lacks the name of a profile"),
            ("()", "lacks the name of a profile"),
            ("a !b", "lacks `&` or `|` between two names"),
            ("a (b)", "lacks `&` or `|` between two names"),
        ] {
            assert_eq!(holds(text), Err(reason), "{text}");
        }
        assert_eq!(holds(&"!".repeat(100_000)), Err("is nested too deeply"));
        assert_eq!(holds(&"(".repeat(100_000)), Err("is nested too deeply"));
    }
}

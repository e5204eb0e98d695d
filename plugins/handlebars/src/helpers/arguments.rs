//! Provides the arguments of a helper.

use std::cell::RefCell;
use std::rc::Rc;

use crate::failure::{Problem, Result};
use crate::render::{Facts, Renderer, Scope, Wanted};
use crate::syntax::{Call, ExpressionKind};
use crate::value::{Data, Origin, Value};

/// The arguments of one call. Each is evaluated on demand, so that `default`, `and` and `or` stop early.
pub(crate) struct Arguments<'a, 'r> {
    renderer: &'a Renderer<'r>,
    scope: &'a Scope<'a>,
    call: &'a Call<'a>,
    /// The origin of the first argument that came from a ConfigMap; the result gets it, too.
    origin: RefCell<Option<Rc<Origin>>>,
}

impl<'a, 'r> Arguments<'a, 'r> {
    pub(crate) fn new(renderer: &'a Renderer<'r>, scope: &'a Scope<'a>, call: &'a Call<'a>) -> Self {
        Self {
            renderer,
            scope,
            call,
            origin: RefCell::default(),
        }
    }

    pub(crate) fn origin(&self) -> Option<Rc<Origin>> {
        self.origin.borrow().clone()
    }

    pub(crate) fn len(&self) -> usize {
        self.call.params.len()
    }

    pub(crate) fn facts(&self) -> &Facts<'r> {
        &self.renderer.facts
    }

    /// Returns an argument's value; the parser has checked that there are enough. A missing value is a
    /// failure.
    pub(crate) fn value(&self, index: usize) -> Result<Value> {
        let value = self.renderer.value(&self.call.params[index], self.scope)?;
        let mut origin = self.origin.borrow_mut();
        if origin.is_none() {
            origin.clone_from(&value.origin);
        }
        Ok(value)
    }

    /// Returns an argument's value, or nothing if the value that it names is missing.
    pub(crate) fn find(&self, index: usize) -> Result<Option<Value>> {
        match self.value(index) {
            Ok(value) => Ok(Some(value)),
            Err(problem) if problem.is_missing() => Ok(None),
            Err(problem) => Err(problem),
        }
    }

    /// Returns an argument's value with everything in it read.
    pub(crate) fn whole(&self, index: usize) -> Result<Value> {
        let value = self.value(index)?;
        Ok(self.renderer.facts.whole(value.clone())?.from(&value.origin))
    }

    /// Returns an argument as text: text, a number or a boolean.
    pub(crate) fn text(&self, index: usize) -> Result<Rc<str>> {
        let value = self.value(index)?;
        match (&value.data, value.as_scalar()) {
            (Data::Text(text), _) => Ok(text.clone()),
            (_, Some(text)) => Ok(text.into()),
            (_, None) => Err(self.reject(
                &value,
                &format!("`{}` needs text, not {}", self.name(), value.kind()),
            )),
        }
    }

    /// Returns an argument as an integer: a number, or text that contains one.
    pub(crate) fn integer(&self, index: usize) -> Result<i64> {
        let value = self.value(index)?;
        let number = match &value.data {
            Data::Number(number) => number.as_i64(),
            // The value of a ConfigMap that was created from a file ends in a newline.
            Data::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        let message = "is not an integer: write one from -9223372036854775808 to 9223372036854775807";
        number.ok_or_else(|| self.reject(&value, message))
    }

    /// Whether an option was given as `true`.
    pub(crate) fn flag(&self, name: &str) -> Result<bool> {
        let Some((_, expression)) = self.call.hash.iter().find(|(known, _)| *known == name) else {
            return Ok(false);
        };
        match self.renderer.value(expression, self.scope)?.data {
            Data::Bool(flag) => Ok(flag),
            _ => Err(self.template(&format!("`{name}=` is true or false"))),
        }
    }

    /// Returns the member of the first argument that the second one names.
    pub(crate) fn member(&self) -> Result<Option<Value>> {
        let (map, name) = (self.value(0)?, self.text(1)?);
        let member = self.renderer.member(&map, &name)?;
        member
            .map(|member| self.renderer.facts.read(member.from(&map.origin)))
            .transpose()
    }

    /// Creates the failure that the member which the second argument names is missing.
    pub(crate) fn no_member(&self) -> Result<Box<Problem>> {
        let (map, name) = (self.value(0)?, self.text(1)?);
        let map_name = match &self.call.params[0].kind {
            ExpressionKind::Path(path) => path.raw,
            _ => "(...)",
        };
        let wanted = Wanted {
            name: &name,
            rest: &name,
            prefix: None,
        };
        Ok(self.renderer.missing(&format!("{map_name}.{name}"), &map, wanted))
    }

    fn name(&self) -> &'static str {
        self.call.helper.name
    }

    /// Creates the failure that a value is invalid. It names the value's ConfigMap, but not the value.
    pub(crate) fn reject(&self, value: &Value, message: &str) -> Box<Problem> {
        match value.origin {
            Some(_) => Problem::value(value, message),
            None => self.template(&format!("an argument of `{}` {message}", self.name())),
        }
    }

    /// Creates the failure that the call is wrong for all values.
    pub(crate) fn template(&self, message: &str) -> Box<Problem> {
        Problem::template(message)
    }
}

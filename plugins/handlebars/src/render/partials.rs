//! Renders partials: templates that templates include.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::rc::Rc;

use crate::failure::{Missing, Problem, Result, Source};
use crate::render::scope::{Data as Frames, Frame, FrameKind, PartialBlock};
use crate::render::{Facts, Output, Renderer, Scope};
use crate::suggest;
use crate::syntax::{self, Dollars, Include, IncludeName, Template};
use crate::value::{Data, Members, Name, Origin, Overlay, Value};

/// A partial that the parameters declare.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) name: String,
    pub(crate) origin: Rc<Origin>,
    /// Its text, once it has been read.
    text: OnceCell<Rc<str>>,
}

impl Declared {
    pub(crate) fn new(name: String, origin: Origin) -> Self {
        Self {
            name,
            origin: Rc::new(origin),
            text: OnceCell::new(),
        }
    }
}

/// The partials that the parameters declare. Each is read when it is first included.
pub(crate) struct Partials<'r> {
    declared: &'r [Declared],
    templates: Vec<OnceCell<Template<'r>>>,
}

impl<'r> Partials<'r> {
    pub(crate) fn new(declared: &'r [Declared]) -> Self {
        Self {
            declared,
            templates: declared.iter().map(|_| OnceCell::new()).collect(),
        }
    }

    fn find(&self, name: &str, facts: &Facts<'_>) -> Result<Option<&Template<'r>>> {
        let Some(index) = self.declared.iter().position(|partial| partial.name == name) else {
            return Ok(None);
        };
        let cell = &self.templates[index];
        if cell.get().is_none() {
            let partial = &self.declared[index];
            let Origin { config_map, key } = &*partial.origin;
            let Some(Data::Text(text)) = facts.find(config_map, key).map(|value| value.data) else {
                let key = Some((vec![config_map.clone()], key.clone()));
                return Err(Problem::missing(Missing {
                    name: name.to_owned(),
                    key,
                    origin: None,
                    hint: Missing::ADD_IT,
                }));
            };
            let text = partial.text.get_or_init(|| text);
            let template = syntax::parse(text, Source::Key(partial.origin.clone()), Dollars::Plain)?;
            cell.get_or_init(|| template);
        }
        Ok(cell.get())
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.declared.iter().map(|partial| partial.name.as_str())
    }
}

impl Renderer<'_> {
    pub(crate) fn include(&self, include: &Include<'_>, scope: &Scope<'_>, out: &mut Output) -> Result<()> {
        out.indented(include.indent, |out| self.include_unindented(include, scope, out))
            .map_err(|problem| problem.at(|| scope.place(include.at)))
    }

    fn include_unindented(&self, include: &Include<'_>, scope: &Scope<'_>, out: &mut Output) -> Result<()> {
        let name = self.include_name(include, scope)?;
        let this = self.partial_context(include, scope)?;
        let Some(body) = &include.body else {
            return self.include_named(name.as_deref(), scope, scope, this, out);
        };
        // The partial can include what the body defines: layouts are filled this way.
        let frame = Frame {
            parent: scope.data,
            kind: FrameKind::Block(Some(PartialBlock {
                nodes: &body.nodes,
                site: scope,
            })),
        };
        let defining = Scope {
            nodes: &body.nodes,
            data: Frames::of(&frame),
            visible: Some(scope),
            ..scope.clone()
        };
        self.include_named(name.as_deref(), scope, &defining, this, out)
    }

    /// Returns the partial's name; `None` for `@partial-block`.
    fn include_name<'i>(&self, include: &'i Include<'_>, scope: &Scope<'_>) -> Result<Option<Cow<'i, str>>> {
        match &include.name {
            IncludeName::PartialBlock => Ok(None),
            IncludeName::Name(name) => Ok(Some(Cow::Borrowed(name))),
            IncludeName::Dynamic(expression) => {
                let name = self.value(expression, scope)?;
                match &name.data {
                    Data::Text(name) => Ok(Some(Cow::Owned(name.to_string()))),
                    _ => Err(Problem::value(
                        &name,
                        format!("a partial's name is text, not {}", name.kind()),
                    )),
                }
            }
        }
    }

    /// Returns the context of a partial: that of the include, or its argument, with its options as members.
    fn partial_context(&self, include: &Include<'_>, scope: &Scope<'_>) -> Result<Value> {
        let base = match &include.context {
            Some(context) => self.value(context, scope)?,
            None => scope.this.clone(),
        };
        if include.hash.is_empty() {
            return Ok(base);
        }
        let members: Members = include
            .hash
            .iter()
            .map(|(name, value)| Ok((Name::from((*name).to_owned()), self.value(value, scope)?)))
            .collect::<Result<_>>()?;
        let origin = base.origin.clone();
        Ok(Value::from(
            Data::Overlay(Rc::new(Overlay { base, members })).into(),
            &origin,
        ))
    }

    /// Includes the partial that a name means at `site`; `inside` has the visible names and `@partial-block`.
    fn include_named(
        &self,
        name: Option<&str>,
        site: &Scope<'_>,
        inside: &Scope<'_>,
        this: Value,
        out: &mut Output,
    ) -> Result<()> {
        let Some(name) = name else {
            return match site.data.partial_block().or_else(|| own_block(site, inside)) {
                Some(block) => self.partial_block(block, site, inside.data, this, out),
                None => Err(Problem::template(
                    "there is no `@partial-block` here: the partial was not included with `{{#> ...}}`",
                )),
            };
        };
        if let Some((defined, nodes)) = site.inline(name) {
            let inner = Scope {
                data: inside.data,
                ..site.inline_partial(defined, nodes, this)
            };
            return self.body(&inner, out);
        }
        match (self.partials.find(name, &self.facts)?, own_block(site, inside)) {
            (Some(template), _) => self.body(
                &Scope {
                    caller: Some(site),
                    ..inside.partial(template, this)
                },
                out,
            ),
            (None, Some(block)) => self.partial_block(block, site, inside.data, this, out),
            (None, None) => Err(self.unknown(name)),
        }
    }

    /// Renders the body of `{{#> partial}}`, in which `@partial-block` is the one around it.
    fn partial_block(
        &self,
        block: PartialBlock<'_>,
        scope: &Scope<'_>,
        data: Frames<'_>,
        this: Value,
        out: &mut Output,
    ) -> Result<()> {
        let frame = Frame {
            parent: data,
            kind: FrameKind::Block(block.site.data.partial_block()),
        };
        let inner = Scope {
            data: Frames::of(&frame),
            ..scope.partial_block(block, this)
        };
        self.body(&inner, out)
    }

    fn unknown(&self, name: &str) -> Box<Problem> {
        let names: Vec<&str> = self.partials.names().collect();
        let known = if names.is_empty() {
            "declare it in the parameter `partials`".to_owned()
        } else {
            format!("the parameter `partials` declares `{}`", names.join("`, `"))
        };
        let meant = suggest::nearest(name, names.iter().copied())
            .map(|name| format!("; did you mean `{name}`?"))
            .unwrap_or_default();
        Problem::template(format!("there is no partial `{name}`: {known}{meant}"))
    }
}

/// Returns the block of an include, if it has one.
fn own_block<'c>(site: &Scope<'c>, inside: &Scope<'c>) -> Option<PartialBlock<'c>> {
    if std::ptr::eq(site, inside) {
        None
    } else {
        inside.data.partial_block()
    }
}

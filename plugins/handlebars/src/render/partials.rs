//! Partials: templates that templates include.

use std::cell::OnceCell;
use std::rc::Rc;

use crate::failure::{Missing, Problem, Result, Source};
use crate::render::scope::Kind;
use crate::render::{Facts, Output, Renderer, Scope};
use crate::syntax::{self, Dollars, Include, IncludeName, Node, Template};
use crate::value::{Data, Origin};

/// A partial that the parameters declare.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) name: String,
    pub(crate) origin: Rc<Origin>,
    /// Its text, once it was read.
    text: OnceCell<Rc<str>>,
}

impl Declared {
    pub(crate) fn new(name: String, origin: Origin) -> Self {
        Self { name, origin: Rc::new(origin), text: OnceCell::new() }
    }
}

/// The partials that the parameters declare. Each is read when it is first included.
pub(crate) struct Partials<'r> {
    declared: &'r [Declared],
    templates: Vec<OnceCell<Template<'r>>>,
}

impl<'r> Partials<'r> {
    pub(crate) fn new(declared: &'r [Declared]) -> Self {
        Self { declared, templates: declared.iter().map(|_| OnceCell::new()).collect() }
    }

    fn find(&self, name: &str, facts: &Facts<'_>) -> Result<Option<&Template<'r>>> {
        let Some(index) = self.declared.iter().position(|partial| partial.name == name) else { return Ok(None) };
        let cell = &self.templates[index];
        if cell.get().is_none() {
            let partial = &self.declared[index];
            let Origin { config_map, key } = &*partial.origin;
            let Some(Data::Text(text)) = facts.find(config_map, key).map(|value| value.data) else {
                let key = Some((vec![config_map.clone()], key.clone()));
                return Err(Problem::missing(Missing { name: name.to_owned(), key, origin: None, hint: Missing::ADD_IT }));
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
        out.indented(include.indent, |out| self.include_unindented(include, scope, out)).map_err(|problem| problem.at(|| scope.place(include.at)))
    }

    fn include_unindented(&self, include: &Include<'_>, scope: &Scope<'_>, out: &mut Output) -> Result<()> {
        let dynamic;
        let name = match &include.name {
            IncludeName::PartialBlock => return self.partial_block(include, scope, out),
            IncludeName::Name(name) => name.trim_start_matches('[').trim_end_matches(']'),
            IncludeName::Dynamic(expression) => {
                dynamic = self.value(expression, scope)?;
                match &dynamic.data {
                    Data::Text(name) => name,
                    _ => return Err(Problem::value(&dynamic, format!("a partial's name is text, not {}", dynamic.kind()))),
                }
            }
        };
        // What the include's own body defines can be included by the partial: that is how a layout is filled.
        let defining = scope.inner(include.body.as_deref().unwrap_or_default());
        let (template, nodes) = match (defining.inline(name), self.partials.find(name, &self.facts)?) {
            (Some(inline), _) => inline,
            (None, Some(template)) => (template, template.nodes.as_slice()),
            (None, None) => match &include.body {
                Some(fallback) => return self.body(&scope.inner(fallback), out),
                None => return Err(self.unknown(name)),
            },
        };
        let mut inner = defining.inner(nodes);
        inner.template = template;
        inner.kind = Kind::Partial { is_level: include.context.is_some() || !include.hash.is_empty() };
        if let Some(context) = &include.context {
            inner.this = self.value(context, scope)?;
        }
        for (name, expression) in &include.hash {
            inner.names.push((name, self.value(expression, scope)?));
        }
        inner.partial_block = include.body.as_deref().map(|body| (body, scope));
        self.body(&inner, out)
    }

    /// `{{> @partial-block}}`: the body that the partial around this was included with.
    fn partial_block(&self, include: &Include<'_>, scope: &Scope<'_>, out: &mut Output) -> Result<()> {
        let partial = scope.outwards().find(|scope| matches!(scope.kind, Kind::Partial { .. }));
        match (partial.and_then(|scope| scope.partial_block), &include.body) {
            (Some((nodes, caller)), _) => self.body(&caller.inner(nodes), out),
            (None, Some(fallback)) => self.body(&scope.inner(fallback), out),
            (None, None) => Err(Problem::template("there is no `@partial-block` here: the partial was not included with `{{#> ...}}`")),
        }
    }

    fn unknown(&self, name: &str) -> Box<Problem> {
        let names: Vec<&str> = self.partials.names().collect();
        let known = if names.is_empty() {
            "declare it in the parameter `partials`".to_owned()
        } else {
            format!("the parameter `partials` declares `{}`", names.join("`, `"))
        };
        Problem::template(format!("there is no partial `{name}`: {known}"))
    }
}

impl<'c> Scope<'c> {
    /// The inline partial of this name that can be seen from here.
    fn inline(&self, wanted: &str) -> Option<(&'c Template<'c>, &'c [Node<'c>])> {
        self.outwards().find_map(|scope| {
            scope.nodes.iter().find_map(|node| match node {
                Node::Inline(inline) if matches!(&inline.name.data, Data::Text(name) if &**name == wanted) => Some((scope.template, inline.body.as_slice())),
                _ => None,
            })
        })
    }
}

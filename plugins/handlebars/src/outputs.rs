//! Runs a whole render: from parameters to environment variables, arguments and files.

use std::rc::Rc;

use podweave_plugin::Error;

use crate::failure::{Missing, Problem, Source};
use crate::host::Host;
use crate::params::{Args, Contents, Params, Text};
use crate::render::{EnvValue, Facts, Output, Partials, Renderer};
use crate::syntax::{self, Dollars, Template};
use crate::value::{Data, Origin};

type Result<T = ()> = std::result::Result<T, Error>;

/// Renders everything that the parameters request.
pub fn run(host: &dyn Host) -> Result {
    let params = Params::read(&host.params())?;
    let templates = Templates::parse(&params)?;
    let renderer = Renderer::new(
        Facts::new(host, params.values.clone()),
        Partials::new(&params.partials),
    );
    let run = Run {
        host,
        renderer: &renderer,
    };

    for (named, template) in params.env.iter().zip(&templates.env) {
        run.env(&named.name, template)?;
    }
    if let Some(args) = &params.args {
        run.args(args, &templates.args)?;
    }
    for (file, template) in params.files.iter().zip(&templates.files) {
        run.file(&file.path, &file.contents, template.as_ref())?;
        if let Some(mode) = file.mode {
            host.file_mode(&file.path, mode);
        }
    }
    Ok(())
}

/// The templates in the parameters. All are parsed before any is rendered, so a mistake in one is always
/// reported.
struct Templates<'p> {
    env: Vec<Template<'p>>,
    args: Vec<Template<'p>>,
    /// `None` if the contents are in a ConfigMap.
    files: Vec<Option<Template<'p>>>,
}

impl<'p> Templates<'p> {
    fn parse(params: &'p Params) -> Result<Self> {
        let parse = |template: &'p Text, dollars| {
            Ok(syntax::parse(
                &template.text,
                Source::Params(template.path.clone()),
                dollars,
            )?)
        };
        let args = params.args.iter().flat_map(|args| &args.templates);
        let file = |contents: &'p Contents| match contents {
            Contents::Template(text) => parse(text, Dollars::Plain).map(Some),
            Contents::Key(_) | Contents::Copy(_) => Ok(None),
        };
        Ok(Self {
            env: params
                .env
                .iter()
                .map(|named| parse(&named.template, Dollars::References))
                .collect::<Result<_>>()?,
            args: args
                .map(|text| parse(text, Dollars::Plain))
                .collect::<Result<_>>()?,
            files: params
                .files
                .iter()
                .map(|each| file(&each.contents))
                .collect::<Result<_>>()?,
        })
    }
}

struct Run<'r> {
    host: &'r dyn Host,
    renderer: &'r Renderer<'r>,
}

impl Run<'_> {
    fn env(&self, name: &str, template: &Template<'_>) -> Result {
        let mut out = Output::of_env();
        self.renderer.template(template, &mut out)?;
        match out.into_env() {
            EnvValue::Plain(value) => self.host.env(name, &value),
            EnvValue::WithReferences(value) => self.host.expand_env(name, &value),
        }
        Ok(())
    }

    fn args(&self, args: &Args, templates: &[Template<'_>]) -> Result {
        let rendered: Vec<String> = templates
            .iter()
            .map(|template| self.text(template))
            .collect::<Result<_>>()?;
        if args.replace {
            self.host.replace_args(&rendered);
        } else {
            rendered.iter().for_each(|arg| self.host.append_arg(arg));
        }
        Ok(())
    }

    fn file(&self, path: &str, contents: &Contents, template: Option<&Template<'_>>) -> Result {
        match (contents, template) {
            (Contents::Copy(key), _) => {
                let bytes = self.host.find_bytes(&key.config_map, &key.key);
                self.host
                    .file_bytes(path, &bytes.ok_or_else(|| no_file(path, key))?);
            }
            (_, Some(template)) => self.host.file(path, &self.text(template)?),
            (Contents::Key(key), None) => {
                let found = self
                    .renderer
                    .facts
                    .find(&key.config_map, &key.key)
                    .map(|value| value.data);
                let Some(Data::Text(text)) = found else {
                    return Err(no_file(path, key));
                };
                let template = syntax::parse(&text, Source::Key(key.clone()), Dollars::Plain)?;
                self.host.file(path, &self.text(&template)?);
            }
            (Contents::Template(_), None) => {}
        }
        Ok(())
    }

    fn text(&self, template: &Template<'_>) -> Result<String> {
        let mut out = Output::default();
        self.renderer.template(template, &mut out)?;
        Ok(out.into_text())
    }
}

fn no_file(path: &str, key: &Rc<Origin>) -> Error {
    let key = Some((vec![key.config_map.clone()], key.key.clone()));
    Problem::missing(Missing {
        name: path.to_owned(),
        key,
        origin: None,
        hint: Missing::ADD_IT,
    })
    .into()
}

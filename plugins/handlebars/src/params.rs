//! Reads the parameters from the pod's annotation.

use std::rc::Rc;

use podweave_formats::params::Param;
use podweave_formats::{Format, Kind, Scalar, Value as Tree};
use podweave_plugin::{Error, Result};

use crate::document;
use crate::render::Declared;
use crate::value::{Members, Origin, Value};

/// What to render.
pub(crate) struct Params {
    pub(crate) env: Vec<Named>,
    pub(crate) args: Option<Args>,
    pub(crate) files: Vec<File>,
    pub(crate) partials: Vec<Declared>,
    pub(crate) values: Value,
}

/// A template in the parameters.
pub(crate) struct Text {
    /// Its path in the parameters: `env.PORT`.
    pub(crate) path: Rc<str>,
    pub(crate) text: Rc<str>,
}

/// A template and the name of its output.
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) template: Text,
}

pub(crate) struct Args {
    pub(crate) replace: bool,
    pub(crate) templates: Vec<Text>,
}

pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) contents: Contents,
    pub(crate) mode: Option<u32>,
}

pub(crate) enum Contents {
    /// A template in the parameters.
    Template(Text),
    /// A template in a ConfigMap.
    Key(Rc<Origin>),
    /// A ConfigMap's bytes, unchanged.
    Copy(Rc<Origin>),
}

impl Params {
    pub(crate) fn read(json: &str) -> Result<Self> {
        let document = Format::Json
            .read(json, 0)
            .map_err(|mistake| Error::invalid_params("", mistake.text()))?;
        let params = Param::root(&document);
        params.only(&["args", "env", "files", "partials", "values"])?;
        let values = params.field("values")?;
        Ok(Self {
            env: each(&params, "env", "it as `{NAME: template}`", env)?,
            args: params.optional("args", args)?,
            files: each(&params, "files", "it as `{path: template}`", file)?,
            partials: each(&params, "partials", "it as `{name: ALIAS/KEY}`", partial)?,
            values: values.map_or_else(
                || Value::map(Members::new()),
                // A number keeps its form from the YAML, so this is not JSON that somebody wrote as JSON.
                |values| document::value(values.node(), false),
            ),
        })
    }
}

fn env(name: &str, param: &Param<'_>) -> Result<Named> {
    Ok(Named {
        name: name.to_owned(),
        template: template(param)?,
    })
}

fn args(args: &Param<'_>) -> Result<Args> {
    args.map_or(
        "it as `{append: [...]}`, behind the container's own arguments, or as `{replace: [...]}`, in their place",
    )?;
    args.only(&["append", "replace"])?;
    let (list, replace) = match (args.field("append")?, args.field("replace")?) {
        (Some(list), None) => (list, false),
        (None, Some(list)) => (list, true),
        _ => return Err(args.error("has either `append` or `replace`")),
    };
    if !matches!(list.node().value, Tree::List(_)) {
        return Err(list.is_not("a list of templates"));
    }
    Ok(Args {
        replace,
        templates: list.items()?.iter().map(template).collect::<Result<_>>()?,
    })
}

fn file(name: &str, param: &Param<'_>) -> Result<File> {
    if param.is_text() {
        return Ok(File {
            path: name.to_owned(),
            contents: Contents::Template(template(param)?),
            mode: None,
        });
    }
    if !matches!(param.node().value, Tree::Map(_)) {
        return Err(param.is_not("a template, or a map with `template`, `key` or `copy`"));
    }
    param.only(&["copy", "key", "mode", "template"])?;
    let contents = match (
        param.field("template")?,
        param.field("key")?,
        param.field("copy")?,
    ) {
        (Some(text), None, None) => Contents::Template(template(&text)?),
        (None, Some(key), None) => Contents::Key(Rc::new(origin(&key)?)),
        (None, None, Some(key)) => Contents::Copy(Rc::new(origin(&key)?)),
        _ => return Err(param.error("has one of `template`, `key` and `copy`")),
    };
    Ok(File {
        path: name.to_owned(),
        contents,
        mode: param.optional("mode", Param::mode)?,
    })
}

fn partial(name: &str, param: &Param<'_>) -> Result<Declared> {
    Ok(Declared::new(name.to_owned(), origin(param)?))
}

/// Parses `ALIAS/KEY`.
fn origin(param: &Param<'_>) -> Result<Origin> {
    let parts = if param.is_text() {
        param.text()?.split_once('/')
    } else {
        None
    };
    match parts {
        Some((config_map, key)) if !config_map.is_empty() && !key.is_empty() => Ok(Origin {
            config_map: config_map.to_owned(),
            key: key.to_owned(),
        }),
        _ => Err(param.error("names a ConfigMap's key as ALIAS/KEY")),
    }
}

fn template(param: &Param<'_>) -> Result<Text> {
    match &param.node().value {
        Tree::Scalar(Scalar {
            kind: Kind::Text,
            text,
            ..
        }) => Ok(Text {
            path: param.path().into(),
            text: text.as_str().into(),
        }),
        // YAML has already changed it: 1.10 has become 1.1.
        Tree::Scalar(Scalar {
            kind: Kind::Boolean | Kind::Integer | Kind::Float,
            ..
        }) => Err(param.error(format!(
            "is {}, but a template is text: put it in quotes",
            param.node().kind()
        ))),
        Tree::Map(_) => Err(param
            .error("is a map, not a template: put a template in quotes, or YAML takes its `{` for a map")),
        _ => Err(param.is_not("a template")),
    }
}

/// Reads the entries of a parameter that is a map.
fn each<T>(
    params: &Param<'_>,
    name: &str,
    example: &str,
    read: fn(&str, &Param<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let Some(param) = params.field(name)? else {
        return Ok(Vec::new());
    };
    param.map_or(example)?;
    param
        .entries()?
        .iter()
        .map(|(name, value)| read(name, value))
        .collect()
}

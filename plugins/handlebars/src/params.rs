//! Reads the parameters from the pod's annotation.

use std::rc::Rc;

use podweave_formats::params::{NO_MODE, member, nearest, octal};
use podweave_plugin::Error;

use crate::document;
use crate::render::Declared;
use crate::value::{Data, Members, Name, Origin, Value};

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

type Result<T> = std::result::Result<T, Error>;

impl Params {
    pub(crate) fn read(json: &str) -> Result<Self> {
        let document =
            document::parse_params(json).map_err(|mistake| Error::invalid_params("", mistake.text()))?;
        let members = map("", &document)?;
        only("", members, &["args", "env", "files", "partials", "values"])?;
        Ok(Self {
            env: each("env", "`{NAME: template}`", members, env)?,
            args: members.get("args").map(args).transpose()?,
            files: each("files", "`{path: template}`", members, file)?,
            partials: each("partials", "`{name: ALIAS/KEY}`", members, partial)?,
            values: members
                .get("values")
                .cloned()
                .unwrap_or_else(|| Value::map(Members::new())),
        })
    }
}

fn env(name: &str, value: &Value) -> Result<Named> {
    Ok(Named {
        name: name.to_owned(),
        template: template(&member("env", name), value)?,
    })
}

fn args(value: &Value) -> Result<Args> {
    let form =
        "`{append: [...]}`, behind the container's own arguments, or as `{replace: [...]}`, in their place";
    let members = map_of("args", form, value)?;
    only("args", members, &["append", "replace"])?;
    let (name, list) = match (members.get("append"), members.get("replace")) {
        (Some(list), None) => ("append", list),
        (None, Some(list)) => ("replace", list),
        _ => return Err(Error::invalid_params("args", "has either `append` or `replace`")),
    };
    let path = member("args", name);
    let Data::List(items) = &list.data else {
        return Err(not(&path, "a list of templates", list));
    };
    let templates = items
        .iter()
        .enumerate()
        .map(|(index, item)| template(&format!("{path}[{index}]"), item));
    Ok(Args {
        replace: name == "replace",
        templates: templates.collect::<Result<_>>()?,
    })
}

fn file(name: &str, value: &Value) -> Result<File> {
    let path = member("files", name);
    if matches!(value.data, Data::Text(_)) {
        return Ok(File {
            path: name.to_owned(),
            contents: Contents::Template(template(&path, value)?),
            mode: None,
        });
    }
    let Data::Map(members) = &value.data else {
        return Err(not(
            &path,
            "a template, or a map with `template`, `key` or `copy`",
            value,
        ));
    };
    only(&path, members, &["copy", "key", "mode", "template"])?;
    let contents = match (members.get("template"), members.get("key"), members.get("copy")) {
        (Some(text), None, None) => Contents::Template(template(&member(&path, "template"), text)?),
        (None, Some(key), None) => Contents::Key(Rc::new(reference(&member(&path, "key"), key)?)),
        (None, None, Some(key)) => Contents::Copy(Rc::new(reference(&member(&path, "copy"), key)?)),
        _ => {
            return Err(Error::invalid_params(
                path,
                "has one of `template`, `key` and `copy`",
            ));
        }
    };
    let mode = members
        .get("mode")
        .map(|value| mode(&member(&path, "mode"), value))
        .transpose()?;
    Ok(File {
        path: name.to_owned(),
        contents,
        mode,
    })
}

/// Reads a mode: `"0440"` is octal; a number is decimal, as in a ConfigMap volume's `defaultMode`.
fn mode(path: &str, value: &Value) -> Result<u32> {
    let mode = match &value.data {
        Data::Text(text) => octal(text),
        Data::Number(number) => number.as_i64().and_then(|mode| u32::try_from(mode).ok()),
        _ => None,
    };
    mode.filter(|mode| *mode <= 0o777)
        .ok_or_else(|| Error::invalid_params(path, NO_MODE))
}

fn partial(name: &str, value: &Value) -> Result<Declared> {
    Ok(Declared::new(
        name.to_owned(),
        reference(&member("partials", name), value)?,
    ))
}

/// Parses `ALIAS/KEY`.
fn reference(path: &str, value: &Value) -> Result<Origin> {
    let parts = match &value.data {
        Data::Text(text) => text.split_once('/'),
        _ => None,
    };
    match parts {
        Some((config_map, key)) if !config_map.is_empty() && !key.is_empty() => Ok(Origin {
            config_map: config_map.to_owned(),
            key: key.to_owned(),
        }),
        _ => Err(Error::invalid_params(
            path,
            "names a ConfigMap's key as ALIAS/KEY",
        )),
    }
}

fn template(path: &str, value: &Value) -> Result<Text> {
    match &value.data {
        Data::Text(text) => Ok(Text {
            path: path.into(),
            text: text.clone(),
        }),
        // YAML has already changed it: 1.10 has become 1.1.
        Data::Number(_) | Data::Bool(_) => Err(Error::invalid_params(
            path,
            format!("is {}, but a template is text: put it in quotes", value.kind()),
        )),
        Data::Map(_) => Err(Error::invalid_params(
            path,
            "is a map, not a template: put a template in quotes, or YAML takes its `{` for a map",
        )),
        _ => Err(not(path, "a template", value)),
    }
}

/// Reads the entries of a parameter that is a map.
fn each<T>(
    name: &'static str,
    form: &str,
    members: &Members,
    read: fn(&str, &Value) -> Result<T>,
) -> Result<Vec<T>> {
    match members.get(name) {
        Some(value) => map_of(name, form, value)?
            .iter()
            .map(|(name, value)| read(name.as_str(), value))
            .collect(),
        None => Ok(Vec::new()),
    }
}

fn map<'v>(path: &str, value: &'v Value) -> Result<&'v Members> {
    match &value.data {
        Data::Map(members) => Ok(members),
        _ => Err(not(path, "a map", value)),
    }
}

/// Explains a list where names are needed: in Kubernetes, `env` is a list.
fn map_of<'v>(name: &'static str, form: &str, value: &'v Value) -> Result<&'v Members> {
    match &value.data {
        Data::List(_) => Err(Error::invalid_params(
            name,
            format!("is a list, not a map: write it as {form}"),
        )),
        _ => map(name, value),
    }
}

fn not(path: &str, wanted: &str, value: &Value) -> Error {
    Error::invalid_params(path, format!("is {}, not {wanted}", value.kind()))
}

/// Refuses unknown parameters: a misspelt one would silently have no effect.
fn only(path: &str, members: &Members, known: &[&'static str]) -> Result<()> {
    match members
        .keys()
        .map(Name::as_str)
        .find(|name| !known.contains(name))
    {
        Some(name) => {
            let hint = nearest(name, known.iter().copied());
            Err(Error::invalid_params(
                member(path, name),
                format!("is not a parameter{hint}"),
            ))
        }
        None => Ok(()),
    }
}

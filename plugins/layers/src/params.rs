//! Reads the parameters from the pod's annotation.

use podweave_formats::params::Param;
use podweave_formats::{Format, Lists, Node, Reference, Value};
use podweave_plugin::{Error, Result};

/// A file and its layers.
pub(crate) struct Wanted<'n> {
    pub(crate) path: String,
    pub(crate) layers: Vec<Source<'n>>,
    pub(crate) format: Format,
    pub(crate) lists: Lists,
    pub(crate) mode: Option<u32>,
}

/// Where a layer comes from.
pub(crate) enum Source<'n> {
    /// A ConfigMap's key.
    Key {
        reference: Reference,
        format: Format,
        profiles: Option<Vec<String>>,
    },
    /// The parameters.
    Values(Param<'n>),
}

/// Returns the files that the parameters request.
pub(crate) fn read(document: &Node) -> Result<Vec<Wanted<'_>>> {
    let params = Param::root(document);
    params.only(&["files"])?;
    let files = params.required("files")?;
    files.map_or("{PATH: {layers: [ALIAS/KEY]}}")?;
    files
        .entries()?
        .into_iter()
        .map(|(path, param)| file(path, &param))
        .collect()
}

fn file<'n>(path: &str, param: &Param<'n>) -> Result<Wanted<'n>> {
    param.map_or("{layers: [ALIAS/KEY]}")?;
    param.only(&["format", "layers", "lists", "mode"])?;
    let layers = param.required("layers")?;
    layers.list_or("[ALIAS/KEY]")?;
    let sources: Vec<Source<'n>> = layers.items()?.iter().map(layer).collect::<Result<_>>()?;
    if sources.is_empty() {
        return Err(layers.error("is empty: name at least one layer"));
    }
    let format = param
        .optional("format", Param::format)?
        .or_else(|| Format::of(path))
        .ok_or_else(|| untold(param, "format"))?;
    let lists = param.optional("lists", |param| {
        param.word(&[("append", Lists::Append), ("replace", Lists::Replace)])
    })?;
    Ok(Wanted {
        path: path.to_owned(),
        layers: sources,
        format,
        lists: lists.unwrap_or_default(),
        mode: param.optional("mode", Param::mode)?,
    })
}

fn layer<'n>(param: &Param<'n>) -> Result<Source<'n>> {
    if param.is_text() {
        let (reference, format) = key(param, None)?;
        return Ok(Source::Key {
            reference,
            format,
            profiles: None,
        });
    }
    param.only(&["format", "key", "profiles", "values"])?;
    match (param.field("key")?, param.field("values")?) {
        (Some(name), None) => {
            let (reference, format) = key(&name, param.optional("format", Param::format)?)?;
            Ok(Source::Key {
                reference,
                format,
                profiles: param.profiles_of(format)?,
            })
        }
        (None, Some(values)) if param.field("format")?.is_none() && param.field("profiles")?.is_none() => {
            match values.node().value {
                Value::Map(_) => Ok(Source::Values(values)),
                _ => Err(values.error(format!("is {}, not a map", values.node().kind()))),
            }
        }
        _ => Err(param.error("has `key`, with or without `format` and `profiles`, or it has `values`")),
    }
}

fn key(param: &Param<'_>, format: Option<Format>) -> Result<(Reference, Format)> {
    let reference = param.reference()?;
    let format = format
        .or_else(|| reference.format())
        .ok_or_else(|| untold(param, "{key: ALIAS/KEY, format: ...}"))?;
    Ok((reference, format))
}

fn untold(param: &Param<'_>, remedy: &str) -> Error {
    let known: Vec<&str> = Format::ALL.iter().map(|(name, _)| *name).collect();
    param.error(format!(
        "has no extension of a known format: give `{remedy}` with one of {}",
        known.join(", ")
    ))
}

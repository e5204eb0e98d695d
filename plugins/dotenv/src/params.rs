//! Reads the parameters from the pod's annotation.

use std::collections::BTreeMap;

use podweave_formats::params::Param;
use podweave_formats::{Format, Node, Reference};
use podweave_plugin::Result;

/// What to render.
pub(crate) struct Params {
    /// `None`: use every key whose extension shows its format.
    pub(crate) sources: Option<Vec<Source>>,
    pub(crate) duplicates: Duplicates,
}

/// What to do with a variable that an earlier source has set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Duplicates {
    Last,
    Error,
}

/// What to do with a name that an environment variable cannot have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InvalidNames {
    Error,
    Replace,
}

/// A document, and how to convert its names to names of variables.
pub(crate) struct Source {
    /// Its path in the parameters.
    pub(crate) path: String,
    pub(crate) reference: Reference,
    pub(crate) format: Format,
    pub(crate) prefix: String,
    pub(crate) include: Vec<String>,
    pub(crate) exclude: Vec<String>,
    pub(crate) rename: BTreeMap<String, String>,
    pub(crate) separator: String,
    pub(crate) upper_case: bool,
    pub(crate) invalid_names: InvalidNames,
    pub(crate) interpolate: bool,
    pub(crate) profiles: Option<Vec<String>>,
}

impl Params {
    pub(crate) fn read(document: &Node) -> Result<Self> {
        let params = Param::root(document);
        params.only(&["duplicates", "sources"])?;
        let sources = params.optional("sources", |param| {
            param.list_or("[ALIAS/KEY]")?;
            param.items()?.iter().map(Source::read).collect()
        })?;
        let duplicates = params.optional("duplicates", |param| {
            param.word(&[("error", Duplicates::Error), ("last", Duplicates::Last)])
        })?;
        Ok(Self {
            sources,
            duplicates: duplicates.unwrap_or(Duplicates::Last),
        })
    }
}

impl Source {
    /// Uses a key that no parameter names, if its extension shows its format.
    pub(crate) fn of_key(reference: Reference) -> Option<Self> {
        let format = reference.format()?;
        Some(Self::without_wishes("sources".to_owned(), reference, format))
    }

    fn read(param: &Param<'_>) -> Result<Self> {
        if param.is_text() {
            return Self::plain(param, param.reference()?, None);
        }
        param.only(&[
            "exclude",
            "format",
            "include",
            "interpolate",
            "invalidNames",
            "key",
            "prefix",
            "profiles",
            "rename",
            "separator",
            "upperCase",
        ])?;
        let key = param.required("key")?;
        let plain = Self::plain(&key, key.reference()?, param.optional("format", Param::format)?)?;
        let text = |name| param.optional(name, |param| param.text().map(str::to_owned));
        let invalid_names = [("error", InvalidNames::Error), ("replace", InvalidNames::Replace)];
        let source = Self {
            path: param.path().to_owned(),
            prefix: text("prefix")?.unwrap_or_default(),
            include: param.optional("include", Param::texts)?.unwrap_or_default(),
            exclude: param.optional("exclude", Param::texts)?.unwrap_or_default(),
            rename: param.optional("rename", rename)?.unwrap_or_default(),
            separator: text("separator")?.unwrap_or(plain.separator),
            upper_case: param.optional("upperCase", Param::boolean)?.unwrap_or_default(),
            invalid_names: param
                .optional("invalidNames", |param| param.word(&invalid_names))?
                .unwrap_or(plain.invalid_names),
            interpolate: param.optional("interpolate", Param::boolean)?.unwrap_or_default(),
            profiles: param.profiles_of(plain.format)?,
            ..plain
        };
        match param.field("interpolate")? {
            Some(field) if source.interpolate && source.format != Format::Env => {
                Err(field.error("is for .env documents only"))
            }
            _ => Ok(source),
        }
    }

    /// A source without any options.
    fn plain(param: &Param<'_>, reference: Reference, format: Option<Format>) -> Result<Self> {
        let format = format.or_else(|| reference.format()).ok_or_else(|| {
            let known: Vec<&str> = Format::ALL.iter().map(|(name, _)| *name).collect();
            param.error(format!(
                "has no extension of a known format: write {{key: ALIAS/KEY, format: ...}} with one of {}",
                known.join(", ")
            ))
        })?;
        Ok(Self::without_wishes(param.path().to_owned(), reference, format))
    }

    fn without_wishes(path: String, reference: Reference, format: Format) -> Self {
        Self {
            path,
            reference,
            format,
            prefix: String::new(),
            include: Vec::new(),
            exclude: Vec::new(),
            rename: BTreeMap::new(),
            separator: "_".to_owned(),
            upper_case: false,
            invalid_names: InvalidNames::Error,
            interpolate: false,
            profiles: None,
        }
    }
}

fn rename(param: &Param<'_>) -> Result<BTreeMap<String, String>> {
    param
        .entries()?
        .into_iter()
        .map(|(name, param)| Ok((name.to_owned(), param.text()?.to_owned())))
        .collect()
}

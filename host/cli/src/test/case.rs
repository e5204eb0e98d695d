//! Reads and writes a golden case: a directory with `pod.yaml`, its inputs and the expected result.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use podweave_core::manifest::Manifests;
use podweave_core::node::{Node, ShapeError};
use podweave_core::reference::PluginReference;
use podweave_core::text::Shown as _;
use podweave_core::{text, yaml};
use serde_json::{Map, Value, json};

use crate::facts::Fact;
use crate::input;
use crate::root::Root;

/// The pod or workload; a directory with this file is a case.
pub const POD: &str = "pod.yaml";
/// The ConfigMaps; optional.
pub const CONFIG_MAPS: &str = "configmaps.yaml";
/// The expected result.
pub const EXPECTED: &str = "expected.yaml";
/// The expected errors, instead of [`EXPECTED`].
pub const EXPECTED_ERROR: &str = "expected-error.txt";
/// Facts and plugins, like `--set` and `--plugin`, for this case alone; optional.
pub const SETTINGS: &str = "case.yaml";

/// All files of a case.
pub const FILES: [&str; 5] = [POD, CONFIG_MAPS, EXPECTED, EXPECTED_ERROR, SETTINGS];

/// The location of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its directory.
    pub directory: PathBuf,
    /// The directory that all of its files must be in.
    pub root: Rc<Root>,
}

impl Place {
    /// Creates the location of a case that was named directly.
    pub fn alone(directory: &Path) -> Result<Self> {
        Ok(Self {
            directory: directory.to_owned(),
            root: Rc::new(Root::at(directory)?),
        })
    }

    /// Reads one of its files; `None` if it does not exist.
    fn text_of(&self, name: &str) -> Result<Option<String>> {
        self.root.text_of(&self.directory.join(name))
    }

    /// Writes one of its files.
    pub fn write(&self, name: &str, text: &str) -> Result<()> {
        self.root.write(&self.directory.join(name), text)
    }
}

/// A parsed case.
pub struct Case {
    pub manifests: Arc<Manifests>,
    pub settings: Settings,
    pub expected: Expected,
}

/// What a case expects.
pub enum Expected {
    /// The text of [`EXPECTED`]; `None` if there is none yet.
    Result(Option<String>),
    /// The text of [`EXPECTED_ERROR`].
    Error(String),
}

/// The content of [`SETTINGS`].
#[derive(Default)]
pub struct Settings {
    pub facts: Vec<Fact>,
    /// The files are relative to the case's directory.
    pub plugins: BTreeMap<PluginReference, PathBuf>,
    /// The reason why the case is skipped.
    pub skip: Option<String>,
}

impl Case {
    /// Reads a case. Messages name its files without their directory, so that an expected error is the same
    /// everywhere.
    pub fn read(place: &Place, namespace: &str) -> Result<Self> {
        check_names(&place.directory)?;
        let mut manifests = Manifests::default();
        manifests.add(POD, &place.text_of(POD)?.unwrap_or_default(), namespace)?;
        if let Some(text) = place.text_of(CONFIG_MAPS)? {
            manifests.add(CONFIG_MAPS, &text, namespace)?;
        }
        input::require_pod(&manifests)?;
        let expected = match (place.text_of(EXPECTED)?, place.text_of(EXPECTED_ERROR)?) {
            (Some(_), Some(_)) => bail!("it has both {EXPECTED} and {EXPECTED_ERROR}; remove one of them"),
            (None, Some(text)) => Expected::Error(text),
            (result, None) => Expected::Result(result),
        };
        Ok(Self {
            manifests: Arc::new(manifests),
            settings: Settings::read(place)?,
            expected,
        })
    }
}

impl Settings {
    /// Reads the settings of a case; none if it has no such file.
    pub fn read(place: &Place) -> Result<Self> {
        let Some(text) = place.text_of(SETTINGS)? else {
            return Ok(Self::default());
        };
        let document = yaml::document(&text).context(SETTINGS)?;
        if document.is_null() {
            return Ok(Self::default());
        }
        Self::parse(Node::root(&document), &place.directory).context(SETTINGS)
    }

    /// Writes a document that [`Settings::read`] reads as these, with files relative to the case's directory.
    pub fn to_document(&self) -> Value {
        let mut document = Map::new();
        if !self.facts.is_empty() {
            let facts: BTreeMap<_, _> = self.facts.iter().map(Fact::parts).collect();
            document.insert("set".to_owned(), json!(facts));
        }
        if !self.plugins.is_empty() {
            let plugins: BTreeMap<_, _> = self
                .plugins
                .iter()
                .map(|(name, file)| (name.as_str(), file.to_string_lossy()))
                .collect();
            document.insert("plugins".to_owned(), json!(plugins));
        }
        if let Some(reason) = &self.skip {
            document.insert("skip".to_owned(), json!(reason));
        }
        document.into()
    }

    fn parse(settings: Node<'_>, directory: &Path) -> Result<Self, ShapeError> {
        const KNOWN: [&str; 3] = ["plugins", "set", "skip"];
        if let Some(unknown) = settings
            .object()?
            .keys()
            .find(|field| !KNOWN.contains(&field.as_str()))
        {
            let reason = format!(
                "unknown field {}{}; known fields are {}",
                text::quoted(unknown),
                text::did_you_mean(unknown, KNOWN),
                text::list(KNOWN)
            );
            return Err(settings.error(reason));
        }
        let facts = settings.field("set", |set| {
            set.entries(|fact, value| {
                let value = value.text()?;
                Fact::parse(&format!("{fact}={value}")).map_err(|reason| set.error(reason))
            })
        })?;
        let plugins = settings.field("plugins", |plugins| {
            plugins.entries(|name, file| {
                let reference = PluginReference::parse(name).map_err(|reason| plugins.error(reason))?;
                let file = Some(file.text()?)
                    .filter(|file| !file.is_empty())
                    .ok_or_else(|| file.error("names no file"))?;
                Ok((reference, directory.join(file)))
            })
        })?;
        Ok(Self {
            facts: facts.unwrap_or_default().into_values().collect(),
            plugins: plugins.unwrap_or_default().into_values().collect(),
            skip: settings.text_field("skip")?,
        })
    }
}

/// Refuses misspelt file names, which would be ignored silently.
fn check_names(directory: &Path) -> Result<()> {
    let cannot_list = || format!("cannot list {}", directory.shown());
    for entry in fs::read_dir(directory).with_context(cannot_list)? {
        let name = entry.with_context(cannot_list)?.file_name();
        let Some(name) = name.to_str() else { continue };
        if FILES.contains(&name) {
            continue;
        }
        // Such short names differ only a little; other files in the directory must not be taken for misspelt
        // ones.
        let stem = |name: &str| {
            name.rsplit_once('.')
                .map_or(name, |(stem, _)| stem)
                .replace(['-', '_'], "")
                .trim_end_matches('s')
                .to_lowercase()
        };
        if let Some(meant) = FILES
            .iter()
            .find(|known| stem(known) == stem(name) && is_text(name))
        {
            bail!(
                "it has {}, which is not read (did you mean {meant:?}?)",
                text::quoted(name)
            );
        }
    }
    Ok(())
}

fn is_text(name: &str) -> bool {
    [".yaml", ".yml", ".json", ".txt"]
        .iter()
        .any(|extension| name.ends_with(extension))
}

//! Reads the documents of a render on demand, and knows which one a mistake is in.

use podweave_plugin::{Error, Result, inputs};

use crate::params::Param;
use crate::{Format, Mistake, Node, Place, Reference};

/// Where a plugin's documents come from: podweave in a component, anything else in a test.
pub trait Read {
    /// Returns the text of a key; `None` if it is optional and missing. If it is missing and not optional,
    /// the render ends.
    fn read(&self, reference: &Reference) -> Option<String>;

    /// Returns the keys of the bound ConfigMaps that exist: in the order of the annotation, and sorted in
    /// each.
    fn keys(&self) -> Vec<Reference>;
}

/// Reads through podweave.
#[derive(Debug, Clone, Copy)]
pub struct Podweave;

impl Read for Podweave {
    fn read(&self, reference: &Reference) -> Option<String> {
        match reference.optional {
            true => inputs::find(&reference.config_map, &reference.key),
            false => Some(inputs::require(&reference.config_map, &reference.key)),
        }
    }

    fn keys(&self) -> Vec<Reference> {
        let of = |config_map: String| {
            let keys = inputs::keys(&config_map);
            keys.into_iter().map(move |key| Reference {
                config_map: config_map.clone(),
                key,
                optional: false,
            })
        };
        inputs::config_maps().into_iter().flat_map(of).collect()
    }
}

/// The documents of a render.
pub struct Sources<'r> {
    read: &'r dyn Read,
    origins: Vec<Origin>,
}

enum Origin {
    Key { config_map: String, key: String },
    Params { path: String },
}

impl<'r> Sources<'r> {
    /// Creates it without any documents.
    #[must_use]
    pub fn new(read: &'r dyn Read) -> Self {
        Self {
            read,
            origins: Vec::new(),
        }
    }

    /// Returns the document in a key, or its form for some of Spring's profiles; `None` if the key is
    /// optional and missing.
    pub fn document(
        &mut self,
        reference: &Reference,
        format: Format,
        profiles: Option<&[String]>,
    ) -> Result<Option<Node>> {
        self.document_by(reference, |text, source| match profiles {
            Some(profiles) => format.read_for_profiles(text, source, profiles),
            None => format.read(text, source),
        })
    }

    /// Returns the same, read by the caller's function.
    pub fn document_by(
        &mut self,
        reference: &Reference,
        read: impl FnOnce(&str, u32) -> Result<Node, Mistake>,
    ) -> Result<Option<Node>> {
        let Some(text) = self.read.read(reference) else {
            return Ok(None);
        };
        let source = self.add(Origin::Key {
            config_map: reference.config_map.clone(),
            key: reference.key.clone(),
        });
        read(&text, source)
            .map(Some)
            .map_err(|mistake| self.error(&mistake))
    }

    /// Adds a document that is written in the parameters.
    pub fn inline(&mut self, param: &Param<'_>) -> Node {
        let source = self.add(Origin::Params {
            path: param.path().to_owned(),
        });
        let mut node = param.node().clone();
        node.come_from(source);
        node
    }

    fn add(&mut self, origin: Origin) -> u32 {
        self.origins.push(origin);
        u32::try_from(self.origins.len() - 1).unwrap_or(u32::MAX)
    }

    /// Turns a mistake into an error that names the document.
    #[must_use]
    pub fn error(&self, mistake: &Mistake) -> Error {
        match usize::try_from(mistake.place.source)
            .ok()
            .and_then(|source| self.origins.get(source))
        {
            Some(Origin::Key { config_map, key }) => Error::invalid_value(config_map, key, mistake.text()),
            Some(Origin::Params { path }) => Error::invalid_params(path, &*mistake.message),
            None => Error::other(&*mistake.message),
        }
    }

    /// Describes a place for a message: `base/app.yaml, line 3`.
    #[must_use]
    pub fn describe(&self, place: Place) -> String {
        match usize::try_from(place.source)
            .ok()
            .and_then(|source| self.origins.get(source))
        {
            Some(Origin::Key { config_map, key }) => format!("{config_map}/{key}, line {}", place.line),
            Some(Origin::Params { path }) => path.clone(),
            None => "an empty document".to_owned(),
        }
    }
}

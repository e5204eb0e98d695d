//! The documents of a render: read as they are asked for, and whom a mistake in one of them is blamed on.

use podweave_plugin::{Error, Result, inputs};

use crate::params::Param;
use crate::{Format, Mistake, Node, Place, Reference};

/// Where a plugin's documents come from: podweave in a component, anything in a test.
pub trait Read {
    /// The text of a key; none if it is optional and not there. What is not there and not optional ends the render.
    fn read(&self, reference: &Reference) -> Option<String>;

    /// The keys of the bound ConfigMaps that are there: in the order of the annotation, and sorted in each.
    fn keys(&self) -> Vec<Reference>;
}

/// podweave itself.
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
            keys.into_iter().map(move |key| Reference { config_map: config_map.clone(), key, optional: false })
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
    /// None yet.
    #[must_use]
    pub fn new(read: &'r dyn Read) -> Self {
        Self { read, origins: Vec::new() }
    }

    /// The document under a key, or what it is for some of Spring's profiles; none if it may be missing and is.
    pub fn document(&mut self, reference: &Reference, format: Format, profiles: Option<&[String]>) -> Result<Option<Node>> {
        self.document_by(reference, |text, source| match profiles {
            Some(profiles) => format.read_for_profiles(text, source, profiles),
            None => format.read(text, source),
        })
    }

    /// The same with a reader of the caller's.
    pub fn document_by(&mut self, reference: &Reference, read: impl FnOnce(&str, u32) -> Result<Node, Mistake>) -> Result<Option<Node>> {
        let Some(text) = self.read.read(reference) else { return Ok(None) };
        let source = self.add(Origin::Key { config_map: reference.config_map.clone(), key: reference.key.clone() });
        read(&text, source).map(Some).map_err(|mistake| self.error(&mistake))
    }

    /// A document that stands in the parameters.
    pub fn inline(&mut self, param: &Param<'_>) -> Node {
        let source = self.add(Origin::Params { path: param.path().to_owned() });
        let mut node = param.node().clone();
        node.come_from(source);
        node
    }

    fn add(&mut self, origin: Origin) -> u32 {
        self.origins.push(origin);
        u32::try_from(self.origins.len() - 1).unwrap_or(u32::MAX)
    }

    /// A mistake, blamed on whom it came from.
    #[must_use]
    pub fn error(&self, mistake: &Mistake) -> Error {
        match usize::try_from(mistake.place.source).ok().and_then(|source| self.origins.get(source)) {
            Some(Origin::Key { config_map, key }) => Error::invalid_value(config_map, key, mistake.text()),
            Some(Origin::Params { path }) => Error::invalid_params(path, &*mistake.message),
            None => Error::other(&*mistake.message),
        }
    }

    /// Where something stands, to be put into a message: `base/app.yaml, line 3`.
    #[must_use]
    pub fn describe(&self, place: Place) -> String {
        match usize::try_from(place.source).ok().and_then(|source| self.origins.get(source)) {
            Some(Origin::Key { config_map, key }) => format!("{config_map}/{key}, line {}", place.line),
            Some(Origin::Params { path }) => path.clone(),
            None => "an empty document".to_owned(),
        }
    }
}

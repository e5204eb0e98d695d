//! Parses references to a ConfigMap's key in parameters.

use crate::Format;

/// `ALIAS/KEY`, or `ALIAS/KEY?` for a key that may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The alias of the ConfigMap.
    pub config_map: String,
    /// The key in it.
    pub key: String,
    /// Whether it may be missing.
    pub optional: bool,
}

impl Reference {
    /// Parses `ALIAS/KEY[?]`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, optional) = text.strip_suffix('?').map_or((text, false), |name| (name, true));
        let (config_map, key) = name
            .split_once('/')
            .filter(|(config_map, key)| !config_map.is_empty() && !key.is_empty())?;
        Some(Self {
            config_map: config_map.to_owned(),
            key: key.to_owned(),
            optional,
        })
    }

    /// Returns the format for the key's extension.
    #[must_use]
    pub fn format(&self) -> Option<Format> {
        Format::of(&self.key)
    }
}

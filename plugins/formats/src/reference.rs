//! A ConfigMap's key, as parameters name it.

use crate::Format;

/// `ALIAS/KEY`, or `ALIAS/KEY?` for one that need not be there.
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
    /// Reads `ALIAS/KEY[?]`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, optional) = text.strip_suffix('?').map_or((text, false), |name| (name, true));
        let (config_map, key) = name.split_once('/').filter(|(config_map, key)| !config_map.is_empty() && !key.is_empty())?;
        Some(Self { config_map: config_map.to_owned(), key: key.to_owned(), optional })
    }

    /// The format that the key's extension tells.
    #[must_use]
    pub fn format(&self) -> Option<Format> {
        Format::of(&self.key)
    }
}

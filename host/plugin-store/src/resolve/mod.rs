//! Resolves a plugin's reference: says what it means, and reads components that are on this machine.

mod built_in;
mod component;
mod local;

use std::path::PathBuf;
use std::sync::Arc;

use podweave_core::oci_reference::OciReference;
use podweave_core::reference::PluginReference;
use podweave_core::text;

use crate::error::StoreError;
use crate::settings::{NamedPlugin, Origin, Settings};
pub use built_in::BuiltIn;
pub use component::Component;
pub(crate) use local::{Local, LocalComponents};

/// What a reference means.
pub(crate) enum Meaning {
    /// A component on this machine.
    Local(Local),
    Registry(OciReference),
}

impl Meaning {
    /// Finds what a reference means. `named` is the settings' entry for it, which overrides any other
    /// meaning.
    pub(crate) fn of(
        reference: &PluginReference,
        named: Option<&Arc<NamedPlugin>>,
        settings: &Settings,
    ) -> Result<Self, Arc<StoreError>> {
        let name = reference.as_str();
        let origin = named.map(|named| &named.origin);
        match (origin, BuiltIn::find(name)) {
            (Some(Origin::File(path)), _) => Ok(Self::file(path.clone())),
            (Some(Origin::Registry(reference)), _) => Ok(Self::Registry(reference.clone())),
            (_, Some(built_in)) => Ok(Self::Local(Local::BuiltIn(built_in))),
            _ if OciReference::is_meant(reference) => OciReference::parse(name)
                .map(Self::Registry)
                .map_err(|error| Arc::new(StoreError::Reference(error))),
            _ => Err(Arc::new(unknown(name, settings))),
        }
    }

    fn file(path: PathBuf) -> Self {
        Self::Local(Local::File(path))
    }
}

fn unknown(name: &str, settings: &Settings) -> StoreError {
    let built_in = || BuiltIn::ALL.iter().map(|built_in| built_in.name);
    let named = || settings.named.keys().map(PluginReference::as_str);
    StoreError::Unknown {
        reference: text::quoted(name),
        name: name.to_owned(),
        suggestion: text::did_you_mean(name, built_in().chain(named())),
        built_in: text::list(built_in().chain(named())),
    }
}

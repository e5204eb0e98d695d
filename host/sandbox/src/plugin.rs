//! Loads compiled code as a plugin that can render.

use std::sync::Arc;

use podweave_core::digest::Digest;
use wasmtime::component::Component;

use crate::bindings::{CONTRACT_VERSION, PluginPre, RENDERER};
use crate::compiled::CompiledFile;
use crate::contract::{Unmet, imports_wasi, other_renderer, remedy, renderer_problem, unmet_imports};
use crate::engine::Sandbox;
use crate::host::State;
use crate::memory::Usual;

/// A loaded and linked plugin. Clones share it.
#[derive(Clone)]
pub struct Plugin(pub(crate) Arc<Loaded>);

pub(crate) struct Loaded {
    pub digest: Digest,
    pub component: Component,
    pub pre: PluginPre<State>,
    pub has_wasi: bool,
    pub usual: Usual,
}

/// Why compiled code is not a plugin for this host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The file is no longer valid.
    #[error("cannot load the compiled code: {reason}")]
    Code {
        /// What wasmtime says.
        reason: String,
    },
    /// It imports something that the sandbox does not provide.
    #[error("the component imports what the sandbox does not offer: {}{}", .imports.join(", "), .remedy.as_deref().map_or_else(String::new, |remedy| format!(". {remedy}")))]
    Imports {
        /// The imports, with the reason for each.
        imports: Vec<String>,
        /// What to do, if a version of the contract is missing.
        remedy: Option<String>,
    },
    /// It does not export `renderer`.
    #[error(
        "the component is not a podweave plugin: it does not export {RENDERER}; it exports {exports}. Build it for the world podweave:plugin/plugin@{CONTRACT_VERSION}"
    )]
    NoRenderer {
        /// Its exports, as text.
        exports: String,
    },
    /// It exports the `renderer` of a version of the contract that this host does not serve.
    #[error("the component is a plugin of contract {version}. {remedy}")]
    OtherContract {
        /// That version, without control characters.
        version: String,
        /// What to do.
        remedy: String,
    },
    /// Its types differ from the contract's.
    #[error(
        "the component does not fit contract {CONTRACT_VERSION}: {reason}. Build it with the WIT of that contract, unchanged"
    )]
    Contract {
        /// What does not fit.
        reason: String,
    },
}

impl Plugin {
    /// Returns the digest of the component that the code was compiled from.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.0.digest
    }
}

impl Sandbox {
    /// Loads compiled code and links it.
    ///
    /// # Errors
    /// The code belongs to another engine, or is not a plugin for this host.
    pub fn load(&self, file: &CompiledFile) -> Result<Plugin, LoadError> {
        let component = file.load(&self.engine).map_err(|error| LoadError::Code {
            reason: format!("{error:#}"),
        })?;
        let kind = component.component_type();
        if let Some(Unmet { imports, contract }) = unmet_imports(&self.engine, &kind) {
            return Err(LoadError::Imports {
                imports,
                remedy: contract.as_deref().map(remedy),
            });
        }
        if component.get_export_index(None, RENDERER).is_none() {
            let exports: Vec<&str> = kind.exports(&self.engine).map(|(name, _)| name).collect();
            if let Some(version) = other_renderer(exports.iter().copied()) {
                return Err(LoadError::OtherContract {
                    version: podweave_core::text::printable(version, 50),
                    remedy: remedy(version),
                });
            }
            return Err(LoadError::NoRenderer {
                exports: podweave_core::text::list(exports),
            });
        }
        if let Some(reason) = renderer_problem(&self.engine, &kind) {
            return Err(LoadError::Contract {
                reason: format!("of {RENDERER}, {reason}"),
            });
        }
        let has_wasi = imports_wasi(&self.engine, &kind);
        let pre = self
            .linker(has_wasi)
            .and_then(|linker| linker.instantiate_pre(&component))
            .and_then(PluginPre::new)
            .map_err(|error| LoadError::Contract {
                reason: podweave_core::text::printable(&format!("{error:#}"), 500),
            })?;
        Ok(Plugin(Arc::new(Loaded {
            digest: file.component(),
            component,
            pre,
            has_wasi,
            usual: Usual::default(),
        })))
    }
}

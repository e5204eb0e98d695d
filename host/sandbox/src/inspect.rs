//! Inspects a component: its world, its imports and exports, and what the sandbox would refuse.

use podweave_core::component_limits::{ComponentLimit, MEMORIES, TABLE_ELEMENTS, TABLES};
use podweave_core::digest::Digest;
use wasmtime::ResourcesRequired;

use crate::bindings::{ABOUT, RENDERER};
use crate::compiled::CompiledFile;
use crate::contract::base;
use crate::engine::Sandbox;
pub use crate::interface::Interface;
use crate::interface::interface;

/// What an inspection finds out about a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// The digest of the component.
    pub digest: Digest,
    /// The component's size in bytes.
    pub size: usize,
    /// The version of the contract that it was built against; `None` if it is not a podweave plugin.
    pub contract: Option<String>,
    /// `plugin` or `described-plugin`; `None` if it is not a podweave plugin.
    pub world: Option<&'static str>,
    /// The interfaces that it imports, with the functions that it uses.
    pub imports: Vec<Interface>,
    /// The interfaces that it exports.
    pub exports: Vec<Interface>,
    /// How much of each limit of components it takes, as far as that is known without running it.
    pub takes: Vec<Taken>,
    /// What the sandbox would refuse, and why; empty if the component would run.
    pub refused: Vec<String>,
}

/// How much of a limit a component takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The limit.
    pub limit: &'static ComponentLimit,
    /// The amount that the component takes.
    pub amount: usize,
}

impl Sandbox {
    /// Inspects compiled code without running it.
    ///
    /// # Errors
    /// The code belongs to another engine.
    pub fn inspect(&self, file: &CompiledFile, size: usize) -> Result<Inspection, crate::LoadError> {
        let component = file.load(&self.engine).map_err(|error| crate::LoadError::Code {
            reason: format!("{error:#}"),
        })?;
        let kind = component.component_type();
        let imports: Vec<Interface> = kind
            .imports(&self.engine)
            .map(|(name, item)| interface(&self.engine, name, &item.ty))
            .collect();
        let exports: Vec<Interface> = kind
            .exports(&self.engine)
            .map(|(name, item)| interface(&self.engine, name, &item.ty))
            .collect();
        let exported = |wanted: &str| exports.iter().find(|export| base(&export.name) == base(wanted));
        let contract = exported(RENDERER)
            .and_then(|export| export.name.rsplit_once('@'))
            .map(|(_, version)| version.to_owned());
        let world = contract.is_some().then(|| {
            if exported(ABOUT).is_some() {
                "described-plugin"
            } else {
                "plugin"
            }
        });
        let refused = match self.load(file) {
            Ok(_) => Vec::new(),
            Err(crate::LoadError::Imports { mut imports, remedy }) => {
                imports.extend(remedy);
                imports
            }
            Err(error) => vec![error.to_string()],
        };
        let takes = component
            .resources_required()
            .map(|required| taken(&required))
            .unwrap_or_default();
        Ok(Inspection {
            digest: file.component(),
            size,
            contract,
            world,
            imports,
            exports,
            takes,
            refused,
        })
    }
}

fn taken(required: &ResourcesRequired) -> Vec<Taken> {
    let elements = usize::try_from(required.max_initial_table_size.unwrap_or_default()).unwrap_or(usize::MAX);
    [
        (&MEMORIES, required.num_memories as usize),
        (&TABLES, required.num_tables as usize),
        (&TABLE_ELEMENTS, elements),
    ]
    .map(|(limit, amount)| Taken { limit, amount })
    .into()
}

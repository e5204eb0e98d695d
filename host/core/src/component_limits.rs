//! Limits what a component can take of the machine beside the memory that [`crate::limits::Limits`] count.
//! Nodes, laptops, messages and documents use this one table, so a component is refused everywhere or
//! nowhere.
//!
//! A component is checked once, when it is compiled.

use crate::text::human_size;

/// One limit of a component.
#[derive(Debug, PartialEq, Eq)]
pub struct ComponentLimit {
    /// What is limited.
    pub name: &'static str,
    /// The most of it.
    pub most: usize,
    /// Whether the unit is bytes.
    pub is_bytes: bool,
    /// Why there is a limit, and why it has this value.
    pub reason: &'static str,
}

/// Core instances of all its core modules.
pub const CORE_INSTANCES: ComponentLimit = ComponentLimit {
    name: "core instances",
    most: 64,
    is_bytes: false,
    reason: "Each is made for every render. componentize-py makes the most that are known: 25.",
};

/// Linear memories of all core instances.
pub const MEMORIES: ComponentLimit = ComponentLimit {
    name: "memories",
    most: 4,
    is_bytes: false,
    reason: "Each reserves 4 GiB of address space in each of the node's slots, two for each CPU. Every known toolchain makes one; a component that is composed of others has one for each.",
};

/// Tables of all core instances.
pub const TABLES: ComponentLimit = ComponentLimit {
    name: "tables",
    most: 16,
    is_bytes: false,
    reason: "wit-component adds one to those of the modules. There is room for components that are composed of others.",
};

/// Elements of one table.
pub const TABLE_ELEMENTS: ComponentLimit = ComponentLimit {
    name: "elements of a table",
    most: 64 * 1024,
    is_bytes: false,
    reason: "One for each function that is called through a pointer. Each of the node's slots reserves this much for each table.",
};

/// What the host keeps of all core instances and of the component itself.
pub const INSTANCE_BYTES: ComponentLimit = ComponentLimit {
    name: "bookkeeping of all instances",
    most: 4 * 1024 * 1024,
    is_bytes: true,
    reason: "Globals and addresses of functions, tables and memories lie outside of the plugin's memory, and are written for every render before its first instruction.",
};

/// What the host reads to instantiate one core module, beside copying data.
pub const INITIALIZER_BYTES: ComponentLimit = ComponentLimit {
    name: "initial values of a core module",
    most: 512 * 1024,
    is_bytes: true,
    reason: "The sections of globals and of elements, and the places of data, are gone through on the host for every render, where no clock interrupts it. 2 to 3 bytes for each function that is called through a pointer.",
};

/// All limits.
pub const ALL: [&ComponentLimit; 6] = [
    &CORE_INSTANCES,
    &MEMORIES,
    &TABLES,
    &TABLE_ELEMENTS,
    &INSTANCE_BYTES,
    &INITIALIZER_BYTES,
];

impl ComponentLimit {
    /// Formats the limit for people.
    #[must_use]
    pub fn shown(&self) -> String {
        self.show(self.most)
    }

    /// Formats an amount in the unit of this limit for people.
    #[must_use]
    pub fn show(&self, value: usize) -> String {
        if self.is_bytes {
            human_size(value)
        } else {
            value.to_string()
        }
    }

    /// Returns the limit as the `u32` that wasmtime takes for counts.
    #[must_use]
    pub fn count(&self) -> u32 {
        u32::try_from(self.most).unwrap_or(u32::MAX)
    }
}

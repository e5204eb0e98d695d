//! What a component may take of the machine beside the memory that [`crate::limits::Limits`] count: one table for the node, the laptop, the messages and
//! the documents, so that a component is refused everywhere or nowhere.
//!
//! A component is held against it once, as it is compiled.

use crate::limits::human_size;

/// One limit of a component.
#[derive(Debug, PartialEq, Eq)]
pub struct ComponentLimit {
    /// What is limited.
    pub name: &'static str,
    /// The most of it.
    pub most: usize,
    /// Whether it counts bytes.
    pub is_bytes: bool,
    /// Why there is a limit, and why it is this one.
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

/// What instantiating one core module goes through, beside copying data.
pub const INITIALIZER_BYTES: ComponentLimit = ComponentLimit {
    name: "initial values of a core module",
    most: 512 * 1024,
    is_bytes: true,
    reason: "The sections of globals and of elements, and the places of data, are gone through on the host for every render, where no clock interrupts it. 2 to 3 bytes for each function that is called through a pointer.",
};

/// All of them.
pub const ALL: [&ComponentLimit; 6] = [&CORE_INSTANCES, &MEMORIES, &TABLES, &TABLE_ELEMENTS, &INSTANCE_BYTES, &INITIALIZER_BYTES];

impl ComponentLimit {
    /// The most of it, as a person reads it.
    #[must_use]
    pub fn shown(&self) -> String {
        self.show(self.most)
    }

    /// So much of it, as a person reads it.
    #[must_use]
    pub fn show(&self, value: usize) -> String {
        if self.is_bytes { human_size(value) } else { value.to_string() }
    }

    /// The most of it as the `u32` that wasmtime takes for counts.
    #[must_use]
    pub fn count(&self) -> u32 {
        u32::try_from(self.most).unwrap_or(u32::MAX)
    }
}

//! The interfaces that a component imports and exports.

use podweave_core::text;
use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;

/// An interface that a component imports or exports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// `package:name/interface@version`.
    pub name: String,
    /// Its functions that the component uses.
    pub functions: Vec<String>,
}

/// Describes an import or export.
pub(crate) fn interface(engine: &Engine, name: &str, item: &ComponentItem) -> Interface {
    let functions = match item {
        ComponentItem::ComponentInstance(instance) => instance
            .exports(engine)
            .filter(|(_, item)| matches!(item.ty, ComponentItem::ComponentFunc(_)))
            .map(|(name, _)| text::printable(name, 100))
            .collect(),
        _ => Vec::new(),
    };
    Interface {
        name: text::printable(name, 200),
        functions,
    }
}

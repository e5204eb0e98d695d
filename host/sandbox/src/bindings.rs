//! The host's side of `wit/plugin.wit`, made from it. docs/decisions/007-two-worlds.md says why only some
//! plugins have `about`.

#![allow(missing_docs, reason = "generated; the WIT has the documentation")]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "podweave:plugin/plugin",
    imports: { default: trappable },
    exports: { default: async },
});

/// The interface that every plugin exports.
pub const RENDERER: &str = "podweave:plugin/renderer@0.1.0";

/// The interface by which a plugin describes itself.
pub const ABOUT: &str = "podweave:plugin/about@0.1.0";

/// The version of the contract that this host serves.
pub const CONTRACT_VERSION: &str = "0.1.0";

//! From a plugin's reference to a plugin that is ready to render.
//!
//! A reference is a name that the caller has bound to a file ([`Store::bind_file`]) or the name of a built-in plugin.
//! The component behind it is compiled once; its code is kept in the [`cache`], by the component's digest and the
//! engine's version and settings.

mod built_in;
pub mod cache;
mod component;
mod error;
mod event;
mod ready;
mod store;

pub use built_in::BuiltIn;
pub use component::Component;
pub use error::StoreError;
pub use event::Event;
pub use ready::{Ready, Request};
pub use store::Store;

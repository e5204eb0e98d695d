//! Shared by the programs of this crate: the native code that podweave is compared with.

mod helpers;
pub mod native;

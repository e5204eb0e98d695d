//! What the programs of this crate share: the native code that podweave is measured against.

mod helpers;
pub mod native;

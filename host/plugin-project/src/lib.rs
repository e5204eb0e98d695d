//! The projects of plugin authors: makes new ones, and builds them to components.
//!
//! A project is what its language's people expect, with that language's own build file. [`create`] writes one, [`build`] runs the
//! language's toolchain in it and makes a component of what comes out. Neither needs a tool of the component model beside the
//! language's own: modules of Rust, Go and C become components in this process. A project without an SDK gets it when it is built.

mod build;
mod create;
mod language;
mod name;
mod sdk;
mod templates;

pub use build::{BuildError, Built, build};
pub use create::{CreateError, Created, create};
pub use language::{Language, UnknownLanguage};
pub use name::{ProjectName, ProjectNameError};

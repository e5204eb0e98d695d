//! Creates projects for plugin authors, and builds them to components.
//!
//! A project follows its language's conventions, with that language's own build file. [`create`] writes one;
//! [`build`] runs the language's toolchain in it and makes a component of the result. Apart from the
//! language's own tools, no tools of the component model are needed: modules of Rust, Go and C become
//! components in this process. A build adds the SDK to a project that has none.

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

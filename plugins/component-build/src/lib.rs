//! Builds plugins of this workspace to Wasm components, for the build scripts of the crates that embed them.
//!
//! ```no_run
//! // in `main` of build.rs
//! podweave_component_build::build("podweave-handlebars").unwrap_or_else(|error| panic!("{error}"));
//! ```
//!
//! ```ignore
//! // lib.rs
//! const HANDLEBARS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/podweave-handlebars.wasm"));
//! ```
//!
//! The same sources give the same bytes in any directory.

mod dep_info;
mod error;
mod nested;
mod places;

use std::path::{Path, PathBuf};

pub use error::Error;
pub use places::{Guest, Places};

/// A component and its package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// The package.
    pub package: String,
    /// The file: `OUT_DIR/<package>.wasm`.
    pub path: PathBuf,
}

/// Builds one package to a component in `OUT_DIR`, and reports its sources to cargo.
pub fn build(package: &str) -> Result<Component, Error> {
    Ok(build_all(&[package])?.remove(0))
}

/// Builds several packages with one nested cargo: much cheaper than one call for each.
pub fn build_all(packages: &[&str]) -> Result<Vec<Component>, Error> {
    let (components, sources) = build_in(&Places::of_build_script()?, packages)?;
    for source in sources {
        println!("cargo:rerun-if-changed={}", source.display());
    }
    Ok(components)
}

/// Builds packages outside of a build script. Returns the components, and all files that they were built
/// from.
pub fn build_in(places: &Places, packages: &[&str]) -> Result<(Vec<Component>, Vec<PathBuf>), Error> {
    let modules = nested::cargo_build(places, packages)?;
    let mut components = Vec::new();
    let mut sources = dep_info::manifests_of_workspace(&places.workspace);
    for (package, module) in packages.iter().zip(&modules) {
        let path = places.out.join(format!("{package}.wasm"));
        copy(module, &path)?;
        sources.extend(dep_info::sources(&module.with_extension("d"))?);
        components.push(Component {
            package: (*package).to_owned(),
            path,
        });
    }
    sources.sort();
    sources.dedup();
    Ok((components, sources))
}

/// Puts the linker's component in place by a rename: the file is always complete, even if the process is
/// killed.
fn copy(from: &Path, component: &Path) -> Result<(), Error> {
    let unfinished = component.with_extension("wasm.unfinished");
    std::fs::copy(from, &unfinished).map_err(|cause| Error::file(from, cause))?;
    std::fs::rename(&unfinished, component).map_err(|cause| Error::file(component, cause))
}

//! Builds JavaScript projects with componentize-qjs, which puts QuickJS and the plugin's modules into a
//! component.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use super::tool::{Tool, run_without_output};
use super::{BuildError, Made, WORLD};

const COMPONENTIZE: Tool = Tool {
    names: &["componentize-qjs"],
    purpose: "makes components of JavaScript",
    remedy: "Run in the project's directory: npm ci; npm comes with Node.js 20 or newer: https://nodejs.org",
};

#[derive(Deserialize)]
struct Package {
    name: String,
    main: PathBuf,
}

pub fn build(directory: &Path) -> Result<Made, BuildError> {
    let package = package(&directory.join("package.json"))?;
    let componentize = COMPONENTIZE.find(&[directory.join("node_modules/.bin")])?;
    let sdk = directory.join("sdk");
    let sdk = fs::canonicalize(&sdk).map_err(|cause| BuildError::file(&sdk, cause))?;
    let unfinished = tempfile::NamedTempFile::new().map_err(|cause| BuildError::file(directory, cause))?;
    run_without_output(
        Command::new(componentize)
            .current_dir(directory)
            // Without --sync the component would need component-model-async. WASI is not replaced by stubs:
            // with them, every error would be a trap without a message.
            .args(["--sync", "--world", WORLD, "--wit"])
            .arg(sdk.join("wit"))
            .arg("--js")
            .arg(directory.join(package.main))
            .arg("--module-root")
            .arg(above_both(directory, &sdk))
            .arg("--output")
            .arg(unfinished.path()),
    )?;
    let component =
        fs::read(unfinished.path()).map_err(|cause| BuildError::file(unfinished.path(), cause))?;
    Ok(Made {
        name: package.name,
        component,
    })
}

fn package(path: &Path) -> Result<Package, BuildError> {
    let text = fs::read_to_string(path).map_err(|cause| BuildError::file(path, cause))?;
    serde_json::from_str(&text).map_err(|error| BuildError::BuildFile {
        path: path.to_owned(),
        reason: format!("{error}; set \"name\" and \"main\" to the plugin's name and its main module"),
    })
}

/// The directory that contains all modules: the project's own, unless its SDK is a link to another place.
fn above_both<'a>(directory: &'a Path, sdk: &Path) -> &'a Path {
    directory
        .ancestors()
        .find(|ancestor| sdk.starts_with(ancestor))
        .unwrap_or(directory)
}

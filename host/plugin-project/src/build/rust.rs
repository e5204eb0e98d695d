//! Builds Rust projects with cargo, for a target without WASI.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use super::tool::{Tool, output, run, shown};
use super::{BuildError, Made, component};

/// A target without WASI: the component imports only the contract.
const TARGET: &str = "wasm32-unknown-unknown";

const CARGO: Tool = Tool {
    names: &["cargo"],
    purpose: "builds Rust",
    remedy: "Install Rust: https://rustup.rs",
};
const RUSTC: Tool = Tool {
    names: &["rustc"],
    purpose: "compiles Rust",
    remedy: "Install Rust: https://rustup.rs",
};

/// The output of `cargo metadata`.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    crate_types: Vec<String>,
}

pub fn build(directory: &Path) -> Result<Made, BuildError> {
    let cargo = CARGO.find(&[])?;
    check_target(directory)?;
    let manifest = directory.join("Cargo.toml");
    let metadata = metadata(&cargo, directory)?;
    let no_package = || BuildError::BuildFile {
        path: manifest.clone(),
        reason: "it is not a package of its own; a plugin must be one".to_owned(),
    };
    let package = metadata
        .packages
        .into_iter()
        .find(|package| package.manifest_path == manifest)
        .ok_or_else(no_package)?;
    let is_module = |target: &&Target| target.crate_types.iter().any(|kind| kind == "cdylib");
    let target = package
        .targets
        .iter()
        .find(is_module)
        .ok_or_else(|| BuildError::BuildFile {
            path: manifest.clone(),
            reason: "a plugin must be a library; set crate-type = [\"cdylib\"] under [lib]".to_owned(),
        })?;
    run(Command::new(&cargo).current_dir(directory).args([
        "build",
        "--release",
        "--lib",
        "--target",
        TARGET,
    ]))?;
    let module = metadata
        .target_directory
        .join(TARGET)
        .join("release")
        .join(target.name.replace('-', "_"))
        .with_extension("wasm");
    let bytes = fs::read(&module).map_err(|cause| BuildError::file(&module, cause))?;
    Ok(Made {
        component: component::of_module(&module, &bytes)?,
        name: package.name,
    })
}

/// Checks that the target is installed. rustup installs it according to rust-toolchain.toml; the Rust of a
/// distribution does not.
fn check_target(directory: &Path) -> Result<(), BuildError> {
    let mut rustc = Command::new(RUSTC.find(&[])?);
    let library =
        output(
            rustc
                .current_dir(directory)
                .args(["--print", "target-libdir", "--target", TARGET]),
        )?;
    if Path::new(library.trim()).is_dir() {
        return Ok(());
    }
    Err(BuildError::NotReady {
        what: format!("this Rust has no {TARGET} target"),
        remedy: format!(
            "Run: rustup target add {TARGET}; with the Rust of Debian: apt-get install libstd-rust-dev-wasm32"
        ),
    })
}

fn metadata(cargo: &Path, directory: &Path) -> Result<Metadata, BuildError> {
    let mut command = Command::new(cargo);
    command
        .current_dir(directory)
        .args(["metadata", "--no-deps", "--format-version", "1"]);
    let answer = output(&mut command)?;
    serde_json::from_str(&answer).map_err(|error| BuildError::Answer {
        command: shown(&command),
        reason: error.to_string(),
    })
}

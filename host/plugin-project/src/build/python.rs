//! Builds Python projects with componentize-py, which puts CPython and the modules that the plugin imports
//! into a component.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use super::tool::{Tool, run_without_output};
use super::{BuildError, Made, WORLD};

const COMPONENTIZE: Tool = Tool {
    names: &["componentize-py"],
    purpose: "makes components of Python",
    remedy: "Run in the project's directory: python3 -m venv .venv && .venv/bin/pip install --require-hashes -r requirements.txt; on Debian, python3 -m venv needs: apt-get install python3-venv",
};

/// The SDK's module that implements the contract.
const MODULE: &str = "podweave_component";

/// The fields of pyproject.toml that are read.
#[derive(Deserialize)]
struct ProjectFile {
    project: Project,
}

#[derive(Deserialize)]
struct Project {
    name: String,
}

pub fn build(directory: &Path) -> Result<Made, BuildError> {
    let project = project(&directory.join("pyproject.toml"))?;
    let environment = directory.join(".venv");
    let componentize = COMPONENTIZE.find(&[environment.join("bin")])?;
    let unfinished = tempfile::NamedTempFile::new().map_err(|cause| BuildError::file(directory, cause))?;
    let mut command = Command::new(componentize);
    // WASI is not replaced by stubs: with them, every error would be a trap without a message. A backtrace of
    // componentize-py itself does not help an author, whose own traceback is printed before it.
    command.env("RUST_BACKTRACE", "0").current_dir(directory).args([
        "--wit-path",
        "sdk/wit",
        "--world",
        WORLD,
        "componentize",
        MODULE,
    ]);
    // The plugin's own modules come first: the SDK recognizes them by their position.
    for path in ["src", "sdk"]
        .into_iter()
        .map(PathBuf::from)
        .chain(site_packages(&environment))
    {
        command.arg("--python-path").arg(path);
    }
    run_without_output(command.arg("--output").arg(unfinished.path()))?;
    let component =
        fs::read(unfinished.path()).map_err(|cause| BuildError::file(unfinished.path(), cause))?;
    Ok(Made {
        name: project.name,
        component,
    })
}

/// The directories of the packages that are installed in the project's environment.
fn site_packages(environment: &Path) -> Vec<PathBuf> {
    let versions = fs::read_dir(environment.join("lib"))
        .into_iter()
        .flatten()
        .flatten();
    versions
        .map(|version| version.path().join("site-packages"))
        .filter(|packages| packages.is_dir())
        .collect()
}

fn project(path: &Path) -> Result<Project, BuildError> {
    let text = fs::read_to_string(path).map_err(|cause| BuildError::file(path, cause))?;
    toml::from_str::<ProjectFile>(&text)
        .map(|file| file.project)
        .map_err(|error| BuildError::BuildFile {
            path: path.to_owned(),
            reason: format!("{}; set name in [project] to the plugin's name", error.message()),
        })
}

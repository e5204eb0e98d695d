//! Builds Go projects with Go's own compiler, for WASI preview 1.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::tool::{Tool, output, run};
use super::{BuildError, Made, component};

const GO: Tool = Tool {
    names: &["go"],
    purpose: "compiles Go",
    remedy: "Install Go 1.21 or newer, which fetches the version in go.mod: https://go.dev/doc/install; on Debian 13: apt-get install golang-go",
};

/// Where go.dev's instructions install Go. It is not on every PATH.
const USUAL_PLACE: &str = "/usr/local/go/bin";

pub fn build(directory: &Path) -> Result<Made, BuildError> {
    let go = GO.find(&[PathBuf::from(USUAL_PLACE)])?;
    let name = output(Command::new(&go).current_dir(directory).args(["list", "-m"]))?;
    let unfinished = tempfile::NamedTempFile::new().map_err(|cause| BuildError::file(directory, cause))?;
    run(Command::new(&go)
        .current_dir(directory)
        .envs([("GOOS", "wasip1"), ("GOARCH", "wasm"), ("CGO_ENABLED", "0")])
        // c-shared builds a module that is called, not a program that is run. The SDK grows the memory as
        // Go's runtime does, which the linker allows only with -checklinkname=0. Even without debugging
        // information (-s -w), a panic shows its line.
        .args([
            "build",
            "-buildmode=c-shared",
            "-trimpath",
            "-buildvcs=false",
            "-ldflags=-s -w -checklinkname=0",
            "-o",
        ])
        .arg(unfinished.path())
        .arg("."))?;
    let component = component::of_module_with_wit(unfinished.path(), &directory.join("sdk/wit/plugin.wit"))?;
    Ok(Made {
        name: name.trim().to_owned(),
        component,
    })
}

//! Go: its own compiler, for WASI preview 1.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::tool::{Tool, output, run};
use super::{BuildError, Made, component};

const GO: Tool = Tool {
    names: &["go"],
    purpose: "compiles Go",
    remedy: "Install Go 1.21 or newer, which gets the version that go.mod asks for: https://go.dev/doc/install; on Debian 13: apt-get install golang-go",
};

/// Where go.dev's instructions put it, which not every PATH has.
const USUAL_PLACE: &str = "/usr/local/go/bin";

pub fn build(directory: &Path) -> Result<Made, BuildError> {
    let go = GO.find(&[PathBuf::from(USUAL_PLACE)])?;
    let name = output(Command::new(&go).current_dir(directory).args(["list", "-m"]))?;
    let unfinished = tempfile::NamedTempFile::new().map_err(|cause| BuildError::file(directory, cause))?;
    run(Command::new(&go)
        .current_dir(directory)
        .envs([("GOOS", "wasip1"), ("GOARCH", "wasm"), ("CGO_ENABLED", "0")])
        // A module that is called, not a program that is run. The SDK grows the memory as Go's runtime does, which the linker lets
        // nobody do unless told to. Without debugging information, a panic knows its line all the same.
        .args(["build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -checklinkname=0", "-o"])
        .arg(unfinished.path())
        .arg("."))?;
    let component = component::of_module_with_wit(unfinished.path(), &directory.join("sdk/wit/plugin.wit"))?;
    Ok(Made { name: name.trim().to_owned(), component })
}

//! Builds C projects with make and clang for Wasm.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::tool::{Tool, run};
use super::{BuildError, Made, component};

const MAKE: Tool = Tool {
    names: &["make"],
    purpose: "runs the Makefile",
    remedy: "On Debian: apt-get install make",
};

const CLANG: Tool = Tool {
    names: &["clang-19", "clang", "clang-18", "clang-17", "clang-16"],
    purpose: "compiles C for Wasm",
    remedy: "On Debian: apt-get install clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32; anywhere: unpack the WASI SDK \
             (https://github.com/WebAssembly/wasi-sdk/releases) and set WASI_SDK_PATH to it",
};

/// The target of Debian's wasi-libc, whose headers are in a directory of that name. The WASI SDK supports it,
/// too.
const TARGET: &str = "wasm32-wasi";

/// The file that the Makefile builds.
const MODULE: &str = "build/plugin.wasm";

pub fn build(directory: &Path) -> Result<Made, BuildError> {
    let name = name(&directory.join("Makefile"))?;
    let make = MAKE.find(&[])?;
    let sdk = env::var_os("WASI_SDK_PATH").map(PathBuf::from);
    let clang = CLANG.find(&sdk.iter().map(|sdk| sdk.join("bin")).collect::<Vec<_>>())?;
    let mut compiler = format!("{} --target={TARGET}", quoted(&clang));
    if let Some(root) = system_root(&clang) {
        compiler += &format!(" --sysroot={}", quoted(root));
    }
    run(Command::new(make)
        .current_dir(directory)
        .args(["--no-print-directory", MODULE])
        .arg(format!("CC={compiler}")))?;
    let component =
        component::of_module_with_wit(&directory.join(MODULE), &directory.join("sdk/wit/plugin.wit"))?;
    Ok(Made { name, component })
}

/// The directory of wasi-libc, for a clang that does not find it itself, such as Debian's.
fn system_root(clang: &Path) -> Option<&Path> {
    clang
        .parent()?
        .parent()
        .filter(|root| root.join("include").join(TARGET).is_dir())
}

/// The plugin's name, from the line `NAME := ...`.
fn name(makefile: &Path) -> Result<String, BuildError> {
    let text = fs::read_to_string(makefile).map_err(|cause| BuildError::file(makefile, cause))?;
    let value = |line: &str| {
        let (variable, value) = line.split_once('=')?;
        (variable.trim_end_matches([':', '?']).trim() == "NAME").then(|| value.trim().to_owned())
    };
    text.lines()
        .find_map(value)
        .filter(|name| !name.is_empty())
        .ok_or_else(|| BuildError::BuildFile {
            path: makefile.to_owned(),
            reason: "it has no line `NAME := ...` with the plugin's name".to_owned(),
        })
}

/// Quotes a path as one word for the shell that runs make's recipes.
fn quoted(path: &Path) -> String {
    format!(
        "'{}'",
        path.to_string_lossy().replace('\'', r"'\''").replace('$', "$$")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_read_from_the_makefile() {
        let place = tempfile::tempdir().expect("a directory");
        let makefile = place.path().join("Makefile");
        for (text, expected) in [
            ("CC := x\nNAME := a-b\n", Some("a-b")),
            ("NAME=c", Some("c")),
            ("RENAME := d\nNAME ?=\n", None),
        ] {
            fs::write(&makefile, text).expect("a file");
            assert_eq!(name(&makefile).ok().as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_path_with_special_characters_is_one_word() {
        assert_eq!(quoted(Path::new("/a b/c'd/$e")), r"'/a b/c'\''d/$$e'");
    }
}

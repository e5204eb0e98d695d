//! Runs the cargo inside cargo that compiles guests.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::{Error, Guest, Places};

const PROFILE: &str = "guest";

/// Variables that change what a nested cargo does, or its output: it must not build for the outer target, not
/// run clippy instead of rustc, and not see the package of the build script.
const CONFUSING: [&str; 12] = [
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_INCREMENTAL",
    "CARGO_PRIMARY_PACKAGE",
    "CLIPPY_ARGS",
    "DEBUG",
    "OPT_LEVEL",
    "OUT_DIR",
    "PROFILE",
    "RUSTC",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTFLAGS",
    "TARGET",
];
const CONFUSING_PREFIXES: [&str; 9] = [
    "CARGO_BUILD_",
    "CARGO_CFG_",
    "CARGO_CRATE_",
    "CARGO_BIN_",
    "CARGO_FEATURE_",
    "CARGO_MANIFEST_",
    "CARGO_PKG_",
    "CARGO_PROFILE_",
    "CARGO_TARGET_",
];

/// Compiles packages to components, and returns their paths.
pub(crate) fn cargo_build(places: &Places, packages: &[&str]) -> Result<Vec<PathBuf>, Error> {
    let mut cargo = Command::new(&places.cargo);
    cargo
        .current_dir(&places.workspace)
        .args(["build", "--locked", "--lib"]);
    cargo
        .args(["--profile", PROFILE, "--target", places.guest.target()])
        .arg("--target-dir")
        .arg(&places.target);
    for package in packages {
        cargo.args(["--package", package]);
    }
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if CONFUSING.contains(&&*text) || CONFUSING_PREFIXES.iter().any(|prefix| text.starts_with(prefix)) {
            cargo.env_remove(&name);
        }
    }
    let mut flags = remapping(&places.workspace);
    flags.extend(component_linker(places.guest));
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));

    let mut run = || {
        cargo.output().map_err(|cause| Error::Start {
            cargo: places.cargo.clone(),
            cause,
        })
    };
    let mut output = run()?;
    if !output.status.success() && lacks_target(&output) && add_target(places) {
        output = run()?;
    }
    if !output.status.success() {
        return Err(failure(places, packages, &output));
    }
    packages.iter().map(|package| module(places, package)).collect()
}

/// Flags that keep the directories of this machine out of panic messages, so that the bytes are the same
/// everywhere.
fn remapping(workspace: &Path) -> Vec<String> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let remap = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    let mut flags = vec![remap(workspace, "/podweave")];
    flags.extend(home.map(|home| remap(&home, "/cargo")));
    flags
}

/// The flag that makes the linker write a component rather than a core module. It is the linker of Rust's own
/// `wasm32-wasip2`, which comes with the toolchain; it adds no WASI to a module that imports none. So no
/// build script waits until a component encoder is compiled.
fn component_linker(guest: Guest) -> Option<String> {
    match guest {
        Guest::Bare => Some("-Clinker=wasm-component-ld".to_owned()),
        Guest::Wasi => None,
    }
}

/// Whether the toolchain cannot compile for the guests' target.
fn lacks_target(output: &Output) -> bool {
    String::from_utf8_lossy(&output.stderr).contains("target may not be installed")
}

/// Installs what rust-toolchain.toml requires, if rustup must not install by itself
/// (`RUSTUP_AUTO_INSTALL=0`). Returns false if that is impossible, for example if the toolchain is not
/// rustup's.
fn add_target(places: &Places) -> bool {
    let target = places.guest.target();
    println!("cargo:warning=the toolchain lacks {target}: running `rustup target add {target}`");
    // One after the other: cargo runs several build scripts at once, and rustup does not expect that.
    let lock = std::fs::create_dir_all(&places.target)
        .and_then(|()| File::create(places.target.join("adding-a-target.lock")));
    let _held = lock.and_then(|file| file.lock().map(|()| file));
    let added = Command::new("rustup").args(["target", "add", target]).output();
    added.is_ok_and(|added| added.status.success())
}

fn failure(places: &Places, packages: &[&str], output: &Output) -> Error {
    if lacks_target(output) {
        return Error::NoTarget {
            target: places.guest.target(),
        };
    }
    Error::Cargo {
        packages: packages.join(", "),
        stderr: String::from_utf8_lossy(&output.stderr).trim_end().to_owned(),
    }
}

fn module(places: &Places, package: &str) -> Result<PathBuf, Error> {
    let file = package.replace('-', "_");
    let module = places
        .target
        .join(places.guest.target())
        .join(PROFILE)
        .join(file)
        .with_extension("wasm");
    if module.exists() {
        Ok(module)
    } else {
        Err(Error::NoModule {
            package: package.to_owned(),
            module,
        })
    }
}

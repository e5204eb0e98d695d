//! Builds a small workspace, as a build script would.

use std::path::{Path, PathBuf};
use std::{env, fs};

use podweave_component_build::{Error, Guest, Places, build_in};
use tempfile::TempDir;

/// A workspace in a directory of its own: `one` and `two` share a path dependency, `broken` does not compile,
/// `plain` is not a cdylib.
struct Workspace {
    directory: TempDir,
}

const ROOT: &str = r#"
[workspace]
resolver = "3"
members = ["one", "two", "shared", "broken", "plain"]

[profile.guest]
inherits = "release"
strip = true
panic = "abort"
"#;

/// Code that contains its own path: what a panic would print must not depend on the directory.
const GUEST: &str = "#[unsafe(no_mangle)]\npub extern \"C\" fn place() -> usize { shared::place().len() + file!().as_ptr() as usize + include_str!(\"text\").len() }\n";

impl Workspace {
    fn new() -> Self {
        let workspace = Self {
            directory: TempDir::new().unwrap(),
        };
        workspace.file("Cargo.toml", ROOT);
        let cdylib = "[lib]\ncrate-type = [\"cdylib\"]\n[dependencies]\nshared = { path = \"../shared\" }";
        for (name, rest, source) in [
            ("one", cdylib, GUEST),
            ("two", cdylib, GUEST),
            (
                "shared",
                "",
                "pub fn place() -> &'static str { std::panic::Location::caller().file() }",
            ),
            ("broken", "[lib]\ncrate-type = [\"cdylib\"]", "fn broken( {}"),
            ("plain", "", ""),
        ] {
            workspace.file(
                &format!("{name}/Cargo.toml"),
                &format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n{rest}\n"),
            );
            workspace.file(&format!("{name}/src/lib.rs"), source);
            workspace.file(&format!("{name}/src/text"), "text");
        }
        let names = ["broken", "one", "plain", "shared", "two"];
        let locked = |name: &&str| {
            let dependencies = if matches!(*name, "one" | "two") {
                "dependencies = [\n \"shared\",\n]\n"
            } else {
                ""
            };
            format!("\n[[package]]\nname = \"{name}\"\nversion = \"0.0.0\"\n{dependencies}")
        };
        workspace.file(
            "Cargo.lock",
            &format!("version = 4\n{}", names.iter().map(locked).collect::<String>()),
        );
        workspace
    }

    fn path(&self) -> PathBuf {
        self.directory.path().canonicalize().unwrap()
    }

    fn file(&self, path: &str, text: &str) {
        let path = self.directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn places(&self) -> Places {
        let out = self.path().join("out");
        fs::create_dir_all(&out).unwrap();
        Places {
            workspace: self.path(),
            target: self.path().join("guests"),
            out,
            cargo: env::var_os("CARGO").unwrap().into(),
            guest: Guest::Bare,
        }
    }

    fn build(&self, package: &str) -> Result<Vec<u8>, Error> {
        build_in(&self.places(), &[package]).map(|(components, _)| fs::read(&components[0].path).unwrap())
    }
}

#[test]
fn several_packages_are_built_at_once() {
    let (components, _) = build_in(&Workspace::new().places(), &["one", "two"]).unwrap();
    let names: Vec<_> = components
        .iter()
        .map(|component| component.path.file_name().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(names, ["one.wasm", "two.wasm"]);
}

#[test]
fn the_same_sources_make_the_same_bytes_in_any_directory() {
    assert!(Workspace::new().build("one").unwrap() == Workspace::new().build("one").unwrap());
}

#[test]
fn the_sources_are_exactly_those_of_the_package() {
    let workspace = Workspace::new();
    let (_, sources) = build_in(&workspace.places(), &["one"]).unwrap();
    let root = workspace.path();
    let relative: Vec<&Path> = sources
        .iter()
        .map(|source| source.strip_prefix(&root).unwrap())
        .collect();
    let wanted = [
        "Cargo.lock",
        "Cargo.toml",
        "one/Cargo.toml",
        "one/src/lib.rs",
        "one/src/text",
        "shared/Cargo.toml",
        "shared/src/lib.rs",
    ];
    assert_eq!(relative, wanted.map(Path::new));
}

#[test]
fn a_package_that_does_not_compile_fails_with_what_cargo_says() {
    let error = Workspace::new().build("broken").unwrap_err().to_string();
    assert!(
        error.starts_with("the nested `cargo build` of broken failed:\n") && error.contains("src/lib.rs:1"),
        "{error}"
    );
}

#[test]
fn a_package_that_is_not_a_cdylib_says_what_it_needs() {
    let error = Workspace::new().build("plain").unwrap_err().to_string();
    assert!(
        error.starts_with("plain made no ") && error.ends_with("it needs `[lib] crate-type = [\"cdylib\"]`"),
        "{error}"
    );
}

//! Projects that cannot be created or built, and the errors that the author reads.

use podweave_plugin_project::Language;

use crate::workshop::Workshop;

/// These need no toolchain.
fn workshop() -> Option<Workshop> {
    Workshop::new(Language::JavaScript)
}

#[test]
fn an_existing_directory_is_left_alone() {
    let Some(place) = workshop() else { return };
    place.shell(
        ".",
        "mkdir empty full; echo mine >full/file; podweave plugin new --lang c --directory empty shop",
    );
    let said = place.refused(".", "podweave plugin new --lang c full");
    assert!(
        said.contains("full already exists; choose another name"),
        "{said}"
    );
    assert_eq!(place.shell(".", "ls full"), "file\n");
}

#[test]
fn an_invalid_name_or_language_is_wrong_usage() {
    let Some(place) = workshop() else { return };
    for (arguments, part) in [
        ("--lang rust Shop_1", "lower-case letters, digits and single '-'"),
        ("--lang rust sdk", "has another meaning in a project"),
        ("--lang cobol shop", "[possible values: rust, go, js, python, c]"),
        ("shop", "--lang <LANGUAGE>"),
    ] {
        let said = place.refused(
            ".",
            &format!("podweave plugin new {arguments} || {{ [ $? -ne 2 ] || exit 3; }}"),
        );
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn a_directory_without_a_project_is_named() {
    let Some(place) = workshop() else { return };
    let said = place.refused(".", "podweave plugin build");
    assert!(
        said.contains("no plugin project in .: expected one of Cargo.toml, go.mod"),
        "{said}"
    );
    let said = place.refused(".", "touch Makefile go.mod; podweave plugin build");
    assert!(
        said.contains(". has go.mod and Makefile, but a directory can hold one plugin only"),
        "{said}"
    );
}

#[test]
fn a_missing_tool_comes_with_how_to_get_it() {
    let Some(place) = workshop() else { return };
    for (language, part) in [
        (
            Language::Rust,
            "cargo is not installed; it builds Rust. Install Rust: https://rustup.rs",
        ),
        (
            Language::JavaScript,
            "componentize-qjs is not installed; it makes components of JavaScript. Run in the project's directory: npm ci",
        ),
        (
            Language::Python,
            "componentize-py is not installed; it makes components of Python. Run in the project's directory: python3 -m venv .venv",
        ),
        (
            Language::C,
            "make is not installed; it runs the Makefile. On Debian: apt-get install make",
        ),
    ] {
        let name = language.name();
        let script = format!(
            "podweave plugin new --lang {name} --directory {name} shop; podweave=$(command -v podweave); PATH=; \"$podweave\" plugin build {name}"
        );
        let said = place.refused(".", &script);
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn the_toolchains_output_reaches_the_author() {
    let Some(place) = workshop() else { return };
    place.shell(".", "podweave plugin new --lang js shop");
    place.write("shop/src/plugin.js", "export const = 1;\n");
    let said = place.refused("shop", "podweave plugin build");
    assert!(said.contains("plugin.js:1"), "{said}");
    assert!(said.contains("; see its output above"), "{said}");
    assert!(!place.path("shop/shop.wasm").exists());
}

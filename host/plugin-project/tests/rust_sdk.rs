//! The SDK in a Rust project has the same dependencies as the SDK in this repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use toml::{Table, Value};

fn manifest(path: &str) -> Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .parse()
        .expect("TOML")
}

/// Each dependency in its long form, with the workspace's settings for it.
fn dependencies(manifest: &Table, workspace: &Table) -> BTreeMap<String, Table> {
    let long = |value: &Value| match value {
        Value::String(version) => Table::from_iter([("version".to_owned(), Value::from(version.as_str()))]),
        Value::Table(table) => table.clone(),
        other => panic!("{other} is not a dependency"),
    };
    let target = &manifest["target"]
        .as_table()
        .expect("targets")
        .values()
        .next()
        .expect("the bare target")["dependencies"];
    let listed = manifest["dependencies"]
        .as_table()
        .expect("a table")
        .iter()
        .chain(target.as_table().expect("a table"));
    let resolved = listed.map(|(name, value)| {
        let mut dependency = long(value);
        if dependency.remove("workspace").is_some() {
            dependency.extend(long(&workspace["workspace"]["dependencies"][name]));
        }
        (name.clone(), dependency)
    });
    resolved.collect()
}

#[test]
fn the_sdk_template_has_the_dependencies_of_the_sdk() {
    let workspace = manifest("../../Cargo.toml");
    let (ours, theirs) = (
        manifest("../../plugins/sdk/Cargo.toml"),
        manifest("templates/rust/sdk/Cargo.toml"),
    );
    assert_eq!(dependencies(&theirs, &workspace), dependencies(&ours, &workspace));
    assert_eq!(theirs["features"], ours["features"]);
    assert_eq!(
        theirs["package"]["version"],
        workspace["workspace"]["package"]["version"]
    );
}

/// A copy of an example needs its own rust-toolchain.toml.
#[test]
fn examples_have_the_toolchain_of_a_new_project() {
    let new = manifest("templates/rust/rust-toolchain.toml");
    for example in ["conformance/rust", "url-builder"] {
        assert_eq!(
            manifest(&format!("../../examples/plugins/{example}/rust-toolchain.toml")),
            new,
            "{example}"
        );
    }
}

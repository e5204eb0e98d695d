//! The plugin as a component.

use std::fs;
use std::path::{Path, PathBuf};

use podweave_component_build::{Guest, Places, build_in};
use wit_component::DecodedWasm;

/// Builds the component where the build scripts of this workspace build it, too.
fn component() -> Vec<u8> {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let places = Places {
        workspace: Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap(),
        target: out.parent().unwrap().join("guests"),
        out: out.to_owned(),
        cargo: PathBuf::from(env!("CARGO")),
        guest: Guest::Bare,
    };
    let (components, _) = build_in(&places, &["podweave-handlebars"]).unwrap_or_else(|error| panic!("{error}"));
    fs::read(&components[0].path).unwrap()
}

#[test]
fn it_imports_nothing_but_podweave_and_is_small() {
    let bytes = component();
    let DecodedWasm::Component(resolve, world) = wit_component::decode(&bytes).unwrap() else { panic!("no component") };
    let world = &resolve.worlds[world];
    let imports: Vec<String> = world.imports.keys().map(|key| resolve.name_world_key(key)).collect();
    assert_eq!(imports, ["podweave:plugin/inputs@0.1.0", "podweave:plugin/outputs@0.1.0", "podweave:plugin/log@0.1.0"]);
    let exports: Vec<String> = world.exports.keys().map(|key| resolve.name_world_key(key)).collect();
    assert_eq!(exports, ["podweave:plugin/about@0.1.0", "podweave:plugin/renderer@0.1.0"]);
    assert!(bytes.len() < 900_000, "{} bytes: compiling it takes too long", bytes.len());
}

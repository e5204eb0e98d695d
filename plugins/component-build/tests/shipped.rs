//! The plugins that ship with podweave, as components.

use std::fs;
use std::path::{Path, PathBuf};

use podweave_component_build::{Guest, Places, build_in};
use wit_component::DecodedWasm;

/// Package, and how many bytes its component may have: compiling it takes time that grows with them.
const SHIPPED: [(&str, usize); 3] = [("podweave-dotenv", 600_000), ("podweave-handlebars", 900_000), ("podweave-layers", 600_000)];

#[test]
fn they_import_nothing_but_podweave_and_are_small() {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // Where the build scripts of this workspace build them, too.
    let places = Places {
        workspace: Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap(),
        target: out.parent().unwrap().join("guests"),
        out: out.to_owned(),
        cargo: PathBuf::from(env!("CARGO")),
        guest: Guest::Bare,
    };
    let (components, _) = build_in(&places, &SHIPPED.map(|(package, _)| package)).unwrap_or_else(|error| panic!("{error}"));
    for (component, (package, most)) in components.iter().zip(SHIPPED) {
        let bytes = fs::read(&component.path).unwrap();
        let DecodedWasm::Component(resolve, world) = wit_component::decode(&bytes).unwrap() else { panic!("no component") };
        let world = &resolve.worlds[world];
        let imports: Vec<String> = world.imports.keys().map(|key| resolve.name_world_key(key)).collect();
        assert_eq!(imports, ["podweave:plugin/inputs@0.1.0", "podweave:plugin/outputs@0.1.0", "podweave:plugin/log@0.1.0"], "{package}");
        let exports: Vec<String> = world.exports.keys().map(|key| resolve.name_world_key(key)).collect();
        assert_eq!(exports, ["podweave:plugin/about@0.1.0", "podweave:plugin/renderer@0.1.0"], "{package}");
        assert!(bytes.len() < most, "{package} has {} bytes", bytes.len());
    }
}

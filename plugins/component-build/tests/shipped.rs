//! Builds the plugins that ship with podweave as components.

use std::fs;
use std::path::{Path, PathBuf};

use podweave_component_build::{Guest, Places, build_in};
use wit_component::DecodedWasm;
use wit_parser::WorldItem;

struct Shipped {
    package: &'static str,
    /// The time to compile a component grows with its bytes.
    most_bytes: usize,
    /// The outputs that it calls. Without `expand-env`, no text of a ConfigMap can refer to a Secret.
    outputs: &'static [&'static str],
}

const SHIPPED: [Shipped; 3] = [
    Shipped {
        package: "podweave-dotenv",
        most_bytes: 650_000,
        outputs: &["env"],
    },
    Shipped {
        package: "podweave-handlebars",
        most_bytes: 950_000,
        outputs: &[
            "append-arg",
            "env",
            "expand-env",
            "file",
            "file-bytes",
            "file-mode",
            "replace-args",
        ],
    },
    Shipped {
        package: "podweave-layers",
        most_bytes: 650_000,
        outputs: &["file", "file-mode"],
    },
];

#[test]
fn they_import_nothing_but_podweave_and_are_small() {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // The build scripts of this workspace build them there, too.
    let places = Places {
        workspace: Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .canonicalize()
            .unwrap(),
        target: out.parent().unwrap().join("guests"),
        out: out.to_owned(),
        cargo: PathBuf::from(env!("CARGO")),
        guest: Guest::Bare,
    };
    let (components, _) = build_in(&places, &SHIPPED.map(|shipped| shipped.package))
        .unwrap_or_else(|error| panic!("{error:?}"));
    for (
        component,
        Shipped {
            package,
            most_bytes,
            outputs,
        },
    ) in components.iter().zip(SHIPPED)
    {
        let bytes = fs::read(&component.path).unwrap();
        has_only_podweaves_interfaces(package, &bytes, outputs);
        assert!(bytes.len() < most_bytes, "{package} has {} bytes", bytes.len());
    }
}

/// Checks what a component imports and exports, and which outputs it uses.
fn has_only_podweaves_interfaces(package: &str, bytes: &[u8], outputs: &[&str]) {
    let DecodedWasm::Component(resolve, world) = wit_component::decode(bytes).unwrap() else {
        panic!("no component")
    };
    let world = &resolve.worlds[world];
    let imports: Vec<String> = world
        .imports
        .keys()
        .map(|key| resolve.name_world_key(key))
        .collect();
    assert_eq!(
        imports,
        [
            "podweave:plugin/inputs@0.1.0",
            "podweave:plugin/outputs@0.1.0",
            "podweave:plugin/log@0.1.0"
        ],
        "{package}"
    );
    let WorldItem::Interface { id, .. } = &world.imports[1] else {
        panic!("no interface")
    };
    let mut set: Vec<&str> = resolve.interfaces[*id]
        .functions
        .keys()
        .map(String::as_str)
        .collect();
    set.sort_unstable();
    assert_eq!(set, outputs, "{package}");
    let exports: Vec<String> = world
        .exports
        .keys()
        .map(|key| resolve.name_world_key(key))
        .collect();
    assert_eq!(
        exports,
        ["podweave:plugin/about@0.1.0", "podweave:plugin/renderer@0.1.0"],
        "{package}"
    );
}

//! Builds packages of this workspace to components by hand: `cargo run -p podweave-component-build --example
//! build -- OUT PACKAGE...`

use std::path::{Path, PathBuf};

use podweave_component_build::{Guest, Places, build_in};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [out, packages @ ..] = arguments.as_slice() else {
        panic!("usage: build OUT PACKAGE...")
    };
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("this workspace");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
    let cargo = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let places = Places {
        target: target.join("guests"),
        out: PathBuf::from(out),
        workspace,
        cargo,
        guest: Guest::Bare,
    };
    let packages: Vec<&str> = packages.iter().map(String::as_str).collect();
    let (components, sources) = build_in(&places, &packages).unwrap_or_else(|error| panic!("{error}"));
    for component in components {
        println!(
            "{} of {} bytes",
            component.path.display(),
            std::fs::metadata(&component.path).map_or(0, |m| m.len())
        );
    }
    for source in sources {
        println!("from {}", source.display());
    }
}

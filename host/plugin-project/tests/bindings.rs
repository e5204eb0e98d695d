//! The bindings in the SDKs of Rust, C and Go are those that the generators make from the contract. They are
//! in the repository, so that plugins build without generators.

use std::fs;
use std::path::{Path, PathBuf};

use wit_bindgen_core::{Files, WorldGenerator as _};
use wit_parser::{Resolve, WorldId};

/// The import path of the runtime in Go's generated bindings, and that of the SDK, which contains the runtime
/// and the bindings.
const GO_RUNTIME: &str = "go.bytecodealliance.org/pkg/wit/";
const GO_SDK: &str = "github.com/podweave/podweave/plugins/go-sdk";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("the crate is in the repository")
        .to_owned()
}

fn contract() -> (Resolve, WorldId) {
    let wit = repository().join("wit/plugin.wit");
    let text = fs::read_to_string(&wit).expect("the contract");
    let mut resolve = Resolve::default();
    let package = resolve.push_str(&wit, &text).expect("it is WIT");
    let world = resolve
        .select_world(&[package], Some("described-plugin"))
        .expect("the world of the SDKs");
    (resolve, world)
}

/// Compares the generated files with those of the SDK. With UPDATE_BINDINGS=1, writes them to the SDK
/// instead.
#[track_caller]
fn assert_bindings(directory: &str, files: impl IntoIterator<Item = (String, String)>) {
    let mut differing = Vec::new();
    for (name, generated) in files {
        let path = repository().join(directory).join(&name);
        if std::env::var_os("UPDATE_BINDINGS").is_some() {
            fs::write(&path, generated).expect("it can be written");
        } else if fs::read_to_string(&path).ok().as_deref() != Some(generated.as_str()) {
            differing.push(name);
        }
    }
    assert!(
        differing.is_empty(),
        "the bindings in {directory} differ from those of wit/plugin.wit: {differing:?}. Update them: \
         UPDATE_BINDINGS=1 cargo test --release -p podweave-plugin-project --test bindings"
    );
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("generators write UTF-8")
}

#[test]
fn rust_bindings_are_up_to_date() {
    let (mut resolve, world) = contract();
    let mut files = Files::default();
    let options = wit_bindgen_rust::Opts {
        format: true,
        pub_export_macro: true,
        default_bindings_module: Some("podweave_plugin::__private::bindings".to_owned()),
        ..Default::default()
    };
    options
        .build()
        .generate(&mut resolve, world, &mut files)
        .expect("it generates");
    assert_bindings(
        "plugins/sdk/src",
        files
            .iter()
            .map(|(_, bytes)| ("bindings.rs".to_owned(), text(bytes))),
    );
}

#[test]
fn c_bindings_are_up_to_date() {
    let (mut resolve, world) = contract();
    let mut files = Files::default();
    let options = wit_bindgen_c::Opts {
        no_object_file: true,
        rename_world: Some("contract".to_owned()),
        ..Default::default()
    };
    options
        .build()
        .generate(&mut resolve, world, &mut files)
        .expect("it generates");
    assert_bindings(
        "plugins/c-sdk",
        files.iter().map(|(name, bytes)| (name.to_owned(), text(bytes))),
    );
}

#[test]
fn go_bindings_are_up_to_date() {
    let (mut resolve, world) = contract();
    let mut files = Files::default();
    let options = wit_bindgen_go::Opts {
        pkg_name: Some(format!("{GO_SDK}/internal/bindings")),
        // Not formatted: a machine without Go has no gofmt, and versions of gofmt differ.
        format: wit_bindgen_go::Format::False,
        ..Default::default()
    };
    options
        .build()
        .generate(&mut resolve, world, &mut files)
        .expect("it generates");
    let with_our_runtime = |bytes| text(bytes).replace(GO_RUNTIME, &format!("{GO_SDK}/internal/wit/"));
    assert_bindings(
        "plugins/go-sdk/internal/bindings",
        files
            .iter()
            .map(|(name, bytes)| (name.to_owned(), with_our_runtime(bytes))),
    );
}

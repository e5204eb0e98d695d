//! Parses `wit/plugin.wit`, and returns its items as texts.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use wit_component::WitPrinter;
use wit_parser::{InterfaceId, PackageId, Resolve};

pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The current contract.
pub fn current() -> (Resolve, PackageId) {
    read(&repository().join("wit/plugin.wit"))
}

/// Reads the contract in a file.
pub fn read(path: &Path) -> (Resolve, PackageId) {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut resolve = Resolve::default();
    let package = resolve
        .push_str(path, &text)
        .unwrap_or_else(|error| panic!("{error:#}"));
    (resolve, package)
}

/// Returns the whole contract in one form, without documentation: equal texts are equal contracts.
pub fn without_documentation(resolve: &Resolve, package: PackageId) -> String {
    let mut printer = WitPrinter::default();
    printer
        .emit_docs(false)
        .print(resolve, package, &[])
        .expect("WIT can be printed");
    String::from(printer.output)
}

/// Returns the functions and types of an interface, one text for each, in order.
pub fn items(resolve: &Resolve, interface: InterfaceId) -> Vec<String> {
    let mut printer = WitPrinter::default();
    printer
        .emit_docs(false)
        .print_interface(resolve, interface)
        .expect("an interface can be printed");
    // The printer puts an empty line between items.
    String::from(printer.output)
        .split("\n\n")
        .map(|item| item.trim_end().to_owned())
        .collect()
}

/// Returns what a version promises, as texts: its items, and, for the interfaces that a plugin exports, that
/// there are no others.
pub fn promises(resolve: &Resolve, package: PackageId) -> BTreeSet<String> {
    const EXPORTED: [&str; 2] = ["renderer", "about"];
    let interfaces = &resolve.packages[package].interfaces;
    let of_interface = |(name, id): (&String, &InterfaceId)| {
        let items = items(resolve, *id);
        let exported = EXPORTED.contains(&name.as_str());
        let promised = if exported { vec![items.join("\n\n")] } else { items };
        promised
            .into_iter()
            .map(|item| format!("{name}: {item}"))
            .collect::<Vec<_>>()
    };
    interfaces.iter().flat_map(of_interface).collect()
}

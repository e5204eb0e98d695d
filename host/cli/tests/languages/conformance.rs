//! One plugin in all languages: the same golden cases give the same bytes.

use podweave_plugin_project::Language;

use crate::workshop::Workshop;

#[track_caller]
fn conforms(language: Language) {
    let Some(place) = Workshop::at(language, "examples/plugins/conformance") else { return };
    let name = language.name();
    let said = place.shell(".", &format!("podweave plugin build {name}; podweave test --plugin conformance={name}/conformance.wasm cases"));
    assert!(said.contains("\n12 passed, 0 failed\n"), "{said}");
}

#[test]
fn rust() {
    conforms(Language::Rust);
}

#[test]
fn go() {
    conforms(Language::Go);
}

#[test]
fn javascript() {
    conforms(Language::JavaScript);
}

#[test]
fn python() {
    conforms(Language::Python);
}

#[test]
fn c() {
    conforms(Language::C);
}

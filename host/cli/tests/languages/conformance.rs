//! One plugin in all languages: the same golden cases give the same bytes.

use podweave_plugin_project::Language;

use crate::workshop::Workshop;

#[track_caller]
fn conforms(language: Language) {
    let Some(place) = Workshop::new(language) else {
        return;
    };
    let name = language.name();
    place.copy(&format!("examples/plugins/conformance/{name}"), "copy");
    place.copy("examples/plugins/conformance/cases", "cases");
    let said = place.shell(
        ".",
        "podweave plugin build copy; podweave test --plugin conformance=copy/conformance.wasm cases",
    );
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

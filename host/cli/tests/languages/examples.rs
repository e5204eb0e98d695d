//! The examples: each does what its README says, and its golden cases hold.

use podweave_plugin_project::Language;

use crate::workshop::Workshop;

#[track_caller]
fn works(language: Language, example: &str) {
    let Some(place) = Workshop::at(language, "examples/plugins") else { return };
    let said = place.follow(&format!("{example}/README.md"));
    assert!(said.contains(&format!("built ./{example}.wasm: ")) && said.contains(" passed, 0 failed\n"), "{said}");
}

#[test]
fn a_url_builder_in_rust() {
    works(Language::Rust, "url-builder");
}

#[test]
fn text_templates_in_go() {
    works(Language::Go, "go-template");
}

#[test]
fn feature_flags_in_javascript() {
    works(Language::JavaScript, "feature-flags");
}

#[test]
fn jinja_in_python() {
    works(Language::Python, "jinja");
}

#[test]
fn an_ini_file_in_c() {
    works(Language::C, "ini");
}

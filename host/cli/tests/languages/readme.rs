//! A new project is a tested plugin after the commands of its README.

use podweave_core::yaml;
use podweave_plugin_project::Language;

use crate::workshop::Workshop;

#[track_caller]
fn follows_its_readme(language: Language) {
    let Some(place) = Workshop::new(language) else { return };
    let made = place.shell(".", &format!("podweave plugin new --lang {} shop-url", language.name()));
    assert!(made.contains("made shop-url: a plugin in"), "{made}");
    let said = place.follow("shop-url/README.md");
    for expected in [
        "built ./shop-url.wasm: ",
        "2 passed, 0 failed",
        "world         podweave:plugin/described-plugin@0.1.0",
        "summary       Makes DATABASE_URL of a ConfigMap and a parameter",
        "DATABASE_URL  postgres://app:$(DB_PASSWORD)@db.example.org:6432/shop",
    ] {
        assert!(said.contains(expected), "{expected:?} in\n{said}");
    }
    let workflow = yaml::document(&place.read("shop-url/.github/workflows/plugin.yaml")).expect("YAML");
    let steps = workflow["jobs"]["test"]["steps"].as_array().expect("a list");
    assert!(steps.iter().any(|step| step["run"] == "podweave plugin build"), "{workflow}");
}

#[test]
fn rust() {
    follows_its_readme(Language::Rust);
}

#[test]
fn go() {
    follows_its_readme(Language::Go);
}

#[test]
fn javascript() {
    follows_its_readme(Language::JavaScript);
}

#[test]
fn python() {
    follows_its_readme(Language::Python);
}

#[test]
fn c() {
    follows_its_readme(Language::C);
}

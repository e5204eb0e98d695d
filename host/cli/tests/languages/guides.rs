//! From nothing to a tested plugin, with the commands of the language's guide and of the project's README,
//! and the code of the guide.

use podweave_core::yaml;
use podweave_plugin_project::Language;

use crate::workshop::{Workshop, blocks, repository};

/// `file` is the file that an author edits first; `fence` is the language's name in Markdown.
#[track_caller]
fn leads_to_a_tested_plugin(language: Language, guide: &str, file: &str, fence: &str) {
    let Some(place) = Workshop::new(language) else {
        return;
    };
    let guide = std::fs::read_to_string(repository().join("docs/plugins").join(guide)).expect("the guide");
    let said = place.shell(".", &blocks(&guide, "sh"));
    assert!(
        said.contains("created database-url: a plugin in") && said.contains("\n2 passed, 0 failed\n"),
        "{said}"
    );

    let said = place.follow("database-url/README.md");
    for expected in [
        "built ./database-url.wasm: ",
        "\n2 passed, 0 failed\n",
        "world         podweave:plugin/described-plugin@0.1.0",
        "summary       Builds DATABASE_URL from a ConfigMap and a parameter",
        "DATABASE_URL  postgres://app:$(DB_PASSWORD)@db.example.org:6432/shop",
    ] {
        assert!(said.contains(expected), "{expected:?} in\n{said}");
    }

    let code = blocks(&guide, fence);
    assert!(!code.is_empty(), "the guide has no ```{fence} block");
    place.write(&format!("database-url/{file}"), &code);
    let said = place.shell(
        "database-url",
        "podweave plugin build; podweave test cases/database-url",
    );
    assert!(said.contains("\n1 passed, 0 failed\n"), "{said}");

    let workflow = yaml::document(&place.read("database-url/.github/workflows/plugin.yaml")).expect("YAML");
    let steps = workflow["jobs"]["test"]["steps"].as_array().expect("a list");
    assert!(
        steps.iter().any(|step| step["run"] == "podweave plugin build"),
        "{workflow}"
    );
}

#[test]
fn rust() {
    leads_to_a_tested_plugin(Language::Rust, "rust.md", "src/lib.rs", "rust");
}

#[test]
fn go() {
    leads_to_a_tested_plugin(Language::Go, "go.md", "plugin.go", "go");
}

#[test]
fn javascript() {
    leads_to_a_tested_plugin(Language::JavaScript, "javascript.md", "src/plugin.js", "js");
}

#[test]
fn python() {
    leads_to_a_tested_plugin(Language::Python, "python.md", "src/plugin.py", "python");
}

#[test]
fn c() {
    leads_to_a_tested_plugin(Language::C, "c.md", "src/plugin.c", "c");
}

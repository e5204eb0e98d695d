//! The examples, copied out of this repository as their language's guide says: each works as its README says,
//! and its golden cases pass.

use std::fs;
use std::path::Path;

use podweave_plugin_project::Language;

use crate::workshop::{Workshop, repository};

/// The examples, the language of each, and its guide.
const EXAMPLES: [(&str, Language, &str); 5] = [
    ("url-builder", Language::Rust, "rust.md"),
    ("go-template", Language::Go, "go.md"),
    ("feature-flags", Language::JavaScript, "javascript.md"),
    ("jinja", Language::Python, "python.md"),
    ("ini", Language::C, "c.md"),
];

#[track_caller]
fn works_when_copied(example: &str) {
    let (_, language, guide) = EXAMPLES
        .into_iter()
        .find(|(name, ..)| *name == example)
        .expect("it is one of them");
    let guide = fs::read_to_string(repository().join("docs/plugins").join(guide)).expect("the guide");
    let (before, after) = (
        format!("an example to copy: `cp -r examples/plugins/{example} ~/"),
        "`, and then what its README says",
    );
    let name = guide
        .split_once(&before)
        .and_then(|(_, rest)| rest.split_once(after))
        .expect("the guide says how to copy it")
        .0;

    let Some(place) = Workshop::new(language) else {
        return;
    };
    place.copy(&format!("examples/plugins/{example}"), name);
    let said = place.follow(&format!("{name}/README.md"));
    for expected in [
        "the SDK for ",
        &format!("built ./{example}.wasm: "),
        " passed, 0 failed\n",
    ] {
        assert!(said.contains(expected), "{expected:?} in\n{said}");
    }
}

#[test]
fn a_url_builder_in_rust() {
    works_when_copied("url-builder");
}

#[test]
fn text_templates_in_go() {
    works_when_copied("go-template");
}

#[test]
fn feature_flags_in_javascript() {
    works_when_copied("feature-flags");
}

#[test]
fn jinja_in_python() {
    works_when_copied("jinja");
}

#[test]
fn an_ini_file_in_c() {
    works_when_copied("ini");
}

/// The conformance plugin in five languages has its own tests.
#[test]
fn no_example_is_left_out() {
    let entries = fs::read_dir(repository().join("examples/plugins"))
        .expect("a directory")
        .map(|entry| entry.expect("an entry"));
    let mut found: Vec<_> = entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name())
        .collect();
    found.sort();
    let mut known: Vec<_> = EXAMPLES
        .iter()
        .map(|(name, ..)| *name)
        .chain(["conformance"])
        .collect();
    known.sort_unstable();
    assert_eq!(found, known);
}

/// `cp -r` copies a link as a link.
#[test]
fn no_example_has_a_link() {
    fn assert_no_link(directory: &Path) {
        for entry in fs::read_dir(directory)
            .expect("a directory")
            .map(|entry| entry.expect("an entry"))
        {
            let kind = entry.file_type().expect("it has one");
            assert!(!kind.is_symlink(), "{} is a link", entry.path().display());
            // Files that npm and venv leave behind have links, and are not part of the example.
            if kind.is_dir()
                && !["node_modules", ".venv"]
                    .iter()
                    .any(|name| entry.file_name() == *name)
            {
                assert_no_link(&entry.path());
            }
        }
    }
    assert_no_link(&repository().join("examples/plugins"));
}

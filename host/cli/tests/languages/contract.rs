//! A plugin that was built against a contract that this podweave cannot serve is refused, and the error names
//! what it needs.

use podweave_plugin_project::Language;

use crate::workshop::Workshop;

/// Creates a project, changes its SDK by a script, and returns the output of `inspect` and `render` for the
/// built plugin.
fn with_another_contract(language: Language, change: &str) -> Option<[String; 2]> {
    let place = Workshop::new(language)?;
    place.shell(
        ".",
        &format!("podweave plugin new --lang {} newer", language.name()),
    );
    place.shell("newer", &format!("{change}; podweave plugin build"));
    Some([
        place.refused("newer", "podweave plugin inspect newer.wasm"),
        place.refused("newer", "podweave render --plugin newer=newer.wasm cases/database-url/pod.yaml cases/database-url/configmaps.yaml"),
    ])
}

#[test]
fn another_contract_version_is_named_with_the_served_one() {
    let newer = "sed -i 's/plugin@0\\.1\\.0/plugin@0.2.0/; s/\\(podweave:plugin[^ ]*\\)@0\\.1\\.0/\\1@0.2.0/' sdk/wit/plugin.wit sdk/*.*";
    for language in [Language::C, Language::JavaScript] {
        let Some(said) = with_another_contract(language, newer) else {
            continue;
        };
        for said in said {
            assert!(
                said.contains("podweave:plugin/inputs@0.2.0") && said.contains("this podweave serves 0.1.0"),
                "{language}: {said}"
            );
        }
    }
}

/// A plugin in JavaScript imports all functions of its contract, so it needs a podweave that has them.
#[test]
fn a_missing_function_is_named() {
    let newer =
        "sed -i 's/^    image: func/    pod-ip: func() -> string;\\n    image: func/' sdk/wit/plugin.wit";
    let Some(said) = with_another_contract(Language::JavaScript, newer) else {
        return;
    };
    for said in said {
        assert!(
            said.contains("podweave:plugin/inputs@0.1.0") && said.contains("\"pod-ip\""),
            "{said}"
        );
    }
}

//! Components of contracts that this podweave does not serve: refused when they are loaded, with the contract
//! that they need.

use podweave_sandbox::LoadError;

use crate::component;
use crate::support::{Bench, contract};

fn refused(text: &str) -> LoadError {
    let component = wat::parse_str(text).expect("it is WebAssembly text");
    Bench::on_demand()
        .load(&component)
        .err()
        .expect("it does not load")
}

#[track_caller]
fn assert_says(text: &str, parts: &[&str]) {
    let said = refused(text).to_string();
    for part in parts {
        assert!(said.contains(part), "{part:?} in {said}");
    }
}

#[test]
fn a_later_minor_version_needs_a_newer_podweave() {
    for later in ["0.2.0", "1.0.0"] {
        let text = component("everything").replace("@0.1.0", &format!("@{later}"));
        let needs = format!("needs a podweave that serves contract {later}, and this one serves 0.1.0");
        assert_says(
            &text,
            &[
                &format!("podweave:plugin/inputs@{later}"),
                &needs,
                "docs/compatibility.md",
                "the WIT of contract 0.1.0",
            ],
        );
    }
}

#[test]
fn a_plugin_that_imports_nothing_is_told_by_its_renderer() {
    let text = r#"(component
        (core module $m (func (export "f")))
        (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i "f")))
        (instance (export "podweave:plugin/renderer@0.2.0") (export "render" (func $f))))"#;
    assert_says(
        text,
        &[
            "a plugin of contract 0.2.0",
            "needs a podweave that serves contract 0.2.0, and this one serves 0.1.0",
        ],
    );
}

#[test]
fn an_earlier_version_is_not_called_newer() {
    let text = component("everything").replace("@0.1.0", "@0.0.9");
    assert_says(
        &text,
        &[
            "podweave:plugin/inputs@0.0.9",
            "no longer serves contract 0.0.9",
            "with the WIT of contract 0.1.0",
        ],
    );
}

#[test]
fn a_function_of_a_later_patch_version_is_named_with_that_version() {
    let text = component("failures")
        .replace("@0.1.0", "@0.1.3")
        .replace(r#""require""#, r#""require-number""#);
    assert_says(
        &text,
        &[
            r#""podweave:plugin/inputs@0.1.3" function "require-number""#,
            "needs a podweave that serves contract 0.1.3",
        ],
    );
}

#[test]
fn an_interface_of_a_later_patch_version_is_named_with_that_version() {
    let text = r#"(component (import "podweave:plugin/secrets@0.1.3" (instance (export "get" (func (result string))))))"#;
    assert_says(
        text,
        &[
            "podweave:plugin/secrets@0.1.3",
            "needs a podweave that serves contract 0.1.3",
        ],
    );
}

#[test]
fn a_function_that_its_own_version_does_not_have_is_nobodys_future() {
    let text = component("failures").replace(r#""require""#, r#""require-number""#);
    assert_says(
        &text,
        &[
            r#"function "require-number""#,
            "No podweave has served that as contract 0.1.0",
        ],
    );
}

#[test]
fn a_function_of_other_types_does_not_fit() {
    // Two numbers are passed as a text is, so that its code is valid still.
    let text = component("described").replace(
        r#"(param "value" string)"#,
        r#"(param "value" u32) (param "more" u32)"#,
    );
    assert_says(
        &text,
        &[
            "does not fit contract 0.1.0",
            "podweave:plugin/outputs@0.1.0",
            "unchanged",
        ],
    );
}

#[test]
fn a_failure_with_other_fields_or_cases_does_not_fit() {
    for (from, to) in [
        (r#""message" string"#, r#""reason" string"#),
        (r#""invalid-params""#, r#""bad-params""#),
    ] {
        let text = component("failures").replace(from, to);
        assert_says(
            &text,
            &[
                "does not fit contract 0.1.0",
                "no function render of the type func() -> result<_, failure>",
                "unchanged",
            ],
        );
    }
}

#[test]
fn the_documentation_shows_what_is_said() {
    let said = refused(
        &component("everything")
            .replace("@0.1.0", "@0.1.1")
            .replace(r#""image""#, r#""pod-ip""#),
    )
    .to_string();
    let document = std::fs::read_to_string(contract::repository().join("docs/compatibility.md"))
        .expect("the documentation");
    let in_one_line: Vec<&str> = document.split_whitespace().collect();
    assert!(in_one_line.join(" ").contains(&said), "{said}");
}

//! Checks that no template and no parameters make a render panic.

mod common;

use common::Case;
use podweave_plugin::Error;
use proptest::prelude::*;

/// Pieces of templates, whole and broken.
#[expect(clippy::too_many_lines, reason = "a table")]
fn template() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "{{",
        "}}",
        "{{{",
        "}}}",
        "{{{{raw}}}}",
        "{{{{/raw}}}}",
        "{{#if ",
        "{{/if}}",
        "{{else}}",
        "{{^",
        "{{#each ",
        "{{/each}}",
        "{{> p",
        "{{#> p}}",
        "{{/p}}",
        "{{!",
        "{{!--",
        "--}}",
        "~",
        "\\",
        "(",
        ")",
        "[",
        "]",
        "\"",
        "'",
        "|",
        "as |a b|",
        "config",
        ".",
        "..",
        "../",
        "/",
        "@",
        "@root",
        "@index",
        "this",
        "values",
        "x",
        "default ",
        "add ",
        "indent ",
        "json ",
        "lookup ",
        "parse-yaml ",
        "1",
        "-",
        "9223372036854775807",
        "true",
        "null",
        "=",
        " ",
        "\n",
        "$",
        "$(",
        "é",
        "{{#*inline 'p'}}",
        "{{/inline}}",
        "@partial-block",
    ]);
    prop_oneof![
        prop::collection::vec(token, 0..24).prop_map(|tokens| tokens.concat()),
        any::<String>()
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_template_ends_in_a_text_or_a_failure(template in template(), partial in template()) {
        let case = Case::new().map("m", [("x", "a: [1, {b: 2}]"), ("p", "y")]).values(r#"{"x":[1,{"x":"2"}]}"#).partials([("p", &partial)]);
        let _ = case.text(&template);
        let _ = case.env(&template);
    }

    #[test]
    fn any_yaml_ends_in_a_value_or_a_failure(yaml in "[-a-z0-9:&*!<>{}\\[\\],'\"|# \n]{0,40}") {
        let _ = Case::new().map("m", [("k", &*yaml)]).text("{{json (parse-yaml config.k)}}");
    }

    #[test]
    fn any_parameters_render_or_end_in_a_failure_about_them(params in "[a-z\"{}:,\\[\\]0-9]{0,30}") {
        if let Err(error) = Case::new().params(&params).render() {
            let blames_params = matches!(error, Error::InvalidParams { .. });
            prop_assert!(blames_params, "{:?}", error);
        }
    }
}

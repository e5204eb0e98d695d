//! Checks `$(NAME)` in environment variables, which leads to Secrets and must not be reachable from a
//! ConfigMap.

mod common;

use common::{Case, Env};
use podweave_plugin::Error;

fn case() -> Case {
    Case::new()
        .map(
            "m",
            [
                ("user", "app"),
                ("evil", "$(DB_PASSWORD)"),
                ("open", "(DB_PASSWORD)"),
                ("dollar", "$"),
                ("dollars", "$$(X)"),
                ("price", "5$"),
            ],
        )
        .partials([("stolen", "$(DB_PASSWORD)"), ("dollar", "$")])
}

fn plain(value: &str) -> Result<Env, Error> {
    Ok(Env::Plain(value.to_owned()))
}

fn expanded(value: &str) -> Result<Env, Error> {
    Ok(Env::Expanded(value.to_owned()))
}

/// Expands a value as the kubelet does if all its references are to secrets.
fn expand(value: &str) -> String {
    let (mut out, mut rest) = (String::new(), value);
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(end) = rest.strip_prefix('(').and_then(|_| rest.find(')')) {
            out.push_str("SECRET");
            rest = &rest[end + 1..];
        } else {
            out.push('$');
        }
    }
    out + rest
}

#[test]
fn a_reference_in_the_template_is_left_to_podweave() {
    assert_eq!(
        case().env("postgres://{{config.user}}:$(DB_PASSWORD)@db"),
        expanded("postgres://app:$(DB_PASSWORD)@db")
    );
}

#[test]
fn a_template_without_a_reference_is_final() {
    assert_eq!(case().env("{{config.user}} 5$ a$b"), plain("app 5$ a$b"));
}

#[test]
fn a_doubled_dollar_is_one_with_and_without_references() {
    assert_eq!(case().env("$$(A) $$"), plain("$(A) $"));
    let with = case().env("$$(A) $$ $(B)").unwrap();
    assert_eq!(with, Env::Expanded("$$(A) $$ $(B)".to_owned()));
    assert_eq!(expand("$$(A) $$ $(B)"), "$(A) $ SECRET");
}

#[test]
fn a_value_is_always_text() {
    assert_eq!(case().env("{{config.evil}}"), plain("$(DB_PASSWORD)"));
    assert_eq!(case().env("{{config.dollars}}"), plain("$$(X)"));
    assert_eq!(
        case().env("{{config.evil}} $(A)"),
        expanded("$$(DB_PASSWORD) $(A)")
    );
}

#[test]
fn a_value_cannot_smuggle_in_a_reference() {
    for template in [
        "{{config.evil}}",
        "{{{config.evil}}}",
        "{{concat '$(' 'DB_PASSWORD)'}}",
        "{{quote config.evil}}",
        "${{config.open}}",
        "$${{config.open}}",
        "{{config.dollar}}{{config.open}}",
        "{{config.dollar}}(DB_PASSWORD)",
        "{{config.dollars}}",
        "${{! }}(DB_PASSWORD)",
        "{{config.price}}{{config.open}}",
        "{{> stolen}}",
        "{{> dollar}}{{config.open}}",
        "${{> stolen}}",
        "{{#each (split config.evil '_')}}{{this}}_{{/each}}",
        "{{values.evil}}",
    ] {
        // With a reference elsewhere, so that the value is really expanded.
        match case()
            .values(r#"{"evil":"$(DB_PASSWORD)"}"#)
            .env(&format!("{template} $(A)"))
            .unwrap()
        {
            Env::Expanded(value) => {
                let (rest, reference) = value.split_at(value.len() - "$(A)".len());
                assert_eq!(reference, "$(A)");
                assert!(!expand(rest).contains("SECRET"), "{template}: {value}");
            }
            other => panic!("{template}: {other:?}"),
        }
    }
}

#[test]
fn a_reference_must_be_complete_in_the_template() {
    let message = "line 1, column 3: this `$(` has no `)` in the template's own text: write a reference whole, or `$$(` for the characters";
    for template in ["a $({{config.user}})", "a $(X", "a $(X{{! }})"] {
        assert_eq!(
            case().env(template),
            Err(Error::invalid_params("env.E", message)),
            "{template}"
        );
    }
    assert_eq!(case().env("$$(cat {{config.user}})"), plain("$(cat app)"));
}

#[test]
fn blocks_inline_partials_and_raw_text_are_the_templates_own() {
    assert_eq!(case().env("{{#if true}}$(A){{/if}}"), expanded("$(A)"));
    assert_eq!(
        case().env("{{#*inline 'p'}}$(A){{/inline}}{{> p}}"),
        expanded("$(A)")
    );
    assert_eq!(
        case().env("{{{{raw}}}}$(A){{x}}{{{{/raw}}}}"),
        expanded("$(A){{x}}")
    );
    assert_eq!(case().env("{{#if false}}$(A){{/if}}$"), plain("$"));
}

#[test]
fn files_and_arguments_know_no_references() {
    case().gives("$(A) $$ $( {{config.evil}}", "$(A) $$ $( $(DB_PASSWORD)");
    let rendered = case()
        .params(r#"{"args":{"append":["$(A) $$","{{config.evil}}"]}}"#)
        .render()
        .unwrap();
    assert_eq!(rendered.appended, ["$(A) $$", "$(DB_PASSWORD)"]);
}

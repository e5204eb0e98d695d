//! Checks the parameters that the pod's owner writes.

mod common;

use common::{documents, several};
use podweave_plugin::Error;

fn refused(params: &str) -> (String, String) {
    match several(
        &documents([
            ("app/a.env", "A=1"),
            ("app/a.yaml", "A: 1"),
            ("app/a.conf", "A=1"),
        ]),
        params,
    ) {
        Err(Error::InvalidParams { path, message }) => (path, message),
        other => panic!("{params}: {other:?}"),
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn mistakes_are_named_by_their_path() {
    for (params, path, message) in [
        ("[]", "", "is a list, not a map"),
        (
            r#"{"sources":"app/a.env"}"#,
            "sources",
            "is text, not a list: write [ALIAS/KEY]",
        ),
        (
            r#"{"source":[]}"#,
            "source",
            "is not a parameter: did you mean `sources`?",
        ),
        (
            r#"{"sources":[],"duplicates":"lst"}"#,
            "duplicates",
            "is not known: did you mean `last`?",
        ),
        (
            r#"{"sources":["a.env"]}"#,
            "sources[0]",
            "names a ConfigMap's key as ALIAS/KEY, or ALIAS/KEY? if it may be missing",
        ),
        (r#"{"sources":[7]}"#, "sources[0]", "is a number, not a map"),
        (
            r#"{"sources":["app/a.conf"]}"#,
            "sources[0]",
            "has no extension of a known format: write {key: ALIAS/KEY, format: ...} with one of env, ini, json, properties, toml, yaml",
        ),
        (r#"{"sources":[{}]}"#, "sources[0].key", "is missing"),
        (
            r#"{"sources":[{"key":"app/"}]}"#,
            "sources[0].key",
            "names a ConfigMap's key as ALIAS/KEY, or ALIAS/KEY? if it may be missing",
        ),
        (
            r#"{"sources":["app/a.env",{"key":"app/a.env","prefixx":"P"}]}"#,
            "sources[1].prefixx",
            "is not a parameter: did you mean `prefix`?",
        ),
        (
            r#"{"sources":[{"key":"app/a.env","prefix":5}]}"#,
            "sources[0].prefix",
            "is a number, not text: put it in quotes",
        ),
        (
            r#"{"sources":[{"key":"app/a.env","upperCase":"yes"}]}"#,
            "sources[0].upperCase",
            "is text, not true or false",
        ),
        (
            r#"{"sources":[{"key":"app/a.env","format":"yml"}]}"#,
            "sources[0].format",
            "is not known: did you mean `yaml`?",
        ),
        (
            r#"{"sources":[{"key":"app/a.env","include":"A"}]}"#,
            "sources[0].include",
            "is text, not a list",
        ),
        (
            r#"{"sources":[{"key":"app/a.env","include":["A",true]}]}"#,
            "sources[0].include[1]",
            "is a boolean, not text: put it in quotes",
        ),
        (
            r#"{"sources":[{"key":"app/a.env","rename":["A"]}]}"#,
            "sources[0].rename",
            "is a list, not a map",
        ),
        (
            r#"{"sources":[{"key":"app/a.env","rename":{"a.b":null}}]}"#,
            "sources[0].rename[\"a.b\"]",
            "is null, not text",
        ),
        (
            r#"{"sources":[{"key":"app/a.env","invalidNames":"skip"}]}"#,
            "sources[0].invalidNames",
            "is not known: there are `error`, `replace`",
        ),
        (
            r#"{"sources":[{"key":"app/a.yaml","profiles":"a"}]}"#,
            "sources[0].profiles",
            "is text, not a list",
        ),
        (
            r#"{"sources":[{"key":"app/a.yaml","profiles":["a","!b"]}]}"#,
            "sources[0].profiles[1]",
            "is not the name of a profile: it has no `(`, `)`, `&`, `|`, `!` or `,`, and no blank at an end",
        ),
        (
            r#"{"sources":[{"key":"app/a.env","profiles":["a"]}]}"#,
            "sources[0].profiles",
            "is for YAML and .properties documents only",
        ),
        (
            r#"{"sources":[{"key":"app/a.yaml","interpolate":true}]}"#,
            "sources[0].interpolate",
            "is for .env documents only",
        ),
    ] {
        assert_eq!(refused(params), (path.to_owned(), message.to_owned()), "{params}");
    }
}

#[test]
fn a_format_can_be_named() {
    let documents = documents([("app/a.conf", "A=1"), ("app/a.env", "A: 2")]);
    assert_eq!(
        several(&documents, r#"{"sources":[{"key":"app/a.conf","format":"ini"}]}"#).unwrap(),
        ["A=1"]
    );
    assert_eq!(
        several(&documents, r#"{"sources":[{"key":"app/a.env","format":"yaml"}]}"#).unwrap(),
        ["A=2"]
    );
}

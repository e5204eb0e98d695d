//! Checks how a document's values become variables.

mod common;

use common::{documents, one, several, wrong};
use podweave_plugin::Error;

#[test]
fn each_format_gives_variables() {
    for (key, text) in [
        (".env", "export A=1\nB_0='x y'\n"),
        ("local.env", "A=1\nB_0=x y\n"),
        ("a.properties", "A=1\nB[0] = x y\n"),
        ("a.json", r#"{"A": 1, "B": ["x y"]}"#),
        ("a.yaml", "A: 1\nB:\n- x y\n"),
        ("a.yml", "A: 1\nB: [x y]\n"),
        ("a.toml", "A = 1\nB = ['x y']\n"),
        ("a.ini", "A = 1\n[B]\n0 = x y\n"),
    ] {
        assert_eq!(
            one(key, text, "").as_deref(),
            Ok(&["A=1".to_owned(), "B_0=x y".to_owned()][..]),
            "{key}"
        );
    }
}

#[test]
fn scalars_are_as_their_document_writes_them() {
    let yaml = "A: 1.10\nB: 0440\nC: 0x1F\nD: True\nE: yes\nF: 1e3\nG: \"q\"\nH: 123456789012345678901234567890\nI: 2026-01-02\n";
    let wanted = [
        "A=1.10",
        "B=0440",
        "C=0x1F",
        "D=True",
        "E=yes",
        "F=1e3",
        "G=q",
        "H=123456789012345678901234567890",
        "I=2026-01-02",
    ];
    assert_eq!(one("a.yaml", yaml, "").unwrap(), wanted);
    assert_eq!(
        one("a.toml", "A = 1_000\nB = 1979-05-27T07:32:00Z", "").unwrap(),
        ["A=1000", "B=1979-05-27T07:32:00Z"]
    );
}

#[test]
fn null_and_empty_values_set_nothing() {
    assert_eq!(
        one("a.yaml", "A: null\nB:\nC: []\nD: {}\nE: \"\"\n", "").unwrap(),
        ["E="]
    );
    assert_eq!(one("a.yaml", "# nothing yet\n", "").unwrap(), [""; 0]);
}

#[test]
fn a_dollar_is_text_unless_references_are_enabled() {
    assert_eq!(
        one(".env", "A=x\nB=$A ${A} $(A) $$\n", "").unwrap(),
        ["A=x", "B=$A ${A} $(A) $$"]
    );
    assert_eq!(
        one(
            ".env",
            "A=x\nB=$A ${A} $(A) $$\nC='$A'\n",
            r#""interpolate":true"#
        )
        .unwrap(),
        ["A=x", "B=x x $(A) $", "C=$A"]
    );
    assert_eq!(
        one(".env", "B=1\nA=$X\n", r#""interpolate":true"#),
        wrong(
            ".env",
            "line 2: `$` refers to \"X\", which is not set above: set it, or write `\\$` for the character"
        )
    );
}

#[test]
fn a_mistake_in_a_document_names_the_key_and_the_line() {
    assert_eq!(
        one("a.yaml", "a: 1\na: hunter2\n", ""),
        wrong(
            "a.yaml",
            "line 2: duplicate key \"a\": it is set twice, first in line 1"
        )
    );
    assert_eq!(
        one("a.json", "[\n1]", ""),
        wrong("a.json", "line 1: the document is a list, not a map of names")
    );
    assert_eq!(
        one(".env", "A=1\nhunter2\n", ""),
        wrong(".env", "line 2: `=` is missing: write NAME=value")
    );
}

#[test]
fn only_named_keys_are_read_and_optional_ones_may_be_missing() {
    let documents = documents([("app/a.env", "A=1"), ("app/b.env", "B=1")]);
    assert_eq!(
        several(
            &documents,
            r#"{"sources":["app/a.env","team/x.env?",{"key":"team/y.env?","prefix":"P_"}]}"#
        )
        .unwrap(),
        ["A=1"]
    );
    assert_eq!(
        *documents.reads.borrow(),
        ["app/a.env", "team/x.env", "team/y.env"]
    );
}

#[test]
fn without_sources_every_key_with_a_known_extension_counts() {
    let files = [
        ("app/.env", "A=1\nB=1"),
        ("app/app.json", r#"{"B": 2}"#),
        ("app/start.sh", "exit 1"),
        ("team/.env", "C=3\nB=4"),
    ];
    let bound = documents(files);
    assert_eq!(several(&bound, "{}").unwrap(), ["A=1", "B=4", "C=3"]);
    assert_eq!(*bound.reads.borrow(), ["app/.env", "app/app.json", "team/.env"]);
    assert_eq!(
        several(&documents(files), r#"{"duplicates":"error"}"#),
        Err(Error::invalid_value(
            "app",
            "app.json",
            "line 1: sets the variable \"B\", which app/.env, line 2 sets already"
        ))
    );
    let message = "is missing, and no key of the bound ConfigMaps has an extension of a known format: name the keys, as {key: ALIAS/KEY, format: ...}";
    assert_eq!(
        several(&documents([("app/start.sh", "")]), "{}"),
        Err(Error::invalid_params("sources", message))
    );
    // Optional ConfigMaps that are missing.
    assert_eq!(several(&documents([]), "{}").unwrap(), [""; 0]);
    assert_eq!(several(&documents(files), r#"{"sources":[]}"#).unwrap(), [""; 0]);
}

#[test]
fn a_document_for_some_profiles_can_be_chosen() {
    let yaml = "server.port: 8080\nname: a\n---\nspring.config.activate.on-profile: production\nserver: {port: 80}\n";
    assert_eq!(
        one("a.yaml", yaml, r#""profiles":["production"]"#).unwrap(),
        ["name=a", "server_port=80"]
    );
    assert_eq!(
        one("a.yaml", yaml, r#""profiles":[]"#).unwrap(),
        ["name=a", "server_port=8080"]
    );
    let message = "line 3: a second document begins: leave one, or choose by Spring's profiles: {key: ALIAS/KEY, profiles: [NAME]}";
    assert_eq!(one("a.yaml", yaml, ""), wrong("a.yaml", message));
}

#[test]
fn the_last_source_counts_or_none() {
    let documents = documents([("app/a.env", "A=1\nB=1"), ("app/b.env", "\nB=2")]);
    assert_eq!(
        several(&documents, r#"{"sources":["app/a.env","app/b.env"]}"#).unwrap(),
        ["A=1", "B=2"]
    );
    assert_eq!(
        several(
            &documents,
            r#"{"sources":["app/b.env","app/a.env"],"duplicates":"last"}"#
        )
        .unwrap(),
        ["A=1", "B=1"]
    );
    assert_eq!(
        several(
            &documents,
            r#"{"sources":["app/a.env","app/b.env"],"duplicates":"error"}"#
        ),
        Err(Error::invalid_value(
            "app",
            "b.env",
            "line 2: sets the variable \"B\", which app/a.env, line 2 sets already"
        ))
    );
}

//! Checks INI: sections, names and values.

mod common;

use common::{convert, reads};
use podweave_formats::Format::{Ini, Json};

#[test]
fn sections_hold_names_and_values() {
    let text = "; c\nx = 1\n[a b]\n  k=v = w ; no comment\n# c\nq : \"2\"\nr=\n[c]\n[a b]\ns=C:\\\\x\r\n";
    reads(
        Ini,
        text,
        r#"{x: "1", a b: {k: "v = w ; no comment", q: "\"2\"", r: "", s: "C:\\\\x"}, c: {}}"#,
    );
}

#[test]
fn a_comment_may_follow_a_section() {
    reads(
        Ini,
        "[a] # c\nx=1\n[b];c\n[ c[0] ]\t; d]\n",
        r#"{a: {x: "1"}, b: {}, c[0]: {}}"#,
    );
    reads(
        Ini,
        "[a] b",
        "line 1: text follows the `]` of a section: only a comment with `;` or `#` may",
    );
}

#[test]
fn a_name_may_stand_alone() {
    reads(
        Ini,
        "[mysqld]\nlog-bin\nport = 3306\nskip-name-resolve # c=d\n",
        r#"{mysqld: {log-bin: "", port: "3306", skip-name-resolve: ""}}"#,
    );
    let text = "[mysqld]\nlog-bin\nport = 3306\nuser =\n";
    assert_eq!(convert(Ini, text, Ini), text);
    assert_eq!(
        convert(Ini, "[a]\nb\n", Json),
        "{\n  \"a\": {\n    \"b\": \"\"\n  }\n}\n"
    );
    reads(
        Ini,
        "b\n  c = 1",
        "line 2: the line is indented deeper than a name without a value above: indent it as that one",
    );
}

#[test]
fn an_indented_line_continues_the_value_above() {
    let text = "[s]\n  a = 1\n   2\n# c\n\n   3: x = y\n\n  b =\n    foo = bar:baz\n\n    last\nc = 4\n";
    reads(
        Ini,
        text,
        r#"{s: {a: "1\n2\n\n3: x = y", b: "\nfoo = bar:baz\n\nlast", c: "4"}}"#,
    );
    assert_eq!(
        convert(Ini, text, Ini),
        "[s]\na = 1\n    2\n\n    3: x = y\nb =\n    foo = bar:baz\n\n    last\nc = 4\n"
    );
    let message = common::read(Ini, "[s]\na = 1\n b = 2");
    assert!(
        message.starts_with(
            "line 3: the line is indented deeper than the name above, so that some readers take it"
        ),
        "{message}"
    );
    // Behind a section any indentation is a beginning, and less indentation ends a value.
    reads(
        Ini,
        "[s]\n\ta = 1\n\tb = 2\nc = 3",
        r#"{s: {a: "1", b: "2", c: "3"}}"#,
    );
}

#[test]
fn mistakes_have_their_line_and_no_value() {
    for (text, message) in [
        ("a=1\nmy secret", "line 2: `=` is missing: write name = value"),
        ("[a", "line 1: a section has no `]`: write [name]"),
        ("[]", "line 1: a section has no name: write [name]"),
        ("=1", "line 1: a name is missing before `=`: write name = value"),
        (
            "[s]\na=1\n[t]\na=1\n[s]\na=2",
            "line 6: duplicate key \"a\": it is set twice, first in line 2",
        ),
        (
            "a=1\n[a]",
            "line 2: the section \"a\" has the name of a key outside of the sections",
        ),
    ] {
        reads(Ini, text, message);
    }
}

#[test]
fn keys_outside_of_sections_are_written_first() {
    assert_eq!(
        convert(
            Json,
            r#"{"s":{"a":1.10,"n":null},"x":"v w","y":true,"t":{},"e":""}"#,
            Ini
        ),
        "x = v w\ny = true\ne =\n\n[s]\na = 1.10\n\n[t]\n"
    );
}

#[test]
fn what_it_has_not_is_refused() {
    for (json, message) in [
        (
            r#"{"a":[1]}"#,
            "line 1: INI cannot hold a list under \"a\": it has sections, and keys with one value",
        ),
        (
            r#"{"s":{"a":{}}}"#,
            "line 1: INI cannot hold a map under \"a\": it has sections, and keys with one value",
        ),
        (
            r#"{"a":" x"}"#,
            "line 1: INI cannot hold the value of \"a\": a line begins or ends with a blank, or the last is empty",
        ),
        (
            r#"{"a":"x\n"}"#,
            "line 1: INI cannot hold the value of \"a\": a line begins or ends with a blank, or the last is empty",
        ),
        (
            r#"{"a":"x\n;y"}"#,
            "line 1: INI cannot hold the value of \"a\": one of its lines would be a comment",
        ),
        (
            r#"{"a":"x\ny = 1"}"#,
            "line 1: INI cannot hold the value of \"a\": one of its lines would be a key to some readers",
        ),
        (
            r#"{"a=b":"x"}"#,
            "line 1: INI cannot hold a key with the name \"a=b\"",
        ),
        (
            r##"{"#a":"x"}"##,
            "line 1: INI cannot hold a key with the name \"#a\"",
        ),
        (
            r##"{"a #b":"x"}"##,
            "line 1: INI cannot hold a key with the name \"a #b\"",
        ),
        (
            r##"{"a] #b":{"c":"x"}}"##,
            "line 1: INI cannot hold a section with the name \"a] #b\"",
        ),
        (
            "{\"\u{feff}a\":\"x\"}",
            "line 1: INI cannot hold a key with the name \"\\u{feff}a\"",
        ),
        (
            r#"{"a\nb":{}}"#,
            "line 1: INI cannot hold a section with the name \"a\\nb\"",
        ),
    ] {
        assert_eq!(convert(Json, json, Ini), message, "{json}");
    }
}

//! INI: sections, names, values, and nothing else.

mod common;

use common::{convert, reads};
use podweave_formats::Format::{Ini, Json};

#[test]
fn sections_hold_names_and_values() {
    let text = "; c\nx = 1\n[a b]\n  k=v = w ; no comment\n# c\nq : \"2\"\nr=\n[c]\n[a b]\ns=C:\\\\x\r\n";
    reads(Ini, text, r#"{x: "1", a b: {k: "v = w ; no comment", q: "\"2\"", r: "", s: "C:\\\\x"}, c: {}}"#);
}

#[test]
fn mistakes_have_their_line_and_no_value() {
    for (text, message) in [
        ("a=1\nsecret", "line 2: `=` is missing: write name = value"),
        ("[a", "line 1: a section has no name or no `]`: write [name]"),
        ("[]", "line 1: a section has no name or no `]`: write [name]"),
        ("=1", "line 1: a name is missing before `=`: write name = value"),
        ("[s]\na=1\n[t]\na=1\n[s]\na=2", "line 6: the key \"a\" stands twice"),
        ("a=1\n[a]", "line 2: the section \"a\" has the name of a key outside of the sections"),
    ] {
        reads(Ini, text, message);
    }
}

#[test]
fn what_is_in_no_section_is_written_first() {
    assert_eq!(convert(Json, r#"{"s":{"a":1.10,"n":null},"x":"v w","y":true,"t":{},"e":""}"#, Ini), "x = v w\ny = true\ne =\n\n[s]\na = 1.10\n\n[t]\n");
}

#[test]
fn what_it_has_not_is_refused() {
    for (json, message) in [
        (r#"{"a":[1]}"#, "line 1: INI cannot hold a list under \"a\": it has sections, and keys with one value"),
        (r#"{"s":{"a":{}}}"#, "line 1: INI cannot hold a map under \"a\": it has sections, and keys with one value"),
        (r#"{"a":"x\ny"}"#, "line 1: INI cannot hold the value of \"a\": it has several lines, or blanks at an end"),
        (r#"{"a":" x"}"#, "line 1: INI cannot hold the value of \"a\": it has several lines, or blanks at an end"),
        (r#"{"a=b":"x"}"#, "line 1: INI cannot hold a key with the name \"a=b\""),
        (r##"{"#a":"x"}"##, "line 1: INI cannot hold a key with the name \"#a\""),
        ("{\"\u{feff}a\":\"x\"}", "line 1: INI cannot hold a key with the name \"\\u{feff}a\""),
        (r#"{"a\nb":{}}"#, "line 1: INI cannot hold a section with the name \"a\\nb\""),
    ] {
        assert_eq!(convert(Json, json, Ini), message, "{json}");
    }
}

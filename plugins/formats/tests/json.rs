//! Checks JSON: read strictly, written with indentation.

mod common;

use common::{convert, reads};
use podweave_formats::Format::{Json, Yaml};

#[test]
fn values_keep_their_order_and_their_digits() {
    reads(
        Json,
        r#" {"b": 1.10, "a": [true, null, -0, 1E400, "x"], "é": {}} "#,
        r#"{b: 1.10, a: [true, null, -0, 1E400, "x"], é: {}}"#,
    );
}

#[test]
fn escapes_are_those_of_the_standard() {
    reads(
        Json,
        r#"["\"\\\/\b\f\n\r\tA\u00e9\ud83d\ude00"]"#,
        "[\"\\\"\\\\/\\u{8}\\u{c}\\n\\r\\tAé😀\"]",
    );
}

#[test]
fn text_that_is_not_json_is_refused_with_its_line() {
    for (text, message) in [
        ("", "line 1: is not JSON: a value is missing"),
        ("{\"a\": 1,\n}", "line 2: is not JSON: a `,` is in front of a `}`"),
        ("[1,\n]", "line 2: is not JSON: a `,` is in front of a `]`"),
        (
            "{\"a\": 1,\nb: 2}",
            "line 2: is not JSON: a name in quotes is missing",
        ),
        ("{\"a\"\n 1}", "line 2: is not JSON: `:` is missing behind a name"),
        (
            "[1\n2]",
            "line 2: is not JSON: `,` or `]` is missing behind a value",
        ),
        (
            "{\"a\": 1 \"b\": 2}",
            "line 1: is not JSON: `,` or `}` is missing behind a value",
        ),
        (
            "[1] x",
            "line 1: is not JSON: text follows the end of the document",
        ),
        (
            "[01]",
            "line 1: is not JSON: a value is neither a number, nor true, false or null, nor text in quotes",
        ),
        (
            "[NaN]",
            "line 1: is not JSON: a value is neither a number, nor true, false or null, nor text in quotes",
        ),
        (
            "[\"a\nb\"]",
            "line 1: is not JSON: a control character or a line's end is inside quotes",
        ),
        ("[\"a", "line 1: is not JSON: text in quotes does not end"),
        (
            r#"["\x"]"#,
            "line 1: is not JSON: unknown escape: only `\\\\`, `\\/`, `\\b`, `\\f`, `\\n`, `\\r`, `\\t`, `\\u` and a quote behind a backslash are known",
        ),
        (
            r#"["\u12g4"]"#,
            "line 1: is not JSON: a `\\u` escape needs four hexadecimal digits",
        ),
        (
            r#"["\ud83dx"]"#,
            "line 1: is not JSON: a `\\u` escape is half of a character",
        ),
        (
            "{\"a\": 1,\n \"a\": 2}",
            "line 2: duplicate key \"a\": it is set twice, first in line 1",
        ),
    ] {
        reads(Json, text, message);
    }
}

#[test]
fn it_is_written_indented_with_invisible_characters_escaped() {
    let text = "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": [],\n  \"c\": {\n    \"d\": \"\\u0000\\u2028\\n\\\"é\"\n  }\n}\n";
    assert_eq!(convert(Json, text, Json), text);
}

#[test]
fn ambiguous_yaml_values_are_refused() {
    assert!(
        convert(Yaml, "a: 1\nb: yes", Json)
            .starts_with("line 2: JSON cannot hold yes, no, on or off without quotes")
    );
    assert!(
        convert(Yaml, "a: 0440", Json).starts_with("line 1: JSON cannot hold a number that begins with 0")
    );
    assert_eq!(
        convert(Yaml, "a: .nan", Json),
        "line 1: JSON cannot hold a number that is not finite"
    );
    assert_eq!(
        convert(Yaml, "a: 'yes'\nb: 0x1F\nc: .5\nd: 2026-01-02", Json),
        "{\n  \"a\": \"yes\",\n  \"b\": 31,\n  \"c\": 0.5,\n  \"d\": \"2026-01-02\"\n}\n"
    );
}

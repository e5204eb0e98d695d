//! Checks TOML: dates, tables, and what it cannot contain.

mod common;

use common::{convert, read, reads};
use podweave_formats::Format::{Json, Toml, Yaml};

#[test]
fn values_keep_their_order_and_their_text() {
    reads(
        Toml,
        "z = 1_000\nb.c = 0xFF\na = 'x'\nd = 1979-05-27T07:32:00Z\n[t]\nf = -0.10\n[[l]]\nx = true\n[[l]]\n[b.e]\nnan = nan",
        "{z: 1_000, b: {c: 0xFF, e: {nan: nan}}, a: \"x\", d: @1979-05-27T07:32:00Z, t: {f: -0.10}, l: [{x: true}, {}]}",
    );
}

#[test]
fn mistakes_have_their_line_and_no_value() {
    for (text, message) in [
        (
            "a = 1\nb = secret",
            "line 2: is not TOML: column 5: string values must be quoted, expected literal string",
        ),
        ("a = 1\na = 2", "line 2: duplicate key \"a\""),
        ("[t]\na.b = 1\na.b = 2", "line 3: duplicate key \"b\""),
        ("[a]\n[a]", "line 2: duplicate key \"a\""),
        ("a = {b = 1, b = 2}", "line 1: duplicate key \"b\""),
        (
            "a = 1 b = 2",
            "line 1: is not TOML: column 9: unexpected key or value, expected newline, `#`",
        ),
        (
            "a = yes",
            "line 1: is not TOML: column 5: string values must be quoted, expected literal string",
        ),
        (
            "é: 1",
            "line 1: is not TOML: column 4: key with no value, expected `=`",
        ),
        (
            "a = 'x",
            "line 1: is not TOML: column 7: invalid literal string, expected `'`",
        ),
        (
            "a = 1979-05-27T25:00:00",
            "line 1: is not TOML: column 5: invalid time, expected hour between 00 and 23",
        ),
        (
            "[a",
            "line 1: is not TOML: column 3: unclosed table, expected `]`",
        ),
        (
            "b=1\na = \"é\\d\"",
            "line 2: is not TOML: column 8: missing escaped value, expected `b`, `e`, `f`, `n`, `r`, `\\`, `\"`, `x`, `u`, `U`",
        ),
        (
            "a b = 1",
            "line 1: is not TOML: column 3: key with no value, expected `=`",
        ),
        ("a = 01", "line 1: is not TOML: column 5: unexpected leading zero"),
        (
            "\u{feff}\u{feff}a = 1",
            "line 1: two byte order marks begin the document: leave one, or none",
        ),
    ] {
        reads(Toml, text, message);
    }
    for number in [
        "1_000K", "0xFG", "0b12", "0o8", "1.5x", "1e", "1_.5", "--1", "infinity", "+-1",
    ] {
        let message = read(Toml, &format!("a = 1\nb = {number}"));
        assert!(message.starts_with("line 2: is not TOML"), "{number}: {message}");
    }
}

#[test]
fn numbers_and_dates_come_out_as_they_were_written() {
    let toml = "a = 1_000\nb = 0xFF\nc = +1.5\nd = 1_0.5e+3\ne = -inf\nf = 07:32:00\ng = 1979-05-27\n";
    assert_eq!(convert(Toml, toml, Toml), toml);
}

#[test]
fn tables_follow_plain_values() {
    let json = r#"{"t":{"u":{"a":1},"e":{}},"x":[{"a":1,"b":{"c":2}},{}],"y":[{"a":1},2],"z":"s","l":["m\nn",[],{}],"k y":null}"#;
    let toml = "y = [{ a = 1 }, 2]\nz = \"s\"\nl = [\"\"\"\nm\nn\"\"\", [], {}]\n\n[t.u]\na = 1\n\n[t.e]\n\n[[x]]\na = 1\n\n[x.b]\nc = 2\n\n[[x]]\n";
    assert_eq!(convert(Json, json, Toml), toml);
}

#[test]
fn values_that_toml_cannot_hold_are_refused_with_their_line() {
    assert_eq!(
        convert(Json, "{\"a\":\n[null]}", Toml),
        "line 2: TOML cannot hold null in a list"
    );
    assert_eq!(
        convert(Json, "{\"a\":\n9223372036854775808}", Toml),
        "line 2: TOML cannot hold an integer beyond 64 bits: put it in quotes"
    );
    assert_eq!(
        convert(Json, "{\"a\": 9223372036854775807}", Toml),
        "a = 9223372036854775807\n"
    );
    assert!(
        convert(Yaml, "a: 010", Toml).starts_with("line 1: TOML cannot hold a number that begins with 0")
    );
    assert_eq!(
        convert(Json, "[1]", Toml),
        "line 1: TOML cannot hold a list as the whole document"
    );
}

#[test]
fn yaml_numbers_are_written_in_a_form_that_toml_has() {
    assert_eq!(
        convert(
            Yaml,
            "a: .5\nb: 5.\nc: .inf\nd: -.INF\ne: .NaN\nf: 0o17\ng: +3\nh: 1e3",
            Toml
        ),
        "a = 0.5\nb = 5.0\nc = inf\nd = -inf\ne = nan\nf = 0o17\ng = +3\nh = 1e3\n"
    );
}

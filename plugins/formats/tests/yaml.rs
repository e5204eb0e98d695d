//! Checks YAML: the core schema, and that text without quotes is written without quotes again.

mod common;

use common::{convert, reads};
use podweave_formats::Format::{Json, Toml, Yaml};

#[test]
fn scalars_are_those_of_the_core_schema() {
    reads(
        Yaml,
        "[~, null, True, false, no, 12, -3, +4, 0o17, 0x1F, 0440, 1.10, 1e3, .5, .inf, 1.2.3, '1', \"x\", !!str 1, !!int 2, a b, 2026-01-02]",
        "[null, null, True, false, 'no', 12, -3, +4, 0o17, 0x1F, 0440, 1.10, 1e3, .5, .inf, '1.2.3', \"1\", \"x\", \"1\", 2, 'a b', '2026-01-02']",
    );
}

#[test]
fn names_keep_their_order_and_maps_may_merge() {
    reads(
        Yaml,
        "z: &d {b: 1, a: 2}\nx:\n  <<: *d\n  b: 3\ny: [*d]\n",
        "{z: {b: 1, a: 2}, x: {b: 3, a: 2}, y: [{b: 1, a: 2}]}",
    );
    reads(
        Yaml,
        "a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b]}",
        "{a: {x: 1}, b: {x: 2, y: 2}, c: {x: 1, y: 2}}",
    );
    reads(Yaml, "'<<': 1", "{<<: 1}");
}

#[test]
fn nothing_is_null() {
    reads(Yaml, "# a comment\n", "null");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn mistakes_have_their_line_and_no_value() {
    for (text, message) in [
        (
            "a: 1\n b: secret",
            "line 2: is not YAML: column 3: a second `: ` in one line, or `:` behind an indented line: put text that holds `: ` in quotes",
        ),
        (
            "a:\n\tb: 1\n",
            "line 2: is not YAML: column 2: a tab is not allowed here: indent with spaces, and put text that holds a tab in quotes",
        ),
        (
            "a: b: c",
            "line 1: is not YAML: column 5: a second `: ` in one line, or `:` behind an indented line: put text that holds `: ` in quotes",
        ),
        (
            "a: @b",
            "line 1: is not YAML: column 4: a value cannot begin with `@`, `%` or a backtick without quotes: put it in quotes",
        ),
        (
            "a: *b",
            "line 1: is not YAML: column 4: an alias (`*`) has no anchor (`&`) of its name above: put text that begins with `*` in quotes",
        ),
        ("a: 'b", "line 1: is not YAML: column 4: a quote is not closed"),
        (
            "a: 'b' c",
            "line 1: is not YAML: column 8: text follows a closing quote: put all of the value in quotes",
        ),
        (
            "a: \"\\d\"",
            "line 1: is not YAML: column 4: unknown escape in double quotes: write `\\\\` for a backslash, or use single quotes",
        ),
        ("a: [b", "line 1: is not YAML: column 4: `[` or `{` is not closed"),
        (
            "a: {b: 1",
            "line 1: is not YAML: column 4: `[` or `{` is not closed",
        ),
        (
            "a: {{ .Values.b }}",
            "line 1: a key is a list or a map: write text, and put a template (`{{...}}`) in quotes",
        ),
        (
            "a: 1\nb",
            "line 2: is not YAML: column 1: `:` is missing behind a key",
        ),
        (
            "a: - b",
            "line 1: is not YAML: column 4: `- ` is not allowed here: begin a list on a line of its own",
        ),
        (
            "\u{feff}\u{feff}a: 1",
            "line 1: two byte order marks begin the document: leave one, or none",
        ),
        (
            "a: 1\na: 2",
            "line 2: duplicate key \"a\": it is set twice, first in line 1",
        ),
        ("a: 1\nb: {<<: {a: 1}, <<: 5}", "line 2: `<<` does not name a map"),
        (
            "a: !x 1",
            "line 1: a tag (`!`) is not of YAML's core schema: leave it out",
        ),
        (
            "a: !!int x",
            "line 1: a tag (`!!`) does not fit its value, or is not of YAML's core schema",
        ),
        (
            "a\n---\nb",
            "line 2: a second document begins: leave one, or choose by Spring's profiles: {key: ALIAS/KEY, profiles: [NAME]}",
        ),
        (
            "[a]: 1",
            "line 1: a key is a list or a map: write text, and put a template (`{{...}}`) in quotes",
        ),
        (
            "a: &a [*a]",
            "line 1: an alias (`*`) is part of the value that it refers to",
        ),
    ] {
        reads(Yaml, text, message);
    }
}

#[test]
fn numbers_are_written_so_that_every_version_of_yaml_reads_them() {
    let toml = "a = 0o755\nb = 0xFF\nc = 0b11\nd = 1e5\ne = 1_000\nf = 0xF_F\ng = +1.5\nh = -inf\ni = nan\n";
    assert_eq!(
        convert(Toml, toml, Yaml),
        "a: 493\nb: 0xFF\nc: 3\nd: 1.0e+5\ne: 1000\nf: 255\ng: 1.5\nh: -.inf\ni: .nan\n"
    );
    assert_eq!(
        convert(
            Json,
            r#"{"a": 1E5, "b": 1.50e10, "c": 2e-3, "d": 1.10, "e": -0}"#,
            Yaml
        ),
        "a: 1.0E+5\nb: 1.50e+10\nc: 2.0e-3\nd: 1.10\ne: -0\n"
    );
    // What was written in YAML stays the same for its readers.
    let yaml = "a: 0o755\nb: 1e5\nc: 0440\nd: 1_000\ne: 22:22\n";
    assert_eq!(convert(Yaml, yaml, Yaml), yaml);
}

#[test]
fn text_that_yaml_1_1_reads_as_a_number_is_refused() {
    for text in [
        "1_000",
        "22:22",
        "-1:30:00",
        "0b101",
        "0x_1F",
        "1_0.5",
        "190:20:30.15",
    ] {
        for format in [Json, Toml] {
            let message = convert(Yaml, &format!("x: 1\na: {text}"), format);
            assert!(
                message.contains("line 2: ")
                    && message.contains("text without quotes that YAML 1.1 takes for a number"),
                "{text}: {message}"
            );
            assert!(
                !convert(Yaml, &format!("a: '{text}'"), format).starts_with("line"),
                "{text}"
            );
        }
    }
    for text in [
        "8080:80",
        "1:2:x",
        "a_1",
        "_1",
        "1::2",
        "1.2.3",
        "2026-01-02",
        "0b12",
        "1_x",
        "10.0.0.1:80",
    ] {
        assert!(
            convert(Yaml, &format!("a: \"x\"\nb: {text}"), Json)
                .ends_with(&format!("\"b\": \"{text}\"\n}}\n")),
            "{text}"
        );
    }
}

#[test]
fn text_without_quotes_is_written_without_quotes() {
    let text = "on: yes\nmode: 0440\n8080: web\nnull: ~x\nport: 22:22\nday: 2026-01-02\nn: 1_000\nt: \"no\"\nq: \"5\"\nf: -x\nargs: --flag\n";
    assert_eq!(convert(Yaml, text, Yaml), text);
}

#[test]
fn text_that_would_be_misread_elsewhere_gets_quotes() {
    assert_eq!(
        convert(Yaml, "a: {<<: {--- x: 1}}\n<<: {--- x: 1}\n", Yaml),
        "a:\n  \"--- x\": 1\n\"--- x\": 1\n"
    );
}

#[test]
fn text_that_a_reader_may_misread_gets_quotes() {
    let json = r#"{"a":"yes","b":"1.10","c":"0440","d":"","e":"x: y","f":"x #y","g":" x","h":"-","i":"null","on":"12:30","k":"~","l":"x\ty","m":"say \"hi\"","r":"a:b","o":"é","p":"{","q":"a\u0000"}"#;
    let yaml = "a: \"yes\"\nb: \"1.10\"\nc: \"0440\"\nd: \"\"\ne: \"x: y\"\nf: \"x #y\"\ng: \" x\"\nh: \"-\"\ni: \"null\"\n\"on\": \"12:30\"\nk: \"~\"\nl: \"x\\ty\"\nm: 'say \"hi\"'\nr: a:b\no: é\np: \"{\"\nq: \"a\\u0000\"\n";
    assert_eq!(convert(Json, json, Yaml), yaml);
}

#[test]
fn lines_become_a_block() {
    let json = r#"{"a":"x\ny\n","b":"x\n y","c":{"d":["x\n\n","x\n"]},"e":" x\n","f":"x\r\n","g":"\n"}"#;
    let yaml = "a: |\n  x\n  y\nb: |-\n  x\n   y\nc:\n  d:\n  - |+\n    x\n\n  - |\n    x\ne: \" x\\n\"\nf: \"x\\r\\n\"\ng: \"\\n\"\n";
    assert_eq!(convert(Json, json, Yaml), yaml);
}

#[test]
fn collections_nest() {
    let yaml = "a:\n- - 1\n  - []\n- b: 2\n  c:\n  - d: {}\n";
    assert_eq!(convert(Yaml, yaml, Yaml), yaml);
    assert_eq!(convert(Json, "{}", Yaml), "{}\n");
}

#[test]
fn toml_numbers_are_written_in_a_form_that_yaml_has() {
    assert_eq!(
        convert(
            Toml,
            "a = 1_000\nb = 0b11\nc = inf\nd = -inf\ne = nan\nf = 0xff\ng = 1_0.5",
            Yaml
        ),
        "a: 1000\nb: 3\nc: .inf\nd: -.inf\ne: .nan\nf: 0xff\ng: 10.5\n"
    );
}

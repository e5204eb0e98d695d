//! YAML: the core schema, and the same text without quotes in and out.

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
    reads(Yaml, "z: &d {b: 1, a: 2}\nx:\n  <<: *d\n  b: 3\ny: [*d]\n", "{z: {b: 1, a: 2}, x: {b: 3, a: 2}, y: [{b: 1, a: 2}]}");
    reads(Yaml, "a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b]}", "{a: {x: 1}, b: {x: 2, y: 2}, c: {x: 1, y: 2}}");
    reads(Yaml, "'<<': 1", "{<<: 1}");
}

#[test]
fn nothing_is_null() {
    reads(Yaml, "# a comment\n", "null");
}

#[test]
fn mistakes_have_their_line_and_no_value() {
    for (text, message) in [
        ("a: 1\n b: secret", "line 2: is not YAML: see column 3"),
        ("a: 1\na: 2", "line 2: the key \"a\" stands twice"),
        ("a: 1\nb: {<<: {a: 1}, <<: 5}", "line 2: `<<` names what is no map"),
        ("a: !x 1", "line 1: a tag (`!`) is none of YAML's core schema: leave it out"),
        ("a: !!int x", "line 1: a tag (`!!`) does not fit the value that it stands at, or is none of YAML's core schema"),
        ("a\n---\nb", "line 2: a second document begins: leave one"),
        ("[a]: 1", "line 1: a key is a list or a map: write text"),
        ("a: &a [*a]", "line 1: an alias (`*`) stands in what it stands for"),
    ] {
        reads(Yaml, text, message);
    }
}

#[test]
fn what_stood_without_quotes_stands_without_them_again() {
    let text = "on: yes\nmode: 0440\n8080: web\nnull: ~x\nport: 22:22\nday: 2026-01-02\nn: 1_000\nt: \"no\"\nq: \"5\"\nf: -x\nargs: --flag\n";
    assert_eq!(convert(Yaml, text, Yaml), text);
}

#[test]
fn what_would_begin_something_else_in_another_place_gets_quotes() {
    assert_eq!(convert(Yaml, "a: {<<: {--- x: 1}}\n<<: {--- x: 1}\n", Yaml), "a:\n  \"--- x\": 1\n\"--- x\": 1\n");
}

#[test]
fn text_of_another_format_gets_quotes_wherever_some_reader_might_take_it_for_something_else() {
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
fn numbers_of_toml_are_written_in_a_form_that_yaml_has() {
    assert_eq!(
        convert(Toml, "a = 1_000\nb = 0b11\nc = inf\nd = -inf\ne = nan\nf = 0xff\ng = 1_0.5", Yaml),
        "a: 1000\nb: 3\nc: .inf\nd: -.inf\ne: .nan\nf: 0xff\ng: 10.5\n"
    );
}

//! Checks that `.properties` is read as by java.util.Properties.

mod common;

use common::{convert, reads};
use podweave_formats::Format::{Json, Properties, Yaml};

#[test]
fn separators_comments_and_continuations_are_javas() {
    let text = "# c\n! c\n  a = 1  \nb:2\nc 3\nd   :  4\ne\n f\\ g=5\nh\\=i=6\nj=7\\\n   8\\\\\nk=\\\n# no comment\nl = x=y:z\n";
    reads(
        Properties,
        text,
        "{a: \"1  \", b: \"2\", c: \"3\", d: \"4\", e: \"\", f g: \"5\", h=i: \"6\", j: \"78\\\\\", k: \"# no comment\", l: \"x=y:z\"}",
    );
}

#[test]
fn lines_end_as_javas_do() {
    reads(
        Properties,
        "a=1\rb=2\r\nc=3\n\rd=4",
        "{a: \"1\", b: \"2\", c: \"3\", d: \"4\"}",
    );
    reads(Properties, "a=1\\\r\n 2\\\r 3\nb=4", "{a: \"123\", b: \"4\"}");
    reads(Properties, "a=1\\\n\nb=2", "{a: \"1\", b: \"2\"}");
    reads(Properties, "a=1\\\n# no comment\n", "{a: \"1# no comment\"}");
    // A lone backslash: what it continues is empty, but at the very end it is a line.
    reads(Properties, "\\\n# c\na=1", "{a: \"1\"}");
    reads(Properties, "\\\n\na=1", "{a: \"1\"}");
    reads(Properties, "\\\na=1", "{a: \"1\"}");
    reads(Properties, "a=1\n\\", "{a: \"1\", : \"\"}");
    reads(Properties, "a=1\n\\\n", "{a: \"1\", : \"\"}");
    reads(Properties, "a=1\n\\\r\n", "{a: \"1\"}");
}

#[test]
fn escapes_are_javas() {
    reads(
        Properties,
        "a=\\t\\n\\r\\f\\u00e9\\uD83D\\uDE00\\x\\\\",
        "{a: \"\\t\\n\\r\\u{c}é😀x\\\\\"}",
    );
    reads(
        Properties,
        "a=1\nb=\\u12",
        "line 2: `\\u` is not followed by four hexadecimal digits",
    );
    reads(
        Properties,
        "a=\\ud83d",
        "line 1: a `\\u` escape is half of a character",
    );
    reads(Properties, "a=\\", "{a: \"\"}");
    reads(Properties, "a=1\r\nb=2\r\n", "{a: \"1\", b: \"2\"}");
}

#[test]
fn a_dot_leads_deeper_and_a_name_may_have_a_value_and_members() {
    reads(
        Properties,
        "a.b=1\na.c=2\nx=3\nx.y=4\nz.y=5\nz=6",
        "{a: {b: \"1\", c: \"2\"}, x: {=\"3\", y: \"4\"}, z: {=\"6\", y: \"5\"}}",
    );
    reads(
        Properties,
        "h[0].n=1\nh[1].n=2",
        "{h: {[0]: {n: \"1\"}, [1]: {n: \"2\"}}}",
    );
}

#[test]
fn a_duplicate_key_is_named_with_its_line() {
    reads(
        Properties,
        "a.b=1\n\na.b=2",
        "line 3: duplicate key \"a.b\": it is set twice, first in line 1",
    );
    reads(
        Properties,
        "a=1\na.b=1\na=2",
        "line 3: duplicate key \"a\": it is set twice, first in line 1",
    );
    reads(
        Properties,
        "a=\na=",
        "line 2: duplicate key \"a\": it is set twice, first in line 1",
    );
}

#[test]
fn what_is_written_is_read_again() {
    let text =
        "a.b=1\\n2\na..b=\\t\\r\\f\nx=3\nx.y=\\ 4 \nh[0].n=\\u00E9\\uD83D\\uDE00\nm\\ \\=[a.b]=x\\\\y\n=e\n";
    assert_eq!(convert(Properties, text, Properties), text);
}

#[test]
fn nested_documents_get_names_with_dots_and_indices() {
    assert_eq!(
        convert(
            Yaml,
            "server: {port: 0440, on: yes, none: }\nhosts: [{n: a}, b]\nempty: []\n",
            Properties
        ),
        "server.port=0440\nserver.on=yes\nhosts[0].n=a\nhosts[1]=b\n"
    );
    assert_eq!(
        convert(Json, "{\"a.b\": 1,\n \"a\": {\"b\": 2}}", Properties),
        "line 2: two values have the name \"a.b\" in .properties: in the layer with dots in its names, choose `profiles: []`, so that they lead into maps as in Spring"
    );
    assert_eq!(
        convert(Yaml, "a:\n- \n", Properties),
        "line 2: .properties cannot hold null in a list"
    );
}

#[test]
fn other_formats_cannot_hold_a_value_beside_members() {
    let message = convert(Properties, "a=1\na.b=2", Yaml);
    assert_eq!(
        message,
        "line 1: YAML cannot hold a name that has a value and members, as `a=1` and `a.b=2` in .properties"
    );
    assert!(convert(Properties, "a=1\na.b=2", Json).starts_with("line 1: JSON cannot hold"));
}

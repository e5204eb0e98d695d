//! Checks merged documents.

mod common;

use common::shown;
use podweave_formats::{Format, Layer, Lists, indices_to_lists, merge};

/// A stack of documents, each with its format.
fn merged(documents: &[(Format, &str)], lists: Lists) -> String {
    let mut documents = documents
        .iter()
        .map(|(format, text)| (format, format.read(text, 0).unwrap()));
    let (_, mut result) = documents.next().unwrap();
    for (format, over) in documents {
        merge(
            &mut result,
            over,
            Layer {
                lists,
                is_flat: format.is_flat(),
            },
        );
    }
    shown(&result)
}

fn json(below: &str, over: &str) -> String {
    merged(&[(Format::Json, below), (Format::Json, over)], Lists::Replace)
}

/// The examples of RFC 7396, appendix A, whose documents are objects.
#[test]
fn it_is_rfc_7396() {
    for (below, over, wanted) in [
        (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{a: "c"}"#),
        (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{a: "b", b: "c"}"#),
        (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
        (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{b: "c"}"#),
        (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{a: "c"}"#),
        (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{a: ["b"]}"#),
        (
            r#"{"a":{"b":"c"}}"#,
            r#"{"a":{"b":"d","c":null}}"#,
            r#"{a: {b: "d"}}"#,
        ),
        (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, "{a: [1]}"),
        (r#"{"e":null}"#, r#"{"a":1}"#, "{e: null, a: 1}"),
        (
            r#"{"a":"foo"}"#,
            r#"{"b":[{"c":null}]}"#,
            r#"{a: "foo", b: [{c: null}]}"#,
        ),
        ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, "{a: {bb: {}}}"),
    ] {
        assert_eq!(json(below, over), wanted, "{below} {over}");
    }
}

#[test]
fn names_stay_where_they_were_first_set() {
    assert_eq!(
        json(
            r#"{"c":1,"a":{"x":1},"b":1}"#,
            r#"{"d":2,"a":{"w":2,"x":2},"c":2}"#
        ),
        "{c: 2, a: {x: 2, w: 2}, b: 1, d: 2}"
    );
    assert_eq!(
        merged(
            &[
                (Format::Json, r#"{"a":1,"b":1}"#),
                (Format::Json, r#"{"a":null}"#),
                (Format::Json, r#"{"a":2}"#)
            ],
            Lists::Replace
        ),
        "{b: 1, a: 2}"
    );
}

#[test]
fn lists_can_be_appended() {
    let documents = [
        (Format::Json, r#"{"a":[1],"b":1,"c":[1]}"#),
        (Format::Json, r#"{"a":[2],"b":[2],"c":3,"d":[null]}"#),
    ];
    assert_eq!(
        merged(&documents, Lists::Append),
        "{a: [1, 2], b: [2], c: 3, d: [null]}"
    );
}

#[test]
fn properties_set_each_name_for_itself() {
    use Format::{Json, Properties, Yaml};
    let stack = |documents: &[(Format, &str)]| merged(documents, Lists::Replace);
    assert_eq!(
        stack(&[(Properties, "a=1\na.b=2"), (Properties, "a=3\na.c=4")]),
        r#"{a: {="3", b: "2", c: "4"}}"#
    );
    assert_eq!(
        stack(&[(Properties, "a.b=2"), (Properties, "a=3")]),
        r#"{a: {="3", b: "2"}}"#
    );
    assert_eq!(
        stack(&[(Properties, "a=3"), (Properties, "a.b=2")]),
        r#"{a: {="3", b: "2"}}"#
    );
    assert_eq!(
        stack(&[(Properties, "h[0]=a\nh[1]=b"), (Properties, "h[1]=c")]),
        r#"{h: {[0]: "a", [1]: "c"}}"#
    );
    assert_eq!(
        stack(&[(Yaml, "h: [a, b]"), (Properties, "h[1]=c")]),
        r#"{h: {[0]: 'a', [1]: "c"}}"#
    );
    // A nested value replaces everything below it.
    assert_eq!(
        stack(&[(Properties, "a=1\na.b=2\nh[0]=a"), (Yaml, "a: x\nh: [b]")]),
        "{a: 'x', h: ['b']}"
    );
    assert_eq!(
        stack(&[(Properties, "a.b=2\nc=1"), (Json, r#"{"a":null}"#)]),
        r#"{c: "1"}"#
    );
}

#[test]
fn properties_spell_names_as_the_document_below_does() {
    use Format::{Properties, Yaml};
    let stack = |documents: &[(Format, &str)]| merged(documents, Lists::Replace);
    assert_eq!(
        stack(&[
            (Yaml, "server.port: 1\nx: 2"),
            (Properties, "server.port=3\nserver.host=h")
        ]),
        r#"{server.port: "3", x: 2, server: {host: "h"}}"#
    );
    assert_eq!(
        stack(&[
            (Yaml, "a: {b.c: 1}\nd.e: {f: 2}"),
            (Properties, "a.b.c=3\nd.e.f=4")
        ]),
        r#"{a: {b.c: "3"}, d.e: {f: "4"}}"#
    );
    assert_eq!(
        stack(&[(Yaml, "a.b: [x, y]\n'c[0]': 1"), (Properties, "a.b[1]=z\nc[0]=2")]),
        r#"{a.b: {[0]: 'x', [1]: "z"}, c[0]: "2"}"#
    );
    // Both spellings below are one name to Spring: both change.
    assert_eq!(
        stack(&[(Yaml, "a.b: 1\na: {b: 2}"), (Properties, "a.b=3")]),
        r#"{a.b: "3", a: {b: "3"}}"#
    );
    assert_eq!(
        stack(&[(Yaml, "a.b.c: 1"), (Properties, "a.b=2")]),
        r#"{a.b.c: 1, a: {b: "2"}}"#
    );
}

#[test]
fn indices_of_properties_become_lists() {
    for (text, wanted) in [
        ("h[1].n=b\nh[0].n=a", r#"{h: [{n: "a"}, {n: "b"}]}"#),
        ("h[0][0]=a", r#"{h: [["a"]]}"#),
        ("h[0]=a\nh[2]=b", r#"{h: {[0]: "a", [2]: "b"}}"#),
        ("h[0]=a\nh.x=b", r#"{h: {[0]: "a", x: "b"}}"#),
        ("h[0]=a\nh=b", r#"{h: {="b", [0]: "a"}}"#),
        ("h[00]=a", r#"{h: {[00]: "a"}}"#),
    ] {
        let mut node = Format::Properties.read(text, 0).unwrap();
        indices_to_lists(&mut node);
        assert_eq!(shown(&node), wanted, "{text}");
    }
}

//! Checks the messages for mistakes, and what they blame.

mod common;

use common::{documents, file, render};
use podweave_plugin::Error;

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn mistakes_in_the_parameters_are_named_by_their_path() {
    let documents = documents([("a/a.yaml", "a: 1")]);
    for (params, path, message) in [
        ("{}", "files", "is missing"),
        (
            r#"{"file":{}}"#,
            "file",
            "is not a parameter: did you mean `files`?",
        ),
        (
            r#"{"files":[]}"#,
            "files",
            "is a list, not a map: write {PATH: {layers: [ALIAS/KEY]}}",
        ),
        (
            r#"{"files":{"a.yaml":["a/a.yaml"]}}"#,
            "files[\"a.yaml\"]",
            "is a list, not a map: write {layers: [ALIAS/KEY]}",
        ),
        (
            r#"{"files":{"a.yaml":{"layers":"a/a.yaml"}}}"#,
            "files[\"a.yaml\"].layers",
            "is text, not a list: write [ALIAS/KEY]",
        ),
        (
            r#"{"files":{"a.yaml":{}}}"#,
            "files[\"a.yaml\"].layers",
            "is missing",
        ),
        (
            r#"{"files":{"a.yaml":{"layers":[]}}}"#,
            "files[\"a.yaml\"].layers",
            "is empty: name at least one layer",
        ),
        (
            r#"{"files":{"a.yaml":{"layers":["a.yaml"]}}}"#,
            "files[\"a.yaml\"].layers[0]",
            "names a ConfigMap's key as ALIAS/KEY, or ALIAS/KEY? if it may be missing",
        ),
        (
            r#"{"files":{"a.yaml":{"layers":["a/a"]}}}"#,
            "files[\"a.yaml\"].layers[0]",
            "has no extension of a known format: give `{key: ALIAS/KEY, format: ...}` with one of env, ini, json, properties, toml, yaml",
        ),
        (
            r#"{"files":{"a":{"layers":["a/a.yaml"]}}}"#,
            "files.a",
            "has no extension of a known format: give `format` with one of env, ini, json, properties, toml, yaml",
        ),
        (
            r#"{"files":{"a.yaml":{"layers":[{}]}}}"#,
            "files[\"a.yaml\"].layers[0]",
            "has `key`, with or without `format` and `profiles`, or it has `values`",
        ),
        (
            r#"{"files":{"a.yaml":{"layers":[{"values":{},"format":"yaml"}]}}}"#,
            "files[\"a.yaml\"].layers[0]",
            "has `key`, with or without `format` and `profiles`, or it has `values`",
        ),
        (
            r#"{"files":{"a.yaml":{"layers":[{"values":{},"profiles":[]}]}}}"#,
            "files[\"a.yaml\"].layers[0]",
            "has `key`, with or without `format` and `profiles`, or it has `values`",
        ),
        (
            r#"{"files":{"a.yaml":{"layers":[{"key":"a/a.json","profiles":["p"]}]}}}"#,
            "files[\"a.yaml\"].layers[0].profiles",
            "is for YAML and .properties documents only",
        ),
        (
            r#"{"files":{"a.yaml":{"layers":[{"values":[1]}]}}}"#,
            "files[\"a.yaml\"].layers[0].values",
            "is a list, not a map",
        ),
        (
            r#"{"files":{"a.yaml":{"layers":["a/a.yaml"],"lists":"merge"}}}"#,
            "files[\"a.yaml\"].lists",
            "is not known: there are `append`, `replace`",
        ),
        (
            r#"{"files":{"a.yaml":{"layers":["a/a.yaml"],"mode":"0888"}}}"#,
            "files[\"a.yaml\"].mode",
            "is not a file mode: write it in octal and in quotes, \"0440\", at most \"0777\"",
        ),
        (
            r#"{"files":{"a.yaml":{"layers":["a/a.yaml"],"moed":"0440"}}}"#,
            "files[\"a.yaml\"].moed",
            "is not a parameter: did you mean `mode`?",
        ),
    ] {
        match render(&documents, params) {
            Err(error) => assert_eq!(error, Error::invalid_params(path, message), "{params}"),
            Ok(_) => panic!("{params} renders"),
        }
    }
}

#[test]
fn a_mistake_in_a_layer_names_its_key_and_line() {
    let documents = documents([
        ("a/a.yaml", "a: 1"),
        ("b/b.json", "{\n\"a\": hunter2}"),
        ("c/c.yaml", "# x\n- 1\n"),
    ]);
    let message =
        "line 2: is not JSON: a value is neither a number, nor true, false or null, nor text in quotes";
    assert_eq!(
        file(&documents, "a.yaml", r#"["a/a.yaml","b/b.json"]"#, ""),
        Err(Error::invalid_value("b", "b.json", message))
    );
    let message = "line 2: the document is a list, but a layer is a map of names";
    assert_eq!(
        file(&documents, "a.yaml", r#"["a/a.yaml","c/c.yaml"]"#, ""),
        Err(Error::invalid_value("c", "c.yaml", message))
    );
}

#[test]
fn a_value_that_a_format_cannot_hold_is_blamed_on_its_layer() {
    let documents = documents([
        ("a/a.yaml", "a: 1\nb:\n  c: 2\n"),
        ("b/b.json", "{\"b\":\n{\"c\":[1]}}"),
    ]);
    let message = "line 2: INI cannot hold a list under \"c\": it has sections, and keys with one value (for the file \"a.ini\")";
    assert_eq!(
        file(&documents, "a.ini", r#"["a/a.yaml","b/b.json"]"#, ""),
        Err(Error::invalid_value("b", "b.json", message))
    );
    let message = "INI cannot hold a list under \"c\": it has sections, and keys with one value (for the file \"a.ini\")";
    assert_eq!(
        file(
            &documents,
            "a.ini",
            r#"["a/a.yaml",{"values":{"b":{"c":[1]}}}]"#,
            ""
        ),
        Err(Error::invalid_params(
            "files[\"a.ini\"].layers[1].values",
            message
        ))
    );
}

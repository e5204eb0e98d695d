//! Checks the parameters that the pod's owner writes.

mod common;

use common::{Case, Env, Rendered};
use podweave_plugin::Error;

fn case(params: &str) -> Case {
    Case::new()
        .map("m", [("t", "<{{config.k}}>"), ("k", "v"), ("bad", "\n{{")])
        .params(params)
}

fn refused(params: &str) -> (String, String) {
    match case(params).failure() {
        Error::InvalidParams { path, message } => (path, message),
        other => panic!("{params}: {other:?}"),
    }
}

fn pair(path: &str, message: &str) -> (String, String) {
    (path.to_owned(), message.to_owned())
}

#[test]
fn no_parameters_render_nothing() {
    assert_eq!(
        case("{}").render(),
        Ok(Rendered {
            reads: vec!["params".to_owned()],
            ..Rendered::default()
        })
    );
}

#[test]
fn everything_at_once() {
    let rendered = case(
        r#"{"env":{"A":"{{config.k}}","B":"$(X)"},"args":{"replace":["-k","{{config.k}}"]},
            "files":{"a":"{{config.k}}","b/c":{"key":"m/t","mode":"0440"},"d":{"template":"t","mode":256},"e":{"copy":"m/t"}},"values":{}}"#,
    )
    .render()
    .unwrap();
    assert_eq!(rendered.env["A"], Env::Plain("v".to_owned()));
    assert_eq!(rendered.env["B"], Env::Expanded("$(X)".to_owned()));
    assert_eq!(rendered.replaced, Some(vec!["-k".to_owned(), "v".to_owned()]));
    let files: Vec<(&str, &[u8])> = rendered
        .files
        .iter()
        .map(|(path, bytes)| (&**path, &**bytes))
        .collect();
    assert_eq!(
        files,
        [
            ("a", &b"v"[..]),
            ("b/c", b"<v>"),
            ("d", b"t"),
            ("e", b"<{{config.k}}>")
        ]
    );
    assert_eq!(
        rendered.modes.into_iter().collect::<Vec<_>>(),
        [("b/c".to_owned(), 0o440), ("d".to_owned(), 0o400)]
    );
}

#[test]
fn an_unknown_parameter_is_named_with_the_nearest_known_one() {
    assert_eq!(
        refused(r#"{"envs":{}}"#),
        pair("envs", "is not a parameter: did you mean `env`?")
    );
    assert_eq!(
        refused(r#"{"x":{}}"#),
        pair(
            "x",
            "is not a parameter: there are `args`, `env`, `files`, `partials`, `values`"
        )
    );
    assert_eq!(
        refused(r#"{"files":{"a.b":{"moed":"0440","key":"m/t"}}}"#),
        pair(r#"files["a.b"].moed"#, "is not a parameter: did you mean `mode`?")
    );
    assert_eq!(
        refused(r#"{"args":{"apend":[]}}"#),
        pair("args.apend", "is not a parameter: did you mean `append`?")
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn shapes_are_checked() {
    for (params, path, message) in [
        ("[]", "", "is a list, not a map"),
        (
            r#"{"env":[{"name":"A","value":"x"}]}"#,
            "env",
            "is a list, not a map: write it as `{NAME: template}`",
        ),
        (
            r#"{"files":[]}"#,
            "files",
            "is a list, not a map: write it as `{path: template}`",
        ),
        (
            r#"{"partials":[]}"#,
            "partials",
            "is a list, not a map: write it as `{name: ALIAS/KEY}`",
        ),
        (
            r#"{"env":{"A":{"config.port":null}}}"#,
            "env.A",
            "is a map, not a template: put a template in quotes, or YAML takes its `{` for a map",
        ),
        (
            r#"{"args":["-v"]}"#,
            "args",
            "is a list, not a map: write it as `{append: [...]}`, behind the container's own arguments, or as `{replace: [...]}`, in their place",
        ),
        (
            r#"{"env":{"A":1.10}}"#,
            "env.A",
            "is a number, but a template is text: put it in quotes",
        ),
        (
            r#"{"env":{"A":true}}"#,
            "env.A",
            "is a boolean, but a template is text: put it in quotes",
        ),
        (r#"{"env":{"A":null}}"#, "env.A", "is null, not a template"),
        (r#"{"args":{}}"#, "args", "has either `append` or `replace`"),
        (
            r#"{"args":{"append":[],"replace":[]}}"#,
            "args",
            "has either `append` or `replace`",
        ),
        (
            r#"{"args":{"append":"x"}}"#,
            "args.append",
            "is text, not a list of templates",
        ),
        (
            r#"{"args":{"append":["x",2]}}"#,
            "args.append[1]",
            "is a number, but a template is text: put it in quotes",
        ),
        (
            r#"{"files":{"a":1}}"#,
            "files.a",
            "is a number, not a template, or a map with `template`, `key` or `copy`",
        ),
        (
            r#"{"files":{"a":{}}}"#,
            "files.a",
            "has one of `template`, `key` and `copy`",
        ),
        (
            r#"{"files":{"a":{"key":"m/t","copy":"m/t"}}}"#,
            "files.a",
            "has one of `template`, `key` and `copy`",
        ),
        (
            r#"{"files":{"a":{"key":"t"}}}"#,
            "files.a.key",
            "names a ConfigMap's key as ALIAS/KEY",
        ),
        (
            r#"{"partials":{"p":"m/"}}"#,
            "partials.p",
            "names a ConfigMap's key as ALIAS/KEY",
        ),
    ] {
        assert_eq!(refused(params), pair(path, message), "{params}");
    }
}

#[test]
fn modes_are_octal_in_quotes_and_decimal_without() {
    for (mode, wanted) in [
        ("\"0440\"", 0o440),
        ("\"440\"", 0o440),
        ("\"0\"", 0),
        ("288", 0o440),
        ("511", 0o777),
    ] {
        let rendered = case(&format!(r#"{{"files":{{"a":{{"template":"","mode":{mode}}}}}}}"#))
            .render()
            .unwrap();
        assert_eq!(rendered.modes["a"], wanted, "{mode}");
    }
    for mode in [
        "\"0o440\"",
        "\"1000\"",
        "\"\"",
        "\"rw\"",
        "\"+7\"",
        "512",
        "-1",
        "1.5",
        "null",
        "\"0888\"",
    ] {
        let (path, message) = refused(&format!(r#"{{"files":{{"a":{{"template":"","mode":{mode}}}}}}}"#));
        assert_eq!(path, "files.a.mode", "{mode}");
        assert_eq!(
            message,
            "is not a file mode: write it in octal and in quotes, \"0440\", at most \"0777\""
        );
    }
}

#[test]
fn a_mistake_in_a_template_is_reported_before_any_render() {
    let case = case(r#"{"env":{"A":"a"},"args":{"append":["ok","\n{{#if"]}}"#);
    assert_eq!(
        case.failure(),
        Error::invalid_params(
            "args.append[1]",
            "line 2, column 6: the template ends inside of braces: `}}` is missing"
        )
    );
}

#[test]
fn a_mistake_in_a_template_of_a_config_map_blames_its_key() {
    let failure = case(r#"{"files":{"a":{"key":"m/bad"}}}"#).failure();
    assert_eq!(
        failure,
        Error::invalid_value(
            "m",
            "bad",
            "line 2, column 3: the template ends inside of braces: `}}` is missing"
        )
    );
}

#[test]
fn a_file_whose_key_is_missing_names_the_key() {
    for source in ["key", "copy"] {
        let failure = case(&format!(r#"{{"files":{{"a":{{"{source}":"m/none"}}}}}}"#)).failure();
        assert_eq!(
            failure,
            Error::invalid_value("m", "none", "is missing: add it, or give a default"),
            "{source}"
        );
    }
}

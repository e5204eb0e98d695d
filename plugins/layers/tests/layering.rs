//! Checks merged and written documents.

mod common;

use common::{documents, file, gives, render};
use podweave_plugin::Error;

#[test]
fn base_environment_and_team_become_one_file() {
    let documents = documents([
        (
            "base/app.yaml",
            "# defaults\nserver:\n  port: 8080\n  mode: 0440\nlog: {level: info, json: yes}\nhosts: [a]\n",
        ),
        (
            "production/app.toml",
            "[log]\nlevel = \"warn\"\n[server]\ntimeout = 1_000\n",
        ),
        (
            "team/app.json",
            r#"{"log": {"json": null}, "hosts": ["b"], "ratio": 1.10}"#,
        ),
    ]);
    let layers = r#"["base/app.yaml","production/app.toml","team/app.json","team/more.yaml?",{"values":{"server":{"tls":true}}}]"#;
    gives(
        &documents,
        "app.yaml",
        layers,
        "server:\n  port: 8080\n  mode: 0440\n  timeout: 1000\n  tls: true\nlog:\n  level: warn\nhosts:\n- b\nratio: 1.10\n",
    );
    assert_eq!(
        *documents.reads.borrow(),
        [
            "base/app.yaml",
            "production/app.toml",
            "team/app.json",
            "team/more.yaml"
        ]
    );
}

#[test]
fn each_format_is_written() {
    let documents = documents([("a/a.yaml", "s:\n  b: 2\n  a: text\nx: 1.10\n")]);
    for (path, wanted) in [
        (
            "a.json",
            "{\n  \"s\": {\n    \"b\": 2,\n    \"a\": \"text\"\n  },\n  \"x\": 1.10\n}\n",
        ),
        ("a.yml", "s:\n  b: 2\n  a: text\nx: 1.10\n"),
        ("a.toml", "x = 1.10\n\n[s]\nb = 2\na = \"text\"\n"),
        ("dir/a.properties", "s.b=2\ns.a=text\nx=1.10\n"),
        ("a.ini", "x = 1.10\n\n[s]\nb = 2\na = text\n"),
        (".env", "s_b=2\ns_a=text\nx=1.10\n"),
    ] {
        gives(&documents, path, r#"["a/a.yaml"]"#, wanted);
    }
}

#[test]
fn lists_are_replaced_or_appended() {
    let documents = documents([
        ("a/a.json", r#"{"l":[1],"m":{"l":[1]}}"#),
        ("b/a.json", r#"{"l":[2],"m":{"l":[2]}}"#),
    ]);
    let layers = r#"["a/a.json","b/a.json"]"#;
    assert_eq!(
        file(&documents, "a.toml", layers, r#""lists":"append""#).unwrap(),
        "l = [1, 2]\n\n[m]\nl = [1, 2]\n"
    );
    assert_eq!(
        file(&documents, "a.toml", layers, r#""lists":"replace""#).unwrap(),
        "l = [2]\n\n[m]\nl = [2]\n"
    );
}

#[test]
fn null_deletes_except_in_the_first_layer() {
    let documents = documents([
        ("a/a.yaml", "a: null\nb: 1\n"),
        ("b/a.yaml", "b: null\nc: null\n"),
    ]);
    gives(
        &documents,
        "a.json",
        r#"["a/a.yaml","b/a.yaml"]"#,
        "{\n  \"a\": null\n}\n",
    );
    // The second layer means the same, whether the first exists or not.
    gives(&documents, "a.json", r#"["a/gone.yaml?","b/a.yaml"]"#, "{}\n");
    gives(&documents, "a.toml", r#"["a/a.yaml"]"#, "b = 1\n");
}

#[test]
fn an_empty_document_is_an_empty_layer() {
    let documents = documents([
        ("a/a.yaml", "# nothing yet\n"),
        ("b/a.yaml", "b: 1\n"),
        ("c/a.properties", ""),
    ]);
    gives(
        &documents,
        "a.yaml",
        r#"["a/a.yaml","b/a.yaml","a/a.yaml","c/a.properties"]"#,
        "b: 1\n",
    );
    gives(&documents, "a.yaml", r#"["a/a.yaml"]"#, "{}\n");
    gives(&documents, "a.properties", r#"["c/a.properties"]"#, "");
}

#[test]
fn properties_are_merged_with_nested_documents() {
    let documents = documents([
        (
            "a/application.yaml",
            "server:\n  port: 8080\n  hosts: [x, y]\nlog: info\n",
        ),
        (
            "b/application.properties",
            "server.port=9090\nserver.hosts[1]=z\nlog.sql=debug\nnew[0].name=first\n",
        ),
    ]);
    let layers = r#"["a/application.yaml","b/application.properties"]"#;
    gives(
        &documents,
        "application.properties",
        layers,
        "server.port=9090\nserver.hosts[0]=x\nserver.hosts[1]=z\nlog=info\nlog.sql=debug\nnew[0].name=first\n",
    );
    assert_eq!(
        file(&documents, "application.yaml", layers, ""),
        Err(Error::invalid_value(
            "a",
            "application.yaml",
            "line 4: YAML cannot hold a name that has a value and members, as `a=1` and `a.b=2` in .properties (for the file \"application.yaml\")"
        ))
    );
    gives(
        &documents,
        "application.yaml",
        r#"["a/application.yaml","b/application.properties",{"values":{"log":null}}]"#,
        "server:\n  port: \"9090\"\n  hosts:\n  - x\n  - z\nnew:\n- name: first\n",
    );
}

#[test]
fn a_layer_for_some_profiles_is_read_as_spring_does() {
    let documents = documents([
        (
            "a/application.yml",
            "server.port: 8080\n---\nspring.config.activate.on-profile: p\nserver: {port: 80}\nspring.main.banner-mode: null\n",
        ),
        ("b/application.yaml", "server: {port: 90}\n"),
        ("c/application.properties", "server.port=100\n"),
    ]);
    let first = r#"{"key":"a/application.yml","profiles":["p"]}"#;
    gives(
        &documents,
        "a.yaml",
        &format!("[{first}]"),
        "server:\n  port: 80\nspring:\n  main:\n    banner-mode: null\n",
    );
    let all = format!(r#"[{first},"b/application.yaml","c/application.properties"]"#);
    gives(&documents, "a.properties", &all, "server.port=100\n");
    gives(
        &documents,
        "a.yaml",
        r#"[{"key":"a/application.yml","profiles":["x"]},"c/application.properties"]"#,
        "server:\n  port: \"100\"\n",
    );
}

#[test]
fn properties_change_a_name_with_dots_of_the_yaml_below() {
    let documents = documents([
        ("a/a.yaml", "server.port: 8080\n"),
        ("b/b.properties", "server.port=9090\nserver.host=h\n"),
    ]);
    gives(
        &documents,
        "a.properties",
        r#"["a/a.yaml","b/b.properties"]"#,
        "server.port=9090\nserver.host=h\n",
    );
    gives(
        &documents,
        "a.yaml",
        r#"["a/a.yaml","b/b.properties"]"#,
        "server.port: \"9090\"\nserver:\n  host: h\n",
    );
    let message = "line 1: two values have the name \"server.port\" in .properties: in the layer with dots in its names, choose `profiles: []`, so that they lead \
                   into maps as in Spring (for the file \"a.properties\")";
    let refusal = file(
        &documents,
        "a.properties",
        r#"["a/a.yaml",{"values":{"server":{"port":1}}}]"#,
        "",
    );
    assert_eq!(
        refusal,
        Err(Error::invalid_params(
            "files[\"a.properties\"].layers[1].values",
            message.trim_start_matches("line 1: ")
        ))
    );
}

#[test]
fn formats_and_modes_can_be_named() {
    let documents = documents([("a/settings", "a: 1")]);
    let params = r#"{"files":{"b.conf":{"layers":[{"key":"a/settings","format":"yaml"}],"format":"ini","mode":"0440"},"a.json":{"layers":[{"values":{}}],"mode":384}}}"#;
    let files: Vec<_> = render(&documents, params)
        .unwrap()
        .into_iter()
        .map(|file| (file.path, file.contents, file.mode))
        .collect();
    assert_eq!(
        files,
        [
            ("b.conf".to_owned(), "a = 1\n".to_owned(), Some(0o440)),
            ("a.json".to_owned(), "{}\n".to_owned(), Some(0o600))
        ]
    );
}

//! Checks how a document's names become names of variables.

mod common;

use common::{one, wrong};
use podweave_plugin::Error;

const NESTED: &str = "server:\n  port: 80\n  log-level: info\nhosts:\n- name: a\n- name: b\n";

#[test]
fn parts_are_joined_and_items_counted() {
    assert_eq!(
        one("a.yaml", NESTED, r#""exclude":["*.log-level"]"#).unwrap(),
        ["hosts_0_name=a", "hosts_1_name=b", "server_port=80"]
    );
    let fields = r#""separator":"__","upperCase":true,"prefix":"App_","invalidNames":"replace""#;
    assert_eq!(
        one("a.yaml", NESTED, fields).unwrap(),
        [
            "App_HOSTS__0__NAME=a",
            "App_HOSTS__1__NAME=b",
            "App_SERVER__LOG_LEVEL=info",
            "App_SERVER__PORT=80"
        ]
    );
}

#[test]
fn dots_and_indices_of_properties_are_parts_like_any_other() {
    let text = "server.port=80\nhosts[0].name=a\nx=1\nx.y=2\n";
    assert_eq!(
        one("a.properties", text, r#""upperCase":true"#).unwrap(),
        ["HOSTS_0_NAME=a", "SERVER_PORT=80", "X=1", "X_Y=2"]
    );
}

#[test]
fn include_and_exclude_choose_by_the_names_in_the_document() {
    assert_eq!(
        one(
            "a.yaml",
            NESTED,
            r#""include":["server.*","hosts[0].*"],"exclude":["*-level"]"#
        )
        .unwrap(),
        ["hosts_0_name=a", "server_port=80"]
    );
    assert_eq!(
        one("a.yaml", NESTED, r#""include":["server.port"]"#).unwrap(),
        ["server_port=80"]
    );
    assert_eq!(
        one("a.yaml", NESTED, r#""include":["nothing.*"]"#).unwrap(),
        [""; 0]
    );
}

#[test]
fn a_renamed_value_is_included_and_its_name_is_final() {
    let fields = r#""include":["server.port"],"prefix":"P_","upperCase":true,"rename":{"server.log-level":"logLevel"}"#;
    assert_eq!(
        one("a.yaml", NESTED, fields).unwrap(),
        ["P_SERVER_PORT=80", "logLevel=info"]
    );
}

#[test]
fn names_in_the_parameters_that_no_document_has_are_refused() {
    for (field, fields) in [
        ("rename", r#""rename":{"server.prt":"PORT"}"#),
        ("include", r#""include":["hosts[0].*","server.prt"]"#),
    ] {
        let message = "names \"server.prt\", which app/a.yaml does not have: names are written as `server.port` and `hosts[0]`";
        assert_eq!(
            one("a.yaml", NESTED, fields),
            Err(Error::invalid_params(format!("sources[0].{field}"), message))
        );
    }
}

#[test]
fn an_invalid_variable_name_is_refused_or_replaced() {
    const INVALID: &str = "is not the name of an environment variable, which has letters, digits and `_`, and no digit first: rename it, exclude it, or set `invalidNames: replace`";
    assert_eq!(
        one("a.yaml", NESTED, ""),
        wrong("a.yaml", &format!("line 3: \"server.log-level\" {INVALID}"))
    );
    assert_eq!(
        one("a.env", "A=1\n8080=x\n", ""),
        wrong("a.env", &format!("line 2: \"8080\" {INVALID}"))
    );
    assert_eq!(
        one("a.env", "8080=x\nä.b=y\n", r#""invalidNames":"replace""#).unwrap(),
        ["_8080=x", "__b=y"]
    );
    assert_eq!(
        one("a.properties", "=x\n", r#""invalidNames":"replace""#),
        wrong("a.properties", &format!("line 1: \"\" {INVALID}"))
    );
    assert_eq!(
        one("a.env", "A=1", r#""rename":{"A":"B-C"}"#),
        wrong("a.env", &format!("line 1: \"A\" {INVALID}"))
    );
}

#[test]
fn two_names_that_become_one_are_refused() {
    let message = "line 2: sets the variable \"A_B\", which app/a.yaml, line 1 sets already";
    assert_eq!(
        one("a.yaml", "a: {b: 1}\na_b: 2\n", r#""upperCase":true"#),
        wrong("a.yaml", message)
    );
}

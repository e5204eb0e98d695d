//! Checks that a missing name fails the render with that name, unless `default` catches it.

mod common;

use common::{Case, in_template};
use podweave_plugin::Error;

fn two() -> Case {
    Case::new()
        .map("base", [("port", "80")])
        .map("web", [("host", "h")])
}

fn one() -> Case {
    Case::new().map("web", [("host", "h"), ("json", r#"{"a":{"b":1}}"#)])
}

#[test]
fn a_missing_key_is_named_with_its_template_and_place() {
    assert_eq!(
        one().fails("x\n {{config.prt}}"),
        Error::invalid_value(
            "web",
            "prt",
            "is missing (used by files.f, line 2, column 4): add it, or give a default"
        ),
    );
}

#[test]
fn a_key_that_is_missing_in_several_config_maps_names_them_all() {
    assert_eq!(
        two().fails("{{config.prt}}"),
        Error::other(
            "`config.prt` is missing (used by files.f, line 1, column 3): none of the ConfigMaps `base`, `web` has the key `prt`: add it, or give a default; did you mean `config.port`?"
        ),
    );
}

#[test]
fn a_key_of_one_of_several_config_maps_names_that_one() {
    assert_eq!(
        two().fails("{{maps.base.host}}"),
        Error::invalid_value(
            "base",
            "host",
            "is missing (used by files.f, line 1, column 3): add it, or give a default"
        ),
    );
}

#[test]
fn without_any_config_map_the_failure_says_so() {
    assert_eq!(
        Case::new().fails("{{config.a}}"),
        in_template(
            "line 1, column 3: `config.a` is missing: no ConfigMap that is bound exists, so none has the key `a`"
        ),
    );
}

#[test]
fn every_use_of_a_missing_key_fails() {
    for template in [
        "{{config.x}}",
        "{{{config.x}}}",
        "{{upper config.x}}",
        "{{upper (lower config.x)}}",
        "{{json config.x}}",
        "{{#if config.x}}{{/if}}",
        "{{#unless config.x}}{{/unless}}",
        "{{#each config.x}}{{/each}}",
        "{{#with config.x}}{{/with}}",
        "{{#if (eq config.x 1)}}{{/if}}",
        "{{or config.x 1}}",
        "{{and 1 config.x}}",
        "{{not config.x}}",
        "{{lookup config 'x'}}",
        "{{lookup maps.web 'x'}}",
        "{{default config.y config.x}}",
        "{{required config.x}}",
        "{{json (lookup config (concat 'x' ''))}}",
    ] {
        match one().text(template) {
            Err(Error::InvalidValue { config_map, key, .. }) => {
                assert_eq!((&*config_map, &*key), ("web", "x"), "{template}")
            }
            other => panic!("{template}: {other:?}"),
        }
    }
}

#[test]
fn a_default_catches_a_missing_name() {
    one()
        .gives("{{default config.x 'd'}}", "d")
        .gives("{{default config.host 'd'}}", "h")
        .gives("{{default config.x config.y config.host}}", "h")
        .gives("{{default (upper config.x) 'd'}}", "d")
        .gives("{{default (lookup config 'x') 'd'}}", "d")
        .gives("{{#if (default config.x false)}}y{{else}}n{{/if}}", "n")
        .gives("{{default values.a.b.c 'd'}}", "d")
        .gives("{{default pod.name 'd'}}", "d");
}

#[test]
fn a_default_catches_null_but_not_empty_text() {
    Case::new()
        .map("m", [("e", "")])
        .values(r#"{"n":null}"#)
        .gives("[{{default values.n 'd'}}][{{default config.e 'd'}}]", "[d][]");
}

#[test]
fn a_default_catches_no_other_failure() {
    assert_eq!(
        one().fails("{{default (int config.host) 1}}"),
        Error::invalid_value(
            "web",
            "host",
            "is not an integer: write one from -9223372036854775808 to 9223372036854775807 (used by files.f, line 1, column 12)"
        ),
    );
}

#[test]
fn a_missing_key_in_an_untaken_branch_does_not_matter() {
    one().gives("{{#if true}}y{{else}}{{config.x}}{{/if}}{{#if false}}{{upper config.x}}{{/if}}{{or config.host config.x}}", "yh");
}

#[test]
fn has_asks_without_failing() {
    one()
        .absent("extra")
        .gives(
            "{{has config 'host'}} {{has config 'x'}} {{has maps.web 'host'}} {{has maps.extra 'x'}}",
            "true false true false",
        )
        .gives(
            "{{has maps 'web'}} {{has maps 'extra'}} {{has values 'a'}} {{has pod 'name'}}",
            "true false false false",
        );
}

#[test]
fn an_optional_config_map_that_is_absent_has_no_keys() {
    let case = one().absent("extra");
    case.gives("{{default maps.extra.x 'd'}}", "d");
    assert_eq!(
        case.fails("{{#each maps.extra}}{{/each}}"),
        in_template(
            "line 1, column 9: `maps.extra` is missing: no ConfigMap that exists is bound under this alias; check with `(has maps \"alias\")`"
        ),
    );
}

#[test]
fn a_missing_member_names_the_key_of_the_parsed_value() {
    assert_eq!(
        one().fails("{{#with (parse-json config.json)}}{{a.c}}{{/with}}"),
        Error::invalid_value(
            "web",
            "json",
            "has no `a.c` (used by files.f, line 1, column 37): add it, or give a default"
        ),
    );
}

#[test]
fn a_missing_value_of_the_parameters_blames_the_parameters() {
    assert_eq!(
        Case::new().fails("{{values.a}}"),
        in_template("line 1, column 3: `values.a` is missing: add it, or give a default")
    );
}

#[test]
fn a_fact_that_is_not_known_says_how_to_give_it() {
    assert_eq!(
        Case::new().fails("{{pod.name}}"),
        in_template(
            "line 1, column 3: `pod.name` is missing: it is not known here; on the command line give it with --set"
        ),
    );
}

#[test]
fn a_name_that_is_not_in_the_context_lists_the_known_ones() {
    assert_eq!(
        Case::new().fails("{{port}}"),
        in_template(
            "line 1, column 3: `port` is missing: the context has config, maps, values, pod, container and node"
        ),
    );
}

#[test]
fn a_root_name_inside_of_a_block_gets_a_hint() {
    assert_eq!(
        one().fails("{{#each (split 'a' ',')}}{{config.host}}{{/each}}"),
        in_template(
            "line 1, column 28: `config.host` is missing: it would be a member of text; `parse-json` and `parse-yaml` read text"
        ),
    );
    assert_eq!(
        one()
            .values(r#"[{}]"#)
            .fails("{{#each values}}{{config.host}}{{/each}}"),
        in_template(
            "line 1, column 19: `config.host` is missing: inside of a block, write `@root.` in front of what the whole template is about"
        ),
    );
}

#[test]
fn the_nearest_name_is_suggested() {
    let case = Case::new()
        .map(
            "c",
            [
                ("nginx.conf", "x"),
                ("db-host", "h"),
                ("json", r#"{"a.b":{"port":1},"list":[1]}"#),
            ],
        )
        .values(r#"{"l":[1],"server":{"port":1}}"#);
    for (template, meant) in [
        ("{{config.nginx.conf}}", "`config.[nginx.conf]`"),
        ("{{config.nginx.cnf}}", "`config.[nginx.conf]`"),
        ("{{maps.c.db_host}}", "`maps.c.db-host`"),
        ("{{config.db-hots}}", "`config.db-host`"),
        ("{{lookup config 'db-hots'}}", "`db-host`"),
        ("{{values.srever.port}}", "`values.server`"),
        ("{{values.server.prot}}", "`values.server.port`"),
        (
            "{{#with (parse-json config.json)}}{{a.b.port}}{{/with}}",
            "`[a.b].port`",
        ),
        ("{{pod.nmae}}", "`pod.name`"),
        ("{{confg.x}}", "`config`"),
        ("{{db-host}}", "`config.db-host`"),
    ] {
        let failure = format!("{:?}", case.fails(template));
        assert!(
            failure.contains(&format!("did you mean {meant}?")),
            "{template}: {failure}"
        );
    }
    for template in ["{{config.database}}", "{{values.x}}", "{{pod.name}}"] {
        let failure = format!("{:?}", case.fails(template));
        assert!(!failure.contains("did you mean"), "{template}: {failure}");
    }
}

#[test]
fn length_is_called_len_here() {
    let case = Case::new().map("c", [("list", "[1]")]).values(r#"{"l":[1,2]}"#);
    assert_eq!(
        case.fails("{{values.l.length}}"),
        in_template(
            "line 1, column 3: `values.l.length` is missing: `len` counts what it has: `(len values.l)`"
        )
    );
    let failure = format!(
        "{:?}",
        case.fails("{{#with (parse-yaml config.list)}}{{length}}{{/with}}")
    );
    assert!(failure.contains("`(len this)`"), "{failure}");
}

#[test]
fn null_has_no_text_and_is_named() {
    let case = Case::new()
        .map("c", [("a.yaml", "host:\nport: 80\n")])
        .values(r#"{"n":null}"#);
    assert_eq!(
        case.fails("http://{{lookup (parse-yaml config.[a.yaml]) 'host'}}:80"),
        Error::invalid_value(
            "c",
            "a.yaml",
            "`lookup (parse-yaml config.[a.yaml]) 'host'` is null, which has no text: give it a value, or write `{{default ... \"\"}}` for nothing (used by files.f, line 1, column 10)"
        ),
    );
    for template in [
        "{{values.n}}",
        "{{{values.n}}}",
        "{{null}}",
        "{{concat 'a' values.n}}",
        "{{join (parse-json '[null]') ','}}",
        "{{upper values.n}}",
    ] {
        assert!(case.text(template).is_err(), "{template}");
    }
    case.gives(
        "{{default values.n ''}}{{#if values.n}}a{{/if}}{{json values.n}}{{#each values.n}}b{{/each}}",
        "null",
    );
}

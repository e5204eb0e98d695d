//! Checks templates in templates.

mod common;

use common::{Case, in_template};
use podweave_plugin::Error;

fn case() -> Case {
    Case::new()
        .map("m", [("k", "v")])
        .values(r#"{"l":[{"h":"a"},{"h":"b"}],"o":{"x":1}}"#)
        .partials([
            ("server", "server {{h}}{{default port ''}};\n"),
            ("ctx", "{{config.k}}"),
            ("layout", "<{{> nav}}|{{> @partial-block}}>"),
            ("self", "x{{> self}}"),
            ("bad", "\n{{#if}}"),
            ("names", "{{default item 'hidden'}}"),
        ])
}

#[test]
fn a_partial_has_the_context_of_its_include() {
    case().gives("{{> ctx}}", "v").gives(
        "{{#each values.l}}{{> server}}{{/each}}",
        "server a;\nserver b;\n",
    );
}

#[test]
fn a_partial_can_be_given_a_context_and_options() {
    case()
        .gives("{{> server values.l.[1]}}", "server b;\n")
        .gives("{{> server h='c' port=':80'}}", "server c:80;\n")
        .gives("{{> server values.l.[0] h='d'}}", "server d;\n");
}

#[test]
fn a_partial_alone_on_its_line_is_indented_line_by_line() {
    case().gives(
        "up {\n  {{#each values.l}}\n  {{> server}}\n  {{/each}}\n}\n",
        "up {\n  server a;\n  server b;\n}\n",
    );
}

#[test]
fn a_partials_name_can_be_computed() {
    case().gives("{{> (concat 'c' 'tx')}}", "v");
}

#[test]
fn inline_partials_and_blocks_fill_a_layout() {
    case()
        .gives(
            "{{#*inline 'p'}}[{{this}}]{{/inline}}{{#each (split 'a,b' ',')}}{{> p}}{{/each}}",
            "[a][b]",
        )
        .gives(
            "{{#> layout}}{{#*inline 'nav'}}N{{config.k}}{{/inline}}body {{config.k}}{{/layout}}",
            "<Nv|body v>",
        )
        .gives("{{#> nothing}}fallback{{/nothing}}", "fallback");
}

#[test]
fn block_parameters_end_at_a_partial() {
    case().gives(
        "{{#each values.l as |item|}}{{> names}} {{/each}}",
        "hidden hidden ",
    );
}

#[test]
fn a_partial_that_is_not_declared_is_named() {
    assert_eq!(
        case().fails("{{> sever}}"),
        in_template(
            "line 1, column 1: there is no partial `sever`: the parameter `partials` declares `bad`, `ctx`, `layout`, `names`, `self`, `server`; did you mean `server`?"
        ),
    );
    assert_eq!(
        Case::new().fails("{{> p}}"),
        in_template("line 1, column 1: there is no partial `p`: declare it in the parameter `partials`")
    );
}

#[test]
fn a_partial_whose_key_is_missing_names_the_key() {
    let case = Case::new().map("m", []).params(r#"{"partials":{"p":"m/p.hbs"}}"#);
    assert_eq!(
        case.fails("{{> p}}"),
        Error::invalid_value(
            "m",
            "p.hbs",
            "is missing (used by files.f, line 1, column 1): add it, or give a default"
        )
    );
    case.gives("{{#if false}}{{> p}}{{/if}}", "");
}

#[test]
fn a_mistake_in_a_partial_blames_its_key() {
    assert_eq!(
        case().fails("{{> bad}}"),
        Error::invalid_value(
            "partials",
            "bad",
            "line 2, column 4: `if` takes one value; put a helper with its arguments in `( )`"
        )
    );
}

#[test]
fn a_missing_key_in_a_partial_is_placed_in_the_partial() {
    let case = Case::new().map("m", []).partials([("p", "\n {{maps.m.x}}")]);
    assert_eq!(
        case.fails("{{> p}}"),
        Error::invalid_value(
            "m",
            "x",
            "is missing (used by partials/p, line 2, column 4): add it, or give a default"
        )
    );
}

#[test]
fn a_partial_that_includes_itself_fails() {
    let message =
        "line 1, column 1: blocks and partials are more than 160 levels deep: does a partial include itself?";
    match case().fails("{{> self}}") {
        Error::InvalidValue {
            config_map,
            key,
            message: said,
        } => {
            assert_eq!((&*config_map, &*key), ("partials", "self"));
            assert!(said.ends_with(&message["line 1, column 1".len()..]), "{said}");
        }
        other => panic!("{other:?}"),
    }
}

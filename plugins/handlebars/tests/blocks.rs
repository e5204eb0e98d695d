//! Checks `if`, `unless`, `each` and `with`.

mod common;

use common::{Case, in_template};
use podweave_plugin::Error;

fn case() -> Case {
    Case::new()
        .map("m", [("hosts", "a,b"), ("tls", "false"), ("empty", ""), ("k", "v")])
        .values(r#"{"list":["x","y"],"map":{"b":2,"a":1},"none":[],"people":[{"name":"Ann","tags":["p","q"]},{"name":"Bob","tags":[]}],"zero":0}"#)
}

#[test]
fn if_and_unless_choose() {
    case()
        .gives("{{#if config.k}}y{{else}}n{{/if}}{{#if config.empty}}y{{else}}n{{/if}}{{#if values.none}}y{{^}}n{{/if}}", "ynn")
        .gives("{{#unless config.k}}y{{else}}n{{/unless}}{{#unless values.zero}}y{{/unless}}", "ny")
        .gives("{{#if values.zero includeZero=true}}y{{else}}n{{/if}}", "y");
}

#[test]
fn else_if_chains() {
    let template = "{{#if (eq config.k 'a')}}1{{else if (eq config.k 'v')}}2{{else}}3{{/if}}";
    case().gives(template, "2");
    Case::new().map("m", [("k", "z")]).gives(template, "3");
}

#[test]
fn text_that_says_no_is_refused_as_a_condition() {
    let message = "is text that says no, but as text it counts as true: write `(bool ...)` around it (used by files.f, line 1, column 7)";
    assert_eq!(
        case().fails("{{#if config.tls}}y{{/if}}"),
        Error::invalid_value("m", "tls", message)
    );
    case().gives("{{#if (bool config.tls)}}y{{else}}n{{/if}}", "n");
}

#[test]
fn each_walks_lists_in_order_and_maps_by_name() {
    case()
        .gives(
            "{{#each values.list}}{{@index}}{{this}}{{#unless @last}},{{/unless}}{{/each}}",
            "0x,1y",
        )
        .gives(
            "{{#each values.map}}{{@key}}={{this}}{{#if @first}};{{/if}}{{/each}}",
            "a=1;b=2",
        )
        .gives("{{#each (split config.hosts ',')}}[{{.}}]{{/each}}", "[a][b]")
        .gives("{{#each values.none}}x{{else}}nothing{{/each}}", "nothing");
}

#[test]
fn block_parameters_name_the_item_and_its_key() {
    case()
        .gives("{{#each values.people as |p i|}}{{i}}{{p.name}}{{#each p.tags as |t|}}-{{t}}{{p.name}}{{/each}} {{/each}}", "0Ann-pAnn-qAnn 1Bob ")
        .gives("{{#with values.map as |m|}}{{m.a}}{{a}}{{/with}}", "11");
}

#[test]
fn two_dots_lead_out_of_a_block() {
    case()
        .gives("{{#each values.people}}{{#each tags}}{{../name}}{{this}}{{../../config.k}}{{@../index}} {{/each}}{{/each}}", "Annpv0 Annqv0 ")
        .gives("{{#each values.list}}{{#if true}}{{../config.k}}{{@root.config.k}}{{/if}}{{/each}}", "vvvv");
    assert_eq!(
        case().fails("{{../config.k}}"),
        in_template(
            "line 1, column 3: `../config.k` leads out of the template: `@root` is what the whole template is about, and a partial can be given options"
        )
    );
}

#[test]
fn with_is_about_something_or_else() {
    case().gives(
        "{{#with values.people.[0]}}{{name}}{{/with}}{{#with values.none}}x{{else}}n{{/with}}",
        "Annn",
    );
}

#[test]
fn each_over_text_says_how_to_make_a_list() {
    let message = "`each` needs a list or a map, not text: `split`, `parse-json` and `parse-yaml` make one (used by files.f, line 1, column 9)";
    assert_eq!(
        case().fails("{{#each config.hosts}}{{/each}}"),
        Error::invalid_value("m", "hosts", message)
    );
}

#[test]
fn each_over_a_config_map_is_sorted_by_key() {
    Case::new()
        .map("one", [("b", "1"), ("a", "2")])
        .map("two", [("b", "3")])
        .gives("{{#each config}}{{@key}}={{this}} {{/each}}", "a=2 b=3 ")
        .gives("{{#each maps.one}}{{@key}}={{this}} {{/each}}", "a=2 b=1 ")
        .gives(
            "{{#each maps}}{{@key}}:{{#each this}}{{@key}}={{this}} {{/each}}{{/each}}",
            "one:a=2 b=1 two:b=3 ",
        );
}

#[test]
fn loop_variables_exist_in_loops_only() {
    assert_eq!(
        case().fails("{{@index}}"),
        in_template(
            "line 1, column 3: there is no `@index` here: `each` sets @index, @key, @first and @last"
        )
    );
}

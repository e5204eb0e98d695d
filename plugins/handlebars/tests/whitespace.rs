//! Checks which whitespace around tags remains.

mod common;

use common::{Case, gives};

fn case() -> Case {
    Case::new().values(r#"{"l":["a","b"],"t":true}"#)
}

#[test]
fn a_block_tag_alone_on_its_line_takes_the_line() {
    case().gives(
        "x\n  {{#if values.t}}\n  y\n  {{else}}\n  n\n  {{/if}}\nz\n",
        "x\n  y\nz\n",
    );
}

#[test]
fn a_loop_makes_one_line_for_each_item() {
    case().gives("{{#each values.l}}\n- {{this}}\n{{/each}}\nend", "- a\n- b\nend");
}

#[test]
fn a_tag_that_shares_its_line_keeps_it() {
    case().gives("x {{#if values.t}} y {{/if}}\nz", "x  y \nz");
}

#[test]
fn a_value_alone_on_its_line_keeps_it() {
    case().gives("x\n{{values.t}}\ny", "x\ntrue\ny");
}

#[test]
fn a_comment_alone_on_its_line_takes_the_line() {
    gives("x\n  {{! c }}  \ny", "x\ny");
}

#[test]
fn a_tilde_takes_all_whitespace() {
    case()
        .gives("x \n {{~values.t~}} \n y", "xtruey")
        .gives("[ {{~#if values.t~}} y {{~/if~}} ]", "[y]")
        .gives("a {{~{values.t}~}} b", "atrueb");
}

#[test]
fn windows_line_ends_count() {
    case().gives("x\r\n{{#if values.t}}\r\ny\r\n{{/if}}\r\nz", "x\r\ny\r\nz");
}

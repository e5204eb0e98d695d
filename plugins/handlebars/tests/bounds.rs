//! Checks that templates beyond a limit end in a failure that names it.

mod common;

use common::{Case, in_template, render};

#[test]
fn subexpressions_nest_only_so_deep() {
    let nest = |levels: usize| format!("{{{{{}'a'{}}}}}", "(".repeat(levels), ")".repeat(levels));
    assert_eq!(render(&nest(64)).as_deref(), Ok("a"));
    assert_eq!(
        render(&nest(65)),
        Err(in_template(
            "line 1, column 68: blocks and subexpressions are nested deeper than 64 levels"
        ))
    );
    assert!(render(&nest(10_000)).is_err());
}

#[test]
fn blocks_nest_only_so_deep() {
    let nest = |levels: usize| format!("{}a{}", "{{#if true}}".repeat(levels), "{{/if}}".repeat(levels));
    assert_eq!(render(&nest(64)).as_deref(), Ok("a"));
    assert!(render(&nest(65)).is_err());
    assert!(render(&nest(5_000)).is_err());
}

#[test]
fn a_chain_of_else_if_is_no_deeper_than_it_is_long() {
    let chain = |links: usize| {
        format!(
            "{{{{#if false}}}}{}{{{{else}}}}a{{{{/if}}}}",
            "{{else if false}}".repeat(links)
        )
    };
    assert_eq!(render(&chain(50)).as_deref(), Ok("a"));
    assert!(render(&chain(5_000)).is_err());
}

#[test]
fn partials_that_include_each_other_end() {
    let case = Case::new().partials([("a", "{{> b}}"), ("b", "{{#if true}}{{> a}}{{/if}}")]);
    let failure = format!("{:?}", case.fails("{{> a}}"));
    assert!(failure.contains("does a partial include itself?"), "{failure}");
}

#[test]
fn a_parsed_document_may_be_only_so_deep() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let case = Case::new().map("m", [("k", &*deep)]);
    assert!(case.text("{{json (parse-json config.k)}}").is_err());
    assert!(case.text("{{json (parse-yaml config.k)}}").is_err());
}

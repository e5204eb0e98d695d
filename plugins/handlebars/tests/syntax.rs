//! Checks the language between the braces.

mod common;

use common::{Case, gives, in_template, render};

fn shop() -> Case {
    Case::new().map(
        "shop",
        [
            ("port", "8080"),
            ("nginx.conf", "worker"),
            ("a b", "spaced"),
            ("log-level", "info"),
        ],
    )
}

#[test]
fn text_stays_as_it_is() {
    gives("a $b {c} }} <&> \"d\"\n", "a $b {c} }} <&> \"d\"\n");
}

#[test]
fn a_path_leads_to_a_value() {
    shop()
        .gives("{{config.port}}", "8080")
        .gives("{{ maps.shop.port }}", "8080")
        .gives("{{maps/shop/port}}", "8080");
}

#[test]
fn brackets_contain_any_name() {
    shop().gives(
        "{{config.[nginx.conf]}} {{config.[a b]}} {{config.log-level}}",
        "worker spaced info",
    );
}

#[test]
fn nothing_is_escaped_for_html() {
    Case::new().map("m", [("k", "<a href=\"x\">'&'</a>")]).gives(
        "{{config.k}}{{{config.k}}}{{&config.k}}",
        &"<a href=\"x\">'&'</a>".repeat(3),
    );
}

#[test]
fn literals_are_json_in_either_quotes() {
    gives(
        r#"{{quote "a\n\"b\""}} {{quote 'it\'s "c"'}} {{json -1.5}} {{json true}} {{json null}}"#,
        r#""a\n\"b\"" "it's \"c\"" -1.5 true null"#,
    );
}

#[test]
fn subexpressions_nest() {
    shop().gives("{{upper (concat 'p' (add config.port 1))}}", "P8081");
}

#[test]
fn a_backslash_makes_braces_text() {
    shop().gives(
        r"\{{config.port}} \\{{config.port}} \x",
        r"{{config.port}} \8080 \x",
    );
}

#[test]
fn a_raw_block_is_no_template() {
    gives("{{{{raw}}}}{{a}} {{#if{{{{/raw}}}}!", "{{a}} {{#if!");
    gives(
        "{{{{raw}}}}\n#!/bin/sh\necho '{{ x }}'\n{{{{/raw}}}}\nend\n",
        "#!/bin/sh\necho '{{ x }}'\nend\n",
    );
}

#[test]
fn comments_vanish() {
    gives("a{{! one }}b{{!-- two }} --}}c{{!~}} d", "abcd");
}

#[test]
fn lists_and_maps_are_walked_by_index_and_name() {
    Case::new()
        .values(r#"{"l":[{"n":"x"},{"n":"y"}]}"#)
        .gives("{{values.l.1.n}} {{values.l.[0].n}}", "y x");
}

#[test]
fn a_list_has_no_text_of_its_own() {
    let message = "line 1, column 3: a list has no text of its own: use `json`, `yaml`, `toml` or `join`";
    assert_eq!(
        Case::new().values("[1]").fails("{{values}}"),
        in_template(message)
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn mistakes_are_named_with_their_place() {
    for (template, message) in [
        (
            "a\nb {{config.port",
            "line 2, column 16: the template ends inside of braces: `}}` is missing",
        ),
        ("{{#if a}}", "line 1, column 1: `if` is not closed with `{{/if}}`"),
        (
            "{{#if a}}{{/each}}",
            "line 1, column 10: `{{/each}}` is found where `{{/if}}` is expected",
        ),
        ("{{/if}}", "line 1, column 1: `{{/if}}` closes nothing"),
        ("{{else}}", "line 1, column 1: `{{else}}` is not in a block"),
        (
            "{{uper config.a}}",
            "line 1, column 3: there is no helper `uper`: did you mean `upper`?",
        ),
        (
            "{{#iff a}}{{/iff}}",
            "line 1, column 4: there is no block `iff`: the blocks are `if`, `unless`, `each` and `with`",
        ),
        (
            "{{upper a b}}",
            "line 1, column 3: `upper` is used as `upper text`",
        ),
        (
            "{{json a ugly=true}}",
            "line 1, column 15: `json` has no option `ugly`: it is used as `json value [pretty=true]`",
        ),
        (
            "{{a.}}",
            "line 1, column 5: a value or a name was expected, not `}`",
        ),
        (
            "{{}}",
            "line 1, column 3: a value or a name was expected, not `}`",
        ),
        ("{{\"a}}", "line 1, column 3: this string has no closing \""),
        ("{{(upper a}}", "line 1, column 11: `)` is missing"),
        ("{{config.[a}}", "line 1, column 11: `]` is missing"),
        ("{{!-- a }}", "line 1, column 1: this comment is not closed"),
        (
            "{{* a}}",
            "line 1, column 1: the only decorator is `{{#*inline \"name\"}}`",
        ),
        (
            "a {{- values.x -}}",
            "line 1, column 5: `-` takes whitespace in Go's templates: Handlebars writes `~`, as in `{{~name~}}`",
        ),
        (
            "{{values.x -}}",
            "line 1, column 12: `-` takes whitespace in Go's templates: Handlebars writes `~`, as in `{{~name~}}`",
        ),
        (
            "{{ values.x | quote }}",
            "line 1, column 13: Handlebars has no `|`: a helper goes in front of its value, `{{quote values.x}}`",
        ),
        (
            "{{upper (values.x | trim)}}",
            "line 1, column 19: Handlebars has no `|`: a helper goes in front of its value, `(trim values.x)`",
        ),
        (
            "{{#if a | not}}",
            "line 1, column 9: Handlebars has no `|`: a helper goes in front of its value, in parentheses: `(helper value)`",
        ),
        (
            "{{#if a}}{{else -}}{{/if}}",
            "line 1, column 17: `-` takes whitespace in Go's templates: Handlebars writes `~`, as in `{{~name~}}`",
        ),
        (
            "{{#if a}}{{/if -}}",
            "line 1, column 16: `-` takes whitespace in Go's templates: Handlebars writes `~`, as in `{{~name~}}`",
        ),
        (
            "{{ .Values.x }}",
            "line 1, column 4: a name has no dot in front of it in Handlebars: write `values.x`",
        ),
        (
            "{{toYaml values}}",
            "line 1, column 3: there is no helper `toYaml`: write `yaml`",
        ),
        (
            "{{ if a }}",
            "line 1, column 4: there is no helper `if`: a block begins with `#` and ends with `/`: `{{#if x}} ... {{/if}}`",
        ),
        (
            "{{a[0]}}",
            "line 1, column 4: a dot is missing in front of `[`: write `name.[...]`",
        ),
        (
            "{{@partial-block}}",
            "line 1, column 3: `@partial-block` is not a value: `{{> @partial-block}}` puts the block here",
        ),
        (
            "{{^if a}}{{else if b}}{{/if}}",
            "line 1, column 1: a block that begins with `^` has no `{{else if}}`: write `{{#if ...}}`",
        ),
        (
            "{{{{raw}}}} a",
            "line 1, column 1: `{{{{raw}}}}` is not closed with `{{{{/raw}}}}`",
        ),
    ] {
        assert_eq!(render(template), Err(in_template(message)), "{template}");
    }
}

#[test]
fn a_column_counts_characters() {
    assert_eq!(
        render("äöü {{uper a}}"),
        Err(in_template(
            "line 1, column 7: there is no helper `uper`: did you mean `upper`?"
        ))
    );
}

//! Checks that hostile documents end in a mistake that names the limit.

mod common;

use common::read;
use podweave_formats::Format::{self, Env, Ini, Json, Properties, Toml, Yaml};

#[test]
fn aliases_cannot_blow_up() {
    let mut bomb = String::from("a0: &a0 [x]\n");
    for level in 1..40 {
        bomb.push_str(&format!("a{level}: &a{level} [*a{0}, *a{0}]\n", level - 1));
    }
    assert!(
        read(Yaml, &bomb)
            .ends_with("the document has more than 100000 values, including what its aliases repeat")
    );
    let long = format!("a: &a {}\nb: [{}]", "x".repeat(100_000), "*a,".repeat(100));
    assert!(
        read(Yaml, &long)
            .ends_with("the document has more than 4 MiB of text, including what its aliases repeat")
    );
    let merges = format!(
        "a: &a {{{}}}\nb: [{}]",
        (0..1000).map(|n| format!("k{n}: 1,")).collect::<String>(),
        "{<<: *a},".repeat(1000)
    );
    assert!(read(Yaml, &merges).contains("more than 100000 values"));
}

#[test]
fn anchors_in_anchors_are_counted() {
    let nested = format!(
        "{}{}{}",
        (0..60).map(|n| format!("&a{n} [")).collect::<String>(),
        "x,".repeat(50_000),
        "]".repeat(60)
    );
    assert!(read(Yaml, &nested).contains("more than 100000 values"));
}

#[test]
fn depth_is_bounded_in_every_format() {
    let message = "lists and maps are nested deeper than 64 levels";
    let brackets = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let dots = |depth: usize| format!("{}a=1", "a.".repeat(depth));
    for (format, deep, fits) in [
        (Json, brackets(65), brackets(64)),
        (Json, brackets(500_000), "[]".to_owned()),
        (Yaml, brackets(65), brackets(64)),
        (Toml, format!("a={}", brackets(65)), format!("a={}", brackets(64))),
        (Toml, dots(65), dots(60)),
        (Toml, dots(200_000), "a=1".to_owned()),
        (Toml, format!("[{}a]", "a.".repeat(200_000)), "[a]".to_owned()),
        (
            Toml,
            format!("x = {{{}}}", dots(200_000)),
            "x = {a.b=1}".to_owned(),
        ),
        (Properties, dots(64), dots(63)),
        (
            Properties,
            format!("a{}=1", "[0]".repeat(100_000)),
            "a[0]=1".to_owned(),
        ),
    ] {
        assert!(
            read(format, &deep).ends_with(message),
            "{format:?} {}",
            read(format, &deep)
        );
        assert!(
            format.read(&fits, 0).is_ok(),
            "{format:?} {}",
            read(format, &fits)
        );
    }
    // These two parsers have a limit of their own for much deeper nesting.
    assert_eq!(
        read(Yaml, &brackets(100_000)),
        "line 1: is not YAML: column 256: lists and maps are nested too deeply"
    );
    assert_eq!(
        read(Toml, &format!("a={}", brackets(100_000))),
        "line 1: is not TOML: column 83: cannot recurse further; max recursion depth met"
    );
}

#[test]
fn an_alias_at_a_deep_place_counts_with_its_value() {
    let text = format!(
        "a: &a {}{}\nb: {}*a{}",
        "[".repeat(40),
        "]".repeat(40),
        "[".repeat(40),
        "]".repeat(40)
    );
    assert!(read(Yaml, &text).ends_with("lists and maps are nested deeper than 64 levels"));
}

#[test]
fn values_are_counted_in_every_format() {
    let lines = |line: fn(usize) -> String| (0..100_001).map(line).collect::<String>();
    for (format, text) in [
        (Json, format!("[{}1]", "1,".repeat(100_001))),
        (Yaml, "- 1\n".repeat(100_001)),
        (Toml, format!("a=[{}]", "1,".repeat(100_001))),
        (Env, lines(|n| format!("A{n}=1\n"))),
        (Ini, lines(|n| format!("A{n}=1\n"))),
        (Properties, lines(|n| format!("A{n}=1\n"))),
    ] {
        assert!(
            read(format, &text).contains("the document has more than 100000 values"),
            "{format:?}"
        );
    }
}

#[test]
fn numbers_have_an_end() {
    let number = "9".repeat(1001);
    for (format, text) in [
        (Json, format!("[\n{number}]")),
        (Yaml, format!("[\n{number}]")),
        (Toml, format!("a=[\n{number}]")),
    ] {
        assert_eq!(
            read(format, &text),
            "line 2: a number has more than 1000 characters",
            "{format:?}"
        );
    }
    let hexadecimal = format!("a: 0x{}", "f".repeat(900));
    assert!(Format::Json.write(&Yaml.read(&hexadecimal, 0).unwrap()).is_ok());
}

#[test]
fn a_name_in_a_message_is_short_and_escaped() {
    let name = format!("\u{1b}[31m{}", "x".repeat(10_000));
    let message = read(Properties, &format!("{name}=1\n{name}=2"));
    assert!(
        message.starts_with("line 2: duplicate key \"\\u{1b}[31mxxx") && message.len() < 200,
        "{message}"
    );
}

#[test]
fn debug_shows_no_value() {
    let node = Json.read(r#"{"password": ["hunter2", 4711]}"#, 0).unwrap();
    assert_eq!(format!("{node:?}"), r#"{"password": [Text, Integer]}"#);
}

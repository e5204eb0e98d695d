//! Checks Spring's profiles, and names with dots.

mod common;

use common::shown;
use podweave_formats::Format::{self, Ini, Json, Properties, Yaml};

fn with(profiles: &[&str], format: Format, text: &str) -> String {
    let profiles: Vec<String> = profiles.iter().map(|name| (*name).to_owned()).collect();
    format
        .read_for_profiles(text, 0, &profiles)
        .map_or_else(|mistake| mistake.text(), |node| shown(&node))
}

const DOCUMENTS: &str = "\
server: {port: 8080, hosts: [a, b]}
name: base
---
spring:
  config:
    activate:
      on-profile: production
  datasource: {url: db}
server.port: 80
server: {hosts: [c]}
---
spring.config.activate.on-profile: [staging, 'production & eu']
name: null
---
spring.config.activate.on-profile: \"!production\"
name: other
";

#[test]
fn documents_with_an_active_profile_are_merged() {
    assert_eq!(
        with(&["production"], Yaml, DOCUMENTS),
        "{server: {port: 80, hosts: ['c']}, name: 'base', spring: {datasource: {url: 'db'}}}"
    );
    assert_eq!(
        with(&["eu", "production"], Yaml, DOCUMENTS),
        "{server: {port: 80, hosts: ['c']}, name: null, spring: {datasource: {url: 'db'}}}"
    );
    assert_eq!(
        with(&["test"], Yaml, DOCUMENTS),
        "{server: {port: 8080, hosts: ['a', 'b']}, name: 'other'}"
    );
    assert_eq!(
        with(
            &[],
            Yaml,
            "a: 1\n---\nspring: {config: {activate: {onProfile: default}}}\na: 2"
        ),
        "{a: 2}"
    );
    assert_eq!(with(&["x"], Yaml, "# nothing\n---\n---\na: 1\n"), "{a: 1}");
    assert_eq!(
        with(&["x"], Yaml, "spring.config.activate.on-profile: y\na: 1"),
        "{}"
    );
}

#[test]
fn a_list_of_profiles_may_be_one_text() {
    let text = "spring.config.activate.on-profile: a, b & c\nx: 1";
    assert_eq!(with(&["a"], Yaml, text), "{x: 1}");
    assert_eq!(with(&["b", "c"], Yaml, text), "{x: 1}");
    assert_eq!(with(&["b"], Yaml, text), "{}");
}

#[test]
fn podweave_runs_in_kubernetes() {
    assert_eq!(
        with(
            &["a"],
            Yaml,
            "spring.config.activate.on-cloud-platform: kubernetes\nx: 1"
        ),
        "{x: 1}"
    );
    assert_eq!(
        with(
            &["a"],
            Yaml,
            "spring.config.activate: {on-cloud-platform: heroku, on-profile: a}\nx: 1"
        ),
        "{}"
    );
}

#[test]
fn properties_have_documents_too() {
    let text = "a=1\n#---\nspring.config.activate.on-profile=p\na=2\nb.c=3\n!---\nspring.config.activate.on-profile[0]=q\na=4\n";
    assert_eq!(with(&["p"], Properties, text), "{a: \"2\", b: {c: \"3\"}}");
    assert_eq!(with(&["q"], Properties, text), "{a: \"4\"}");
    assert_eq!(with(&["r"], Properties, text), "{a: \"1\"}");
    // These are a line of a comment and the end of a value.
    assert_eq!(
        with(&["r"], Properties, "# x\n#---\na=1\n#----\nb=2\\\n#---\n"),
        "{a: \"1\", b: \"2#---\"}"
    );
    assert_eq!(
        with(&["r"], Properties, "a=1\n#---\nb=1\nb=2"),
        "line 4: duplicate key \"b\": it is set twice, first in line 3"
    );
}

#[test]
fn names_with_dots_lead_into_maps() {
    assert_eq!(
        with(
            &["p"],
            Yaml,
            "a.b: 1\na: {c.d: 2}\nl: [{x.y: 3}]\n'e[0].f': 4\na.c.e: 5"
        ),
        "{a: {b: 1, c: {d: 2, e: 5}}, l: [{x: {y: 3}}], e: {[0]: {f: 4}}}"
    );
    assert_eq!(
        with(&["p"], Yaml, "a: 1\na.b: 2\nc.d: 3\nc: 4\n'[/x.y]': 5"),
        "{a: {=1, b: 2}, c: {=4, d: 3}, [/x.y]: 5}"
    );
    assert_eq!(
        with(&["p"], Yaml, "a.b: 1\na: {b: 2}"),
        "line 2: duplicate key \"a.b\": it is set twice, first in line 1"
    );
    assert_eq!(
        with(&["p"], Yaml, &format!("{}a: 1", "a.".repeat(64))),
        "line 1: lists and maps are nested deeper than 64 levels"
    );
}

#[test]
fn mistakes_have_their_line() {
    for (text, message) in [
        (
            "a: 1\n---\nspring.config.activate.on-profile: a & b | c",
            "line 3: spring.config.activate.on-profile mixes `&` and `|`: put one of them in brackets",
        ),
        (
            "spring.config.activate.on-profile: ",
            "line 1: spring.config.activate.on-profile names no profile: write one, or leave it out",
        ),
        (
            "spring.config.activate: p",
            "line 1: spring.config.activate is text, not a map",
        ),
        (
            "spring.config.activate.on-profil: p",
            "line 1: spring.config.activate knows `on-profile` and `on-cloud-platform` only",
        ),
        (
            "a: 1\n---\nspring:\n  profiles: p",
            "line 4: `spring.profiles` no longer chooses documents: write `spring.config.activate.on-profile`, as Spring Boot requires since 2.4",
        ),
        (
            "a: 1\n---\nb: 1\nb: 2",
            "line 4: duplicate key \"b\": it is set twice, first in line 3",
        ),
    ] {
        assert_eq!(with(&["p"], Yaml, text), message, "{text}");
    }
    assert_eq!(
        with(
            &["p"],
            Yaml,
            "spring.profiles.active: p\nspring.profiles.group: {a: [b]}"
        ),
        "{spring: {profiles: {active: 'p', group: {a: ['b']}}}}"
    );
}

#[test]
fn formats_that_spring_does_not_know_are_read_as_usual() {
    assert_eq!(with(&["p"], Json, "{\"a.b\": 1}"), "{a.b: 1}");
    assert!(!Json.has_profiles() && !Ini.has_profiles() && Yaml.has_profiles() && Properties.has_profiles());
}

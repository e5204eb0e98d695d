//! Checks that docs/annotations.md says of each annotation what the code does, and names only existing ones.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use podweave_core::annotations::{DOMAIN, Field};
use podweave_core::binding::{DEFAULT_FILES_DIRECTORY, OnFailure};
use podweave_core::budget;
use podweave_core::change::Follow;
use podweave_core::limits::Limits;
use podweave_core::outputs::DEFAULT_FILE_MODE;
use podweave_core::text::human_size;
use support::{bound, refusal};

const PLUGIN: (&str, &str) = ("podweave.dev/plugin", "handlebars");

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/annotations.md");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rows of the table of fields: name, meaning, default.
fn rows(document: &str) -> Vec<[&str; 3]> {
    let lines = document
        .lines()
        .skip_while(|line| !line.starts_with("| field |"))
        .skip(2);
    lines
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            cells
                .try_into()
                .unwrap_or_else(|cells| panic!("three cells: {cells:?}"))
        })
        .collect()
}

/// Returns the texts in backticks.
fn code(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_field_has_a_row_in_order() {
    let document = document();
    let documented: Vec<&str> = rows(&document)
        .iter()
        .map(|[name, _, _]| name.trim_matches('`'))
        .collect();
    assert_eq!(documented, Field::ALL.map(Field::name));
}

#[test]
fn every_default_is_the_one_of_the_code() {
    let bindings = bound(&[PLUGIN]);
    let names: Vec<&str> = bindings
        .iter()
        .map(|binding| binding.container.as_str())
        .collect();
    assert_eq!(names, ["web", "worker"], "all app containers, and no other");
    let [render] = bindings[0].renders.as_slice() else {
        panic!("one render")
    };
    assert!(render.config_maps.is_empty() && render.file_mounts.is_empty());
    assert_eq!(render.files_directory, DEFAULT_FILES_DIRECTORY);
    assert!(
        refusal(&[("podweave.dev/config-maps", "settings")]).contains("podweave.dev/plugin: is required")
    );
    let on_failure = match bindings[0].on_failure {
        OnFailure::Block => "`block`",
        OnFailure::Ignore => "`ignore`",
    };
    let follow = match bindings[0].follow {
        Follow::Together => "`together`",
        Follow::Files => "`files`",
        Follow::None => "`none`",
    };
    let defaults = [
        (Field::Plugin, "required".to_owned()),
        (Field::ConfigMaps, "none".to_owned()),
        (Field::Params, format!("`{}`", render.params)),
        (Field::Containers, "all app containers".to_owned()),
        (Field::Files, format!("`{DEFAULT_FILES_DIRECTORY}`")),
        (Field::FileMounts, "none".to_owned()),
        (Field::OnFailure, on_failure.to_owned()),
        (Field::Follow, follow.to_owned()),
        (Field::Spread, format!("`{}s`", bindings[0].spread.as_secs())),
        (Field::Renders, String::new()),
    ];
    let document = document();
    let documented: BTreeMap<&str, &str> = rows(&document)
        .into_iter()
        .map(|[name, _, default]| (name.trim_matches('`'), default))
        .collect();
    for (field, default) in defaults {
        assert_eq!(
            documented.get(field.name()),
            Some(&default.as_str()),
            "{}",
            field.name()
        );
    }
}

#[test]
fn every_annotation_in_the_document_exists() {
    // The annotations that podweave writes, and those that belong on a ConfigMap.
    let others = ["rendered", "seal", "fixed", "restarted-at", "share-with", "hold"];
    let known: BTreeSet<&str> = Field::ALL
        .map(Field::name)
        .into_iter()
        .chain(others)
        .chain(["<field>"])
        .collect();
    let document = document();
    let plain = document.replace("podweave.dev\\/", "podweave.dev/");
    let prefix = format!("{DOMAIN}/");
    let named = plain.split(&prefix).skip(1).map(|rest| {
        let end = rest
            .find(|character: char| !character.is_ascii_alphanumeric() && !"-<>".contains(character))
            .unwrap_or(rest.len());
        &rest[..end]
    });
    let unknown: Vec<&str> = named.filter(|name| !known.contains(name)).collect();
    assert!(
        unknown.is_empty(),
        "docs/annotations.md names annotations that are not there: {unknown:?}"
    );
}

#[test]
fn the_full_form_is_documented_field_by_field() {
    let message = refusal(&[("podweave.dev/renders", "[{plugin: handlebars, colour: red}]")]);
    let (_, fields) = message
        .split_once("the fields are ")
        .expect("the message lists them");
    let fields: BTreeSet<&str> = fields.split('"').skip(1).step_by(2).collect();
    let document = document();
    let sentence = document
        .split("Each entry has")
        .nth(1)
        .and_then(|rest| rest.split(';').next())
        .expect("the sentence that lists them");
    assert_eq!(code(sentence).into_iter().collect::<BTreeSet<_>>(), fields);
}

/// The section about limits, in one line.
fn documented_limits() -> String {
    document()
        .split("## Limits")
        .nth(1)
        .and_then(|rest| rest.split("\n## ").next())
        .expect("the limits")
        .replace('\n', " ")
}

#[test]
fn the_limits_of_a_containers_renders_are_those_of_the_code() {
    let limits = Limits::default();
    let written = documented_limits();
    let sizes = [
        limits.memory_bytes,
        limits.copied_bytes,
        limits.file_bytes,
        limits.log_bytes,
        limits.environment_bytes,
    ]
    .map(human_size);
    for limit in [
        format!("{} ms", limits.time.as_millis()),
        limits.files.to_string(),
        limits.environment_strings.to_string(),
    ]
    .into_iter()
    .chain(sizes)
    {
        assert!(written.contains(&limit), "{limit} in {written}");
    }
}

#[test]
fn the_limits_of_annotations_are_those_of_the_code() {
    let (document, written) = (document(), documented_limits());
    for (count, entry) in [
        (budget::RENDERS, "renders"),
        (budget::CONFIG_MAPS, "ConfigMaps"),
        (budget::FILE_MOUNTS, "file mounts"),
    ] {
        assert!(
            written.contains(&format!("{count} {entry}")),
            "{count} {entry} in {written}"
        );
    }
    for (what, most) in [
        (
            "podweave's annotations, keys included",
            human_size(budget::ANNOTATION_BYTES),
        ),
        ("containers of all kinds", budget::CONTAINERS.to_string()),
        (
            "params as JSON; shared ones count once",
            human_size(budget::POD_PARAMS_JSON_BYTES),
        ),
        (
            "renders, each counted for each container",
            budget::POD_RENDERS.to_string(),
        ),
        (
            "mentions of ConfigMaps, each counted for each render and container",
            budget::POD_CONFIG_MAPS.to_string(),
        ),
        (
            "file mounts, each counted for each container",
            budget::POD_FILE_MOUNTS.to_string(),
        ),
    ] {
        assert!(
            document.contains(&format!("\n| {what} | {most} |\n")),
            "{what}: {most}"
        );
    }
    let params = format!(
        "at most {} as written, and {} as JSON",
        human_size(budget::PARAMS_BYTES),
        human_size(budget::PARAMS_JSON_BYTES)
    );
    assert!(document.contains(&params), "{params}");
    assert!(document.contains(&format!("mode {DEFAULT_FILE_MODE:04o} unless")));
}

#[test]
fn the_table_of_changes_has_every_state() {
    let document = document();
    let section = document
        .split("## When a ConfigMap changes")
        .nth(1)
        .and_then(|rest| rest.split("\n## ").next())
        .expect("the section");
    for state in ["current", "held", "outdated", "failing", "pinned", "unknown"] {
        assert!(section.contains(&format!("`{state}`")), "{state} in {section}");
    }
    assert_eq!(budget::SPREAD.as_secs(), 3600);
    let [_, spread, _] = *rows(&document)
        .iter()
        .find(|[name, _, _]| *name == "`spread`")
        .expect("a row");
    assert!(spread.contains("at most `1h`"), "{spread}");
}

#[test]
fn one_more_than_a_documented_number_is_refused() {
    let lists = |count: usize| format!("[{}]", vec!["{plugin: handlebars}"; count].join(", "));
    assert_eq!(
        bound(&[("podweave.dev/renders", &lists(32))])[0].renders.len(),
        32
    );
    assert!(refusal(&[("podweave.dev/renders", &lists(33))]).contains("at most 32"));
    let maps = |count: usize| {
        (0..count)
            .map(|index| format!("m{index}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    assert_eq!(
        bound(&[PLUGIN, ("podweave.dev/config-maps", &maps(128))])[0].renders[0]
            .config_maps
            .len(),
        128
    );
    assert!(
        refusal(&[PLUGIN, ("podweave.dev/config-maps", &maps(129))]).contains("more than 128 ConfigMaps")
    );
}

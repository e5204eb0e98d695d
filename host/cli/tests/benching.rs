//! `podweave bench`: its output, and the comparison with the last run. The speed itself is not tested.

mod support;

use std::fs;

use serde_json::Value;
use support::{MARKER, Place, config_map};

/// A run with its own cache, so that it has no last run.
fn bench(place: &Place, arguments: &[&str]) -> support::Run {
    let mut command = place.command(
        &[
            &["bench", "pod.yaml", "configmaps.yaml", "--time", "50ms"],
            arguments,
        ]
        .concat(),
    );
    support::Run::of(
        command
            .env("PODWEAVE_CACHE_DIR", place.path("cache"))
            .output()
            .expect("it runs"),
    )
}

fn document(place: &Place) -> Value {
    serde_json::from_str(&bench(place, &["-o", "json"]).good()).expect("JSON")
}

#[test]
fn json_has_the_documented_shape() {
    let place = Place::new().with_case(".");
    let list = document(&place);
    assert_eq!(
        (&list["apiVersion"], &list["kind"]),
        (&"podweave.dev/v1alpha1".into(), &"BenchmarkList".into())
    );
    let item = &list["items"][0];
    assert_eq!(
        (&item["namespace"], &item["pod"], &item["container"]),
        (&"default".into(), &"web".into(), &"web".into())
    );
    assert!(
        item["plugins"][0]
            .as_str()
            .is_some_and(|digest| digest.starts_with("sha256:")),
        "{item}"
    );
    for figure in [
        &item["cold"]["compile"],
        &item["cold"]["load"],
        &item["cold"]["firstRender"],
        &item["warm"]["renders"],
        &item["memoryBytes"],
    ] {
        assert!(figure.as_u64().is_some_and(|figure| figure > 0), "{item}");
    }
    let quantiles = ["p50", "p90", "p99"].map(|name| item["warm"][name].as_u64().expect("a number"));
    assert!(quantiles.is_sorted() && quantiles[0] > 0, "{item}");
    assert!(
        item["rendersPerSecond"]
            .as_f64()
            .is_some_and(|figure| figure > 0.0)
            && item["comparison"].is_null(),
        "{item}"
    );
}

#[test]
fn a_second_run_is_compared_with_the_first() {
    let place = Place::new().with_case(".");
    let first = document(&place);
    let comparison = &document(&place)["items"][0]["comparison"];
    assert_eq!(comparison["last"]["warm"], first["items"][0]["warm"]);
    assert_eq!(comparison["last"]["plugins"], first["items"][0]["plugins"]);
    assert!(
        ["faster", "slower", "same"]
            .map(Value::from)
            .contains(&comparison["verdict"]),
        "{comparison}"
    );
    assert!(
        comparison["change"].is_number() && comparison["noise"].is_number(),
        "{comparison}"
    );
}

#[test]
fn another_pod_has_a_history_of_its_own() {
    let place = Place::new().with_case(".");
    document(&place);
    place.write(
        "pod.yaml",
        support::pod().replace("name: web\n  annotations", "name: other\n  annotations"),
    );
    assert!(document(&place)["items"][0]["comparison"].is_null());
}

#[test]
fn a_damaged_history_is_ignored() {
    let place = Place::new().with_case(".");
    document(&place);
    for entry in fs::read_dir(place.path("cache/bench")).expect("a directory") {
        fs::write(entry.expect("an entry").path(), "{").expect("a file");
    }
    assert!(document(&place)["items"][0]["comparison"].is_null());
}

#[test]
fn bench_prints_each_figure_and_no_value() {
    let place = Place::new().with_case(".");
    let text = bench(&place, &[]).good();
    let labels: Vec<&str> = text
        .lines()
        .skip(1)
        .filter_map(|line| line.get(2..14))
        .map(str::trim)
        .collect();
    assert_eq!(
        labels,
        ["compile", "cold", "warm", "throughput", "memory", "last run"],
        "{text}"
    );
    assert!(
        text.starts_with("default/web, container web\n") && text.contains("none on this machine"),
        "{text}"
    );
    assert!(bench(&place, &[]).good().contains("p50 was"));
    assert!(!text.contains(MARKER) && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn a_render_that_fails_is_an_error() {
    let place = Place::new().with_case(".");
    place.write("configmaps.yaml", config_map().replace("word:", "ward:"));
    let run = bench(&place, &[]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert!(
        run.stderr.contains("key \"word\": is missing") && !run.stderr.contains(MARKER),
        "{}",
        run.stderr
    );
}

#[test]
fn wrong_usage_says_what_is_right() {
    let place = Place::new().with_case(".");
    assert!(
        place
            .run(&["bench", ".", "--time", "2"])
            .refused(2)
            .contains("a number with a unit")
    );
    assert!(
        place
            .run(&["bench", ".", "--container", "wbe"])
            .refused(2)
            .contains("did you mean \"web\"?")
    );
    place.write("pod.yaml", support::pod_with(&[]));
    assert!(
        place
            .run(&["bench", "."])
            .refused(1)
            .contains("nothing is rendered")
    );
}

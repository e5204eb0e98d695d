//! `podweave test --update` and `--junit`.

mod support;

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use support::{Place, config_map, pod_with};

#[test]
fn expected_files_are_written_and_named() {
    let place = Place::new().with_case("a").with_case("b");
    assert_eq!(
        place.run(&["test", "--update"]).silent(),
        "updated a/expected.yaml\nupdated b/expected.yaml\n2 passed, 0 failed\n"
    );
    let expected = place.read("a/expected.yaml");
    assert!(
        expected.starts_with("apiVersion: podweave.dev/v1alpha1\nkind: RenderList\n"),
        "{expected}"
    );
    assert!(
        !expected.contains("igest") && !expected.contains("reads"),
        "{expected}"
    );
}

#[test]
fn an_equivalent_expected_file_is_not_touched() {
    let place = Place::new().with_case(".");
    place.run(&["test", "--update"]).good();
    place.write(
        "expected.yaml",
        format!("# By hand.\n{}", place.read("expected.yaml")),
    );
    let before = fs::metadata(place.path("expected.yaml")).expect("a file");
    assert_eq!(place.run(&["test", "--update"]).silent(), "1 passed, 0 failed\n");
    let after = fs::metadata(place.path("expected.yaml")).expect("a file");
    assert_eq!(
        (before.ino(), before.mtime_nsec()),
        (after.ino(), after.mtime_nsec())
    );
}

#[test]
fn a_different_expected_file_is_replaced() {
    let place = Place::new().with_case(".");
    for wrong in ["kind: RenderList\n", "a: ["] {
        place.write("expected.yaml", wrong);
        assert_eq!(
            place.run(&["test", "--update"]).silent(),
            "updated ./expected.yaml\n1 passed, 0 failed\n"
        );
    }
    assert_eq!(place.files(), ["configmaps.yaml", "expected.yaml", "pod.yaml"]);
}

#[test]
fn a_failing_render_never_becomes_the_expected_result() {
    let place = Place::new().with_case(".");
    place.run(&["test", "--update"]).good();
    let before = place.read("expected.yaml");
    place.write("configmaps.yaml", config_map().replace("word:", "ward:"));
    place.run(&["test", "--update"]).failed();
    assert_eq!(place.read("expected.yaml"), before);
    // A case cannot expect the error of a missing plugin.
    let place = Place::new()
        .with("pod.yaml", &pod_with(&[("plugin", "acme")]))
        .with("expected-error.txt", "");
    assert!(
        place
            .run(&["test", "--update"])
            .failed()
            .contains("unknown plugin \"acme\"")
    );
    assert_eq!(place.read("expected-error.txt"), "");
}

#[test]
fn text_of_every_kind_round_trips() {
    let params = r##"{"env": {"A": "yes", "B": "1e3", "C": "~", "D": "  lead", "E": "trail  ", "F": "\ttab", "G": "\u001b[31m", "H": "a\r\nb", "I": "\n\nx\n\n",
        "J": "# c", "K": "0444", "L": "2024-01-01", "M": "---", "N": "\u202e\u2028\u0085\ufeff", "O": "a: b", "P": "", "Q": " \n x", "R": "...\nx", "S": ".inf", "T": "on\n",
        "U": "a\n \nb  \n\n", "V": "'\"", "W": "\u0007\u007f😀"}, "files": {"f": "\tx\n\r\n", "g": "long long long long long long long long long long long long long long long long long  long \n long\n"}}"##;
    let place = Place::new().with(
        "pod.yaml",
        &pod_with(&[("plugin", "handlebars"), ("params", params)]),
    );
    place.run(&["test", "--update"]).good();
    assert_eq!(place.run(&["test"]).silent(), "1 passed, 0 failed\n");
}

#[test]
fn a_junit_report_is_written_in_every_case() {
    let place = Place::new()
        .with_case("good")
        .with_case("bad <&>")
        .with_case("skipped")
        .with("skipped/case.yaml", "skip: later\n");
    place.run(&["test", "--update"]).good();
    place.write(
        "bad <&>/configmaps.yaml",
        config_map().replace("hello", "goodbye"),
    );
    let summary = place.run(&["test", "--junit", "report.xml"]).failed();
    assert!(summary.ends_with("1 passed, 1 failed, 1 skipped\n"), "{summary}");
    let report = place.read("report.xml");
    for part in [
        "tests=\"3\" skipped=\"1\" errors=\"0\" failures=\"1\"",
        "name=\"good\"",
        "name=\"bad &lt;&amp;&gt;\"",
        "<skipped message=\"later\"",
        "+    value: goodbye web",
    ] {
        assert!(report.contains(part), "{part:?} in\n{report}");
    }
    assert!(!report.contains('\u{1b}'), "{report}");
}

#[test]
fn a_report_that_cannot_be_written_is_a_failure() {
    let place = Place::new().with_case(".");
    let run = place.run(&["test", "--update", "--junit", "gone/report.xml"]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.contains("cannot write gone/report.xml: No such file"),
        "{}",
        run.stderr
    );
}

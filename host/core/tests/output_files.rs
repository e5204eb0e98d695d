//! Checks which files a plugin may set, and what is refused at the call.

mod support;

use podweave_core::limits::{Limits, Usage};
use podweave_core::names;
use podweave_core::outputs::Outputs;
use proptest::prelude::*;
use support::assert_printable;

fn file(outputs: &mut Outputs, path: &str) -> Result<(), String> {
    outputs
        .file(
            path.to_owned(),
            path.into(),
            &Limits::default(),
            &Usage::default(),
        )
        .map_err(|error| error.to_string())
}

#[test]
fn paths_are_relative_and_stay_inside() {
    let mut outputs = Outputs::default();
    for path in ["a", "dir/b", ".hidden", "a...b", "a b/ü", &"x".repeat(255)] {
        assert_eq!(file(&mut outputs, path), Ok(()), "{path:?}");
    }
    let table = [
        ("", "it is empty"),
        (
            "/etc/passwd",
            "it is absolute; give it relative to the directory of the rendered files",
        ),
        ("..", "it has a part that starts with '..'"),
        ("a/../b", "it has a part that starts with '..'"),
        ("..data", "it has a part that starts with '..'"),
        ("a/..2026/b", "it has a part that starts with '..'"),
        ("./a", "it has a part '.'"),
        ("a//b", "it has an empty part ('//' or a '/' at its end)"),
        ("a/", "it has an empty part ('//' or a '/' at its end)"),
        (
            "a\nb",
            "it contains a control character or a mark that turns the direction of text",
        ),
        (
            "a\u{202e}b",
            "it contains a control character or a mark that turns the direction of text",
        ),
    ];
    for (path, problem) in table {
        let message = file(&mut Outputs::default(), path).expect_err("a wrong path");
        assert!(
            message.ends_with(&format!(": the path cannot be used: {problem}")),
            "{path:?}: {message}"
        );
    }
    assert!(
        file(&mut Outputs::default(), &"x".repeat(256))
            .expect_err("long")
            .ends_with("it has a part that is longer than 255 bytes")
    );
    assert!(
        file(&mut Outputs::default(), &"x/".repeat(2049))
            .expect_err("long")
            .ends_with("it is longer than 4096 bytes")
    );
}

#[test]
fn a_file_cannot_be_where_another_has_a_directory() {
    let with = |paths: &[&str]| {
        let mut outputs = Outputs::default();
        for path in paths {
            assert_eq!(file(&mut outputs, path), Ok(()));
        }
        outputs
    };
    let message = |path: &str, other: &str| {
        Err(format!(
            "file {path:?} collides with file {other:?} of the same render; give one of them another path"
        ))
    };
    assert_eq!(file(&mut with(&["a/b"]), "a"), message("a", "a/b"));
    assert_eq!(file(&mut with(&["a"]), "a/b/c"), message("a/b/c", "a"));
    assert_eq!(
        file(&mut with(&["a-b", "a.b", "a/b/c"]), "a/b"),
        message("a/b", "a/b/c")
    );
    assert_eq!(
        file(&mut with(&["a", "a-b/x"]), "a.b/c"),
        Ok(()),
        "a common beginning is not a collision"
    );
    let again = |contents: &str| {
        with(&["a"])
            .file(
                "a".to_owned(),
                contents.into(),
                &Limits::default(),
                &Usage::default(),
            )
            .map_err(|error| error.to_string())
    };
    assert_eq!(again("a"), Ok(()), "the same twice");
    assert_eq!(again("b"), message("a", "a"));
}

#[test]
fn modes_are_permissions_and_nothing_else() {
    let mut outputs = Outputs::default();
    assert_eq!(file(&mut outputs, "a"), Ok(()));
    assert_eq!(outputs.rendered_files()["a"].mode, 0o444);
    assert!(outputs.file_mode("a", 0o777).is_ok() && outputs.rendered_files()["a"].mode == 0o777);
    let error = outputs.file_mode("a", 0o4755).expect_err("setuid");
    assert_eq!(
        error.to_string(),
        "file \"a\": mode 0o4755 is not allowed; at most 0o777"
    );
    let error = outputs.file_mode("b", 0o400).expect_err("no file");
    assert_eq!(
        error.to_string(),
        "file \"b\": set its mode after the file, not before it"
    );
}

#[test]
fn files_have_a_total_of_bytes_and_of_number_over_all_renders() {
    let limits = Limits {
        file_bytes: 10,
        files: 3,
        ..Limits::default()
    };
    let used = Usage {
        file_bytes: 4,
        files: 1,
        ..Usage::default()
    };
    let mut outputs = Outputs::default();
    let mut make = |path: &str, bytes: usize| {
        outputs
            .file(path.to_owned(), vec![b'x'; bytes], &limits, &used)
            .map_err(|error| error.to_string())
    };
    assert_eq!(make("a", 6), Ok(()));
    assert_eq!(
        make("b", 1),
        Err("the rendered files exceed the limit of 10 B for one container".to_owned())
    );
    assert_eq!(make("c", 0), Ok(()));
    assert_eq!(
        make("d", 0),
        Err("the rendered files exceed the limit of 3 files for one container".to_owned())
    );
    assert_eq!(outputs.file_bytes(), 6);
}

#[test]
fn a_path_with_a_nul_is_refused_with_its_name() {
    assert_eq!(
        file(&mut Outputs::default(), "a\0"),
        Err("file \"a\\0\": the path cannot be used: it contains a control character or a mark that turns the direction of text".to_owned())
    );
}

/// The documented rule, written in the long form.
fn is_good_path(path: &str) -> bool {
    let part = |part: &str| (1..=255).contains(&part.len()) && part != "." && !part.starts_with("..");
    path.len() <= 4096 && path.split('/').all(part) && !path.chars().any(podweave_core::text::is_unprintable)
}

proptest! {
    #[test]
    fn accepted_paths_are_what_the_rules_say(path in "[ab./]{0,8}|[a-z]{1,3}(/[a-z.]{1,4}){0,3}|.{0,6}") {
        let result = file(&mut Outputs::default(), &path);
        prop_assert_eq!(result.is_ok(), is_good_path(&path), "{:?}", result);
        prop_assert_eq!(names::absolute_path_problem(&format!("/{path}")).is_none(), is_good_path(&path));
        if let Err(message) = result {
            assert_printable(&message);
        }
    }

    #[test]
    fn accepted_files_fit_into_one_tree(paths in prop::collection::vec("[ab-]{1,2}(/[ab-]{1,2}){0,3}", 1..12)) {
        let mut outputs = Outputs::default();
        for path in &paths {
            let taken = |other: &String| other != path && (other.starts_with(&format!("{path}/")) || path.starts_with(&format!("{other}/")));
            let collides = outputs.rendered_files().keys().any(taken);
            prop_assert_eq!(file(&mut outputs, path).is_err(), collides, "{} in {:?}", path, outputs.rendered_files().keys());
        }
    }
}

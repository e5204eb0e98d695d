//! Checks which variables and arguments a plugin may set, and what is refused at the call. Files are in
//! output_files.rs.

mod support;

use podweave_core::allowed_outputs::AllowedOutputs;
use podweave_core::limits::{Limits, Usage};
use podweave_core::outputs::{Args, Outputs};
use podweave_core::pattern::Pattern;
use proptest::prelude::*;
use support::{MARKER, assert_printable, strings};

const KIB: usize = 1024;

fn env(outputs: &mut Outputs, name: &str, value: &str) -> Result<(), String> {
    outputs
        .env(name.to_owned(), value.to_owned(), false, &Limits::default())
        .map_err(|error| error.to_string())
}

#[test]
fn names_are_checked_as_by_the_api_server() {
    let mut outputs = Outputs::default();
    for name in ["A", "a.b-c", "1", " ", "~!\"#$%", "()"] {
        assert_eq!(env(&mut outputs, name, "x"), Ok(()), "{name:?}");
    }
    let table = [
        (
            "",
            "environment variable \"\": the name cannot be used: it is empty",
        ),
        (
            "A=B",
            "environment variable \"A=B\": the name cannot be used: it contains '='",
        ),
        (
            "A\0",
            "environment variable \"A\\0\": the name cannot be used: it contains a character that is not printable ASCII",
        ),
        (
            "Ä",
            "environment variable \"Ä\": the name cannot be used: it contains a character that is not printable ASCII",
        ),
        (
            "A\n",
            "environment variable \"A\\n\": the name cannot be used: it contains a character that is not printable ASCII",
        ),
        (
            "\u{7f}",
            "environment variable \"\\u{7f}\": the name cannot be used: it contains a character that is not printable ASCII",
        ),
    ];
    for (name, message) in table {
        assert_eq!(env(&mut Outputs::default(), name, "x"), Err(message.to_owned()));
    }
}

#[test]
fn nul_is_refused_in_every_string() {
    let limits = Limits::default();
    assert_eq!(
        env(&mut Outputs::default(), "A", "x\0"),
        Err("environment variable \"A\": its value contains a NUL".to_owned())
    );
    let append = Outputs::default()
        .append_arg("\0".to_owned(), &limits)
        .expect_err("a NUL");
    assert_eq!(append.to_string(), "an argument: its value contains a NUL");
    let replace = Outputs::default()
        .replace_args(strings(&["a", "b\0"]), true, &limits)
        .expect_err("a NUL");
    assert_eq!(replace.to_string(), "argument 2: its value contains a NUL");
}

#[test]
fn a_string_has_less_than_128_kib_with_its_name_and_its_end() {
    // Linux counts "A=", the value and the NUL behind it.
    assert_eq!(
        env(&mut Outputs::default(), "A", &"x".repeat(128 * KIB - 3)),
        Ok(())
    );
    let message = "environment variable \"A\": it has 128 KiB or more, which Linux does not pass to a process; make it a file";
    assert_eq!(
        env(&mut Outputs::default(), "A", &"x".repeat(128 * KIB - 2)),
        Err(message.to_owned())
    );
    let limits = Limits::default();
    assert!(
        Outputs::default()
            .append_arg("x".repeat(128 * KIB - 1), &limits)
            .is_ok()
    );
    assert!(
        Outputs::default()
            .append_arg("x".repeat(128 * KIB), &limits)
            .is_err()
    );
    assert!(
        Outputs::default()
            .replace_args(vec!["x".repeat(128 * KIB)], true, &limits)
            .is_err()
    );
}

#[test]
fn environment_and_arguments_have_a_total() {
    let mut outputs = Outputs::default();
    let value = "x".repeat(100 * KIB);
    let mut set = 0;
    let refused = loop {
        match env(&mut outputs, &format!("A{set}"), &value) {
            Ok(()) => set += 1,
            Err(message) => break message,
        }
    };
    assert_eq!(
        refused,
        "the rendered environment and arguments exceed the limit of 1.9 MiB for one container"
    );
    assert_eq!(set, 19);
    assert!(
        outputs.append_arg(value, &Limits::default()).is_err(),
        "arguments count, too"
    );
    // Many small ones cost a pointer each.
    let small = Limits {
        environment_bytes: 3 * (1 + 1 + 2 + 8),
        ..Limits::default()
    };
    let mut outputs = Outputs::default();
    let set: Vec<bool> = ["A", "B", "C", "D"]
        .map(|name| {
            outputs
                .env(name.to_owned(), "x".to_owned(), false, &small)
                .is_ok()
        })
        .to_vec();
    assert_eq!(set, [true, true, true, false]);
    // Each also takes memory of agent, guard and runtime.
    let few = Limits {
        environment_strings: 2,
        ..Limits::default()
    };
    let mut outputs = Outputs::default();
    outputs.env("A".to_owned(), String::new(), false, &few).unwrap();
    outputs.append_arg(String::new(), &few).unwrap();
    let refused = outputs.append_arg(String::new(), &few).unwrap_err().to_string();
    assert_eq!(
        refused,
        "the rendered environment and arguments exceed the limit of 2 variables and arguments for one container"
    );
}

#[test]
fn one_name_is_set_once_or_twice_to_the_same() {
    let mut outputs = Outputs::default();
    assert_eq!(env(&mut outputs, "A", MARKER), Ok(()));
    assert_eq!(env(&mut outputs, "A", MARKER), Ok(()));
    let message = "environment variable \"A\" is set twice, to different values; set it once";
    assert_eq!(env(&mut outputs, "A", "x"), Err(message.to_owned()));
    let expanding = outputs.env("A".to_owned(), MARKER.to_owned(), true, &Limits::default());
    assert_eq!(
        expanding.map_err(|error| error.to_string()),
        Err(message.to_owned()),
        "the same text with and without completion differs"
    );
}

#[test]
fn arguments_are_appended_or_replaced_but_not_both() {
    let limits = Limits::default();
    let twice = "arguments are replaced and appended in one render, or replaced twice; do one of them once";
    let mut appended = Outputs::default();
    assert!(
        appended.append_arg("a".to_owned(), &limits).is_ok()
            && appended.append_arg(String::new(), &limits).is_ok()
    );
    assert_eq!(*appended.arguments(), Args::Append(strings(&["a", ""])));
    assert_eq!(
        appended
            .replace_args(Vec::new(), true, &limits)
            .expect_err("both")
            .to_string(),
        twice
    );
    let mut replaced = Outputs::default();
    assert!(replaced.replace_args(Vec::new(), true, &limits).is_ok());
    assert_eq!(
        *replaced.arguments(),
        Args::Replace(Vec::new()),
        "an empty list of arguments is valid, too"
    );
    assert_eq!(
        replaced
            .append_arg("a".to_owned(), &limits)
            .expect_err("both")
            .to_string(),
        twice
    );
    assert_eq!(
        replaced
            .replace_args(Vec::new(), true, &limits)
            .expect_err("twice")
            .to_string(),
        twice
    );
}

#[test]
fn unknown_arguments_cannot_be_replaced() {
    let error = Outputs::default()
        .replace_args(strings(&["a"]), false, &Limits::default())
        .expect_err("no spec");
    assert!(
        error.to_string().contains("neither command nor args")
            && error
                .to_string()
                .ends_with("Give the container a command or args, or append instead"),
        "{error}"
    );
}

proptest! {
    #[test]
    fn accepted_names_and_values_are_what_the_rules_say(name in "[ -~]{0,3}|\\PC{0,3}|.{0,3}|[A-Z=]{1,3}", value in ".{0,8}|[a\0]{0,4}") {
        let rule = !name.is_empty() && name.chars().all(|c| (' '..='~').contains(&c) && c != '=') && !value.contains('\0');
        let result = env(&mut Outputs::default(), &name, &value);
        prop_assert_eq!(result.is_ok(), rule, "{:?}", result);
        if let Err(message) = result {
            assert_printable(&message);
        }
    }

    #[test]
    fn no_error_contains_a_value(name in "[A=\0]{0,2}", kind in 0..5) {
        let mut outputs = Outputs::default();
        let long = MARKER.repeat(10_000);
        let limits = Limits { file_bytes: 4, ..Limits::default() };
        let error = match kind {
            0 => env(&mut outputs, &name, &format!("{MARKER}\0")),
            1 => env(&mut outputs, "A", &long),
            2 => env(&mut outputs, "A", MARKER).and(env(&mut outputs, "A", &format!("{MARKER}2"))),
            3 => outputs.append_arg(long, &limits).map_err(|error| error.to_string()),
            _ => outputs.file("a".to_owned(), MARKER.into(), &limits, &Usage::default()).map_err(|error| error.to_string()),
        };
        let message = error.expect_err("each is refused");
        prop_assert!(!message.contains(MARKER), "{message}");
        assert_printable(&message);
    }
}

#[test]
fn a_plugin_sets_only_what_its_terms_allow() {
    let patterns = |pattern: &str| Some([Pattern::parse(pattern).unwrap()].into());
    let outputs = AllowedOutputs {
        env: patterns("APP_*"),
        args: false,
        files: patterns("conf.d/*.conf"),
    };
    let limits = Limits {
        outputs,
        ..Limits::default()
    };
    let set = |name: &str| Outputs::default().env(name.to_owned(), String::new(), false, &limits);
    assert_eq!(set("APP_LEVEL"), Ok(()));
    assert_eq!(
        set("PATH").unwrap_err().to_string(),
        "environment variable \"PATH\" is not allowed for this plugin; allow it in the agent's configuration (trust or plugins)"
    );
    let make = |path: &str| Outputs::default().file(path.to_owned(), Vec::new(), &limits, &Usage::default());
    assert_eq!(make("conf.d/a.conf"), Ok(()));
    assert!(
        make("other.conf")
            .unwrap_err()
            .to_string()
            .starts_with("file \"other.conf\" is not allowed for this plugin")
    );
    assert!(
        Outputs::default()
            .append_arg(String::new(), &limits)
            .unwrap_err()
            .to_string()
            .starts_with("an argument is not allowed for this plugin")
    );
    assert!(
        Outputs::default()
            .replace_args(Vec::new(), true, &limits)
            .is_err()
    );
}

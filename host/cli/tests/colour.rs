//! Colour is used on a terminal only.

mod support;

use support::{Place, Run};

const ESCAPE: char = '\u{1b}';

const COMMANDS: [&[&str]; 4] = [
    &["render", "."],
    &["test"],
    &["render", "gone.yaml"],
    &["plugin", "inspect", "handlebars"],
];

fn place() -> Place {
    Place::new()
        .with_case(".")
        .with("expected.yaml", "kind: RenderList\n")
}

/// Returns the output of a command with these variables set, which anstream reads: tests have no terminal.
fn shown(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let output = place()
        .command(arguments)
        .envs(variables.iter().copied())
        .output()
        .expect("it runs");
    let run = Run::of(output);
    format!("{}{}", run.stdout, run.stderr)
}

#[test]
fn colour_can_be_asked_for() {
    for arguments in COMMANDS {
        assert!(
            shown(arguments, &[("CLICOLOR_FORCE", "1")]).contains(ESCAPE),
            "{arguments:?}"
        );
    }
}

#[test]
fn no_colour_wins() {
    for arguments in COMMANDS {
        let shown = shown(arguments, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]);
        assert!(!shown.is_empty() && !shown.contains(ESCAPE), "{shown:?}");
    }
}

#[test]
fn a_document_never_has_colour() {
    for format in ["env", "json", "yaml"] {
        assert!(
            !shown(&["render", ".", "-o", format], &[("CLICOLOR_FORCE", "1")]).contains(ESCAPE),
            "{format}"
        );
    }
}

#[test]
fn a_pipe_has_no_colour() {
    for arguments in COMMANDS {
        let shown = shown(arguments, &[("TERM", "xterm")]);
        assert!(!shown.is_empty() && !shown.contains(ESCAPE), "{shown:?}");
    }
}

#[test]
fn terminal_control_sequences_are_escaped() {
    let pod = support::pod_with(&[
        ("plugin", "handlebars"),
        (
            "params",
            "env: {A: \"\\e[2Jgone\\u202e\"}\nfiles: {f: \"\\e[2Jgone\\n\"}",
        ),
    ]);
    let place = Place::new()
        .with("pod.yaml", &pod)
        .with("expected.yaml", "kind: RenderList\n");
    for arguments in [&["render", "pod.yaml"][..], &["test"]] {
        let run = place.run(arguments);
        assert!(
            !run.stdout.contains([ESCAPE, '\u{202e}']) && run.stdout.contains("gone"),
            "{:?}",
            run.stdout
        );
    }
}

//! `podweave completions` and the help.

mod support;

use support::Place;

#[test]
fn every_shell_gets_a_script_that_knows_the_commands() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = Place::new().run(&["completions", shell]).silent();
        assert!(
            ["render", "test", "inspect", "junit", "history"]
                .iter()
                .all(|word| script.contains(word)),
            "{shell}"
        );
        assert!(
            !script.contains("compile-component"),
            "{shell}: a command that is not for people"
        );
    }
}

#[test]
fn an_unknown_shell_is_wrong_usage() {
    Place::new().run(&["completions", "tcsh"]).refused(2);
}

#[test]
fn help_names_every_command_and_the_exit_codes() {
    let place = Place::new();
    let help = place.run(&["--help"]).silent();
    assert!(
        ["render", "test", "plugin", "status", "history", "completions"]
            .iter()
            .all(|command| help.contains(&format!("  {command} "))),
        "{help}"
    );
    for command in ["render", "test", "history"] {
        assert!(
            place
                .run(&[command, "--help"])
                .silent()
                .contains("Exit codes: 0 "),
            "{command}"
        );
    }
    assert!(place.run(&["--version"]).silent().starts_with("podweave "));
}

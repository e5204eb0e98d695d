//! Plugins in each language that break themselves or attack podweave: they are contained, the author reads
//! the reason, and the next render is not affected.

use podweave_plugin_project::Language;

use crate::workshop::Workshop;

/// The action that the plugin is asked for, and parts of the error that its author reads.
type Attack = (&'static str, &'static [&'static str]);

const TIME: Attack = ("loop", &["the plugin took longer than 500 ms"]);

/// Builds the attacker of a language from `source`, which replaces `file` in a new project, and runs its
/// actions.
#[track_caller]
fn contains(language: Language, file: &str, source: &str, attacks: &[Attack]) {
    let Some(place) = Workshop::new(language) else {
        return;
    };
    place.shell(
        ".",
        &format!("podweave plugin new --lang {} attacker", language.name()),
    );
    place.write(&format!("attacker/{file}"), source);
    place.shell("attacker", "podweave plugin build");
    for (attack, parts) in attacks {
        place.write("pod.yaml", &pod(attack));
        let said = place.refused(
            ".",
            "podweave render --plugin attacker=attacker/attacker.wasm pod.yaml",
        );
        for part in *parts {
            assert!(said.contains(part), "{attack}: {part:?} in\n{said}");
        }
        assert!(said.len() < 20_000, "{attack}: {} bytes are too many", said.len());
    }
    place.write("pod.yaml", &pod("nothing"));
    let said = place.shell(
        ".",
        "podweave render --plugin attacker=attacker/attacker.wasm pod.yaml",
    );
    assert!(said.contains("WORKS"), "{said}");
}

fn pod(attack: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  annotations: {{podweave.dev/plugin: attacker, podweave.dev/params: 'do: {attack}'}}\n\
         spec:\n  containers: [{{name: web, image: example.org/web:1}}]\n"
    )
}

#[test]
fn rust() {
    contains(
        Language::Rust,
        "src/lib.rs",
        include_str!("attackers/plugin.rs"),
        &[
            TIME,
            ("recursion", &["the plugin crashed: call stack exhausted"]),
            ("memory", &["the plugin needs more than 64 MiB of memory"]),
            (
                "panic",
                &[
                    "the plugin crashed: ",
                    "It said: panicked at src/lib.rs:",
                    "a number that is none",
                ],
            ),
            ("error", &["plugin attacker: invalid digit found in string"]),
        ],
    );
}

#[test]
fn go() {
    contains(
        Language::Go,
        "plugin.go",
        include_str!("attackers/plugin.go"),
        &[
            TIME,
            ("goroutine", &["the plugin took longer than 500 ms"]),
            (
                "deadlock",
                &["the plugin crashed: ", "all goroutines are asleep - deadlock!"],
            ),
            ("recursion", &["the plugin crashed: call stack exhausted"]),
            ("memory", &["the plugin needs more than 64 MiB of memory"]),
            (
                "panic",
                &["panic: a number that is none (plugin.go:", "in main.attack)"],
            ),
            (
                "index",
                &["panic: runtime error: index out of range [3] with length 3 (plugin.go:"],
            ),
            ("error", &["plugin attacker: a foreseen error"]),
        ],
    );
}

#[test]
fn javascript() {
    contains(
        Language::JavaScript,
        "src/plugin.js",
        include_str!("attackers/plugin.js"),
        &[
            TIME,
            ("recursion", &["the plugin crashed: call stack exhausted"]),
            ("memory", &["the plugin needs more than 64 MiB of memory"]),
            ("error", &["TypeError: ", "(src/plugin.js:", "in attack)"]),
            (
                "asynchronous",
                &["render is asynchronous, and there is nothing to wait for"],
            ),
        ],
    );
}

#[test]
fn python() {
    contains(
        Language::Python,
        "src/plugin.py",
        include_str!("attackers/plugin.py"),
        &[
            TIME,
            (
                "recursion",
                &["RecursionError: maximum recursion depth exceeded", "(plugin.py:"],
            ),
            ("nested", &["the plugin crashed: call stack exhausted"]),
            ("memory", &["emory"]),
            (
                "error",
                &["ZeroDivisionError: division by zero (plugin.py:", "in attack)"],
            ),
            ("exit", &["the plugin crashed: "]),
        ],
    );
}

#[test]
fn c() {
    contains(
        Language::C,
        "src/plugin.c",
        include_str!("attackers/plugin.c"),
        &[
            TIME,
            (
                "recursion",
                &["the plugin crashed: call stack exhausted", "In: recurse"],
            ),
            ("memory", &["the plugin needs more than 64 MiB of memory"]),
            (
                "overrun",
                &[
                    "the plugin crashed: ",
                    "out of bounds memory access",
                    "In: overrun",
                ],
            ),
            (
                "assert",
                &[
                    "the plugin crashed: ",
                    "Assertion failed: number > 0 (src/plugin.c: attack:",
                ],
            ),
            ("error", &["plugin attacker: a foreseen error"]),
        ],
    );
}

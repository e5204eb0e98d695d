//! Checks how much a completed environment may take: what counts, and the last size that is taken.

mod support;

use podweave_core::completion::complete;
use podweave_core::limits::Limits;
use podweave_core::names::MAX_STRING_BYTES;
use podweave_core::own_environment::OwnEnvironment;
use support::{Set, environment, pod_with, rendered};

fn set() -> Set {
    Set::default()
}

/// Completes what is set, with this limit of the environment.
fn within(limit: usize, container: &str, set: Set, own: &[(&str, &str)]) -> Result<(), String> {
    let limits = Limits {
        environment_bytes: limit,
        ..Limits::default()
    };
    let own = environment(own);
    let completed = complete(
        &pod_with(container).containers[0],
        &rendered(set),
        OwnEnvironment::OfSpec(&own),
        &limits,
    );
    completed.map(|_| ()).map_err(|error| error.to_string())
}

#[test]
fn the_limit_counts_each_string_with_its_nul_and_its_pointer() {
    // NAME=value, NUL, pointer.
    let variable = "NAME".len() + 1 + 10 + 1 + 8;
    let set_variable = || set().env("NAME", &"v".repeat(10));
    assert_eq!(within(variable, "    image: app", set_variable(), &[]), Ok(()));
    assert!(within(variable - 1, "    image: app", set_variable(), &[]).is_err());
    let argument = 10 + 1 + 8;
    for spec in ["    image: app", "    command: [x]\n    args: [yes1]"] {
        let of_spec = if spec.contains("args") { 4 + 1 + 8 } else { 0 };
        let append = || set().append(&"a".repeat(10)).append(&"b".repeat(10));
        assert_eq!(within(2 * argument + of_spec, spec, append(), &[]), Ok(()));
        assert!(
            within(2 * argument + of_spec - 1, spec, append(), &[]).is_err(),
            "{spec}"
        );
    }
    let replace = || set().replace(&["a".repeat(10).as_str()]);
    assert_eq!(within(argument, "    command: [x]", replace(), &[]), Ok(()));
    assert!(within(argument - 1, "    command: [x]", replace(), &[]).is_err());
}

#[test]
fn one_string_may_be_as_long_as_linux_passes_on() {
    let longest = MAX_STRING_BYTES - "A=".len() - "\0".len();
    let completed = |length: usize| {
        let own = "v".repeat(length);
        within(
            usize::MAX,
            "    image: app",
            set().expand_env("A", "$(OWN)"),
            &[("OWN", &own)],
        )
    };
    assert_eq!(completed(longest), Ok(()));
    let error = completed(longest + 1).unwrap_err();
    assert!(error.contains("environment variable \"A\""), "{error}");
}

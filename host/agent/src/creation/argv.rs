//! Computes the command line of a container: the runtime's, changed where the rendered one differs from the
//! spec's.

use podweave_core::completion::Completed;
use podweave_core::pod::Container;

/// The runtime's command line does not match the pod's spec.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the runtime's command line has {found} elements where the spec has {expected}, so the arguments cannot be separated from the command; another NRI plugin may have changed it before podweave. Run podweave before that plugin, or let only one of them set arguments"
)]
pub struct ArgvError {
    expected: usize,
    found: usize,
}

/// Returns the command line after rendering; `None` if it stays as the runtime has it.
///
/// The runtime's command line is the spec's `command` and `args` as the kubelet expanded them. The image
/// fills in what the spec does not have: its entry point and command, but none of its arguments if the spec
/// has a command.
///
/// # Errors
/// The runtime's command line cannot come from this spec.
pub fn rendered(
    container: &Container,
    completed: &Completed,
    runtime: &[String],
) -> Result<Option<Vec<String>>, ArgvError> {
    let Completed {
        command,
        args,
        append_args,
        ..
    } = completed;
    if command.is_none() && args.is_none() && append_args.is_none() {
        return Ok(None);
    }
    let lengths = (
        container.command.as_ref().map(Vec::len),
        container.args.as_ref().map(Vec::len),
    );
    let expected = lengths.0.unwrap_or_default() + lengths.1.unwrap_or_default();
    let wrong = || ArgvError {
        expected,
        found: runtime.len(),
    };
    let (own_command, own_args) = match lengths {
        (Some(command), _) if runtime.len() == expected => runtime.split_at(command),
        (None, Some(args)) => runtime.split_at(runtime.len().checked_sub(args).ok_or_else(wrong)?),
        (None, None) => (runtime, &[][..]),
        (Some(_), _) => return Err(wrong()),
    };
    let mut argv = command.as_deref().unwrap_or(own_command).to_vec();
    argv.extend_from_slice(args.as_deref().unwrap_or(own_args));
    argv.extend(append_args.iter().flatten().cloned());
    Ok(Some(argv))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(words: &str) -> Vec<String> {
        words.split_whitespace().map(str::to_owned).collect()
    }

    fn some(words: &str) -> Option<Vec<String>> {
        (!words.is_empty()).then(|| list(words))
    }

    /// Returns the command line of a container with this spec and this completed command, args and appended
    /// ones; "" means none.
    fn argv(
        spec: (&str, &str),
        completed: (&str, &str, &str),
        runtime: &str,
    ) -> Result<Option<String>, ArgvError> {
        let container = Container {
            command: some(spec.0),
            args: some(spec.1),
            ..Container::default()
        };
        let completed = Completed {
            env: Default::default(),
            command: some(completed.0),
            args: some(completed.1),
            append_args: some(completed.2),
        };
        rendered(&container, &completed, &list(runtime)).map(|argv| argv.map(|argv| argv.join(" ")))
    }

    #[test]
    fn unrendered_parts_of_the_command_line_stay() {
        for (spec, completed, runtime, expected) in [
            (("c $(A)", "a b"), ("", "", ""), "c 1 a b", None),
            (("c $(A)", "a b"), ("c 2", "", ""), "c 1 a b", Some("c 2 a b")),
            (("c $(A)", "a b"), ("", "x", ""), "c 1 a b", Some("c 1 x")),
            (("c", ""), ("", "x y", ""), "c", Some("c x y")),
            (
                ("", "a b"),
                ("", "a 2", ""),
                "entry point a b",
                Some("entry point a 2"),
            ),
            (
                ("", ""),
                ("", "", "more"),
                "entry point image-arg",
                Some("entry point image-arg more"),
            ),
        ] {
            assert_eq!(
                argv(spec, completed, runtime),
                Ok(expected.map(str::to_owned)),
                "{spec:?} {completed:?}"
            );
        }
    }

    #[test]
    fn a_command_line_that_does_not_match_the_spec_is_refused() {
        for (spec, runtime) in [
            (("c", "a"), "wrapper c a"),
            (("c", ""), "c image-arg"),
            (("", "a b c"), "a"),
        ] {
            let error = argv(spec, ("", "x", ""), runtime)
                .expect_err("refused")
                .to_string();
            assert!(error.contains("another NRI plugin"), "{error}");
        }
    }
}

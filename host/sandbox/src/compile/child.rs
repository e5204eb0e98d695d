//! Runs as the compiling process: reads a component from standard input, writes its code to standard output.

use std::io::{Read as _, Write as _};
use std::process::ExitCode;

use wasmtime::Engine;
use wasmtime::component::Component;

use super::confinement::confine;
use crate::engine::judging_settings;
use crate::initializers;

/// The exit codes with a meaning; all others are crashes.
pub(super) const EXIT_INVALID: u8 = 65;
pub(super) const EXIT_LIMITS: u8 = 66;
pub(super) const EXIT_OUTPUT: u8 = 74;

/// Runs the compiling process: reads a component from standard input, writes its code to standard output. Its
/// arguments are the limits that [`super::Compiler`] has added: bytes of memory, seconds.
#[must_use]
pub fn run_child(memory_bytes: u64, seconds: u64) -> ExitCode {
    let fail = |code: u8, text: String| {
        eprintln!("{text}");
        ExitCode::from(code)
    };
    if let Err(error) = confine(memory_bytes, seconds) {
        return fail(
            1,
            format!(
                "cannot confine this process: {}",
                podweave_core::text::chain(&error)
            ),
        );
    }
    let mut component = Vec::new();
    if let Err(error) = std::io::stdin().lock().read_to_end(&mut component) {
        return fail(1, format!("cannot read the component: {error}"));
    }
    if let Err(reason) = initializers::check(&component) {
        return fail(EXIT_LIMITS, reason);
    }
    // Load it, do not only compile it: the engine checks the limits of components only when it loads.
    let code =
        Engine::new(&judging_settings()).and_then(|engine| Component::new(&engine, &component)?.serialize());
    match code {
        Err(error) => match limit_of(&error) {
            Some(reason) => fail(EXIT_LIMITS, reason),
            None => fail(EXIT_INVALID, format!("{error:#}")),
        },
        Ok(code) => match std::io::stdout().lock().write_all(&code) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(EXIT_OUTPUT, error.to_string()),
        },
    }
}

/// Returns which limit a component exceeds, if that is why the engine refuses it. wasmtime has no type for
/// this error, but every message of its allocator about a component names the allocator.
fn limit_of(error: &wasmtime::Error) -> Option<String> {
    const ALLOCATOR: &str = "pooling allocator";
    let text = format!("{error:#}");
    text.contains(ALLOCATOR).then(|| {
        let cause = error.root_cause().to_string();
        // The following lines are a table of what takes how much.
        cause
            .lines()
            .next()
            .unwrap_or_default()
            .replace(&format!(" in the {ALLOCATOR}"), "")
            .trim_end_matches([':', '.'])
            .to_owned()
    })
}

/// Wraps [`run_child`] as a whole program, for tests and benchmarks of the library crates; `podweave` has a
/// command.
#[must_use]
pub fn main_of_child() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|argument| argument.parse());
    match (numbers.next(), numbers.next()) {
        (Some(Ok(memory_bytes)), Some(Ok(seconds))) => run_child(memory_bytes, seconds),
        _ => {
            eprintln!("usage: MEMORY_BYTES SECONDS < COMPONENT > CODE");
            ExitCode::from(2)
        }
    }
}

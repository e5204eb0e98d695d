//! The compiling process for tests and benchmarks of the library; `podweave` brings its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|argument| argument.parse());
    match (numbers.next(), numbers.next()) {
        (Some(Ok(memory_bytes)), Some(Ok(seconds))) => podweave_sandbox::compile::run_child(memory_bytes, seconds),
        _ => {
            eprintln!("usage: podweave-compile MEMORY_BYTES SECONDS < COMPONENT > CODE");
            ExitCode::from(2)
        }
    }
}

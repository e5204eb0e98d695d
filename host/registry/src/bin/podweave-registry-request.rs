//! The child process for the tests of this crate; `podweave` brings its own.

fn main() -> std::process::ExitCode {
    podweave_registry::run_child()
}

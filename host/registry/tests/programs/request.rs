//! The child process for the tests of this crate; `podweave` has its own command for it.

fn main() -> std::process::ExitCode {
    podweave_registry::run_child()
}

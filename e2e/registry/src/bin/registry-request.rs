//! The child process of podweave's client for the tests of this package; `podweave` has its own command for
//! it.

fn main() -> std::process::ExitCode {
    podweave_registry::run_child()
}

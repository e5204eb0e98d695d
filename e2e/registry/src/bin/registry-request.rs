//! The child process of podweave's client for the tests of this package; `podweave` brings its own.

fn main() -> std::process::ExitCode {
    podweave_registry::run_child()
}

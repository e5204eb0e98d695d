//! The compiling process for the tests of this crate; `podweave` brings its own.

fn main() -> std::process::ExitCode {
    podweave_sandbox::compile::main_of_child()
}

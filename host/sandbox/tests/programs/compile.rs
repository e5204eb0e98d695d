//! The compiling process for the tests of this crate; `podweave` has a command for it.

fn main() -> std::process::ExitCode {
    podweave_sandbox::compile::main_of_child()
}

//! Changes bytes of components: there is always an error or a plugin, and never a crash. `make soak` runs it
//! for long.

mod support;

use std::sync::OnceLock;

use podweave_component_build::Guest;
use podweave_sandbox::compile::{CompileError, CompileLimits};
use support::{Bench, attacker};

fn bench() -> &'static Bench {
    static BENCH: OnceLock<Bench> = OnceLock::new();
    BENCH.get_or_init(Bench::on_demand)
}

/// Changes some bytes of a component. Each compilation takes a process, so the short run has few of them.
#[test]
fn a_changed_component_is_an_error_or_a_plugin() {
    bolero::check!()
        .with_iterations(200)
        .with_type::<Vec<(u32, u8)>>()
        .for_each(|changes| {
            let mut component = attacker(Guest::Bare).to_vec();
            for (place, byte) in changes {
                let place = *place as usize % component.len();
                component[place] = *byte;
            }
            match bench().compile(&component, CompileLimits::default()) {
                Ok(file) => {
                    let _ = bench().sandbox.load(&file);
                    let _ = std::fs::remove_file(bench().code_path(&component));
                }
                Err(CompileError::Invalid { reason }) => {
                    assert!(!reason.chars().any(char::is_control), "{reason:?}")
                }
                Err(CompileError::NotAComponent(_)) => {}
                Err(error) => panic!("{error}"),
            }
        });
}

//! Checks the memory that all renders of a process take together. It has a process of its own, because one
//! test measures it.

mod support;

use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use podweave_core::limits::Usage;
use podweave_sandbox::{Allocation, Outcome, RenderError, Sandbox};
use serde_json::json;
use support::{Bench, block_on, inputs, pod, process, settings, variable};

/// The memory of all renders of a sandbox.
const MOST: usize = 48 << 20;

/// Without this lock, another test's memory would be measured, too.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock()
}

fn node() -> Bench {
    Bench {
        sandbox: Sandbox::new(Allocation::Pooling { slots: 8 })
            .unwrap()
            .with_memory(MOST),
        ..Bench::pooling()
    }
}

/// What a plugin's pod can see of a render, and what is recorded about it.
fn seen(outcome: &Outcome) -> String {
    format!(
        "{:?}, {:?}, {:?}, {} bytes",
        outcome.result, outcome.reads, outcome.log, outcome.memory_bytes
    )
}

#[test]
fn a_render_that_starts_again_with_more_gives_the_same_result() {
    let _alone = alone();
    let (laptop, node) = (Bench::on_demand(), node());
    let (on_laptop, on_node) = (laptop.attacker(), node.attacker());
    // The order decides what a plugin starts with.
    for mebibytes in [0, 3, 30, 50, 10, 200, 50, 1] {
        let attack = json!({ "attack": "grow", "mebibytes": mebibytes });
        let (laptop, node) = (laptop.attack(&on_laptop, &attack), node.attack(&on_node, &attack));
        assert_eq!(seen(&laptop), seen(&node), "{mebibytes} MiB");
        match node.result {
            Ok(outputs) => assert_eq!(variable(&outputs, "RENDERED"), mebibytes.to_string()),
            Err(error) => assert_eq!((error, mebibytes), (RenderError::Memory { limit: 64 << 20 }, 200)),
        }
    }
}

#[test]
fn all_renders_together_stay_within_the_memory() {
    let _alone = alone();
    let bench = node();
    let plugin = bench.attacker();
    let limits = Arc::new(bench.limits.clone());
    process::reset_peak();
    let before = process::peak_memory();
    let render = |mebibytes: usize| {
        let inputs = inputs(
            pod(),
            settings(),
            &json!({ "attack": "grow", "mebibytes": mebibytes }),
        );
        let outcome = block_on(bench.sandbox.render(&plugin, inputs, &limits, Usage::default()));
        assert!(
            outcome.result.is_ok(),
            "each gets what it needs in the end: {:?}",
            outcome.result
        );
    };
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let render = &render;
            scope.spawn(move || (0..3).for_each(|turn| render([1, 20, 30][(thread + turn) % 3])));
        }
    });
    let taken = process::peak_memory() - before;
    assert!(
        taken < MOST + (16 << 20),
        "{} MiB were taken at a time",
        taken >> 20
    );
}

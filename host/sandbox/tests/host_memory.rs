//! Passes lists that cost a guest little and the host much. The only test of its process, because it measures
//! the process.

mod support;

use podweave_sandbox::RenderError;
use serde_json::json;
use support::Bench;
use support::process::peak_memory;

#[test]
fn aliased_and_huge_lists_do_not_fill_the_host() {
    let bench = Bench::on_demand();
    let plugin = bench.attacker();
    let before = peak_memory();
    for attack in [
        json!({ "attack": "aliased-list", "entries": 2000, "bytes": 1024 * 1024 }),
        json!({ "attack": "many-entries", "entries": 1_000_000 }),
    ] {
        assert_eq!(
            bench.error_of(&plugin, &attack),
            RenderError::Copied {
                limit: 32 * 1024 * 1024
            }
        );
    }
    // This includes the guest's own 64 MiB.
    assert!(
        peak_memory() - before < 160 * 1024 * 1024,
        "{} MiB more",
        (peak_memory() - before) >> 20
    );
}

//! Lists that cost a guest little and the host much. One test in a process of its own: it measures the process.

mod support;

use podweave_sandbox::RenderError;
use serde_json::json;
use support::Bench;
use support::process::peak_memory;

#[test]
fn lists_that_alias_one_buffer_or_have_a_million_entries_do_not_fill_the_host() {
    let bench = Bench::on_demand();
    let plugin = bench.attacker();
    let before = peak_memory();
    for attack in [json!({ "attack": "aliased-list", "entries": 2000, "bytes": 1024 * 1024 }), json!({ "attack": "many-entries", "entries": 1_000_000 })] {
        assert_eq!(bench.error_of(&plugin, &attack), RenderError::Copied { limit: 32 * 1024 * 1024 });
    }
    // The guest's own 64 MiB are in it.
    assert!(peak_memory() - before < 160 * 1024 * 1024, "{} MiB more", (peak_memory() - before) >> 20);
}

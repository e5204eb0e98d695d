//! `podweave guard` as the kubelet runs it. Its answers to the runtime are tested in host/agent/tests.

mod support;

use support::Place;
use support::spawned::Spawned;

#[test]
fn the_guard_waits_for_a_runtime_and_stops_on_sigint() {
    let place = Place::new();
    let guard = Spawned::new(place.command(&["guard", "--socket", "nri.sock"]));
    let log = guard.until("cannot connect to the runtime");
    for line in log.lines() {
        let line: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert!(
            line["level"].is_string() && line["timestamp"].is_string() && line["message"].is_string(),
            "{line}"
        );
    }
    assert!(
        log.contains("is NRI enabled in the runtime, and the socket's directory mounted, not the socket?"),
        "{log}"
    );
    assert_eq!(guard.interrupt().code(), Some(0));
}

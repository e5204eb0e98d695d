//! Tests against the runtime's own implementation, in Go: `tools/build-nri-runtime` builds it, `make e2e`
//! runs this.

mod support;

use std::time::{Duration, Instant};

use podweave_nri::api::ContainerUpdate;
use podweave_nri::{Error, Event, Events, NriVersion, State};
use serde_json::json;
use support::go::GoRuntime;
use support::{Running, TestPlugin};

/// Starts the plugin, and waits until the runtime calls it.
async fn ready(runtime: &mut GoRuntime, plugin: TestPlugin) -> Running {
    let running = Running::start(&runtime.socket(), plugin);
    running.wait(State::is_ready).await;
    asked(runtime, &running);
    running
}

/// Waits until the runtime calls the plugin: it adds a plugin to its list after it has received the answer to
/// Synchronize.
fn asked(runtime: &mut GoRuntime, running: &Running) {
    let own = running.plugin.own_variable();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !runtime.create("own")["adjust"]["env"]
        .as_array()
        .is_some_and(|env| env.iter().any(|variable| variable["key"] == own))
    {
        assert!(Instant::now() < deadline, "the runtime does not call the plugin");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adjustment_arrives_as_it_was_built() {
    let mut runtime = GoRuntime::started(json!({}));
    let running = ready(&mut runtime, TestPlugin::default()).await;
    let adjust = runtime.create("adjust")["adjust"].clone();
    assert_eq!(adjust["env"], json!([{"key": "PORT", "value": "80"}]));
    assert_eq!(adjust["args"], json!(["/bin/server", "--port=80"]));
    assert_eq!(adjust["mounts"][0]["destination"], "/etc/app");
    assert_eq!(adjust["annotations"], json!({"example.org/rendered": "yes"}));
    let State::Ready(known) = running.handle.state().borrow().clone() else {
        panic!("not ready")
    };
    assert_eq!(
        (known.name.as_str(), known.version.as_str(), known.request_timeout),
        ("containerd", "v2.3.4", Some(Duration::from_secs(2)))
    );
    assert!(known.nri >= Some(NriVersion { major: 0, minor: 12 }), "{known:?}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_around_the_frame_limits_arrive() {
    let mut runtime = GoRuntime::started(json!({}));
    let _running = ready(&mut runtime, TestPlugin::default()).await;
    for length in [
        3900,
        4020,
        4040,
        4050,
        4060,
        4070,
        4080,
        4090,
        4096,
        8192,
        70_000,
        1 << 20,
        4_190_000,
    ] {
        let answer = runtime.create(&format!("big {length}"));
        let value = answer["adjust"]["env"][0]["value"]
            .as_str()
            .unwrap_or_else(|| panic!("{length}: {}", answer["error"]));
        assert_eq!(value.len(), length);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_too_long_answer_fails_the_creation_and_the_plugin_stays() {
    let mut runtime = GoRuntime::started(json!({}));
    let _running = ready(&mut runtime, TestPlugin::default()).await;
    let answer = runtime.create("big 4300000");
    assert!(
        answer["error"].as_str().unwrap().contains("longer than 4 MiB"),
        "{}",
        answer["error"]
    );
    assert_eq!(runtime.create("adjust")["error"], "");
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_panics_and_timeouts_fail_only_the_creation() {
    let mut runtime = GoRuntime::started(json!({"timeoutMs": 600}));
    let running = ready(&mut runtime, TestPlugin::default()).await;
    for (what, message) in [
        ("error", "ConfigMap web is missing"),
        ("unimplemented", "so it says"),
        ("panic", "the plugin panicked"),
        ("sleep", "did not finish CreateContainer within"),
        ("block", "did not finish CreateContainer within"),
    ] {
        let answer = runtime.create(what);
        assert!(
            answer["error"].as_str().unwrap().contains(message),
            "{what}: {answer}"
        );
        assert_eq!(
            runtime.create("adjust")["adjust"]["env"][0]["value"],
            "80",
            "after {what}"
        );
    }
    assert!(running.handle.state().borrow().is_ready());
    assert_eq!(
        running.plugin.synchronized().len(),
        1,
        "the connection never broke"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_synchronization_above_4_mib_arrives_in_parts() {
    let mut runtime = GoRuntime::started(json!({"pods": 400, "length": 25_000}));
    let running = ready(&mut runtime, TestPlugin::default()).await;
    assert_eq!(running.plugin.synchronized(), [400]);
}

#[tokio::test(flavor = "multi_thread")]
async fn validation_accepts_and_rejects_with_its_reason() {
    let mut runtime = GoRuntime::started(json!({}));
    let _running = ready(&mut runtime, TestPlugin::default()).await;
    let rejected = runtime.create("reject");
    assert!(
        rejected["error"]
            .as_str()
            .unwrap()
            .contains("REJECT is not wanted"),
        "{rejected}"
    );
    assert_eq!(runtime.create("adjust")["error"], "");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_plugins_adjust_one_container_and_conflicts_fail_it() {
    let mut runtime = GoRuntime::started(json!({}));
    let _one = ready(&mut runtime, TestPlugin::default()).await;
    let _two = ready(&mut runtime, TestPlugin::named("second")).await;
    let both = runtime.create("own");
    assert_eq!(both["adjust"]["env"].as_array().unwrap().len(), 2, "{both}");
    assert!(
        runtime.create("adjust")["error"]
            .as_str()
            .unwrap()
            .contains("both tried to set"),
        "one key, two plugins"
    );
    assert_eq!(
        runtime.create("replace")["error"],
        "",
        "the second removes and sets"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plugin_reconnects_when_the_runtime_restarts() {
    let mut runtime = GoRuntime::launch("current");
    let plugin = TestPlugin::default();
    let running = Running::start(&runtime.socket(), plugin);
    running.wait(|state| matches!(state, State::Disconnected(Some(error)) if matches!(**error, Error::Connect { .. }))).await;
    for times in 1..4 {
        runtime.start(json!({"pods": times}));
        running.wait(State::is_ready).await;
        asked(&mut runtime, &running);
        assert_eq!(runtime.create("adjust")["adjust"]["env"][0]["value"], "80");
        // End it with all its connections, like a process that exits.
        let directory = std::mem::replace(&mut runtime.directory, tempfile::tempdir().unwrap());
        drop(std::mem::replace(&mut runtime, GoRuntime::launch("current")));
        runtime.directory = directory;
        running
            .wait(|state| matches!(state, State::Disconnected(Some(_))))
            .await;
    }
    assert_eq!(running.plugin.synchronized(), [1, 2, 3]);
    let handle = running.handle.clone();
    assert!(matches!(
        handle.update_containers(Vec::new()).await,
        Err(Error::NotReady)
    ));
    running.stop().await;
    assert!(matches!(*handle.state().borrow(), State::Stopped));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plugin_updates_containers_and_learns_which_failed() {
    let mut runtime = GoRuntime::started(json!({}));
    let running = ready(&mut runtime, TestPlugin::default()).await;
    let update = ["a", "b"].map(|id| ContainerUpdate {
        container_id: id.to_owned(),
        ..ContainerUpdate::default()
    });
    let failed = running.handle.update_containers(update.into()).await.unwrap();
    assert_eq!(
        failed
            .iter()
            .map(|update| update.container_id.as_str())
            .collect::<Vec<_>>(),
        ["b"]
    );
    assert_eq!(runtime.create("nothing")["updated"], json!(["a", "b"]));
}

const NOTICES: [(&str, Event); 8] = [
    ("run-pod", Event::RunPodSandbox),
    ("post-create", Event::PostCreateContainer),
    ("start-container", Event::StartContainer),
    ("post-start", Event::PostStartContainer),
    ("post-update", Event::PostUpdateContainer),
    ("remove-container", Event::RemoveContainer),
    ("stop-pod", Event::StopPodSandbox),
    ("remove-pod", Event::RemovePodSandbox),
];

fn assert_each_is_seen(runtime: &mut GoRuntime, plugin: &TestPlugin, notices: &[(&str, Event)]) {
    for (op, event) in notices {
        assert_eq!(runtime.run(&json!({"op": op}))["error"], "", "{op}");
        let of_a_container = event.as_str_name().contains("CONTAINER");
        assert_eq!(plugin.seen().last(), Some(&(*event, of_a_container)), "{op}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_reaches_the_plugin() {
    let mut runtime = GoRuntime::started(json!({}));
    let running = ready(&mut runtime, TestPlugin::default()).await;
    assert_each_is_seen(&mut runtime, &running.plugin, &NOTICES);
    assert_each_is_seen(
        &mut runtime,
        &running.plugin,
        &[
            ("post-update-pod", Event::PostUpdatePodSandbox),
            ("update-pod", Event::UpdatePodSandbox),
        ],
    );
    assert_each_is_seen(
        &mut runtime,
        &running.plugin,
        &[
            ("update", Event::UpdateContainer),
            ("stop-container", Event::StopContainer),
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_runtime_sends_the_same_events_by_state_change() {
    let mut runtime = GoRuntime::launch("older");
    runtime.start(json!({"version": "v1.7.15"}));
    let running = ready(
        &mut runtime,
        TestPlugin::wanting(|runtime| Ok(Events::known_to(runtime.nri))),
    )
    .await;
    assert_each_is_seen(&mut runtime, &running.plugin, &NOTICES);
    assert_eq!(runtime.create("own")["adjust"]["env"][0]["key"], "OWN_FIRST");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_runtime_without_required_events_is_refused() {
    for events in [(|_| Ok(TestPlugin::all())) as support::Wanted, |runtime| {
        runtime.require(NriVersion::V0_10).map(|()| Events::default())
    }] {
        let mut runtime = GoRuntime::launch("older");
        runtime.start(json!({"version": "v1.7.15"}));
        let running = Running::start(&runtime.socket(), TestPlugin::wanting(events));
        running.wait(|state| matches!(state, State::Disconnected(Some(error)) if error.chain().contains("0.10 or newer is required"))).await;
        assert_eq!(runtime.create("adjust")["adjust"]["env"], json!(null));
        assert!(running.plugin.synchronized().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_call_is_answered_before_a_stop() {
    let mut runtime = GoRuntime::started(json!({}));
    let running = ready(&mut runtime, TestPlugin::default()).await;
    let creation = tokio::task::spawn_blocking(move || runtime.create("slow"));
    running.plugin.slow.notified().await;
    running.stop().await;
    assert_eq!(creation.await.unwrap()["adjust"]["env"][0]["value"], "80");
}

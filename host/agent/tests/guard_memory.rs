//! The guard's memory for the largest requests that a pod can cause. A process of its own, because it counts
//! all allocations.

use std::collections::BTreeMap;

use peak_alloc::PeakAlloc;
use podweave_agent::for_tests::seal;
use podweave_agent::guard::rule::judge;
use podweave_core::limits::Limits;
use podweave_nri::Adjustment;
use podweave_nri::api::{
    CompoundFieldOwners, Container, Field, FieldOwners, Mount, OwningPlugins, PluginInstance, PodSandbox,
    ValidateContainerAdjustmentRequest, Validation,
};
use prost::Message as _;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// The largest message of ttrpc.
const MESSAGE: usize = 4 * 1024 * 1024;

/// The maximum memory of a request in addition to the message: with twice the message, and the idle guard (13
/// MiB), less than a third of the chart's limit.
const MOST: usize = 10 * 1024 * 1024;

/// As many texts as fit into a message with the rest, if each has this many bytes there.
fn as_many(bytes: usize) -> impl Iterator<Item = String> {
    (0..(MESSAGE - 512 * 1024) / bytes).map(|index| format!("{index:x}"))
}

/// Short texts, together as large as all annotations of an object may be.
fn annotations() -> BTreeMap<String, String> {
    (0..60_000)
        .map(|index| (format!("{index:x}"), String::new()))
        .collect()
}

/// A request for a pod that has opted in, with as many variables as podweave sets at most.
fn request() -> ValidateContainerAdjustmentRequest {
    let mut adjustment = Adjustment::default();
    let names: Vec<String> = (0..Limits::default().environment_strings)
        .map(|index| format!("V{index}"))
        .collect();
    for name in &names {
        adjustment.env(name, "x").expect("a new variable");
    }
    seal::mark(&mut adjustment, "sha256:abc").expect("it is not marked yet");
    let adjust = adjustment.into_message();
    let owned = |names: Vec<String>| CompoundFieldOwners {
        owners: names
            .into_iter()
            .map(|name| (name, "50-podweave".to_owned()))
            .collect(),
    };
    let marks = adjust.annotations.keys().cloned().collect();
    let owners = FieldOwners {
        compound: [
            (Field::Env as i32, owned(names)),
            (Field::Annotations as i32, owned(marks)),
        ]
        .into(),
        ..FieldOwners::default()
    };
    let opted_in = [
        ("podweave.dev/plugin", "handlebars"),
        ("required-plugins.noderesource.dev/pod", r#"["podweave-guard"]"#),
    ];
    ValidateContainerAdjustmentRequest {
        pod: Some(PodSandbox {
            annotations: opted_in
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
            ..PodSandbox::default()
        }),
        container: Some(Container {
            id: "id".into(),
            name: "web".into(),
            ..Container::default()
        }),
        adjust: Some(adjust),
        owners: Some(OwningPlugins {
            owners: [("id".to_owned(), owners)].into(),
        }),
        plugins: vec![PluginInstance {
            name: "default-validator".into(),
            index: "00".into(),
        }],
        ..ValidateContainerAdjustmentRequest::default()
    }
}

fn container(change: impl FnOnce(&mut Container)) -> ValidateContainerAdjustmentRequest {
    let mut request = request();
    change(request.container.as_mut().expect("a container"));
    request
}

fn pod(change: impl FnOnce(&mut PodSandbox)) -> ValidateContainerAdjustmentRequest {
    let mut request = request();
    change(request.pod.as_mut().expect("a pod"));
    request
}

#[test]
fn the_largest_possible_requests_take_little_memory() {
    let requests = [
        (
            "variables of the container",
            container(|container| container.env = as_many(8).map(|name| format!("{name}=")).collect()),
        ),
        (
            "arguments of the container",
            container(|container| container.args = as_many(7).collect()),
        ),
        (
            "mounts of the container",
            container(|container| {
                container.mounts = as_many(11)
                    .map(|destination| Mount {
                        destination,
                        ..Mount::default()
                    })
                    .collect()
            }),
        ),
        (
            "labels of the container",
            container(|container| container.labels = annotations()),
        ),
        (
            "annotations of the container",
            container(|container| container.annotations = annotations()),
        ),
        ("labels of the pod", pod(|pod| pod.labels = annotations())),
        (
            "annotations of the pod",
            pod(|pod| pod.annotations.extend(annotations())),
        ),
        ("as many variables as podweave sets", request()),
    ];
    for (what, request) in requests {
        let message = request.encode_to_vec();
        assert!(message.len() <= MESSAGE, "{what}: {} bytes", message.len());
        drop(request);
        ALLOCATED.reset_peak_usage();
        let before = ALLOCATED.current_usage();
        let verdict = judge(&Validation::decode(&*message).expect("the same message with fewer fields"));
        let peak = ALLOCATED.peak_usage().saturating_sub(before);
        assert_eq!(verdict, Ok(()), "{what}");
        assert!(peak < MOST, "{what}: {peak} bytes for {}", message.len());
    }
}

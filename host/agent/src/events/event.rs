//! Builds the Event objects that are sent to the API server.

use std::time::SystemTime;

use k8s_openapi::api::core::v1::{Event, EventSource, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

use super::series::Series;

/// The reporting component.
const COMPONENT: &str = "podweave-agent";

/// Builds the Event for the first occurrence of a series.
pub(super) fn first(series: &Series, node: &str) -> Event {
    let pod = &series.pod;
    Event {
        metadata: ObjectMeta {
            name: Some(series.name.clone()),
            namespace: Some(pod.namespace.clone()),
            ..ObjectMeta::default()
        },
        involved_object: ObjectReference {
            api_version: Some("v1".to_owned()),
            kind: Some("Pod".to_owned()),
            namespace: Some(pod.namespace.clone()),
            name: Some(pod.name.clone()),
            uid: Some(pod.uid.clone()),
            ..ObjectReference::default()
        },
        type_: Some(
            if series.reason.is_warning() {
                "Warning"
            } else {
                "Normal"
            }
            .to_owned(),
        ),
        reason: Some(series.reason.name().to_owned()),
        message: Some(message(series)),
        count: Some(count(series)),
        first_timestamp: Some(Time(timestamp(series.first))),
        last_timestamp: Some(Time(timestamp(series.last))),
        source: Some(EventSource {
            component: Some(COMPONENT.to_owned()),
            host: Some(node.to_owned()),
        }),
        reporting_component: Some(COMPONENT.to_owned()),
        reporting_instance: Some(node.to_owned()),
        ..Event::default()
    }
}

/// Builds the patch for a further occurrence.
pub(super) fn again(series: &Series) -> Value {
    json!({ "count": count(series), "lastTimestamp": Time(timestamp(series.last)), "message": message(series) })
}

/// Prefixes the note with the container, unless it is about the whole pod.
fn message(series: &Series) -> String {
    if series.container.is_empty() {
        series.note.clone()
    } else {
        format!("container {}: {}", series.container, series.note)
    }
}

fn count(series: &Series) -> i32 {
    i32::try_from(series.count).unwrap_or(i32::MAX)
}

fn timestamp(time: SystemTime) -> Timestamp {
    let seconds = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_secs()).ok());
    Timestamp::from_second(seconds.unwrap_or_default()).unwrap_or(Timestamp::UNIX_EPOCH)
}

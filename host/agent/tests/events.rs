//! Events as the API server receives them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use kube::client::Body;
use podweave_agent::for_tests::events::{Events, Reason};
use podweave_core::identity::PodIdentity;
use prometheus_client::registry::Registry;
use serde_json::Value;
use tokio::sync::Notify;

/// An API server that keeps Events.
#[derive(Default)]
struct Server {
    events: Mutex<BTreeMap<String, Value>>,
    requests: Mutex<Vec<String>>,
    /// Answers to use instead, until the list is empty.
    failures: Mutex<Vec<StatusCode>>,
    /// A permit that each answer waits for.
    held: Option<Notify>,
}

impl Server {
    async fn answer(self: Arc<Self>, request: Request<Body>) -> Response<Full<Bytes>> {
        if let Some(held) = &self.held {
            held.notified().await;
        }
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        self.requests
            .lock()
            .unwrap()
            .push(format!("{} {path}", parts.method));
        if let Some(code) = self.failures.lock().unwrap().pop() {
            return refusal(code);
        }
        let object: Value = serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap();
        let mut events = self.events.lock().unwrap();
        let stored = if parts.method == Method::POST {
            let name = object["metadata"]["name"].as_str().unwrap().to_owned();
            events.entry(format!("{path}/{name}")).or_insert(object).clone()
        } else {
            let Some(event) = events.get_mut(&path) else {
                return refusal(StatusCode::NOT_FOUND);
            };
            for (field, value) in object.as_object().unwrap() {
                event[field] = value.clone();
            }
            event.clone()
        };
        Response::new(Full::new(stored.to_string().into()))
    }

    fn events(&self) -> Vec<Value> {
        self.events.lock().unwrap().values().cloned().collect()
    }
}

fn refusal(code: StatusCode) -> Response<Full<Bytes>> {
    let status = serde_json::json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "no", "reason": "No", "code": code.as_u16() });
    let mut response = Response::new(Full::new(status.to_string().into()));
    *response.status_mut() = code;
    response
}

fn started(server: &Arc<Server>) -> Events {
    let server = Arc::clone(server);
    let service = tower::service_fn(move |request| {
        let server = Arc::clone(&server);
        async move { Ok::<_, std::convert::Infallible>(server.answer(request).await) }
    });
    Events::start(kube::Client::new(service, "default"), "node-1".to_owned())
}

fn pod(name: &str) -> PodIdentity {
    PodIdentity {
        namespace: "shop".into(),
        name: name.into(),
        uid: format!("uid-{name}"),
    }
}

fn metrics(events: &Events) -> String {
    let mut registry = Registry::default();
    events.register_metrics(&mut registry);
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
    text
}

const LONG: Duration = Duration::from_secs(600);

#[tokio::test(start_paused = true)]
async fn an_event_says_what_happened_to_which_pod() {
    let server = Arc::new(Server::default());
    let events = started(&server);
    events.publish(
        pod("web-0"),
        "web",
        Reason::RenderFailed,
        "ConfigMap shop/settings has no key \"port\"\nadd it",
    );
    events.publish(pod("web-1"), "web", Reason::Rendered, "handlebars");
    events.flush(LONG).await;
    let told = server.events();
    assert_eq!(told.len(), 2);
    let failed = told
        .iter()
        .find(|event| event["reason"] == "RenderFailed")
        .unwrap();
    assert_eq!(
        (failed["type"].as_str(), failed["count"].as_i64()),
        (Some("Warning"), Some(1))
    );
    assert_eq!(
        failed["message"],
        "container web: ConfigMap shop/settings has no key \"port\" | add it"
    );
    assert_eq!(
        failed["involvedObject"],
        serde_json::json!({ "apiVersion": "v1", "kind": "Pod", "namespace": "shop", "name": "web-0", "uid": "uid-web-0" })
    );
    assert_eq!(
        (
            failed["source"]["component"].as_str(),
            failed["source"]["host"].as_str()
        ),
        (Some("podweave-agent"), Some("node-1"))
    );
    assert_eq!(failed["metadata"]["namespace"], "shop");
    let rendered = told.iter().find(|event| event["reason"] == "Rendered").unwrap();
    assert_eq!(rendered["type"], "Normal");
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_tries_again_and_again_has_one_event() {
    let server = Arc::new(Server::default());
    let events = started(&server);
    for _ in 0..12 {
        events.publish(pod("web-0"), "web", Reason::RenderFailed, "no key");
        tokio::time::sleep(Duration::from_secs(11)).await;
    }
    events.flush(LONG).await;
    let told = server.events();
    assert_eq!((told.len(), told[0]["count"].as_i64()), (1, Some(12)));
    let requests = server.requests.lock().unwrap().clone();
    assert_eq!(
        requests
            .iter()
            .filter(|request| request.starts_with("POST"))
            .count(),
        1,
        "{requests:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn events_from_an_outage_are_sent_after_it() {
    let server = Arc::new(Server {
        failures: Mutex::new(vec![StatusCode::SERVICE_UNAVAILABLE; 5]),
        ..Server::default()
    });
    let events = started(&server);
    for _ in 0..3 {
        events.publish(pod("web-0"), "web", Reason::RenderFailed, "no key");
    }
    events.flush(LONG).await;
    let told = server.events();
    assert_eq!((told.len(), told[0]["count"].as_i64()), (1, Some(3)));
    assert!(
        metrics(&events).contains("podweave_events_requests_total{outcome=\"unavailable\"} 5"),
        "{}",
        metrics(&events)
    );
}

#[tokio::test(start_paused = true)]
async fn an_expired_event_is_recreated() {
    let server = Arc::new(Server::default());
    let events = started(&server);
    events.publish(pod("web-0"), "web", Reason::RenderFailed, "no key");
    events.flush(LONG).await;
    server.events.lock().unwrap().clear();
    events.publish(pod("web-0"), "web", Reason::RenderFailed, "no key");
    events.flush(LONG).await;
    let told = server.events();
    assert_eq!((told.len(), told[0]["count"].as_i64()), (1, Some(2)));
}

#[tokio::test(start_paused = true)]
async fn a_refused_event_is_given_up() {
    let server = Arc::new(Server {
        failures: Mutex::new(vec![StatusCode::FORBIDDEN]),
        ..Server::default()
    });
    let events = started(&server);
    events.publish(pod("web-0"), "web", Reason::Rendered, "x");
    events.flush(LONG).await;
    assert_eq!(
        (server.events().len(), server.requests.lock().unwrap().len()),
        (0, 1)
    );
    assert!(metrics(&events).contains("podweave_events_requests_total{outcome=\"refused\"} 1"));
}

#[tokio::test(start_paused = true)]
async fn publishing_never_waits_and_dropped_events_are_counted() {
    let server = Arc::new(Server {
        held: Some(Notify::new()),
        ..Server::default()
    });
    let events = started(&server);
    // The task does not run in between: nothing here waits.
    for number in 0..600 {
        events.publish(pod(&format!("web-{number}")), "web", Reason::Rendered, "x");
    }
    let text = metrics(&events);
    assert!(
        text.contains("podweave_events_published_total{reason=\"Rendered\"} 512"),
        "{text}"
    );
    assert!(
        text.contains("podweave_events_dropped_total{reason=\"queue_full\"} 88"),
        "{text}"
    );
    events.flush(Duration::from_secs(1)).await;
    assert_eq!(
        server.events().len(),
        0,
        "a flush ends even if the API server does not answer"
    );
}

//! Faults of the API server while the node's pods are followed: each is noted, followed by a pause, and costs
//! neither a pod nor a request too many.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::{Request, Response};
use http_body_util::StreamBody;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Frame;
use kube::client::Body;
use podweave_agent::for_tests::pods::{Observer, ReportedPod, WatchState, follow};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

/// More requests than any test expects. From then on the API server is silent, so that a loop without a pause ends.
const TOO_MANY: usize = 1_000;

/// What the API server does with a request.
#[derive(Clone)]
enum Answer {
    /// Nothing.
    Silence,
    /// Sends a whole document.
    Document(u16, Value),
    /// Sends lines, and ends as it says.
    Lines(Vec<Value>, End),
}

#[derive(Clone, Copy)]
enum End {
    /// The body stays open.
    Open,
    /// The body is complete.
    Complete,
    /// The connection breaks.
    Broken,
}

/// The API server, and the observer of what is made of its answers.
#[derive(Clone, Default)]
struct Scene(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    lists: VecDeque<Answer>,
    watches: VecDeque<Answer>,
    requests: Vec<(Instant, String)>,
    seen: Vec<String>,
}

impl Scene {
    /// Answers lists and watches with these, one after the other. Then lists are empty, and watches stay open.
    fn new(
        lists: impl IntoIterator<Item = Answer>,
        watches: impl IntoIterator<Item = Answer>,
    ) -> (Self, WatchState) {
        let scene = Self::default();
        scene.lock().lists = lists.into_iter().collect();
        scene.lock().watches = watches.into_iter().collect();
        let (state, followed) = (WatchState::default(), scene.clone());
        let watch = state.clone();
        tokio::spawn(async move {
            let client = followed.client();
            match follow(client, "node", &watch, &followed).await {}
        });
        (scene, state)
    }

    fn client(&self) -> kube::Client {
        let scene = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let answer = scene.answer(request.uri());
            async move { Ok::<_, Infallible>(respond(answer).await) }
        });
        kube::Client::new(service, "default")
    }

    fn answer(&self, uri: &http::Uri) -> Answer {
        let mut state = self.lock();
        let query = uri.query().unwrap_or_default();
        let is_watch = query.contains("watch=true");
        assert!(
            query.contains("fieldSelector=spec.nodeName%3Dnode"),
            "the pods of all nodes: {uri}"
        );
        state.requests.push((Instant::now(), uri.to_string()));
        if state.requests.len() > TOO_MANY {
            return Answer::Silence;
        }
        if is_watch {
            state
                .watches
                .pop_front()
                .unwrap_or(Answer::Lines(Vec::new(), End::Open))
        } else {
            state.lists.pop_front().unwrap_or_else(|| list(100, []))
        }
    }

    /// Returns the times of the requests so far whose URI contains this text.
    fn times(&self, text: &str) -> Vec<Instant> {
        let state = self.lock();
        let requests = state.requests.iter().filter(|request| request.1.contains(text));
        requests.map(|request| request.0).collect()
    }

    fn lists(&self) -> usize {
        let watches = self.times("watch=true").len();
        self.lock().requests.len() - watches
    }

    fn seen(&self) -> Vec<String> {
        self.lock().seen.clone()
    }

    /// Waits until something is so, for two minutes of the test's clock.
    async fn until(&self, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        let waiting = async {
            while !is_so(self) {
                sleep(Duration::from_millis(10)).await;
            }
        };
        let over = timeout(Duration::from_secs(120), waiting).await;
        assert!(
            over.is_ok(),
            "not within two minutes: {what}; seen: {:?}",
            self.seen()
        );
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl Observer for Scene {
    fn applied(&self, seen: ReportedPod) {
        self.lock().seen.push(format!("applied {}", seen.uid));
    }

    fn deleted(&self, uid: &str) {
        self.lock().seen.push(format!("deleted {uid}"));
    }

    fn listed(&self, uids: Vec<String>) {
        self.lock().seen.push(format!("listed {}", uids.join(" ")));
    }
}

async fn respond(answer: Answer) -> Response<UnsyncBoxBody<Bytes, io::Error>> {
    let (status, lines, end) = match answer {
        Answer::Silence => std::future::pending().await,
        Answer::Document(status, document) => (status, vec![document], End::Complete),
        Answer::Lines(lines, end) => (200, lines, end),
    };
    let lines: Vec<_> = lines
        .iter()
        .map(|line| Ok(Frame::data(Bytes::from(format!("{line}\n")))))
        .collect();
    let last = match end {
        End::Complete => stream::empty().boxed(),
        End::Open => stream::pending().boxed(),
        End::Broken => stream::iter([Err(io::Error::other("broken"))]).boxed(),
    };
    Response::builder()
        .status(status)
        .body(UnsyncBoxBody::new(StreamBody::new(
            stream::iter(lines).chain(last),
        )))
        .unwrap()
}

fn pod(uid: &str, version: u32) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"uid": uid, "namespace": "shop", "name": uid, "resourceVersion": version.to_string()},
        "spec": {"containers": [{"name": "web", "image": "web"}]},
    })
}

fn list<const N: usize>(version: u32, uids: [&str; N]) -> Answer {
    let items = uids.map(|uid| pod(uid, 1));
    Answer::Document(
        200,
        json!({"apiVersion": "v1", "kind": "PodList", "metadata": {"resourceVersion": version.to_string()}, "items": items.as_slice()}),
    )
}

fn failure(code: u16, message: &str) -> Answer {
    Answer::Document(code, status(code, message))
}

fn status(code: u16, message: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Status", "metadata": {}, "status": "Failure",
        "message": message, "reason": "Expired", "code": code,
    })
}

fn event(kind: &str, object: Value) -> Value {
    json!({"type": kind, "object": object})
}

fn bookmark(version: u32) -> Value {
    let metadata = json!({"resourceVersion": version.to_string(), "creationTimestamp": null});
    event(
        "BOOKMARK",
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": null}}),
    )
}

#[tokio::test(start_paused = true)]
async fn list_without_an_answer_is_given_up_and_repeated() {
    let (scene, state) = Scene::new([Answer::Silence, list(5, ["a"])], []);
    scene.until("a failure", |_| state.failure().is_some()).await;
    assert!(state.failure().unwrap().reason.contains("no answer in 30 s"));
    assert!(!state.has_listed());
    scene.until("a list", |_| state.has_listed()).await;
    assert_eq!(scene.seen(), ["applied a", "listed a"]);
    assert!(state.failure().is_none());
}

#[tokio::test(start_paused = true)]
async fn failing_lists_are_repeated_with_longer_and_longer_pauses() {
    let failures = (0..20).map(|_| failure(500, "no etcd"));
    let (scene, state) = Scene::new(failures.chain([list(5, ["a"])]), []);
    scene.until("a failure", |_| state.failure().is_some()).await;
    let first = state.failure().unwrap();
    assert!(first.reason.contains("no etcd"), "{}", first.reason);
    scene.until("10 lists", |scene| scene.lists() == 10).await;
    assert_eq!(
        state.failure().unwrap().at,
        first.at,
        "the time is that of the first"
    );
    scene.until("a list", |_| state.has_listed()).await;
    let times = scene.times("/api/v1/pods");
    let pauses: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).take(20).collect();
    assert!(pauses[0] <= Duration::from_millis(300), "{pauses:?}");
    assert!(
        pauses.iter().all(|pause| *pause <= Duration::from_millis(5_100)),
        "{pauses:?}"
    );
    assert!(
        pauses[10..].iter().all(|pause| *pause >= Duration::from_secs(3)),
        "{pauses:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn forbidden_list_names_the_missing_permission() {
    let (scene, state) = Scene::new([failure(403, "pods is forbidden")], []);
    scene.until("a failure", |_| state.failure().is_some()).await;
    let reason = state.failure().unwrap().reason;
    assert!(
        reason.starts_with("pods is forbidden; the agent needs get, list and watch"),
        "{reason}"
    );
}

#[tokio::test(start_paused = true)]
async fn list_that_fails_at_its_second_page_begins_again() {
    let page = json!({"metadata": {"resourceVersion": "5", "continue": "next"}, "items": [pod("a", 1)]});
    let (scene, state) = Scene::new(
        [
            Answer::Document(200, page),
            failure(410, "continue is too old"),
            list(9, ["b"]),
        ],
        [],
    );
    scene.until("a list", |_| state.has_listed()).await;
    assert_eq!(scene.seen(), ["applied a", "applied b", "listed b"]);
    assert_eq!(scene.times("continue=next").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn watch_that_ended_continues_from_its_last_version() {
    let events = [
        event("ADDED", pod("a", 7)),
        bookmark(50),
        event("MODIFIED", pod("a", 51)),
    ];
    let more = [event("DELETED", pod("a", 60)), bookmark(70)];
    let (scene, state) = Scene::new(
        [list(6, [])],
        [
            Answer::Lines(events.into(), End::Complete),
            Answer::Lines(more.into(), End::Complete),
        ],
    );
    scene
        .until("a third watch", |scene| {
            scene.times("resourceVersion=70").len() == 1
        })
        .await;
    assert_eq!(scene.seen(), ["listed ", "applied a", "applied a", "deleted a"]);
    assert_eq!(
        (
            scene.times("resourceVersion=6").len(),
            scene.times("resourceVersion=51").len()
        ),
        (1, 1)
    );
    assert_eq!(scene.lists(), 1);
    assert!(state.failure().is_none(), "the end of a watch is no failure");
}

#[tokio::test(start_paused = true)]
async fn watches_that_end_at_once_are_paused() {
    let ended = vec![Answer::Lines(Vec::new(), End::Complete); TOO_MANY];
    let (scene, state) = Scene::new([list(5, [])], ended);
    scene.until("a list", |_| state.has_listed()).await;
    sleep(Duration::from_secs(10)).await;
    let watches = scene.times("watch=true").len();
    assert!((10..=51).contains(&watches), "{watches} watches in 10 s");
    assert_eq!(scene.lists(), 1);
    assert!(state.failure().is_none());
}

#[tokio::test(start_paused = true)]
async fn expired_version_is_listed_again() {
    let gone = event("ERROR", status(410, "too old resource version"));
    for expired in [
        failure(410, "too old resource version"),
        Answer::Lines(vec![gone], End::Complete),
    ] {
        let (scene, state) = Scene::new([list(5, ["a"]), list(9, ["b"])], [expired]);
        scene.until("a second list", |scene| scene.lists() == 2).await;
        scene
            .until("a watch from it", |scene| {
                scene.times("resourceVersion=9").len() == 1
            })
            .await;
        assert_eq!(scene.seen(), ["applied a", "listed a", "applied b", "listed b"]);
        assert!(state.failure().is_none(), "the API server answers");
    }
}

#[tokio::test(start_paused = true)]
async fn broken_watch_is_noted_and_continues() {
    let first = vec![event("ADDED", pod("a", 7))];
    let second = vec![event("ADDED", pod("b", 8))];
    let (scene, state) = Scene::new(
        [list(5, [])],
        [
            Answer::Lines(first, End::Broken),
            failure(500, "no etcd"),
            Answer::Lines(second, End::Open),
        ],
    );
    scene.until("a failure", |_| state.failure().is_some()).await;
    assert!(state.has_listed());
    scene
        .until("pod b", |scene| scene.seen().contains(&"applied b".to_owned()))
        .await;
    assert_eq!(scene.seen(), ["listed ", "applied a", "applied b"]);
    assert_eq!((scene.lists(), scene.times("resourceVersion=7").len()), (1, 2));
    assert!(state.failure().is_none());
}

#[tokio::test(start_paused = true)]
async fn opened_watch_clears_the_failure_before_its_first_event() {
    let (scene, state) = Scene::new([list(5, [])], [failure(500, "no etcd")]);
    scene.until("a failure", |_| state.failure().is_some()).await;
    scene.until("no failure", |_| state.failure().is_none()).await;
    assert_eq!(scene.times("watch=true").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn watch_that_is_not_opened_is_given_up() {
    let (scene, state) = Scene::new([list(5, [])], [Answer::Silence]);
    scene.until("a failure", |_| state.failure().is_some()).await;
    assert!(state.failure().unwrap().reason.contains("no answer in 30 s"));
    scene.until("no failure", |_| state.failure().is_none()).await;
    assert_eq!((scene.lists(), scene.times("resourceVersion=5").len()), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn event_that_is_not_json_costs_no_later_event() {
    let (scene, state) = Scene::new(
        [list(5, [])],
        [
            Answer::Lines(vec![event("ADDED", pod("a", 7)), json!("neither")], End::Open),
            Answer::Lines(vec![event("ADDED", pod("b", 8))], End::Open),
        ],
    );
    scene.until("a failure", |_| state.failure().is_some()).await;
    scene
        .until("pod b", |scene| scene.seen().contains(&"applied b".to_owned()))
        .await;
    assert_eq!(scene.times("resourceVersion=7").len(), 1);
}

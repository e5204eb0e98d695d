//! Lists and watches the node's pods, and lists again when the API server says that the watched version is
//! too old.
//!
//! What is watched here is one list of some hundred objects at most. docs/decisions/015-own-pod-watch.md says
//! why this is not kube-runtime's `watcher`.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::{StreamExt as _, TryStreamExt as _};
use kube::Client;
use kube::api::{ListParams, WatchParams};
use kube::core::WatchEvent;
use kube::core::request::Request;
use parking_lot::{Mutex, MutexGuard};
use podweave_core::backoff::{Backoff, jittered};
use podweave_core::text::{self, chain};
use serde::Deserialize;
use tokio::time::{Instant, sleep, timeout};
use tracing::{info, warn};

use super::{PodObject, ReportedPod};

/// The pause after the first failure, and the shortest time from one watch to the next.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The longest pause after a failure.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The timeout of a list.
const LIST_TIMEOUT: Duration = Duration::from_secs(30);

/// The duration that is requested for a watch: the API server ends it then. kube allows at most 295 s.
const WATCH_SECONDS: u32 = 290;

/// The number of pods in a page of the list. A page is read at once, and a pod can have a megabyte and a
/// half.
const PAGE: u32 = 16;

/// Receives the pods. Calls come one after the other, and must not block.
pub trait Observer: Send + Sync {
    /// A pod was added or changed.
    fn applied(&self, seen: ReportedPod);
    /// A pod was deleted.
    fn deleted(&self, uid: &str);
    /// All pods of the node; a pod that is not listed was deleted.
    fn listed(&self, uids: Vec<String>);
}

/// The state of the watch.
#[derive(Debug, Clone, Default)]
pub struct WatchState(Arc<Mutex<State>>);

/// The reason why the pods are not followed.
#[derive(Debug, Clone)]
pub struct WatchFailure {
    /// What went wrong.
    pub reason: String,
    /// When it first did.
    pub at: SystemTime,
}

#[derive(Debug, Default)]
struct State {
    has_listed: bool,
    failure: Option<WatchFailure>,
}

impl WatchState {
    /// Whether all pods were listed at least once.
    #[must_use]
    pub fn has_listed(&self) -> bool {
        self.lock().has_listed
    }

    /// Returns why the pods are not followed now; `None` while they are.
    #[must_use]
    pub fn failure(&self) -> Option<WatchFailure> {
        self.lock().failure.clone()
    }

    /// Notes an answer of the API server, and whether it listed all pods.
    pub fn note_answer(&self, has_listed: bool) {
        let mut state = self.lock();
        state.has_listed |= has_listed;
        state.failure = None;
    }

    /// Notes a failure: the pods are not followed any more.
    pub fn note_failure(&self, reason: &str) {
        let mut state = self.lock();
        let at = state
            .failure
            .as_ref()
            .map_or_else(SystemTime::now, |failure| failure.at);
        state.failure = Some(WatchFailure {
            reason: reason.to_owned(),
            at,
        });
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock()
    }
}

/// A page of pods.
#[derive(Deserialize)]
struct Page {
    metadata: PageMetadata,
    #[serde(default)]
    items: Vec<PodObject>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageMetadata {
    #[serde(default)]
    resource_version: String,
    #[serde(default, rename = "continue")]
    next: String,
}

/// How a watch ended.
enum Ended {
    /// Normally: the next watch continues from this version.
    At(String),
    /// The version is too old: all pods have to be listed again.
    Expired,
    /// With a failure: the next watch continues from this version after a pause.
    Failed(String, String),
}

/// Follows the pods of a node, for as long as the future is polled.
pub async fn follow(client: Client, node: &str, state: &WatchState, observer: &dyn Observer) -> Infallible {
    let selector = format!("spec.nodeName={node}");
    let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
    let mut last = String::new();
    let mut from: Option<String> = None;
    loop {
        let began = Instant::now();
        let failure = match from.take() {
            None => match list(&client, &selector, state, observer).await {
                Ok(version) => {
                    info!(node, "listed the node's pods");
                    backoff.reset();
                    from = Some(version);
                    last.clear();
                    continue;
                }
                Err(reason) => reason,
            },
            Some(version) => match watch(&client, &selector, version, state, observer).await {
                Ended::At(version) => {
                    backoff.reset();
                    from = Some(version);
                    sleep(after(began)).await;
                    continue;
                }
                Ended::Expired => {
                    sleep(after(began)).await;
                    continue;
                }
                Ended::Failed(version, reason) => {
                    from = Some(version);
                    reason
                }
            },
        };
        // Once for each cause, not once for each attempt.
        if failure != last {
            warn!(
                node,
                reason = failure,
                "cannot watch the node's pods; pods that were seen before can still start"
            );
        }
        state.note_failure(&failure);
        last = failure;
        sleep(jittered(backoff.next_pause(), fastrand::f64())).await;
    }
}

/// The pause after a watch that ended normally: none, unless it lasted only a moment, as behind a proxy that
/// ends all watches.
fn after(began: Instant) -> Duration {
    if began.elapsed() < FIRST_PAUSE {
        FIRST_PAUSE
    } else {
        Duration::ZERO
    }
}

/// Lists all pods, and returns the version of the list.
async fn list(
    client: &Client,
    selector: &str,
    state: &WatchState,
    observer: &dyn Observer,
) -> Result<String, String> {
    let mut uids = Vec::new();
    let mut parameters = ListParams::default().fields(selector).limit(PAGE);
    loop {
        let request = Request::new("/api/v1/pods")
            .list(&parameters)
            .map_err(|error| error.to_string())?;
        let page = timeout(LIST_TIMEOUT, client.request::<Page>(request)).await;
        let page = page
            .map_err(|_| format!("no answer in {} s", LIST_TIMEOUT.as_secs()))?
            .map_err(|error| reason(&error))?;
        for seen in page.items.into_iter().filter_map(ReportedPod::of) {
            uids.push(seen.uid.clone());
            observer.applied(seen);
        }
        if page.metadata.next.is_empty() {
            // Before the observer is called, which reads the state.
            state.note_answer(true);
            observer.listed(uids);
            return Ok(page.metadata.resource_version);
        }
        parameters = parameters.continue_token(&page.metadata.next);
    }
}

async fn watch(
    client: &Client,
    selector: &str,
    mut version: String,
    state: &WatchState,
    observer: &dyn Observer,
) -> Ended {
    let parameters = WatchParams::default().fields(selector).timeout(WATCH_SECONDS);
    let request = match Request::new("/api/v1/pods").watch(&parameters, &version) {
        Ok(request) => request,
        Err(error) => return Ended::Failed(version, error.to_string()),
    };
    let opened = timeout(LIST_TIMEOUT, client.request_events::<PodObject>(request)).await;
    let events = match opened {
        Ok(Ok(events)) => events,
        Ok(Err(error)) if is_expired(&error) => return Ended::Expired,
        Ok(Err(error)) => return Ended::Failed(version, reason(&error)),
        Err(_) => return Ended::Failed(version, format!("no answer in {} s", LIST_TIMEOUT.as_secs())),
    };
    state.note_answer(false);
    let mut events = events.boxed();
    loop {
        let event = match events.try_next().await {
            Ok(None) => return Ended::At(version),
            Ok(Some(event)) => event,
            Err(error) if is_expired(&error) => return Ended::Expired,
            Err(error) => return Ended::Failed(version, reason(&error)),
        };
        state.note_answer(false);
        match event {
            WatchEvent::Added(object) | WatchEvent::Modified(object) => {
                version = version_of(&object).unwrap_or(version);
                if let Some(seen) = ReportedPod::of(object) {
                    observer.applied(seen);
                }
            }
            WatchEvent::Deleted(object) => {
                version = version_of(&object).unwrap_or(version);
                if let Some(uid) = object.metadata("uid") {
                    observer.deleted(uid);
                }
            }
            WatchEvent::Bookmark(bookmark) => version = bookmark.metadata.resource_version,
            WatchEvent::Error(status) if status.code == 410 => return Ended::Expired,
            WatchEvent::Error(status) => {
                return Ended::Failed(version, text::printable(&status.message, 300));
            }
        }
    }
}

fn version_of(object: &PodObject) -> Option<String> {
    object.metadata("resourceVersion").map(str::to_owned)
}

fn is_expired(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 410)
}

/// Formats an error with a remedy for operators.
fn reason(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) if status.code == 403 => {
            format!(
                "{}; the agent needs get, list and watch on pods (deploy/rbac)",
                text::printable(&status.message, 300)
            )
        }
        error => chain(error),
    }
}

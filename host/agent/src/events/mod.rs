//! Events on pods, so that `kubectl describe pod` says what podweave did for them, or why it could not.
//!
//! Publishing never waits: what happens goes through a bounded queue to one task, and is dropped, and counted, where that is full. What happens
//! again makes no new Event, but the count of the old one grow (`series`). While the API server is away, what happened is kept in memory,
//! within limits, and told later.

mod event;
mod metrics;
mod publisher;
mod series;

use std::fmt;
use std::time::{Duration, SystemTime};

use podweave_core::text;
use prometheus_client::registry::Registry;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use metrics::{Dropped, Metrics};
use publisher::Publisher;

/// What waits for the task at most.
const QUEUE: usize = 512;

/// The most of a note, in bytes: what the API server takes of an Event's.
const MAX_NOTE: usize = 1000;

/// A pod, one life of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PodReference {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
}

impl fmt::Display for PodReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.namespace, self.name)
    }
}

/// What has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A container got what was rendered for it.
    Rendered,
    /// A render failed, and the container was not created.
    RenderFailed,
    /// A render failed, and the container started without.
    RenderIgnored,
    /// A container started while nobody looked, without what should have been rendered.
    StartedUnrendered,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Rendered, Self::RenderFailed, Self::RenderIgnored, Self::StartedUnrendered];

    /// As the Event has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rendered => "Rendered",
            Self::RenderFailed => "RenderFailed",
            Self::RenderIgnored => "RenderIgnored",
            Self::StartedUnrendered => "StartedUnrendered",
        }
    }

    /// Whether somebody should look.
    #[must_use]
    pub fn is_warning(self) -> bool {
        self != Self::Rendered
    }
}

/// Something that happened to a container.
#[derive(Debug, Clone)]
struct Happening {
    pod: PodReference,
    container: String,
    reason: Reason,
    note: String,
    at: SystemTime,
}

enum Message {
    Happened(Happening),
    /// Tell when all is told.
    Flush(oneshot::Sender<()>),
}

/// Where Events are published. Clones are the same; the task ends with the last of them.
#[derive(Debug, Clone)]
pub struct Events {
    queue: mpsc::Sender<Message>,
    metrics: Metrics,
}

impl Events {
    /// Starts the task that tells the API server, which has to be asked inside of a tokio runtime.
    #[must_use]
    pub fn start(client: kube::Client, node: String) -> Self {
        let (queue, happenings) = mpsc::channel(QUEUE);
        let metrics = Metrics::default();
        let publisher = Publisher::new(client, node, metrics.clone());
        tokio::spawn(publisher.run(happenings));
        Self { queue, metrics }
    }

    /// Tells what has happened to a container, now or later. The note says it to the pod's owner; no value of a ConfigMap or Secret may stand in it.
    pub fn publish(&self, pod: PodReference, container: &str, reason: Reason, note: &str) {
        let note = text::printable(note, MAX_NOTE);
        let happening = Happening { pod, container: container.to_owned(), reason, note, at: SystemTime::now() };
        match self.queue.try_send(Message::Happened(happening)) {
            Ok(()) => self.metrics.published(reason),
            Err(_) => self.metrics.dropped(Dropped::QueueFull),
        }
    }

    /// Waits until all that was published is told, but not for longer than this.
    pub async fn flush(&self, patience: Duration) {
        let (told, wait) = oneshot::channel();
        let flush = async {
            if self.queue.send(Message::Flush(told)).await.is_ok() {
                // The task tells, or is gone.
                let _ = wait.await;
            }
        };
        // What is not told by then is lost with the process; the log has it.
        let _ = timeout(patience, flush).await;
    }

    /// Adds its figures to what is exported, under the prefix `podweave_events`.
    pub fn register_metrics(&self, registry: &mut Registry) {
        self.metrics.register(registry);
    }
}

//! Publishes Events on pods, so that `kubectl describe pod` shows what podweave did for them, or why it could
//! not.
//!
//! Publishing never waits: an occurrence goes through a bounded queue to one task. If the queue is full, it
//! is dropped and counted. A repeated occurrence creates no new Event but raises the count of the old one
//! (`series`; `queue` has their order, and `pace` limits the requests). While the API server is away,
//! occurrences are kept in memory, within limits, and published later.

mod event;
mod metrics;
mod pace;
mod publisher;
mod queue;
mod series;

use std::time::{Duration, SystemTime};

use podweave_core::identity::PodIdentity;
use podweave_core::text;
use prometheus_client::registry::Registry;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use metrics::{Dropped, Metrics};
use publisher::Publisher;

/// The capacity of the queue to the task.
const QUEUE: usize = 512;

/// The maximum length of a note in bytes: what the API server accepts for an Event.
const MAX_NOTE: usize = 1000;

/// The reason of an Event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A container got what was rendered for it.
    Rendered,
    /// A render failed, and the container was not created.
    RenderFailed,
    /// A render failed, and the container started without.
    RenderIgnored,
    /// The files of a running container followed a change.
    Followed,
    /// The files of a running container could not follow a change. They stay as they are.
    FollowFailed,
    /// A container started while podweave was not running, without what should have been rendered.
    StartedWithoutConfiguration,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Rendered,
        Self::RenderFailed,
        Self::RenderIgnored,
        Self::Followed,
        Self::FollowFailed,
        Self::StartedWithoutConfiguration,
    ];

    /// The reason as the Event has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rendered => "Rendered",
            Self::RenderFailed => "RenderFailed",
            Self::RenderIgnored => "RenderIgnored",
            Self::Followed => "Followed",
            Self::FollowFailed => "FollowFailed",
            Self::StartedWithoutConfiguration => "StartedWithoutConfiguration",
        }
    }

    /// Whether the Event is a warning.
    #[must_use]
    pub fn is_warning(self) -> bool {
        !matches!(self, Self::Rendered | Self::Followed)
    }
}

/// One occurrence: something that happened to a container.
#[derive(Debug, Clone)]
struct Occurrence {
    pod: PodIdentity,
    container: String,
    reason: Reason,
    note: String,
    at: SystemTime,
}

enum Message {
    Occurred(Occurrence),
    /// Report when all Events are published.
    Flush(oneshot::Sender<()>),
}

/// Publishes Events. Clones publish through the same task, which ends with the last of them.
#[derive(Debug, Clone)]
pub struct Events {
    queue: mpsc::Sender<Message>,
    metrics: Metrics,
}

impl Events {
    /// Starts the task that sends Events to the API server. Has to be called inside of a tokio runtime.
    #[must_use]
    pub fn start(client: kube::Client, node: String) -> Self {
        let (queue, messages) = mpsc::channel(QUEUE);
        let metrics = Metrics::default();
        let publisher = Publisher::new(client, node, metrics.clone());
        tokio::spawn(publisher.run(messages));
        Self { queue, metrics }
    }

    /// Publishes an occurrence for a container, now or later. The pod's owner reads the note; it must not
    /// contain a value of a ConfigMap or Secret.
    pub fn publish(&self, pod: PodIdentity, container: &str, reason: Reason, note: &str) {
        let note = text::printable(note, MAX_NOTE);
        let occurrence = Occurrence {
            pod,
            container: container.to_owned(),
            reason,
            note,
            at: SystemTime::now(),
        };
        match self.queue.try_send(Message::Occurred(occurrence)) {
            Ok(()) => self.metrics.count_published(reason),
            Err(_) => self.metrics.count_dropped(Dropped::QueueFull),
        }
    }

    /// Waits until everything was sent, but not longer than the given time.
    pub async fn flush(&self, patience: Duration) {
        let (told, wait) = oneshot::channel();
        let flush = async {
            if self.queue.send(Message::Flush(told)).await.is_ok() {
                // The task answers, or has ended.
                let _ = wait.await;
            }
        };
        // What is not sent by then is lost with the process; the log has it.
        let _ = timeout(patience, flush).await;
    }

    /// Registers its metrics under the prefix `podweave_events`.
    pub fn register_metrics(&self, registry: &mut Registry) {
        self.metrics.register(registry);
    }
}

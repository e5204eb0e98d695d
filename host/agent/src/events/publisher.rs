//! Sends Events to the API server.

use std::time::Duration;

use k8s_openapi::api::core::v1::Event;
use kube::Client;
use kube::api::{Api, Patch, PatchParams, PostParams};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{debug, warn};

use super::metrics::{Dropped, Metrics};
use super::queue::Queue;
use super::series::{RequestOutcome, Series};
use super::{Message, event};

/// The timeout of a request.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) struct Publisher {
    client: Client,
    node: String,
    metrics: Metrics,
    queue: Queue,
    waiting: Vec<oneshot::Sender<()>>,
}

impl Publisher {
    pub fn new(client: Client, node: String, metrics: Metrics) -> Self {
        Self {
            client,
            node,
            metrics,
            queue: Queue::new(Instant::now()),
            waiting: Vec::new(),
        }
    }

    /// Runs until the last handle that can publish is dropped.
    pub async fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        loop {
            while let Some((id, series)) = self.queue.next(Instant::now()) {
                let (series, count) = (series.clone(), series.count);
                let client = self.client.clone();
                let request = send(&client, &self.node, &series);
                tokio::pin!(request);
                // New occurrences are taken at once during a request: the queue of messages is short.
                let outcome = loop {
                    tokio::select! {
                        outcome = &mut request => break outcome,
                        message = messages.recv() => match message {
                            Some(message) => take(&mut self.queue, &mut self.waiting, &self.metrics, message),
                            None => return,
                        },
                    }
                };
                self.metrics.count_request(outcome);
                self.queue.finish(id, count, outcome, Instant::now());
            }
            if self.queue.is_sent() {
                for waiting in self.waiting.drain(..) {
                    // The caller may have stopped waiting.
                    let _ = waiting.send(());
                }
            }
            let message = match self.queue.due() {
                Some(due) => tokio::select! {
                    message = messages.recv() => message,
                    () = sleep_until(due) => continue,
                },
                None => messages.recv().await,
            };
            match message {
                Some(message) => take(&mut self.queue, &mut self.waiting, &self.metrics, message),
                None => return,
            }
        }
    }
}

fn take(queue: &mut Queue, waiting: &mut Vec<oneshot::Sender<()>>, metrics: &Metrics, message: Message) {
    match message {
        Message::Occurred(occurrence) => {
            if !queue.add(occurrence, Instant::now()) {
                metrics.count_dropped(Dropped::TooMany);
            }
        }
        Message::Flush(told) => {
            queue.lift_pauses();
            waiting.push(told);
        }
    }
}

async fn send(client: &Client, node: &str, series: &Series) -> RequestOutcome {
    let events: Api<Event> = Api::namespaced(client.clone(), &series.pod.namespace);
    let request = async {
        if series.exists {
            events
                .patch(
                    &series.name,
                    &PatchParams::default(),
                    &Patch::Merge(event::again(series)),
                )
                .await
        } else {
            events
                .create(&PostParams::default(), &event::first(series, node))
                .await
        }
    };
    let error = match timeout(PATIENCE, request).await {
        Ok(Ok(_)) => return RequestOutcome::Done,
        Ok(Err(error)) => error,
        Err(_) => return RequestOutcome::Unavailable,
    };
    let outcome = outcome_of(&error, series.exists);
    if outcome == RequestOutcome::Refused {
        warn!(pod = %series.pod, reason = series.reason.name(), %error, "the API server refused an Event; docs/rbac.md lists the required permissions");
    } else {
        debug!(pod = %series.pod, reason = series.reason.name(), %error, ?outcome, "the API server did not accept an Event");
    }
    outcome
}

fn outcome_of(error: &kube::Error, existed: bool) -> RequestOutcome {
    match error {
        kube::Error::Api(status) => match status.code {
            404 if existed => RequestOutcome::Recreate,
            409 if !existed => RequestOutcome::Recreate,
            // 403 and 404 also when the namespace is going or gone.
            400 | 403 | 404 | 405 | 409 | 413 | 415 | 422 => RequestOutcome::Refused,
            _ => RequestOutcome::Unavailable,
        },
        _ => RequestOutcome::Unavailable,
    }
}

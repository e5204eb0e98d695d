//! Keeps an entry fresh by a watch.
//!
//! The watch of an entry is in one of three phases, which [`WatchPhase`] names and callers of Get see:
//!
//! ```text
//!            a pod refers to it, a Get comes,
//!            it is not immutable any more
//!     None ------------------------------------> Opening <----------------------+
//!      ^                                          |    ^                        |
//!      |                                          |    | the connection fails   | the source ends it,
//!      |                        the source says   |    +-- pause, again         | or it breaks
//!      |                        `Event::Live`     v                             |
//!      +----------------------------------------- Live -------------------------+
//!        no Get for long and not listened to, a read is ahead of it
//! ```
//!
//! From `Opening`, too, it becomes `None` when the ConfigMap proves to be immutable or a read is ahead of the
//! watch. A connection starts with a quorum read, unless [`Watch::resume`] says from which version to
//! continue; a version that is too old clears it. When no pod refers to the entry any more, the task is
//! aborted in any phase.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use podweave_core::backoff::Backoff;

use super::failure;
use super::options::Context;
use crate::entry::{Entry, Tasks};
use crate::knowledge::{Outcome, ReadAnswer, WatchPhase};
use crate::object::ResourceVersion;
use crate::source::{Event, FailureKind, Read, SourceError, Start};

/// A watch that the source ends before this counts as a failure: a source that ends each watch at once must
/// not be asked without a pause.
const SHORTEST_WATCH: Duration = Duration::from_secs(1);

/// Starts the watch of an entry unless there is one.
pub(crate) fn begin(entry: &Arc<Entry>, context: &Arc<Context>, tasks: &mut Tasks) {
    if tasks.has_watch() || tasks.is_closed() {
        return;
    }
    entry.update(tasks, |known| known.watch = WatchPhase::Opening);
    tasks.begin_watch(|number| {
        let watch = Watch {
            number,
            entry: Arc::clone(entry),
            context: Arc::clone(context),
            resume: None,
            backoff: failure::BACKOFF,
        };
        context.runtime.spawn(watch.follow()).abort_handle()
    });
}

/// Ends the watch of an entry without a Get for some time, unless its changes are listened to. What is known
/// stays, but the next Get needs it confirmed.
pub(crate) fn end_idle(entry: &Entry, context: &Context) {
    let mut tasks = entry.tasks();
    // A Get that came meanwhile saw it live, and a Get waits for a watch that is still being opened. Who begins
    // to listen is known to the hub before it looks for a watch, which needs the lock.
    if entry.known().watch == WatchPhase::Live && !context.hub.is_heard(&entry.name) {
        tasks.end_watch();
        let now = Instant::now();
        entry.update(&mut tasks, |known| {
            known.end_watch(now.checked_sub(Duration::from_nanos(1)), WatchPhase::None);
            known.not_before = Some(now);
        });
        context.metrics.count_idle_watch();
    }
}

/// A watch, through all its connections.
struct Watch {
    number: u64,
    entry: Arc<Entry>,
    context: Arc<Context>,
    /// The version from which to continue after a disconnection; `None`: with a quorum read.
    resume: Option<ResourceVersion>,
    backoff: Backoff,
}

impl Watch {
    async fn follow(mut self) {
        while let Some(pause) = self.follow_once().await {
            if !pause.is_zero() {
                // Boxed: there is one of these futures for each ConfigMap, and hardly any is in a pause.
                Box::pin(sleep(pause)).await;
            }
        }
    }

    /// Follows until the end of one connection; returns the pause before the next one, or `None` if there
    /// must be none.
    async fn follow_once(&mut self) -> Option<Duration> {
        let began = Instant::now();
        let start = self.resume.map_or(Start::Fresh, Start::After);
        let context = Arc::clone(&self.context);
        let entry = Arc::clone(&self.entry);
        let mut went_back = false;
        let revision = entry.known().revision;
        let result = context
            .source
            .watch(&entry.name, start, &mut |event| {
                self.observe(event, revision, &mut went_back)
            })
            .await;
        self.ended(
            if went_back {
                Err(failure::went_back())
            } else {
                result
            },
            start,
            began,
        )
    }

    /// Takes an event, unless this is no longer the entry's watch.
    fn observe(&mut self, event: Event, revision: u64, went_back: &mut bool) -> ControlFlow<()> {
        let mut tasks = self.entry.tasks();
        if !tasks.is_watch(self.number) {
            return ControlFlow::Break(());
        }
        self.context.metrics.count_event(&event);
        self.resume = version_of(&event).max(self.resume);
        if event == Event::Live {
            self.backoff.reset();
        }
        let outcome = super::update(&self.entry, &self.context, &mut tasks, |known| match event {
            Event::Current { object, at, sent } => known.apply_read(ReadAnswer {
                object,
                at,
                read: Read::Quorum,
                sent,
                revision,
            }),
            event => {
                known.apply_event(event, Instant::now());
                Outcome::Applied
            }
        });
        let known = self.entry.known();
        // A read that ran beside the watch may have returned something newer; without such a read, an older
        // version means that the source went back.
        *went_back = outcome == Outcome::Older && known.revision == revision;
        if *went_back {
            return ControlFlow::Break(());
        }
        if known.is_immutable() {
            tasks.forget_watch();
            self.entry.update(&mut tasks, |known| {
                known.end_watch(Some(Instant::now()), WatchPhase::None)
            });
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    /// Handles the end of one connection; returns the pause before the next one, or `None` if there must be
    /// none.
    fn ended(&mut self, result: Result<(), SourceError>, start: Start, began: Instant) -> Option<Duration> {
        let now = Instant::now();
        let mut tasks = self.entry.tasks();
        if !tasks.is_watch(self.number) {
            return None;
        }
        let lived =
            now.duration_since(began) >= SHORTEST_WATCH && self.entry.known().watch == WatchPhase::Live;
        let error = match result {
            Ok(()) if lived => {
                self.entry.update(&mut tasks, |known| {
                    known.end_watch(Some(now), WatchPhase::Opening)
                });
                return Some(Duration::ZERO);
            }
            Ok(()) => SourceError {
                last_received: Some(now),
                ..SourceError::new(FailureKind::Unreachable, "the API server ended the watch at once")
            },
            Err(error) => error,
        };
        self.context.metrics.count_watch_failure(&error);
        self.entry.update(&mut tasks, |known| {
            known.end_watch(error.last_received, WatchPhase::Opening)
        });
        if error.kind == FailureKind::Expired {
            self.resume = None;
        }
        // The version to continue from was too old, as it is after a restart of the API server: a fresh watch
        // needs none.
        let begins_afresh = error.kind == FailureKind::Expired && start != Start::Fresh;
        let pause = failure::pause_after(&error, &mut self.backoff);
        // The first attempt to continue is made at once.
        let pause = if (lived || begins_afresh) && error.retry_after.is_none() {
            Duration::ZERO
        } else {
            pause
        };
        failure::record(&self.entry, &mut tasks, error, now + pause);
        Some(pause)
    }
}

/// Returns the version from which a watch can continue after this event.
fn version_of(event: &Event) -> Option<ResourceVersion> {
    match event {
        Event::Current { at: Some(at), .. } => Some(*at),
        Event::Current { object, at: None, .. } => object.as_ref().map(|object| object.resource_version),
        Event::Applied(object) => Some(object.resource_version),
        Event::Deleted(version) | Event::Bookmark(version) => Some(*version),
        Event::Live => None,
    }
}

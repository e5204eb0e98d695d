//! Keeps an entry fresh by reads: one at a time, for all waiting callers.

use std::sync::Arc;

use tokio::time::{Instant, sleep_until};

use super::options::{Context, Strategy};
use super::{failure, watching};
use crate::entry::{Entry, Tasks};
use crate::knowledge::{Outcome, ReadAnswer};
use crate::source::Read;

/// Starts a read unless one is running. A caller that needs a later one starts it when this one is done.
pub(crate) fn begin(entry: &Arc<Entry>, context: &Arc<Context>, tasks: &mut Tasks, read: Read) {
    tasks.begin_reading(|| {
        let reading = Reading {
            entry: Arc::clone(entry),
        };
        context
            .runtime
            .spawn(read_for_those_who_wait(reading, Arc::clone(context), read))
            .abort_handle()
    });
}

/// Holds the one right to read an entry, and returns it however the task ends.
struct Reading {
    entry: Arc<Entry>,
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.entry.tasks().forget_reading();
        // A caller may need a read that is sent later than this one was.
        self.entry.wake();
    }
}

/// Reads until there is an answer, or no caller waits for it any more.
async fn read_for_those_who_wait(reading: Reading, context: Arc<Context>, mut read: Read) {
    let entry = &reading.entry;
    let mut backoff = failure::BACKOFF;
    let last_failure = entry.known().failure.clone();
    if let Some(failure) = last_failure {
        sleep_until(failure.retry_at).await;
    }
    loop {
        let revision = entry.known().revision;
        let sent = Instant::now();
        let answer = context.source.get(&entry.name, read).await;
        context.metrics.count_read(read, answer.as_ref());
        let error = match answer {
            Ok(object) => match take(
                entry,
                &context,
                ReadAnswer {
                    object,
                    at: None,
                    read,
                    sent,
                    revision,
                },
            ) {
                Outcome::Applied | Outcome::AppliedAheadOfWatch => return,
                // The API server's cache is behind what was shown before.
                Outcome::Older if read == Read::Cached => {
                    read = Read::Quorum;
                    continue;
                }
                // Something changed while the read was running.
                Outcome::Older if entry.known().revision != revision => continue,
                Outcome::Older => failure::went_back(),
            },
            Err(error) => error,
        };
        let retry_at = Instant::now() + failure::pause_after(&error, &mut backoff);
        failure::record(entry, &mut entry.tasks(), error, retry_at);
        if entry.tasks().waiting == 0 {
            return;
        }
        sleep_until(retry_at).await;
        if entry.tasks().waiting == 0 {
            return;
        }
    }
}

fn take(entry: &Arc<Entry>, context: &Arc<Context>, answer: ReadAnswer) -> Outcome {
    let mut tasks = entry.tasks();
    let outcome = super::update(entry, context, &mut tasks, |known| known.apply_read(answer));
    if matches!(context.options.strategy, Strategy::Watch { .. }) {
        if outcome == Outcome::AppliedAheadOfWatch {
            tasks.end_watch();
        }
        // It was immutable until now, or the watch has to start again.
        if outcome != Outcome::Older && !tasks.has_watch() && !entry.known().is_immutable() {
            watching::begin(entry, context, &mut tasks);
        }
    }
    outcome
}

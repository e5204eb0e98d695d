//! Answers reads and watches from the store of a test.

use std::ops::ControlFlow;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use podweave_config_maps::NamespacedName;
use podweave_config_maps::object::Object;
use podweave_config_maps::source::{Event, FailureKind, Observer, Read, Source, SourceError, Start};
use tokio::time::Instant;

use super::{Change, TestSource};

/// Counts a request while it is running.
struct InFlight<'a> {
    source: &'a TestSource,
    name: &'a NamespacedName,
    is_watch: bool,
}

impl<'a> InFlight<'a> {
    fn begin(source: &'a TestSource, name: &'a NamespacedName, is_watch: bool) -> Self {
        let mut state = source.state.lock().unwrap();
        let count = if is_watch {
            &mut state.open
        } else {
            &mut state.reads_in_flight
        }
        .entry(name.clone())
        .or_default();
        *count += 1;
        assert_eq!(*count, 1, "{name}: one request of a kind at a time");
        Self {
            source,
            name,
            is_watch,
        }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let mut state = self.source.state.lock().unwrap();
        let counts = if self.is_watch {
            &mut state.open
        } else {
            &mut state.reads_in_flight
        };
        *counts.get_mut(self.name).unwrap() -= 1;
    }
}

/// What a watch has to report, and when there may be more.
struct Pending {
    events: Vec<Change>,
    next: Option<Instant>,
    frozen: bool,
    is_cut: bool,
}

impl TestSource {
    /// Returns what the watch with this number has to report after a revision.
    fn pending(&self, name: &NamespacedName, told: u64, number: u64) -> Pending {
        let state = self.state.lock().unwrap();
        let new = || {
            state
                .history
                .iter()
                .filter(|change| change.name == *name && change.revision > told)
        };
        let is_due = |change: &&Change| change.at + state.lag <= Instant::now();
        Pending {
            events: new().take_while(is_due).cloned().collect(),
            next: new()
                .find(|change| !is_due(change))
                .map(|change| change.at + state.lag),
            frozen: state.frozen,
            is_cut: state.cut >= number,
        }
    }
}

impl Source for TestSource {
    fn get<'a>(
        &'a self,
        name: &'a NamespacedName,
        read: Read,
    ) -> BoxFuture<'a, Result<Option<Object>, SourceError>> {
        async move {
            let _in_flight = InFlight::begin(self, name, false);
            self.state.lock().unwrap().gets.push((name.clone(), read));
            self.admitted().await?;
            let answer = {
                let state = self.state.lock().unwrap();
                let behind = state.behind.get(name).filter(|_| read == Read::Cached);
                behind
                    .cloned()
                    .unwrap_or_else(|| state.objects.get(name).cloned())
            };
            self.way_back().await;
            Ok(answer)
        }
        .boxed()
    }

    fn watch<'a>(
        &'a self,
        name: &'a NamespacedName,
        start: Start,
        observe: &'a mut Observer<'_>,
    ) -> BoxFuture<'a, Result<(), SourceError>> {
        async move {
            let _in_flight = InFlight::begin(self, name, true);
            self.state.lock().unwrap().watches.push((name.clone(), start));
            let sent = Instant::now();
            self.admitted().await?;
            let mut changed = self.changed.subscribe();
            let number = self.change(|state| {
                state.opened += 1;
                state.opened
            });
            let mut told = match start {
                Start::After(version) => version.0,
                Start::Fresh => {
                    let Some(version) = self.tell_current(name, sent, observe).await? else {
                        return Ok(());
                    };
                    version
                }
            };
            if told < self.state.lock().unwrap().compacted {
                return Err(SourceError::new(FailureKind::Expired, "too old resource version"));
            }
            if observe(Event::Live).is_break() {
                return Ok(());
            }
            loop {
                let Pending {
                    events,
                    next,
                    frozen,
                    is_cut,
                } = self.pending(name, told, number);
                if is_cut {
                    let outage = self.state.lock().unwrap().outage.clone();
                    return Err(outage.unwrap_or_else(|| SourceError {
                        last_received: Some(Instant::now()),
                        ..SourceError::new(FailureKind::Unreachable, "the connection was cut")
                    }));
                }
                if !frozen {
                    for change in events {
                        told = change.revision;
                        if observe(change.event) == ControlFlow::Break(()) {
                            return Ok(());
                        }
                    }
                }
                let later = next
                    .filter(|_| !frozen)
                    .unwrap_or_else(|| Instant::now() + Duration::from_secs(3600));
                let _ = tokio::time::timeout_at(later, changed.changed()).await;
            }
        }
        .boxed()
    }
}

//! Opens a watch in the way that costs the API server least: after a version, with a read before it, or as a
//! streaming list. docs/decisions/001-quorum-get-then-watch.md says why there are so many ways.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use podweave_config_maps::NamespacedName;
use podweave_config_maps::object::ResourceVersion;
use podweave_config_maps::source::{Event, FailureKind, Observer, Read, SourceError, Start};
use tokio::time::{Instant, timeout};

use crate::ApiServer;
use crate::confirmation::{Confirmed, Consistency};
use crate::metrics::Outcome;
use crate::read::{Head, ReadSince};
use crate::request::Ask;
use crate::watch::{Next, Opened, Watch};

/// If this many reads wait for each one that may be sent at a time, one of them is sent as a streaming list,
/// which makes the others cheaper. With fewer, all might be answered before the list is: it can take 100 ms.
const CROWD: usize = 4;

/// After this long, its ConfigMap is read like the others.
const PATIENCE: Duration = Duration::from_secs(1);

/// The outcome of trying a streaming list.
enum Streamed {
    Opened(Opened),
    /// The API server does not support them.
    Unsupported,
}

impl ApiServer {
    /// Opens a watch, up to [`Event::Live`].
    pub(crate) async fn open(
        &self,
        name: &NamespacedName,
        start: Start,
        observe: &mut Observer<'_>,
    ) -> Result<Opened, SourceError> {
        match start {
            Start::After(version) => self.open_after(name, version, observe).await,
            Start::Fresh => self.open_fresh(name, observe).await,
        }
    }

    /// Opens a watch that begins with the current state.
    async fn open_fresh(
        &self,
        name: &NamespacedName,
        observe: &mut Observer<'_>,
    ) -> Result<Opened, SourceError> {
        let came = Instant::now();
        let reading = Reading::among(&self.reading);
        self.connected().await?;
        if let Some(opened) = self
            .open_instead_of_read(name, came, reading.others(), observe)
            .await?
        {
            return Ok(opened);
        }
        // Before the read: see `recent_revision`.
        let seen = self.recent_revision.get_or(self.ask_version(name)).await;
        let ReadSince {
            object,
            sent,
            not_older_than,
        } = self.read_since(name, came).await?;
        drop(reading);
        let read = Instant::now();
        let version = object.as_ref().map(|object| object.resource_version);
        if observe(Event::Current {
            object,
            at: None,
            sent,
        })
        .is_break()
        {
            return Ok(None);
        }
        if let Some(version) = version {
            // A quorum read includes everything that was seen before it; a read of the cache does not.
            let after = not_older_than
                .or(seen)
                .map_or(version, |reached| reached.max(version));
            match self.open_after(name, after, observe).await {
                // For example, the API server has just started, or is a different one with a different cache.
                Err(error) if error.kind == FailureKind::Expired => {}
                opened => return opened,
            }
        }
        // There is no version to continue from. A version that was confirmed before the read may be older
        // than the read.
        match self
            .open_streaming(name, self.confirmations.consistency_for(read).await, observe)
            .await?
        {
            Streamed::Opened(opened) => Ok(opened),
            Streamed::Unsupported => self.open_listed(name, observe).await,
        }
    }

    /// Opens a streaming list in place of a read and a watch, if many reads wait or the rate limit forbids
    /// one. Otherwise, the rate limit allows a read now.
    async fn open_instead_of_read(
        &self,
        name: &NamespacedName,
        came: Instant,
        others: usize,
        observe: &mut Observer<'_>,
    ) -> Result<Option<Opened>, SourceError> {
        if self.limiter.as_ref().is_none_or(|limiter| limiter.try_acquire(1)) {
            if others >= CROWD * self.options.in_flight
                && let Some(consistency) = self.confirmations.try_request(came)
                && let Ok(Ok(Streamed::Opened(opened))) =
                    timeout(PATIENCE, self.open_streaming(name, consistency, observe)).await
            {
                return Ok(Some(opened));
            }
            return Ok(None);
        }
        // A watch may be sent at any time, and a streaming list is a watch.
        let consistency = self.confirmations.consistency_for(came).await;
        match self.open_streaming(name, consistency, observe).await? {
            Streamed::Opened(opened) => Ok(Some(opened)),
            Streamed::Unsupported => {
                self.limit().await;
                Ok(None)
            }
        }
    }

    /// Asks for the version that the API server's watch cache has reached. If that fails, the read reports
    /// it.
    async fn ask_version(&self, name: &NamespacedName) -> Option<ResourceVersion> {
        let list = self.list(name, Read::Cached).await.ok()?;
        Some(list.version)
    }

    /// Watches from the version of a list.
    async fn open_listed(
        &self,
        name: &NamespacedName,
        observe: &mut Observer<'_>,
    ) -> Result<Opened, SourceError> {
        self.connected().await?;
        self.limit().await;
        let sent = Instant::now();
        let list = self.list(name, Read::Quorum).await?;
        self.recent_revision.observe(list.version);
        if observe(Event::Current {
            object: list.object,
            at: Some(list.version),
            sent,
        })
        .is_break()
        {
            return Ok(None);
        }
        self.open_after(name, list.version, observe).await
    }

    /// Watches from a version.
    async fn open_after(
        &self,
        name: &NamespacedName,
        version: ResourceVersion,
        observe: &mut Observer<'_>,
    ) -> Result<Opened, SourceError> {
        let ask = Ask::Watch(version);
        let permit = self.transport.permit(ask.queue()).await?;
        let result = match self.ask(ask, name, permit).await {
            Ok(Head::Body(body)) => {
                Watch::after_version(body)
                    .settle(name, &self.shared(), observe)
                    .await
            }
            Ok(Head::Failure(status)) => Err(status.failure()),
            Err(error) => Err(error),
        };
        self.metrics.request(ask.verb(), Outcome::of(&result));
        result.inspect_err(|error| self.recent_revision.invalidate(Some(version), error))
    }

    /// Watches with the current state first (KEP-3157), which is as new as a quorum read.
    async fn open_streaming(
        &self,
        name: &NamespacedName,
        consistency: Consistency<'_>,
        observe: &mut Observer<'_>,
    ) -> Result<Streamed, SourceError> {
        if !self.streaming_lists.are_worth_a_try() {
            return Ok(Streamed::Unsupported);
        }
        let ask = Ask::StreamingList(consistency.confirmed.map(|confirmed| confirmed.version));
        let result = self.stream_list(ask, name, consistency.confirmed, observe).await;
        // It happens once in a process, and is not a failure.
        if !matches!(result, Ok(Streamed::Unsupported)) {
            self.metrics.request(ask.verb(), Outcome::of(&result));
        }
        result
    }

    async fn stream_list(
        &self,
        ask: Ask,
        name: &NamespacedName,
        confirmed: Option<Confirmed>,
        observe: &mut Observer<'_>,
    ) -> Result<Streamed, SourceError> {
        let permit = self.transport.permit(ask.queue()).await?;
        let sent = confirmed.map_or_else(Instant::now, |confirmed| confirmed.sent);
        let body = match self.ask(ask, name, permit).await? {
            Head::Body(body) => body,
            Head::Failure(status) if status.lacks_streaming_lists() => {
                self.streaming_lists.mark_absent();
                return Ok(Streamed::Unsupported);
            }
            Head::Failure(status) => return Err(status.failure()),
        };
        let mut watch = Watch::streaming_list(body, sent);
        let observe: &mut Observer<'_> = &mut |event| {
            if let Event::Current {
                at: Some(version), ..
            } = event
                && confirmed.is_none()
            {
                self.confirmations.confirm(Confirmed { version, sent });
            }
            observe(event)
        };
        let limit = self.options.attempt_timeout;
        match timeout(limit, watch.until_live(name, &self.shared(), observe)).await {
            Ok(next) => match next? {
                Next::Stop => Ok(Streamed::Opened(None)),
                Next::End if !watch.is_live() => Err(SourceError::new(
                    FailureKind::Unreachable,
                    "the API server ended a streaming list before it was complete",
                )),
                Next::End | Next::Piece => Ok(Streamed::Opened(Some(watch))),
            },
            Err(_) => {
                self.streaming_lists.mark_silent();
                Err(SourceError::new(
                    FailureKind::Unreachable,
                    format!("the API server did not finish a streaming list within {limit:?}"),
                ))
            }
        }
    }
}

/// Counts a watch that begins with a read, until the read is answered.
struct Reading<'a>(&'a AtomicUsize);

impl<'a> Reading<'a> {
    fn among(all: &'a AtomicUsize) -> Self {
        all.fetch_add(1, Ordering::Relaxed);
        Self(all)
    }

    /// Returns how many there are beside it.
    fn others(&self) -> usize {
        self.0.load(Ordering::Relaxed) - 1
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

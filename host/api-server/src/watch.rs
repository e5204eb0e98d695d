//! Watches one ConfigMap.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body::Frame;
use http_body_util::BodyExt;
use parking_lot::Mutex;
use tokio::time::{Instant, timeout};

use crate::ApiServer;
use crate::confirmation::{Confirmed, Voucher};
use crate::decode::{self, MAX_BYTES, Told};
use crate::error::BodyError;
use crate::horizon::Horizon;
use crate::large::{Large, Place};
use crate::lines::{Lines, TooLong};
use crate::metrics::Outcome;
use crate::read::{Head, ReadSince, too_long};
use crate::request::Ask;
use crate::transport::StreamBody;
use podweave_config_maps::object::{Object, ResourceVersion};
use podweave_config_maps::room::Room;
use podweave_config_maps::source::{Event, FailureKind, Observer, Read, SourceError, Start};
use podweave_core::identity::NamespacedName;

/// After a streaming list that did not complete, none is tried for this long.
const SILENCE: Duration = Duration::from_secs(60);

/// The API server reports in the first event, after a head with status 200, that a version is too old. So no
/// such event may come for this long before a watch counts as live. The event follows the head at once.
const SETTLE: Duration = Duration::from_millis(10);

/// If this many reads wait for each one that may be sent at a time, one of them is sent as a streaming list,
/// which makes the others cheaper. With fewer, all might be answered before the list is: it can take 100 ms.
const CROWD: usize = 4;

/// After this long, its ConfigMap is read like the others.
const PATIENCE: Duration = Duration::from_secs(1);

/// An open watch.
pub(crate) struct Watch {
    body: StreamBody,
    lines: Lines,
    place: Place,
    phase: Phase,
}

enum Phase {
    /// A streaming list sends the current state.
    Listing(Box<Initial>),
    /// The first event may say that there is no watch from this version.
    Settling,
    Live,
}

/// What a streaming list has sent so far.
struct Initial {
    object: Option<Object>,
    sent: Instant,
}

/// What a watch shares with the other watches.
pub(crate) struct Shared<'a> {
    horizon: &'a Horizon,
    room: &'a Room,
    large: &'a Large,
}

/// A piece of a watch, or why there are no more.
type Piece = Result<Frame<Bytes>, BodyError>;

/// An opened watch; `None` if the observer broke.
type Opened = Option<Watch>;

/// The outcome of trying a streaming list.
enum Streamed {
    Opened(Opened),
    /// The API server does not support them.
    Unsupported,
}

/// What to do after a piece of a watch.
#[derive(PartialEq, Eq)]
enum Next {
    Piece,
    /// Nothing follows: the source has ended the watch.
    End,
    /// Nothing follows: the observer broke.
    Stop,
}

/// Whether it makes sense to try streaming lists.
#[derive(Default)]
pub(crate) struct StreamingLists(Mutex<Support>);

#[derive(Default, Clone, Copy)]
enum Support {
    #[default]
    Assumed,
    /// The API server said that there are none. Its feature gate WatchList is off, or it is too old.
    Absent,
    /// One was accepted and did not complete in time.
    Silent { until: Instant },
}

impl StreamingLists {
    fn worth_a_try(&self) -> bool {
        match *self.0.lock() {
            Support::Assumed => true,
            Support::Absent => false,
            Support::Silent { until } => Instant::now() >= until,
        }
    }

    fn set(&self, support: Support) {
        *self.0.lock() = support;
    }
}

impl ApiServer {
    /// Returns what its watches share.
    pub(crate) fn shared(&self) -> Shared<'_> {
        Shared {
            horizon: &self.horizon,
            room: &self.room,
            large: &self.large,
        }
    }

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

    async fn open_fresh(
        &self,
        name: &NamespacedName,
        observe: &mut Observer<'_>,
    ) -> Result<Opened, SourceError> {
        let came = Instant::now();
        let reading = Reading::among(&self.reading);
        self.connected().await?;
        if self.limiter.as_ref().is_none_or(|limiter| limiter.try_acquire(1)) {
            if reading.others() >= CROWD * self.options.in_flight
                && let Some(voucher) = self.confirmations.try_ask(came)
                && let Ok(Ok(Streamed::Opened(opened))) =
                    timeout(PATIENCE, self.open_streaming(name, voucher, observe)).await
            {
                return Ok(opened);
            }
        } else {
            // A watch may be sent at any time, and a streaming list is a watch.
            match self
                .open_streaming(name, self.confirmations.vouch(came).await, observe)
                .await?
            {
                Streamed::Opened(opened) => return Ok(opened),
                Streamed::Unsupported => self.limit().await,
            }
        }
        // Before the read: see `horizon`.
        let seen = self.horizon.recent_or(self.ask_version(name)).await;
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
            .open_streaming(name, self.confirmations.vouch(read).await, observe)
            .await?
        {
            Streamed::Opened(opened) => Ok(opened),
            Streamed::Unsupported => self.open_listed(name, observe).await,
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
        self.horizon.saw(list.version);
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
        let turn = self.transport.turn(ask.lane()).await?;
        let result = match self.ask(ask, name, turn).await {
            Ok(Head::Body(body)) => {
                Watch {
                    body,
                    lines: Lines::new(MAX_BYTES),
                    place: Place::default(),
                    phase: Phase::Settling,
                }
                .settle(name, &self.shared(), observe)
                .await
            }
            Ok(Head::Failure(status)) => Err(status.failure()),
            Err(error) => Err(error),
        };
        self.metrics.request(ask.verb(), Outcome::of(&result));
        result.inspect_err(|error| self.horizon.failed(Some(version), error))
    }

    /// Watches with the current state first (KEP-3157), which is as new as a quorum read.
    async fn open_streaming(
        &self,
        name: &NamespacedName,
        voucher: Voucher<'_>,
        observe: &mut Observer<'_>,
    ) -> Result<Streamed, SourceError> {
        if !self.streaming_lists.worth_a_try() {
            return Ok(Streamed::Unsupported);
        }
        let ask = Ask::StreamingList(voucher.confirmed.map(|confirmed| confirmed.version));
        let result = self.stream_list(ask, name, voucher.confirmed, observe).await;
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
        let turn = self.transport.turn(ask.lane()).await?;
        let sent = confirmed.map_or_else(Instant::now, |confirmed| confirmed.sent);
        let body = match self.ask(ask, name, turn).await? {
            Head::Body(body) => body,
            Head::Failure(status) if status.lacks_streaming_lists() => {
                self.streaming_lists.set(Support::Absent);
                return Ok(Streamed::Unsupported);
            }
            Head::Failure(status) => return Err(status.failure()),
        };
        let mut watch = Watch {
            body,
            lines: Lines::new(MAX_BYTES),
            place: Place::default(),
            phase: Phase::Listing(Box::new(Initial { object: None, sent })),
        };
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
                self.streaming_lists.set(Support::Silent {
                    until: Instant::now() + SILENCE,
                });
                Err(SourceError::new(
                    FailureKind::Unreachable,
                    format!("the API server did not finish a streaming list within {limit:?}"),
                ))
            }
        }
    }

    /// Waits until there is a connection. Later requests count against the rate limit, which an outage must
    /// not use up.
    pub(crate) async fn connected(&self) -> Result<(), SourceError> {
        Ok(self.transport.connected().await?)
    }

    /// Waits until one more short request may be sent.
    pub(crate) async fn limit(&self) {
        if let Some(limiter) = &self.limiter {
            limiter.acquire_one().await;
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

impl Watch {
    fn is_live(&self) -> bool {
        matches!(self.phase, Phase::Live)
    }

    /// Waits for a piece. In the middle of a large event, it waits for its turn first.
    async fn piece(&mut self, shared: &Shared<'_>) -> Option<Piece> {
        self.place.for_more(self.lines.held(), shared.large).await;
        self.body.frame().await
    }

    /// Reads until it is live, or there is no more to read.
    async fn until_live(
        &mut self,
        name: &NamespacedName,
        shared: &Shared<'_>,
        observe: &mut Observer<'_>,
    ) -> Result<Next, SourceError> {
        let mut next = Next::Piece;
        while next == Next::Piece && !self.is_live() {
            let piece = self.piece(shared).await;
            next = self.take(piece, name, shared, observe)?;
        }
        Ok(next)
    }

    /// Waits a moment for an event that may end the watch.
    async fn settle(
        mut self,
        name: &NamespacedName,
        shared: &Shared<'_>,
        observe: &mut Observer<'_>,
    ) -> Result<Opened, SourceError> {
        if let Ok(next) = timeout(SETTLE, self.until_live(name, shared, observe)).await
            && next? == Next::Stop
        {
            return Ok(None);
        }
        if !self.is_live() {
            self.phase = Phase::Live;
            if observe(Event::Live).is_break() {
                return Ok(None);
            }
        }
        Ok(Some(self))
    }

    /// Reports changes until the API server ends the watch or the observer breaks.
    // This future lives as long as the watch, so it holds little: the function that handles its pieces does
    // not wait.
    pub async fn follow(
        &mut self,
        name: &NamespacedName,
        shared: &Shared<'_>,
        observe: &mut Observer<'_>,
    ) -> Result<(), SourceError> {
        loop {
            let piece = self.piece(shared).await;
            if self.take(piece, name, shared, observe)? != Next::Piece {
                return Ok(());
            }
        }
    }

    /// Handles a piece of the stream and reports the events that it completes.
    fn take(
        &mut self,
        piece: Option<Piece>,
        name: &NamespacedName,
        shared: &Shared<'_>,
        observe: &mut Observer<'_>,
    ) -> Result<Next, SourceError> {
        let data = match piece {
            Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
            Some(Err(error)) => {
                // The rest of an event is missing, so not everything up to then has been reported; for a
                // streaming list, not even its beginning.
                let complete = !self.lines.is_partial() && self.is_live();
                let last_heard = complete.then_some(error.last_heard);
                return Err(SourceError {
                    last_heard,
                    ..error.into()
                });
            }
            None if self.lines.is_partial() => {
                return Err(SourceError::new(
                    FailureKind::Unreachable,
                    "the watch ended in the middle of an event",
                ));
            }
            None => return Ok(Next::End),
        };
        let Self { lines, phase, .. } = self;
        let flow = lines.feed(&data, |line| {
            let told = decode::event(line, name)?;
            // An object at the beginning of a streaming list has the version of its last change.
            if let Some(version) = told
                .version()
                .filter(|_| !matches!(phase, Phase::Listing(_)) || matches!(told, Told::Bookmark { .. }))
            {
                shared.horizon.saw(version);
            }
            tell(told.admitted(shared.room)?, phase, observe)
        })?;
        Ok(if flow.is_break() { Next::Stop } else { Next::Piece })
    }
}

/// Reports one event. The events at the beginning of a streaming list are reported when the beginning is
/// complete.
fn tell(told: Told, phase: &mut Phase, observe: &mut Observer<'_>) -> Result<ControlFlow<()>, SourceError> {
    if let Told::Error(status) = told {
        return Err(status.failure());
    }
    if matches!(phase, Phase::Settling) {
        *phase = Phase::Live;
        if observe(Event::Live).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    let Phase::Listing(initial) = phase else {
        return Ok(match told {
            Told::Applied(object) => observe(Event::Applied(object)),
            Told::Deleted(version) => observe(Event::Deleted(version)),
            Told::Bookmark { version, .. } => observe(Event::Bookmark(version)),
            Told::Error(_) | Told::Nothing => ControlFlow::Continue(()),
        });
    };
    match told {
        Told::Applied(object) => initial.object = Some(object),
        Told::Deleted(_) => initial.object = None,
        Told::Bookmark {
            version,
            initial_events_end: true,
        } => {
            let current = Event::Current {
                object: initial.object.take(),
                at: Some(version),
                sent: initial.sent,
            };
            *phase = Phase::Live;
            return Ok(if observe(current).is_break() {
                ControlFlow::Break(())
            } else {
                observe(Event::Live)
            });
        }
        Told::Bookmark { .. } | Told::Error(_) | Told::Nothing => {}
    }
    Ok(ControlFlow::Continue(()))
}

impl From<TooLong> for SourceError {
    fn from(TooLong: TooLong) -> Self {
        too_long(MAX_BYTES)
    }
}

//! Follows one ConfigMap over an open watch.

use std::ops::ControlFlow;
use std::time::Duration;

use bytes::Bytes;
use http_body::Frame;
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout};

use crate::decode::{self, MAX_BYTES, WatchEvent};
use crate::error::BodyError;
use crate::large::{Large, Place};
use crate::lines::{Lines, TooLong};
use crate::read::too_long;
use crate::recent_revision::RecentRevision;
use crate::transport::StreamBody;
use podweave_config_maps::object::Object;
use podweave_config_maps::room::Room;
use podweave_config_maps::source::{Event, FailureKind, Observer, SourceError};
use podweave_core::identity::NamespacedName;

/// The API server reports in the first event, after a head with status 200, that a version is too old. So no
/// such event may come for this long before a watch counts as live. The event follows the head at once.
const SETTLE: Duration = Duration::from_millis(10);

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
    pub recent_revision: &'a RecentRevision,
    pub room: &'a Room,
    pub large: &'a Large,
}

/// A piece of a watch, or why there are no more.
type Piece = Result<Frame<Bytes>, BodyError>;

/// An opened watch; `None` if the observer broke.
pub(crate) type Opened = Option<Watch>;

/// What to do after a piece of a watch.
#[derive(PartialEq, Eq)]
pub(crate) enum Next {
    Piece,
    /// Nothing follows: the source has ended the watch.
    End,
    /// Nothing follows: the observer broke.
    Stop,
}

impl Watch {
    /// Creates a watch from a version, which the API server has not accepted yet.
    pub fn after_version(body: StreamBody) -> Self {
        Self::new(body, Phase::Settling)
    }

    /// Creates a watch that begins with a streaming list, which was sent at this time.
    pub fn streaming_list(body: StreamBody, sent: Instant) -> Self {
        Self::new(body, Phase::Listing(Box::new(Initial { object: None, sent })))
    }

    fn new(body: StreamBody, phase: Phase) -> Self {
        Self {
            body,
            lines: Lines::new(MAX_BYTES),
            place: Place::default(),
            phase,
        }
    }

    pub fn is_live(&self) -> bool {
        matches!(self.phase, Phase::Live)
    }

    /// Waits for a piece. In the middle of a large event, it waits for its turn first.
    async fn piece(&mut self, shared: &Shared<'_>) -> Option<Piece> {
        self.place.for_more(self.lines.held(), shared.large).await;
        self.body.frame().await
    }

    /// Reads until it is live, or there is no more to read.
    pub async fn until_live(
        &mut self,
        name: &NamespacedName,
        shared: &Shared<'_>,
        observe: &mut Observer<'_>,
    ) -> Result<Next, SourceError> {
        let mut next = Next::Piece;
        while next == Next::Piece && !self.is_live() {
            let piece = self.piece(shared).await;
            next = self.handle(piece, name, shared, observe)?;
        }
        Ok(next)
    }

    /// Waits a moment for an event that may end the watch.
    pub async fn settle(
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
            if self.handle(piece, name, shared, observe)? != Next::Piece {
                return Ok(());
            }
        }
    }

    /// Handles a piece of the stream and reports the events that it completes.
    fn handle(
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
                let last_received = complete.then_some(error.last_received);
                return Err(SourceError {
                    last_received,
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
            let event = decode::event(line, name)?;
            // An object at the beginning of a streaming list has the version of its last change.
            if let Some(version) = event.version().filter(|_| {
                !matches!(phase, Phase::Listing(_)) || matches!(event, WatchEvent::Bookmark { .. })
            }) {
                shared.recent_revision.observe(version);
            }
            report(event.admitted(shared.room)?, phase, observe)
        })?;
        Ok(if flow.is_break() { Next::Stop } else { Next::Piece })
    }
}

/// Reports one event. The events at the beginning of a streaming list are reported when the beginning is
/// complete.
fn report(
    event: WatchEvent,
    phase: &mut Phase,
    observe: &mut Observer<'_>,
) -> Result<ControlFlow<()>, SourceError> {
    if let WatchEvent::Error(status) = event {
        return Err(status.failure());
    }
    if matches!(phase, Phase::Settling) {
        *phase = Phase::Live;
        if observe(Event::Live).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    let Phase::Listing(initial) = phase else {
        return Ok(match event {
            WatchEvent::Applied(object) => observe(Event::Applied(object)),
            WatchEvent::Deleted(version) => observe(Event::Deleted(version)),
            WatchEvent::Bookmark { version, .. } => observe(Event::Bookmark(version)),
            WatchEvent::Error(_) | WatchEvent::Nothing => ControlFlow::Continue(()),
        });
    };
    match event {
        WatchEvent::Applied(object) => initial.object = Some(object),
        WatchEvent::Deleted(_) => initial.object = None,
        WatchEvent::Bookmark {
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
        WatchEvent::Bookmark { .. } | WatchEvent::Error(_) | WatchEvent::Nothing => {}
    }
    Ok(ControlFlow::Continue(()))
}

impl From<TooLong> for SourceError {
    fn from(TooLong: TooLong) -> Self {
        too_long(MAX_BYTES)
    }
}

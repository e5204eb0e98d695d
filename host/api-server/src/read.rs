//! Reads one ConfigMap.

use bytes::Buf;
use http::StatusCode;
use http_body::Body as _;
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout};

use crate::ApiServer;
use crate::answer::Status;
use crate::decode::{self, List, MAX_BYTES, Malformed};
use crate::error::{BodyError, TransportError};
use crate::large::Place;
use crate::metrics::Outcome;
use crate::request::Ask;
use crate::transport::{Queue, SendPermit, StreamBody};
use podweave_config_maps::object::{Object, ResourceVersion};
use podweave_config_maps::source::{FailureKind, Read, SourceError};
use podweave_core::identity::NamespacedName;

/// The most bytes that are read of a failure answer.
const MAX_FAILURE_BYTES: usize = 64 * 1024;

/// The beginning of an answer.
pub(crate) enum Head {
    /// 200; the body follows.
    Body(StreamBody),
    /// Another status, with the whole answer.
    Failure(Status),
}

/// A read object, and how fresh it is.
pub(crate) struct ReadSince {
    pub object: Option<Object>,
    /// When the quorum was asked.
    pub sent: Instant,
    /// The version that the answer must not be older than; `None` for a quorum read.
    pub not_older_than: Option<ResourceVersion>,
}

impl ApiServer {
    /// Reads the object; `None` if it does not exist. The caller applies the rate limit.
    pub(crate) async fn read(
        &self,
        name: &NamespacedName,
        read: Read,
    ) -> Result<Option<Object>, SourceError> {
        let permit = self.transport.permit(Queue::Normal).await?;
        self.get(Ask::Get(read), name, permit).await
    }

    /// Reads the object for a caller that came at this time: as fresh as a quorum read that is sent now, or
    /// as the quorum read that has confirmed a version since. The caller applies the rate limit.
    pub(crate) async fn read_since(
        &self,
        name: &NamespacedName,
        came: Instant,
    ) -> Result<ReadSince, SourceError> {
        let permit = self.transport.permit(Queue::Normal).await?;
        // Much can have been confirmed while others had their turn.
        let confirmed = self.confirmations.since(came);
        let sent = confirmed.map_or_else(Instant::now, |confirmed| confirmed.sent);
        let ask = confirmed.map_or(Ask::Get(Read::Quorum), |confirmed| {
            Ask::GetNotOlderThan(confirmed.version)
        });
        let object = self.get(ask, name, permit).await?;
        Ok(ReadSince {
            object,
            sent,
            not_older_than: confirmed.map(|confirmed| confirmed.version),
        })
    }

    async fn get(
        &self,
        ask: Ask,
        name: &NamespacedName,
        permit: SendPermit<'_>,
    ) -> Result<Option<Object>, SourceError> {
        let result = match self.ask(ask, name, permit).await {
            Ok(Head::Body(body)) => self
                .decoded(body, |json| decode::object(json, name)?.admitted(&self.room))
                .await
                .map(Some),
            Ok(Head::Failure(status)) if status.is_not_found() => Ok(None),
            Ok(Head::Failure(status)) => Err(status.failure()),
            Err(error) => Err(error),
        };
        let outcome = if matches!(result, Ok(None)) {
            Outcome::NotFound
        } else {
            Outcome::of(&result)
        };
        self.metrics.request(ask.verb(), outcome);
        result
    }

    /// Lists the object, for the version of the list. The caller applies the rate limit.
    pub(crate) async fn list(&self, name: &NamespacedName, read: Read) -> Result<List, SourceError> {
        let ask = Ask::List(read);
        let permit = self.transport.permit(ask.queue()).await?;
        let result = match self.ask(ask, name, permit).await {
            Ok(Head::Body(body)) => {
                self.decoded(body, |json| decode::list(json, name)?.admitted(&self.room))
                    .await
            }
            Ok(Head::Failure(status)) => Err(status.failure()),
            Err(error) => Err(error),
        };
        self.metrics.request(ask.verb(), Outcome::of(&result));
        result
    }

    /// Sends a request and waits for the head of the answer; for a failure, for the whole answer.
    pub(crate) async fn ask(
        &self,
        ask: Ask,
        name: &NamespacedName,
        permit: SendPermit<'_>,
    ) -> Result<Head, SourceError> {
        let request = ask.request(name, &self.options)?;
        let response = self.transport.send(request, permit).await?;
        if response.status() == StatusCode::OK {
            return Ok(Head::Body(response.into_body()));
        }
        let (head, body) = response.into_parts();
        // The status is enough if the rest does not arrive.
        let said = self
            .collected(body, MAX_FAILURE_BYTES, &mut Place::default())
            .await
            .unwrap_or_default();
        Ok(Head::Failure(Status::of_answer(
            head.status,
            &head.headers,
            &said,
        )))
    }

    async fn decoded<T>(
        &self,
        body: StreamBody,
        decode: impl FnOnce(&[u8]) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let mut place = Place::default();
        let json = self.collected(body, MAX_BYTES, &mut place).await?;
        decode(&json)
    }

    async fn collected(
        &self,
        mut body: StreamBody,
        limit: usize,
        place: &mut Place,
    ) -> Result<Vec<u8>, SourceError> {
        let all = async {
            let expected = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
            place.for_more(expected, &self.large).await;
            let mut collected = Vec::with_capacity(expected.min(limit));
            while let Some(frame) = body.frame().await {
                let Ok(data) = frame?.into_data() else { continue };
                if collected.len() + data.remaining() > limit {
                    return Err(too_long(limit));
                }
                collected.extend_from_slice(&data);
                place.for_more(collected.len().max(expected), &self.large).await;
            }
            Ok(collected)
        };
        let limit = self.options.attempt_timeout;
        timeout(limit, all)
            .await
            .unwrap_or_else(|_| Err(TransportError::Timeout(limit).into()))
    }
}

pub(crate) fn too_long(limit: usize) -> SourceError {
    SourceError::new(
        FailureKind::Broken,
        format!("the API server's answer is longer than {limit} bytes"),
    )
}

impl From<TransportError> for SourceError {
    fn from(error: TransportError) -> Self {
        let kind = match error {
            TransportError::Credentials(_) => FailureKind::Refused,
            TransportError::Dial(_) | TransportError::Timeout(_) | TransportError::Cut(_) => {
                FailureKind::Unreachable
            }
        };
        Self::new(kind, error.to_string())
    }
}

impl From<BodyError> for SourceError {
    fn from(error: BodyError) -> Self {
        Self::new(FailureKind::Unreachable, error.to_string())
    }
}

impl From<Malformed> for SourceError {
    fn from(Malformed(why): Malformed) -> Self {
        Self::new(
            FailureKind::Broken,
            format!("the API server sent an invalid answer: {why}"),
        )
    }
}

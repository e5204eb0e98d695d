//! Sends requests over the pool of connections.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Method, Request, Response, StatusCode};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use kube::client::Body;
use podweave_core::text::chain;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};
use tower::{BoxError, Service};

use crate::connector::Connector;
use crate::credentials::Credentials;
use crate::error::{ApiServerError, BodyError, TransportError};
use crate::metrics::ApiServerMetrics;
use crate::options::ApiServerOptions;
use crate::pool::{Lease, Pool};

/// Sends requests. Clones share the connections.
#[derive(Clone)]
pub(crate) struct Transport(Arc<Inner>);

struct Inner {
    pool: Pool,
    credentials: Credentials,
    in_flight: Semaphore,
    streaming_lists: Semaphore,
    head_timeout: Duration,
    metrics: ApiServerMetrics,
}

/// The queue in which a request waits for permission to be sent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Queue {
    Normal,
    StreamingList,
}

/// The right to send a request now, with a place on a connection.
pub(crate) struct SendPermit<'a> {
    queue: Queue,
    lease: Lease,
    _permit: SemaphorePermit<'a>,
}

/// The body of an answer. It holds its stream's place on the connection until its end.
pub(crate) struct StreamBody {
    incoming: Incoming,
    lease: Option<Lease>,
}

impl Transport {
    pub fn new(
        config: kube::Config,
        options: &ApiServerOptions,
        metrics: &ApiServerMetrics,
    ) -> Result<Self, ApiServerError> {
        let connector = Connector::new(&config, options, metrics)?;
        Ok(Self(Arc::new(Inner {
            pool: Pool::new(connector, options, metrics),
            credentials: Credentials::new(config)?,
            in_flight: Semaphore::new(options.in_flight.max(1)),
            streaming_lists: Semaphore::new(options.streaming_lists_in_flight.max(1)),
            head_timeout: options.attempt_timeout,
            metrics: metrics.clone(),
        })))
    }

    /// Waits until there is a connection, or returns why there is none.
    pub async fn connected(&self) -> Result<(), TransportError> {
        self.0.pool.lease().await?;
        Ok(())
    }

    /// Waits for a connection and for a turn.
    pub async fn permit(&self, queue: Queue) -> Result<SendPermit<'_>, TransportError> {
        self.0.permit(queue).await
    }

    /// Sends a request and waits for the head of its answer. If the credentials are refused, it tries once
    /// more with newer ones, if there are any.
    pub async fn send(
        &self,
        request: Request<Body>,
        permit: SendPermit<'_>,
    ) -> Result<Response<StreamBody>, TransportError> {
        let queue = permit.queue;
        let spare = copy(&request);
        let (request, generation) = self.0.complete(request).await?;
        let response = self.0.send(request, permit).await?;
        if response.status() == StatusCode::UNAUTHORIZED
            && let Some(request) = spare
            && self.0.renew(generation).await
        {
            drop(response);
            let (request, _) = self.0.complete(request).await?;
            return self.0.send(request, self.permit(queue).await?).await;
        }
        Ok(response)
    }
}

impl Inner {
    // A kubeconfig may name a program for the credentials, and programs can hang.
    async fn complete(&self, request: Request<Body>) -> Result<(Request<Body>, u64), TransportError> {
        let completed = timeout(self.head_timeout, self.credentials.complete(request)).await;
        completed.unwrap_or_else(|_| {
            Err(TransportError::Credentials(format!(
                "they were not available within {:?}",
                self.head_timeout
            )))
        })
    }

    async fn renew(&self, refused: u64) -> bool {
        timeout(self.head_timeout, self.credentials.renew(refused))
            .await
            .unwrap_or(false)
    }

    async fn permit(&self, queue: Queue) -> Result<SendPermit<'_>, TransportError> {
        let permits = match queue {
            Queue::Normal => &self.in_flight,
            Queue::StreamingList => &self.streaming_lists,
        };
        loop {
            // During an outage, callers that wait for a connection must not occupy the turns, and callers
            // that wait for a turn must not occupy connections. So a caller waits for a connection with room,
            // then for a turn, and then checks again.
            drop(self.pool.lease().await?);
            let permit = permits
                .acquire()
                .await
                .map_err(|_| TransportError::Cut("shut down".to_owned()))?;
            if let Some(lease) = self.pool.lease_now() {
                return Ok(SendPermit {
                    queue,
                    lease,
                    _permit: permit,
                });
            }
        }
    }

    async fn send(
        &self,
        mut request: Request<Body>,
        mut permit: SendPermit<'_>,
    ) -> Result<Response<StreamBody>, TransportError> {
        let mut tries = 2;
        loop {
            let SendPermit {
                queue,
                lease,
                _permit: in_flight,
            } = permit;
            let flight = self.metrics.flight();
            tries -= 1;
            let spare = if tries > 0 && request.method() == Method::GET {
                copy(&request)
            } else {
                None
            };
            let mut error = match timeout(self.head_timeout, lease.sender().try_send_request(request)).await {
                Ok(Ok(response)) => {
                    return Ok(response.map(|incoming| StreamBody {
                        incoming,
                        lease: Some(lease),
                    }));
                }
                Ok(Err(error)) => error,
                Err(_) => return Err(TransportError::Timeout(self.head_timeout)),
            };
            // A request that was never sent, or that only reads, may be sent over another connection. Usually
            // the server began to shut this one down (GOAWAY) while the request was on its way.
            request = match error.take_message().filter(|_| tries > 0).or(spare) {
                Some(request) => request,
                None => return Err(TransportError::Cut(chain(error.error()))),
            };
            drop((lease, in_flight, flight));
            permit = self.permit(queue).await?;
        }
    }
}

/// Copies a request whose body can be copied.
fn copy(request: &Request<Body>) -> Option<Request<Body>> {
    let body = request.body().try_clone()?;
    let mut copy = Request::new(body);
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    Some(copy)
}

impl StreamBody {
    fn last_received(&self) -> Instant {
        self.lease
            .as_ref()
            .map_or_else(Instant::now, Lease::last_received)
    }
}

impl http_body::Body for StreamBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let polled = Pin::new(&mut self.incoming).poll_frame(context);
        polled.map(|frame| match frame {
            Some(Ok(frame)) => Some(Ok(frame)),
            Some(Err(error)) => {
                let error = BodyError {
                    message: chain(&error),
                    last_received: self.last_received(),
                };
                self.lease = None;
                Some(Err(error))
            }
            None => {
                self.lease = None;
                None
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl Service<Request<Body>> for Transport {
    type Response = Response<StreamBody>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        // A caller without a turn waits in the call.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let transport = self.clone();
        Box::pin(async move {
            let permit = transport.permit(Queue::Normal).await?;
            Ok(transport.send(request, permit).await?)
        })
    }
}

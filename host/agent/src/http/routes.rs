//! Routes requests to their answers.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;

use super::metrics::{Exposition, Metrics};
use super::{Health, Side};
use crate::status;

/// What answers requests.
pub(super) struct Routes {
    pub health: Arc<dyn Health>,
    pub exposition: Exposition,
    pub metrics: Metrics,
}

struct Answer {
    /// The route, as metrics name it.
    route: &'static str,
    status: StatusCode,
    content_type: &'static str,
    body: Bytes,
}

const TEXT: &str = "text/plain; charset=utf-8";

impl Routes {
    pub async fn answer<B>(&self, request: Request<B>, side: Side) -> Response<Full<Bytes>> {
        let answer = match *request.method() {
            Method::GET | Method::HEAD => self.read(request.uri().path(), side).await,
            _ => Answer::text("other", StatusCode::METHOD_NOT_ALLOWED, "use GET\n"),
        };
        self.metrics.count_request(side, answer.route, answer.status);
        // hyper omits the body of an answer to HEAD.
        let mut response = Response::new(Full::new(answer.body));
        *response.status_mut() = answer.status;
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(answer.content_type),
        );
        response
    }

    async fn read(&self, path: &str, side: Side) -> Answer {
        match (path, side) {
            ("/healthz", _) => Answer::check("/healthz", self.health.live().map_err(|reason| vec![reason])),
            ("/readyz", _) => Answer::check("/readyz", self.health.ready()),
            ("/metrics", _) => Answer {
                route: "/metrics",
                status: StatusCode::OK,
                content_type: Exposition::CONTENT_TYPE,
                body: self.exposition.now().await,
            },
            (status::PATH, Side::Socket) => {
                // Only texts and numbers: serializing cannot fail.
                let document = serde_json::to_vec(&self.health.status()).unwrap_or_default();
                Answer {
                    route: status::PATH,
                    status: StatusCode::OK,
                    content_type: "application/json",
                    body: document.into(),
                }
            }
            _ => Answer::text(
                "other",
                StatusCode::NOT_FOUND,
                "not found; available are /healthz, /readyz and /metrics, and /v1/status on the agent's socket only\n",
            ),
        }
    }
}

impl Answer {
    fn text(route: &'static str, status: StatusCode, text: impl Into<Bytes>) -> Self {
        Self {
            route,
            status,
            content_type: TEXT,
            body: text.into(),
        }
    }

    fn check(route: &'static str, result: Result<(), Vec<String>>) -> Self {
        match result {
            Ok(()) => Self::text(route, StatusCode::OK, "ok\n"),
            Err(reasons) => Self::text(route, StatusCode::SERVICE_UNAVAILABLE, reasons.join("\n") + "\n"),
        }
    }
}

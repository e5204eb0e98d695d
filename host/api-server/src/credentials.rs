//! Completes requests to the API server: the base of the URL, the headers, the credentials.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use http::{Request, Response};
use kube::client::{AuthError, Body, ConfigExt};
use podweave_core::text::chain;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Layer, ServiceExt, service_fn};

use crate::error::{ApiServerError, TransportError};

/// The shortest time between two reads of the credentials because of a refusal.
const RENEW_INTERVAL: Duration = Duration::from_secs(1);

pub(crate) struct Credentials {
    config: kube::Config,
    current: ArcSwap<Current>,
    /// When the credentials were last read because of a refusal.
    renewed: Mutex<Option<Instant>>,
}

struct Current {
    generation: u64,
    /// kube's layers around a service that returns the request. The response type exists only because one of
    /// them requires it.
    complete: BoxCloneSyncService<Request<Body>, Response<Request<Body>>, BoxError>,
}

impl Credentials {
    /// Reads the credentials. This runs the program that a kubeconfig names for them (`exec`).
    pub fn new(config: kube::Config) -> Result<Self, ApiServerError> {
        let current = ArcSwap::from_pointee(Current::read(&config, 0).map_err(ApiServerError::Credentials)?);
        Ok(Self {
            config,
            current,
            renewed: Mutex::new(None),
        })
    }

    /// Completes a request. Returns it with the generation of its credentials.
    pub async fn complete(&self, request: Request<Body>) -> Result<(Request<Body>, u64), TransportError> {
        let current = self.current.load_full();
        let request = current.complete.clone().oneshot(request).await;
        let request = request.map_err(|error| TransportError::Credentials(describe(&*error)))?;
        Ok((request.into_body(), current.generation))
    }

    /// Call this after the API server refused the credentials of this generation. Returns whether there are
    /// newer ones to try. kube reads a token's file once a minute, and a replaced token can be invalid at
    /// once.
    pub async fn renew(&self, refused: u64) -> bool {
        let auth = &self.config.auth_info;
        let can_change = auth.token_file.is_some() || auth.exec.is_some() || auth.auth_provider.is_some();
        if !can_change {
            return false;
        }
        let mut renewed = self.renewed.lock().await;
        if self.current.load().generation != refused {
            return true;
        }
        if renewed.is_some_and(|time| time.elapsed() < RENEW_INTERVAL) {
            return false;
        }
        *renewed = Some(Instant::now());
        let config = self.config.clone();
        match tokio::task::spawn_blocking(move || Current::read(&config, refused + 1)).await {
            Ok(Ok(current)) => {
                self.current.store(Arc::new(current));
                true
            }
            Ok(Err(problem)) => {
                tracing::warn!(
                    "the API server refused the credentials, and they cannot be read again: {problem}"
                );
                false
            }
            // The runtime is shutting down.
            Err(_) => false,
        }
    }
}

impl Current {
    fn read(config: &kube::Config, generation: u64) -> Result<Self, String> {
        let headers = config.extra_headers_layer().map_err(|error| describe(&error))?;
        let auth = config.auth_layer().map_err(|error| describe(&error))?;
        let base = config.base_uri_layer();
        let done = service_fn(|request: Request<Body>| {
            std::future::ready(Ok::<_, BoxError>(Response::new(request)))
        });
        let complete = match auth {
            Some(auth) => BoxCloneSyncService::new(base.layer(headers.layer(auth.layer(done)))),
            None => BoxCloneSyncService::new(base.layer(headers.layer(done))),
        };
        Ok(Self { generation, complete })
    }
}

/// Describes what is wrong with credentials, without any credential: a program's output may contain them.
fn describe(error: &(dyn std::error::Error + 'static)) -> String {
    let auth = error
        .downcast_ref::<AuthError>()
        .or_else(|| match error.downcast_ref::<kube::Error>() {
            Some(kube::Error::Auth(auth)) => Some(auth),
            _ => None,
        });
    match auth {
        Some(AuthError::AuthExecRun { cmd, out }) => {
            podweave_core::text::printable(&format!("{cmd}: {}", out.status), 200)
        }
        Some(AuthError::AuthExecParse(_) | AuthError::ParseTokenKey(_)) => {
            "the output of the kubeconfig's program is not a credential".to_owned()
        }
        Some(AuthError::InvalidBearerToken(_)) => {
            "the token contains invalid characters, such as a line break".to_owned()
        }
        _ => chain(error),
    }
}

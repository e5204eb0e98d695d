//! What makes a request ours: the base of its URL, the headers, the credentials.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use http::{Request, Response};
use kube::client::{AuthError, Body, ConfigExt};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Layer, ServiceExt, service_fn};

use super::error::{ApiServerError, TransportError, chain};

/// So often at most are the credentials read anew because they were refused.
const RENEW_INTERVAL: Duration = Duration::from_secs(1);

pub(super) struct Credentials {
    config: kube::Config,
    current: ArcSwap<Current>,
    /// When they were last read because they were refused.
    renewed: Mutex<Option<Instant>>,
}

struct Current {
    generation: u64,
    /// kube's layers around a service that gives the request back. The response is there because one of them insists on it.
    complete: BoxCloneSyncService<Request<Body>, Response<Request<Body>>, BoxError>,
}

impl Credentials {
    /// Reads the credentials, which runs the program that a kubeconfig names for that (`exec`).
    pub fn new(config: kube::Config) -> Result<Self, ApiServerError> {
        let current = ArcSwap::from_pointee(Current::read(&config, 0).map_err(ApiServerError::Credentials)?);
        Ok(Self { config, current, renewed: Mutex::new(None) })
    }

    /// Completes a request. Returns it with the generation of the credentials in it.
    pub async fn complete(&self, request: Request<Body>) -> Result<(Request<Body>, u64), TransportError> {
        let current = self.current.load_full();
        let request = current.complete.clone().oneshot(request).await;
        let request = request.map_err(|error| TransportError::Credentials(describe(&*error)))?;
        Ok((request.into_body(), current.generation))
    }

    /// After a refusal of the credentials of this generation: whether there are newer ones to try. kube reads a token's file once in a
    /// minute, and a token that was replaced can be void at once.
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
                tracing::warn!("the credentials for the API server were refused and cannot be read anew: {problem}");
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
        let done = service_fn(|request: Request<Body>| std::future::ready(Ok::<_, BoxError>(Response::new(request))));
        let complete = match auth {
            Some(auth) => BoxCloneSyncService::new(base.layer(headers.layer(auth.layer(done)))),
            None => BoxCloneSyncService::new(base.layer(headers.layer(done))),
        };
        Ok(Self { generation, complete })
    }
}

/// What is wrong with credentials, without any: a program's output may hold them.
fn describe(error: &(dyn std::error::Error + 'static)) -> String {
    let auth = error.downcast_ref::<AuthError>().or_else(|| match error.downcast_ref::<kube::Error>() {
        Some(kube::Error::Auth(auth)) => Some(auth),
        _ => None,
    });
    match auth {
        Some(AuthError::AuthExecRun { cmd, out }) => podweave_core::text::printable(&format!("{cmd}: {}", out.status), 200),
        Some(AuthError::AuthExecParse(_) | AuthError::ParseTokenKey(_)) => "what the program of the kubeconfig printed is no credential".to_owned(),
        Some(AuthError::InvalidBearerToken(_)) => "the token has characters that no token has, such as a line break".to_owned(),
        _ => chain(error),
    }
}

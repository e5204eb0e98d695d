//! The guard: a second process that lets the runtime create a container of an opted-in pod only if the agent
//! has handled it.
//!
//! The runtime gives up an agent that is late, and would create the container without it. The runtime asks
//! the guard after all plugins have answered. The guard is as small as possible, so that it has few reasons
//! to fail: no configuration, no file, no network request, no state. While it is away itself, the runtime's
//! own validator refuses the pods that require it, as all opted-in pods do.

mod ownership;
pub mod refusal;
pub mod required_plugins;
pub mod rule;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use podweave_nri::api::Validation;
use podweave_nri::{
    Call, Error, Event, Events, NriVersion, Options, Plugin, Runtime, Service, Status, Verdict,
};

use crate::mark::{GUARD_INDEX, GUARD_NAME, has_opted_in};

/// The default path of runtimes' NRI socket.
pub use podweave_nri::DEFAULT_SOCKET;

/// The guard's rule as an NRI plugin.
struct Guard;

impl Plugin for Guard {
    async fn configure(&self, runtime: &Runtime, _config: &str) -> Result<Events, Status> {
        runtime.require(NriVersion::V0_10)?;
        Ok(Events::of(&[Event::ValidateContainerAdjustment]))
    }

    fn wants_synchronization(&self) -> bool {
        false
    }

    async fn validate(&self, _call: Call, request: Validation) -> Result<Verdict, Status> {
        let verdict = rule::judge(&request);
        let (pod, container) = (
            request.pod.unwrap_or_default(),
            request.container.unwrap_or_default(),
        );
        let name = format_args!("{}/{}", pod.namespace, pod.name);
        let _span = tracing::error_span!("validate", pod = %name, uid = pod.uid, container = container.name)
            .entered();
        match verdict {
            Ok(()) => {
                tracing::debug!(opted_in = has_opted_in(&pod.annotations), "accepted container");
                Ok(Verdict::Accept)
            }
            Err(refusal) => {
                tracing::warn!(%refusal, "refused container");
                Ok(Verdict::Reject(refusal.to_string()))
            }
        }
    }
}

/// Connects to the runtime and validates, again and again, until `stop` is done.
///
/// # Errors
///
/// The thread for the connection cannot be started.
pub async fn run(socket: PathBuf, stop: impl Future<Output = ()> + Send) -> Result<(), Error> {
    let mut options = Options::new(GUARD_INDEX, GUARD_NAME)?;
    options.socket = socket;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), socket = %options.socket.display(), "starting guard");
    Service::new(options, Arc::new(Guard)).run(stop).await
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use podweave_nri::api::BriefPod;
    use tokio::net::UnixListener;

    use super::*;

    fn runtime(nri: NriVersion) -> Runtime {
        Runtime {
            name: "containerd".into(),
            version: "v2.3.4".into(),
            nri: Some(nri),
            request_timeout: None,
        }
    }

    #[tokio::test]
    async fn guard_asks_for_validations_alone() {
        let events = Guard.configure(&runtime(NriVersion::V0_10), "").await;
        assert_eq!(events, Ok(Events::of(&[Event::ValidateContainerAdjustment])));
        assert!(!Guard.wants_synchronization());
    }

    #[tokio::test]
    async fn runtime_that_drops_adjustments_silently_is_refused() {
        let older = NriVersion { major: 0, minor: 9 };
        let refusal = Guard.configure(&runtime(older), "").await.unwrap_err();
        assert!(refusal.message.contains("0.10 or newer is required"), "{refusal}");
    }

    #[tokio::test]
    async fn verdict_of_the_rule_is_the_answer() {
        let call = Call {
            deadline: Instant::now() + Duration::from_secs(60),
        };
        let verdict = Guard.validate(call, Validation::default()).await;
        let Ok(Verdict::Reject(reason)) = verdict else {
            panic!("{verdict:?}")
        };
        assert!(reason.starts_with("the runtime's request has no pod"), "{reason}");
        let plain = Validation {
            pod: Some(BriefPod::default()),
            ..Validation::default()
        };
        assert_eq!(Guard.validate(call, plain).await, Ok(Verdict::Accept));
    }

    #[tokio::test]
    async fn guard_connects_to_the_runtimes_socket() {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("nri.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let mut is_connected = false;
        let connected = async { is_connected = listener.accept().await.is_ok() };
        run(socket, connected).await.unwrap();
        assert!(is_connected);
    }
}

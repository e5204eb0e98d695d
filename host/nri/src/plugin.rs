//! What a plugin implements.

use std::future::Future;
use std::time::Instant;

use crate::api::{BriefContainer, BriefPod, Container, ContainerUpdate, LinuxResources, PodSandbox, Validation};
use crate::{Adjustment, Event, Events, Runtime, Status};

/// A call of the runtime.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// When the call is answered with an error if the handler has not ended, shortly before the runtime gives the plugin up.
    pub deadline: Instant,
}

/// The answer to CreateContainer. (NRI has evictions here, too, and discards them.)
#[derive(Debug, Default)]
pub struct Creation {
    /// What to change of the container.
    pub adjust: Adjustment,
    /// What to change of others.
    pub update: Vec<ContainerUpdate>,
}

/// Whether a container may be created as adjusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may.
    Accept,
    /// It may not, and why.
    Reject(String),
}

fn unhandled<T>(event: &str) -> Result<T, Status> {
    Err(Status::new(crate::Code::Internal, format!("the plugin asked for {event} and does not handle it")))
}

/// A plugin. A method is only called for events that [`Plugin::configure`] asked for; the default of each answers with an error, so
/// that one that was asked for and forgotten is noticed.
///
/// The runtime makes these calls one after the other for the whole node: every millisecond delays all containers. A handler runs in a
/// task of its own. When its deadline comes, the call is answered with an error and the task is cancelled at its next `await`, as it is when the connection breaks; when it
/// panics, the call is answered with an error.
pub trait Plugin: Send + Sync + 'static {
    /// The runtime has accepted the plugin. `config` is what the node's operator wrote in `/etc/nri/conf.d` for a plugin that the
    /// runtime starts itself. An error refuses the runtime, for example one of [`Runtime::require`].
    fn configure(&self, runtime: &Runtime, config: &str) -> impl Future<Output = Result<Events, Status>> + Send;

    /// Whether the plugin is to be told what there is on the node ([`Plugin::synchronize`]).
    fn wants_synchronization(&self) -> bool {
        true
    }

    /// All that there is on the node, once after each connection. An error ends the connection.
    fn synchronize(
        &self,
        _call: Call,
        _pods: Vec<BriefPod>,
        _containers: Vec<BriefContainer>,
    ) -> impl Future<Output = Result<Vec<ContainerUpdate>, Status>> + Send {
        async { Ok(Vec::new()) }
    }

    /// A container is about to be created. An error prevents that, and is shown in the pod's status.
    fn create_container(&self, _call: Call, _pod: PodSandbox, _container: Container) -> impl Future<Output = Result<Creation, Status>> + Send {
        async { unhandled("CreateContainer") }
    }

    /// All plugins have adjusted a container: may it be created so? An error prevents it as well.
    fn validate(&self, _call: Call, _request: Validation) -> impl Future<Output = Result<Verdict, Status>> + Send {
        async { unhandled("ValidateContainerAdjustment") }
    }

    /// A container's resources are about to be changed.
    fn update_container(
        &self,
        _call: Call,
        _pod: PodSandbox,
        _container: Container,
        _resources: Option<LinuxResources>,
    ) -> impl Future<Output = Result<Vec<ContainerUpdate>, Status>> + Send {
        async { unhandled("UpdateContainer") }
    }

    /// A container is stopping; the answer may change others.
    fn stop_container(&self, _call: Call, _pod: PodSandbox, _container: Container) -> impl Future<Output = Result<Vec<ContainerUpdate>, Status>> + Send {
        async { unhandled("StopContainer") }
    }

    /// A pod's resources are about to be changed.
    fn update_pod_sandbox(
        &self,
        _call: Call,
        _pod: PodSandbox,
        _overhead: Option<LinuxResources>,
        _resources: Option<LinuxResources>,
    ) -> impl Future<Output = Result<(), Status>> + Send {
        async { unhandled("UpdatePodSandbox") }
    }

    /// Any other event: RunPodSandbox, StartContainer and so on. There is a container where the event is about one. Whether the
    /// runtime has a call for it or sends it as a `StateChange`, as it does up to 0.11, makes no difference here.
    fn state_change(&self, _call: Call, event: Event, _pod: PodSandbox, _container: Option<Container>) -> impl Future<Output = Result<(), Status>> + Send {
        async move { unhandled(event.as_str_name()) }
    }

    /// The runtime is going down.
    fn shutdown(&self) -> impl Future<Output = ()> + Send {
        async {}
    }
}

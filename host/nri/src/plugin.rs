//! The trait that a plugin implements.

use std::future::Future;
use std::time::Instant;

use crate::api::{
    BriefContainer, BriefPod, Container, ContainerUpdate, LinuxResources, PodSandbox, Validation,
};
use crate::{Adjustment, Event, Events, Runtime, Status};

/// A call of the runtime.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// The deadline of the handler, shortly before the runtime gives up the plugin. After it, the call is
    /// answered with an error.
    pub deadline: Instant,
}

/// The answer to CreateContainer. (NRI has evictions here, too, and discards them.)
#[derive(Debug, Default)]
pub struct Creation {
    /// The changes to the container.
    pub adjust: Adjustment,
    /// The changes to other containers.
    pub update: Vec<ContainerUpdate>,
}

/// Whether a container may be created as adjusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may be created.
    Accept,
    /// It must not be created, for this reason.
    Reject(String),
}

fn unhandled<T>(event: &str) -> Result<T, Status> {
    Err(Status::new(
        crate::Code::Internal,
        format!("the plugin asked for {event} but does not handle it"),
    ))
}

/// A plugin. A method is only called for events that [`Plugin::configure`] asked for. Each default
/// implementation returns an error, so that a forgotten one is noticed.
///
/// The runtime makes these calls one after the other for the whole node: every millisecond delays all
/// containers. Each handler runs in its own task. At its deadline the call is answered with an error, and the
/// task is cancelled at its next `await`, as it is when the connection breaks. If it panics, the call is
/// answered with an error.
pub trait Plugin: Send + Sync + 'static {
    /// Chooses the plugin's events, once the runtime has registered it. `config` is what the node's operator
    /// wrote in `/etc/nri/conf.d` for a plugin that the runtime starts itself. An error refuses the runtime,
    /// for example one of [`Runtime::require`].
    fn configure(
        &self,
        runtime: &Runtime,
        config: &str,
    ) -> impl Future<Output = Result<Events, Status>> + Send;

    /// Whether the plugin needs the existing pods and containers of the node ([`Plugin::synchronize`]).
    fn wants_synchronization(&self) -> bool {
        true
    }

    /// Receives all existing pods and containers of the node, once after each connection. An error ends the
    /// connection.
    fn synchronize(
        &self,
        _call: Call,
        _pods: Vec<BriefPod>,
        _containers: Vec<BriefContainer>,
    ) -> impl Future<Output = Result<Vec<ContainerUpdate>, Status>> + Send {
        async { Ok(Vec::new()) }
    }

    /// Adjusts a container that is about to be created. An error prevents the creation, and is shown in the
    /// pod's status.
    fn create_container(
        &self,
        _call: Call,
        _pod: PodSandbox,
        _container: Container,
    ) -> impl Future<Output = Result<Creation, Status>> + Send {
        async { unhandled("CreateContainer") }
    }

    /// Validates a container that all plugins have adjusted. An error prevents the creation, too.
    fn validate(
        &self,
        _call: Call,
        _request: Validation,
    ) -> impl Future<Output = Result<Verdict, Status>> + Send {
        async { unhandled("ValidateContainerAdjustment") }
    }

    /// Answers a change of a container's resources.
    fn update_container(
        &self,
        _call: Call,
        _pod: PodSandbox,
        _container: Container,
        _resources: Option<LinuxResources>,
    ) -> impl Future<Output = Result<Vec<ContainerUpdate>, Status>> + Send {
        async { unhandled("UpdateContainer") }
    }

    /// Answers the stop of a container; the answer may change others.
    fn stop_container(
        &self,
        _call: Call,
        _pod: PodSandbox,
        _container: Container,
    ) -> impl Future<Output = Result<Vec<ContainerUpdate>, Status>> + Send {
        async { unhandled("StopContainer") }
    }

    /// Answers a change of a pod's resources.
    fn update_pod_sandbox(
        &self,
        _call: Call,
        _pod: PodSandbox,
        _overhead: Option<LinuxResources>,
        _resources: Option<LinuxResources>,
    ) -> impl Future<Output = Result<(), Status>> + Send {
        async { unhandled("UpdatePodSandbox") }
    }

    /// Receives any other event: RunPodSandbox, StartContainer and so on. `container` is set if the event is
    /// about one. The runtime may have a call for it or send it as a `StateChange`, as up to 0.11; both
    /// arrive here.
    fn state_change(
        &self,
        _call: Call,
        event: Event,
        _pod: PodSandbox,
        _container: Option<Container>,
    ) -> impl Future<Output = Result<(), Status>> + Send {
        async move { unhandled(event.as_str_name()) }
    }

    /// Receives the shutdown of the runtime.
    fn shutdown(&self) -> impl Future<Output = ()> + Send {
        async {}
    }
}

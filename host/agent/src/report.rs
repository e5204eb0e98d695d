//! Reports on the agent: its health, and the status of its node.

use std::sync::Arc;
use std::time::SystemTime;

use podweave_core::binding::OnFailure;
use podweave_nri::{ServiceHandle, State};

use crate::follow::Following;
use crate::http::Health;
use crate::peers::Peers;
use crate::renders::{ContainerRenders, PodRenders, Renders};
use crate::status::{
    Agent, ApiServerStatus, ContainerState, ContainerStatus, NodeStatus, PluginStatus, PodStatus, Protection,
    RuntimeState, RuntimeStatus,
};

/// The parts of the agent that the report reads.
pub struct Report {
    /// The node's name.
    pub node: String,
    /// Since when the agent runs.
    pub started_at: SystemTime,
    /// The runtime.
    pub nri: ServiceHandle,
    /// The results of renders.
    pub renders: Renders,
    /// The running containers and their changes.
    pub following: Arc<Following>,
    /// The other NRI plugins that take part in creations.
    pub peers: Arc<Peers>,
}

impl Health for Report {
    fn live(&self) -> Result<(), String> {
        // Without runtime or API server the agent keeps retrying by itself, and a restart would not help.
        match *self.nri.state().borrow() {
            State::Stopped => Err("the agent has stopped serving the runtime".to_owned()),
            _ => Ok(()),
        }
    }

    fn ready(&self) -> Result<(), Vec<String>> {
        let mut missing = Vec::new();
        let runtime = self.runtime();
        if runtime.state != RuntimeState::Ready {
            missing.push(format!(
                "the runtime does not call the agent: {}",
                runtime.failure.unwrap_or_else(|| "not connected yet".to_owned())
            ));
        }
        if !self.renders.watch().has_listed() {
            let why = self
                .renders
                .watch()
                .failure()
                .map_or_else(|| "they are being listed".to_owned(), |failure| failure.reason);
            missing.push(format!("the node's pods are not known: {why}"));
        }
        if missing.is_empty() { Ok(()) } else { Err(missing) }
    }

    fn status(&self) -> NodeStatus {
        let failure = self.renders.watch().failure();
        let agent = Agent {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            node: self.node.clone(),
            started_at: self.started_at.into(),
            runtime: self.runtime(),
            api_server: ApiServerStatus {
                reachable: failure.is_none() && self.renders.watch().has_listed(),
                failed_at: failure.as_ref().map(|failure| failure.at.into()),
                failure: failure.map(|failure| failure.reason),
            },
            protection: self.peers.latest().map(|seen| Protection {
                guard: seen.guard,
                validator: seen.runtimes_own,
                at: seen.at.into(),
            }),
        };
        let unreadable = self
            .renders
            .unreadable()
            .into_iter()
            .map(|(pod, reason)| PodStatus {
                namespace: pod.namespace,
                name: pod.name,
                uid: pod.uid,
                failure: Some(reason),
                containers: Vec::new(),
            });
        NodeStatus::new(
            agent,
            self.renders
                .opted_in()
                .iter()
                .map(|pod| self.pod(pod))
                .chain(unreadable)
                .collect(),
        )
    }
}

impl Report {
    fn runtime(&self) -> RuntimeStatus {
        let mut status = RuntimeStatus {
            state: RuntimeState::Disconnected,
            failure: None,
            name: None,
            version: None,
            nri: None,
            request_timeout_millis: None,
        };
        match &*self.nri.state().borrow() {
            State::Disconnected(error) => status.failure = error.as_ref().map(|error| error.chain()),
            State::Registering => status.state = RuntimeState::Registering,
            State::Stopped => status.state = RuntimeState::Stopped,
            State::Ready(runtime) => {
                status.state = RuntimeState::Ready;
                status.name = Some(runtime.name.clone());
                status.version = Some(runtime.version.clone());
                status.nri = runtime.nri.map(|nri| format!("{}.{}", nri.major, nri.minor));
                status.request_timeout_millis = runtime
                    .request_timeout
                    .and_then(|timeout| timeout.as_millis().try_into().ok());
            }
        }
        status
    }

    fn pod(&self, pod: &PodRenders) -> PodStatus {
        let containers = pod.pod.containers.iter().filter_map(|container| {
            let renders = pod.containers.as_ref().ok()?;
            Some(match renders.get(&container.name) {
                None => skipped(&container.name),
                Some(renders) => ContainerStatus {
                    change: Some(container.kind)
                        .filter(|kind| Following::follows(*kind))
                        .and_then(|_| self.following.status(&pod.identity.uid, &container.name)),
                    ..self.container(renders)
                },
            })
        });
        PodStatus {
            namespace: pod.identity.namespace.clone(),
            name: pod.identity.name.clone(),
            uid: pod.identity.uid.clone(),
            failure: pod.containers.as_ref().err().map(ToString::to_string),
            containers: containers.collect(),
        }
    }

    fn container(&self, container: &ContainerRenders) -> ContainerStatus {
        let plugins = container.binding.renders.iter().map(|render| PluginStatus {
            reference: render.plugin.to_string(),
            digest: None,
        });
        let mut status = ContainerStatus {
            plugins: plugins.collect(),
            state: ContainerState::Waiting,
            ..skipped(&container.binding.container)
        };
        let Some(latest) = container.latest() else {
            status.failure = container
                .under_way()
                .map(|(what, _)| format!("{what} is not ready yet"));
            return status;
        };
        status.oldest_input_seconds = self.renders.oldest_input(&latest).map(|as_of| {
            SystemTime::now()
                .duration_since(as_of)
                .unwrap_or_default()
                .as_secs()
        });
        status.rendered_at = Some(latest.at.into());
        match &latest.result {
            Ok(rendered) => {
                status.state = ContainerState::Rendered;
                status.inputs_digest = Some(rendered.inputs_digest.to_string());
                status.output_digest = Some(rendered.output_digest.to_string());
                for (plugin, used) in status.plugins.iter_mut().zip(&rendered.plugins) {
                    plugin.digest = Some(used.digest.to_string());
                }
            }
            Err(error) => {
                let ignores = container.binding.on_failure == OnFailure::Ignore;
                status.state = if ignores {
                    ContainerState::Ignored
                } else {
                    ContainerState::Failed
                };
                status.failure = Some(error.to_string());
            }
        }
        status
    }
}

fn skipped(name: &str) -> ContainerStatus {
    ContainerStatus {
        name: name.to_owned(),
        state: ContainerState::Skipped,
        plugins: Vec::new(),
        inputs_digest: None,
        output_digest: None,
        rendered_at: None,
        oldest_input_seconds: None,
        failure: None,
        change: None,
    }
}

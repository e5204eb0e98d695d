//! Dispatches calls of the Plugin service to the methods of a [`Plugin`].

use std::sync::{Arc, Mutex, OnceLock};

use prost::Message;
use tokio::sync::watch;
use tracing::{debug, info};

use crate::api::{
    BriefSynchronization, ConfigureRequest, ConfigureResponse, Container, ContainerUpdate,
    CreateContainerResponse, Empty, Event, PodSandbox, StateChangeEvent, StopContainerResponse,
    SynchronizeResponse, UpdateContainerRequest, UpdateContainerResponse, UpdatePodSandboxRequest,
    ValidateContainerAdjustmentResponse, Validation,
};
use crate::lock::lock;
use crate::plugin::{Call, Plugin, Verdict};
use crate::{Code, Events, Runtime, State, Status};

/// The names of the runtime's service for plugins, and of the plugins' service for the runtime.
pub(crate) const PLUGIN_SERVICE: &str = "nri.pkg.api.v1alpha1.Plugin";
pub(crate) const RUNTIME_SERVICE: &str = "nri.pkg.api.v1alpha1.Runtime";

/// The maximum number of pods and containers that are kept during a synchronization. A node has some
/// hundreds.
const MAX_SYNCHRONIZED: usize = 100_000;

/// The events with calls of the same shape: a pod, perhaps a container, and an empty answer.
const NOTICES: [(&str, Event); 9] = [
    ("RunPodSandbox", Event::RunPodSandbox),
    ("StopPodSandbox", Event::StopPodSandbox),
    ("RemovePodSandbox", Event::RemovePodSandbox),
    ("PostUpdatePodSandbox", Event::PostUpdatePodSandbox),
    ("PostCreateContainer", Event::PostCreateContainer),
    ("StartContainer", Event::StartContainer),
    ("PostStartContainer", Event::PostStartContainer),
    ("PostUpdateContainer", Event::PostUpdateContainer),
    ("RemoveContainer", Event::RemoveContainer),
];

/// The other calls.
const CALLS: [&str; 9] = [
    "Configure",
    "Synchronize",
    "Shutdown",
    "CreateContainer",
    "ValidateContainerAdjustment",
    "UpdateContainer",
    "StopContainer",
    "UpdatePodSandbox",
    "StateChange",
];

/// Whether the service has this method.
pub(crate) fn is_known(method: &str) -> bool {
    CALLS.contains(&method) || NOTICES.iter().any(|(name, _)| *name == method)
}

/// A SynchronizeRequest whose pods and containers are skipped during decoding.
#[derive(Clone, PartialEq, Message)]
struct SynchronizeEnd {
    #[prost(bool, tag = "3")]
    more: bool,
}

/// One connection's side of the Plugin service.
pub(crate) struct Dispatch<P> {
    plugin: Arc<P>,
    state: watch::Sender<State>,
    configured: OnceLock<(Arc<Runtime>, Events)>,
    synchronized: Mutex<BriefSynchronization>,
    /// The error with which the plugin refused the runtime, which then closes the connection.
    refusal: Mutex<Option<Status>>,
}

impl<P: Plugin> Dispatch<P> {
    pub(crate) fn new(plugin: Arc<P>, state: watch::Sender<State>) -> Self {
        Self {
            plugin,
            state,
            configured: OnceLock::new(),
            synchronized: Mutex::default(),
            refusal: Mutex::default(),
        }
    }

    pub(crate) fn runtime(&self) -> Option<&Arc<Runtime>> {
        self.configured.get().map(|(runtime, _)| runtime)
    }

    /// Returns the error with which the plugin refused the runtime, if it did.
    pub(crate) fn refusal(&self) -> Option<Status> {
        lock(&self.refusal).take()
    }

    fn or_refusal<T>(&self, answer: Result<T, Status>) -> Result<T, Status> {
        answer.inspect_err(|status| *lock(&self.refusal) = Some(status.clone()))
    }

    fn wants(&self, event: Event) -> bool {
        self.configured.get().is_some_and(|(_, events)| events.has(event))
    }

    /// Answers one call.
    pub(crate) async fn answer(&self, method: &str, payload: &[u8], call: Call) -> Result<Vec<u8>, Status> {
        if let Some((_, event)) = NOTICES.iter().find(|(name, _)| *name == method) {
            // All of these requests are a StateChangeEvent without the first field: pod 1, container 2.
            let UpdateContainerRequest { pod, container, .. } = decode(payload)?;
            return self.notice(*event, pod, container, call).await;
        }
        match method {
            "Configure" => self.or_refusal(self.configure(decode(payload)?).await),
            "Synchronize" if !self.plugin.wants_synchronization() => self.skip_synchronization(payload),
            "Synchronize" => self.or_refusal(self.synchronize(decode(payload)?, call).await),
            "Shutdown" => {
                self.plugin.shutdown().await;
                Ok(Vec::new())
            }
            // A call for an event that the plugin does not want gets an empty answer.
            "CreateContainer" if !self.wants(Event::CreateContainer) => Ok(Vec::new()),
            "CreateContainer" => self.create_container(payload, call).await,
            "ValidateContainerAdjustment" if !self.wants(Event::ValidateContainerAdjustment) => {
                Ok(Vec::new())
            }
            "ValidateContainerAdjustment" => self.validate(payload, call).await,
            "UpdateContainer" if !self.wants(Event::UpdateContainer) => Ok(Vec::new()),
            "UpdateContainer" => self.update_container(payload, call).await,
            "StopContainer" if !self.wants(Event::StopContainer) => Ok(Vec::new()),
            "StopContainer" => self.stop_container(payload, call).await,
            "UpdatePodSandbox" if !self.wants(Event::UpdatePodSandbox) => Ok(Vec::new()),
            "UpdatePodSandbox" => self.update_pod_sandbox(payload, call).await,
            "StateChange" => {
                let change: StateChangeEvent = decode(payload)?;
                self.notice(change.event(), change.pod, change.container, call)
                    .await
            }
            // The only case of `Unimplemented`: the runtime may then send the event as a `StateChange`.
            _ => Err(Status::new(
                Code::Unimplemented,
                format!("there is no method {method:?}"),
            )),
        }
    }

    async fn create_container(&self, payload: &[u8], call: Call) -> Result<Vec<u8>, Status> {
        let UpdateContainerRequest { pod, container, .. } = decode(payload)?;
        let creation = self
            .plugin
            .create_container(call, here(pod)?, here(container)?)
            .await?;
        encode(&CreateContainerResponse {
            adjust: Some(creation.adjust.into_message()),
            update: creation.update,
            evict: Vec::new(),
        })
    }

    async fn validate(&self, payload: &[u8], call: Call) -> Result<Vec<u8>, Status> {
        let validation: Validation = decode(payload)?;
        encode(&match self.plugin.validate(call, validation).await? {
            Verdict::Accept => ValidateContainerAdjustmentResponse::default(),
            Verdict::Reject(reason) => ValidateContainerAdjustmentResponse { reject: true, reason },
        })
    }

    async fn update_container(&self, payload: &[u8], call: Call) -> Result<Vec<u8>, Status> {
        let UpdateContainerRequest {
            pod,
            container,
            linux_resources,
        } = decode(payload)?;
        let update = self
            .plugin
            .update_container(call, here(pod)?, here(container)?, linux_resources)
            .await?;
        encode(&UpdateContainerResponse {
            update,
            evict: Vec::new(),
        })
    }

    async fn stop_container(&self, payload: &[u8], call: Call) -> Result<Vec<u8>, Status> {
        let UpdateContainerRequest { pod, container, .. } = decode(payload)?;
        encode(&StopContainerResponse {
            update: self
                .plugin
                .stop_container(call, here(pod)?, here(container)?)
                .await?,
        })
    }

    async fn update_pod_sandbox(&self, payload: &[u8], call: Call) -> Result<Vec<u8>, Status> {
        let UpdatePodSandboxRequest {
            pod,
            overhead_linux_resources,
            linux_resources,
        } = decode(payload)?;
        self.plugin
            .update_pod_sandbox(call, here(pod)?, overhead_linux_resources, linux_resources)
            .await?;
        Ok(Vec::new())
    }

    async fn notice(
        &self,
        event: Event,
        pod: Option<PodSandbox>,
        container: Option<Container>,
        call: Call,
    ) -> Result<Vec<u8>, Status> {
        if self.wants(event) {
            self.plugin
                .state_change(call, event, here(pod)?, container)
                .await?;
        }
        encode(&Empty {})
    }

    async fn configure(&self, request: ConfigureRequest) -> Result<Vec<u8>, Status> {
        let runtime = Arc::new(Runtime::of(&request));
        let events = self.plugin.configure(&runtime, &request.config).await?;
        let missing = events.without(Events::known_to(runtime.nri));
        if !missing.is_empty() {
            return Err(Status::refused(format!(
                "{} {} does not have all events that the plugin needs: NRI 0.10 or newer is required for UpdatePodSandbox, PostUpdatePodSandbox and \
                 ValidateContainerAdjustment",
                runtime.name, runtime.version
            )));
        }
        info!(runtime = runtime.name, version = runtime.version, nri = ?runtime.nri, "registered with the runtime");
        self.configured
            .set((runtime, events))
            .map_err(|_| Status::invalid("Configure came twice"))?;
        encode(&ConfigureResponse {
            events: events.mask(),
        })
    }

    fn expect_configured(&self) -> Result<(), Status> {
        self.configured
            .get()
            .map(drop)
            .ok_or_else(|| Status::invalid("Synchronize came before Configure"))
    }

    /// Answers a synchronization without decoding pods and containers, for a plugin that wants none.
    fn skip_synchronization(&self, payload: &[u8]) -> Result<Vec<u8>, Status> {
        self.expect_configured()?;
        encode(&SynchronizeResponse {
            update: Vec::new(),
            more: decode::<SynchronizeEnd>(payload)?.more,
        })
    }

    async fn synchronize(&self, request: BriefSynchronization, call: Call) -> Result<Vec<u8>, Status> {
        self.expect_configured()?;
        let all = {
            let mut all = lock(&self.synchronized);
            if all.pods.len() + all.containers.len() + request.pods.len() + request.containers.len()
                > MAX_SYNCHRONIZED
            {
                return Err(Status::new(
                    Code::ResourceExhausted,
                    format!("there are more than {MAX_SYNCHRONIZED} pods and containers"),
                ));
            }
            all.pods.extend(request.pods);
            all.containers.extend(request.containers);
            if request.more {
                debug!(
                    pods = all.pods.len(),
                    containers = all.containers.len(),
                    "received a part of the synchronization"
                );
                // Updates are allowed only with the last answer.
                return encode(&SynchronizeResponse {
                    update: Vec::new(),
                    more: true,
                });
            }
            std::mem::take(&mut *all)
        };
        let update: Vec<ContainerUpdate> = self.plugin.synchronize(call, all.pods, all.containers).await?;
        encode(&SynchronizeResponse { update, more: false })
    }

    /// The answer to this call has been handed to the socket.
    pub(crate) fn answered(&self, method: &str, more: bool) {
        if let (true, Some((runtime, _))) = (method == "Synchronize" && !more, self.configured.get()) {
            info!("synchronized with the runtime");
            self.state.send_replace(State::Ready(runtime.clone()));
        }
    }
}

/// Whether an answer to Synchronize asks for the next part.
pub(crate) fn more(payload: &[u8]) -> bool {
    SynchronizeResponse::decode(payload).is_ok_and(|response| response.more)
}

fn here<T>(field: Option<T>) -> Result<T, Status> {
    field.ok_or_else(|| Status::invalid("the request has no pod or no container"))
}

fn decode<M: Message + Default>(payload: &[u8]) -> Result<M, Status> {
    M::decode(payload).map_err(|error| Status::invalid(format!("cannot decode the request: {error}")))
}

#[expect(clippy::unnecessary_wraps, reason = "each answer is a Result")]
fn encode(message: &impl Message) -> Result<Vec<u8>, Status> {
    Ok(message.encode_to_vec())
}

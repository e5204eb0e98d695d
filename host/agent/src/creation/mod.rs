//! Answers the runtime's calls: returns what a container gets when it is created.
//!
//! The runtime serializes calls for the whole node, so nothing here waits longer than the configured time: a
//! container that is not ready then is refused, and the kubelet tries again. Invariant: the answer for a
//! container of an opted-in pod is an adjustment with the mark, or an error.

mod adjustment;
mod argv;
mod delivery;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use podweave_core::limits::Limits;
use podweave_core::merge::Rendered;
use podweave_core::outputs::Args;
use podweave_nri::api::{
    self, BriefContainer, BriefPod, Container, ContainerState, ContainerUpdate, Validation,
};
use podweave_nri::{
    Adjustment, AdjustmentError, Call, Creation, Event, Events as NriEvents, NriVersion, Plugin, Runtime,
    Status, Verdict,
};
use tokio::time::Instant;
use tracing::{Instrument as _, error_span, info, warn};

use crate::events::{Events, Reason};
use crate::follow::{Following, Found, Given};
use crate::guard::rule;
use crate::lifecycle::{Lifecycle, Started};
use crate::mark;
use crate::metrics::{CreationOutcome, Metrics};
use crate::peers::Peers;
use crate::renders::{Answer, Attempt, PodRenders, PodSandbox, Refusal, Renders, Wanted};
use crate::seal;
use crate::volumes::Volumes;

/// The NRI plugin that answers the runtime.
pub struct Creations {
    /// The results of renders.
    pub renders: Renders,
    /// Where files are written.
    pub volumes: Arc<Volumes>,
    /// The pods and sandboxes of the node.
    pub lifecycle: Arc<Lifecycle>,
    /// What lets the files of running containers follow changes.
    pub following: Arc<Following>,
    /// The Events for the pods' owners.
    pub events: Events,
    /// The metrics.
    pub metrics: Arc<Metrics>,
    /// The other NRI plugins that take part in creations.
    pub peers: Arc<Peers>,
    /// The limits of a container.
    pub limits: Limits,
    /// How long a creation may wait for its render. The whole node waits with it.
    pub patience: Duration,
}

impl Plugin for Creations {
    async fn configure(&self, runtime: &Runtime, _config: &str) -> Result<NriEvents, Status> {
        runtime.require(NriVersion::V0_10)?;
        info!(runtime = runtime.name, version = runtime.version, timeout = ?runtime.request_timeout, "connected to the runtime");
        Ok(NriEvents::of(&[
            Event::StopPodSandbox,
            Event::RemovePodSandbox,
            Event::CreateContainer,
            Event::ValidateContainerAdjustment,
        ]))
    }

    async fn synchronize(
        &self,
        _call: Call,
        pods: Vec<BriefPod>,
        containers: Vec<BriefContainer>,
    ) -> Result<Vec<ContainerUpdate>, Status> {
        let existing = |pod: BriefPod| {
            (
                pod.id,
                PodSandbox {
                    namespace: pod.namespace,
                    name: pod.name,
                    uid: pod.uid,
                    annotations: pod.annotations,
                },
            )
        };
        let sandboxes: BTreeMap<String, PodSandbox> = pods.into_iter().map(existing).collect();
        let found: Vec<Found> = containers
            .into_iter()
            .filter(|container| container.state() != ContainerState::ContainerUnknown)
            .map(|container| found(container, &sandboxes))
            .collect();
        let started = found.iter().map(|found| Started {
            is_marked: found.marks.is_some(),
            sandbox: found.sandbox.clone(),
            name: found.container.clone(),
            created_at: found.created_at,
        });
        self.lifecycle.synchronize(&sandboxes, started.collect());
        self.following.synchronize(&sandboxes, found);
        Ok(Vec::new())
    }

    async fn create_container(
        &self,
        call: Call,
        pod: api::PodSandbox,
        container: Container,
    ) -> Result<Creation, Status> {
        if !mark::has_opted_in(&pod.annotations) {
            return Ok(Creation::default());
        }
        let deadline = (Instant::now() + self.patience).min(call.deadline.into());
        self.lifecycle.add_sandbox(&pod.id, &pod.uid);
        let sandbox = sandbox(pod);
        // Of the highest level, so that no filter leaves out its fields.
        let span =
            error_span!("create", pod = %sandbox.identity(), uid = sandbox.uid, container = container.name);
        self.create(&sandbox, &container, deadline).instrument(span).await
    }

    async fn validate(&self, _call: Call, request: Validation) -> Result<Verdict, Status> {
        self.metrics.set_protection(&self.peers.note(&request.plugins));
        // The guard has no port for metrics, so that it stays small. Its rule is pure: this is its verdict.
        if request
            .pod
            .as_ref()
            .is_some_and(|pod| mark::has_opted_in(&pod.annotations))
        {
            self.metrics.count_judgement(&rule::judge(&request));
        }
        Ok(Verdict::Accept)
    }

    async fn state_change(
        &self,
        _call: Call,
        event: Event,
        pod: api::PodSandbox,
        _container: Option<Container>,
    ) -> Result<(), Status> {
        // A stopped sandbox is never used again; the kubelet has it removed up to a minute later.
        if matches!(event, Event::StopPodSandbox | Event::RemovePodSandbox) {
            self.lifecycle.remove_sandbox(&pod.id);
        }
        Ok(())
    }
}

impl Creations {
    /// Answers for a container of an opted-in pod, and shows people how.
    async fn create(
        &self,
        sandbox: &PodSandbox,
        container: &Container,
        deadline: Instant,
    ) -> Result<Creation, Status> {
        let began = Instant::now();
        let wanted = Wanted {
            sandbox,
            container: &container.name,
            deadline,
        };
        let answer = self.answer(&wanted, container).await;
        self.metrics.count_creation(
            began.elapsed(),
            answer
                .as_ref()
                .map_or(CreationOutcome::Refused, |(_, outcome)| *outcome),
        );
        match answer {
            Ok((creation, _)) => {
                self.lifecycle
                    .clear_suspicion(&container.pod_sandbox_id, &container.name);
                Ok(creation)
            }
            Err(refusal) => {
                warn!(%refusal, "refused container");
                self.publish(sandbox, container, Reason::RenderFailed, &refusal.to_string());
                Err(Status::refused(refusal.to_string()))
            }
        }
    }

    fn publish(&self, sandbox: &PodSandbox, container: &Container, reason: Reason, note: &str) {
        self.events
            .publish(sandbox.identity(), &container.name, reason, note);
    }

    async fn answer(
        &self,
        wanted: &Wanted<'_>,
        container: &Container,
    ) -> Result<(Creation, CreationOutcome), Refusal> {
        let sandbox = wanted.sandbox;
        let (adjust, outcome) = match self.renders.answer(wanted).await? {
            Answer::Skipped => (adjustment::marked(mark::SKIPPED), CreationOutcome::Skipped),
            Answer::Ignored(refusal) => (
                self.start_without(sandbox, container, &refusal),
                CreationOutcome::Ignored,
            ),
            Answer::Rendered(pod, attempt) => {
                let rendered = attempt
                    .result
                    .as_ref()
                    .map_err(|error| Refusal::Failed(Arc::clone(error)))?;
                let delivered = delivery::deliver(
                    &pod.pod,
                    &attempt,
                    rendered,
                    container,
                    &self.limits,
                    &self.volumes,
                    &sandbox.uid,
                );
                match delivered.and_then(|delivered| {
                    adjustment::of(delivered).map_err(|error| invalid(sandbox, container, &error))
                }) {
                    Ok(adjust) => {
                        self.note_created(sandbox, container, &pod, &attempt);
                        self.report_rendered(sandbox, container, rendered);
                        (Ok(adjust), CreationOutcome::Rendered)
                    }
                    Err(refusal) if pod.ignores_failure_of(&container.name) => (
                        self.start_without(sandbox, container, &refusal),
                        CreationOutcome::Ignored,
                    ),
                    Err(refusal) => return Err(refusal),
                }
            }
        };
        let adjust = adjust.map_err(|error| invalid(sandbox, container, &error))?;
        Ok((
            Creation {
                adjust,
                update: Vec::new(),
            },
            outcome,
        ))
    }

    /// Lets the files of the container follow changes from now on.
    fn note_created(&self, sandbox: &PodSandbox, container: &Container, pod: &PodRenders, attempt: &Attempt) {
        let kind = pod.pod.container(&container.name).map(|container| container.kind);
        if kind.is_some_and(Following::follows) {
            self.following.created(&given(sandbox, container), attempt);
        }
    }

    /// Lets a container start without the failed result, as its pod asks for it.
    fn start_without(
        &self,
        sandbox: &PodSandbox,
        container: &Container,
        refusal: &Refusal,
    ) -> Result<Adjustment, AdjustmentError> {
        warn!(%refusal, "starting container without its rendered configuration (on-failure: ignore)");
        self.publish(sandbox, container, Reason::RenderIgnored, &refusal.to_string());
        self.following.created_without(&given(sandbox, container));
        adjustment::marked(mark::IGNORED)
    }

    fn report_rendered(&self, sandbox: &PodSandbox, container: &Container, rendered: &Rendered) {
        info!(
            inputs = %rendered.inputs_digest, output = %rendered.output_digest,
            env = rendered.env.len(), files = rendered.files().len(), "rendered"
        );
        self.publish(sandbox, container, Reason::Rendered, &note(rendered));
    }
}

/// Returns the Event's text about a result: how many variables, files and arguments, of which plugins, and no
/// value.
fn note(rendered: &Rendered) -> String {
    let plugins: Vec<String> = rendered
        .plugins
        .iter()
        .map(|plugin| format!("{} ({})", plugin.reference, plugin.digest))
        .collect();
    let args = match &rendered.args {
        Args::Unchanged => "no arguments".to_owned(),
        Args::Append(args) => format!("{} arguments appended", args.len()),
        Args::Replace(args) => format!("{} arguments in place of its own", args.len()),
    };
    format!(
        "{} variables, {} files, {args}; by {}; inputs {}, output {}",
        rendered.env.len(),
        rendered.files().len(),
        plugins.join(", "),
        rendered.inputs_digest,
        rendered.output_digest
    )
}

fn invalid(sandbox: &PodSandbox, container: &Container, error: &AdjustmentError) -> Refusal {
    Refusal::Delivery {
        pod: sandbox.identity().to_string(),
        container: container.name.clone(),
        reason: error.to_string(),
    }
}

fn given<'a>(sandbox: &'a PodSandbox, container: &'a Container) -> Given<'a> {
    Given {
        pod: sandbox,
        sandbox: &container.pod_sandbox_id,
        id: &container.id,
        container: &container.name,
        user: delivery::user(container),
    }
}

/// What the runtime says of a container that it has, with the container's annotations if they have the mark.
fn found(container: BriefContainer, sandboxes: &BTreeMap<String, PodSandbox>) -> Found {
    let is_running = matches!(
        container.state(),
        ContainerState::ContainerCreated | ContainerState::ContainerRunning | ContainerState::ContainerPaused
    );
    let is_marked = sandboxes
        .get(&container.pod_sandbox_id)
        .is_some_and(|sandbox| seal::is_marked(&container.annotations, &sandbox.annotations));
    Found {
        is_running,
        marks: is_marked.then_some(container.annotations),
        id: container.id,
        sandbox: container.pod_sandbox_id,
        container: container.name,
        created_at: container.created_at,
    }
}

fn sandbox(pod: api::PodSandbox) -> PodSandbox {
    PodSandbox {
        namespace: pod.namespace,
        name: pod.name,
        uid: pod.uid,
        annotations: pod.annotations,
    }
}

//! Answers what a container gets that is about to be created. Nothing here waits longer than the creation
//! may, and a result is used only if it was rendered from the current ConfigMaps.

use std::sync::Arc;
use std::time::Duration;

use podweave_config_maps::Want;
use podweave_core::binding::OnFailure;
use tokio::time::{Instant, timeout_at};

use super::attempt::Attempt;
use super::pod::{ContainerRenders, PodRenders};
use super::pod_sandbox::PodSandbox;
use super::refusal::Refusal;
use super::rendering::PATIENCE_WITH_RECORD;
use super::source::Source;
use super::table::{Known, Renders};
use crate::mark;

/// How long a failure is reported while the attempt that repeats it is not ready either: longer than the
/// kubelet waits between two creations.
const FAILURE_STANDS: Duration = Duration::from_secs(60);

/// The share of a creation's time that may go into checking whether the ConfigMaps are still the same.
const CHECK: u32 = 2;

/// The container that an answer is wanted for.
pub struct Wanted<'a> {
    /// Its pod.
    pub sandbox: &'a PodSandbox,
    /// Its name.
    pub container: &'a str,
    /// The deadline of the answer.
    pub deadline: Instant,
}

/// The answer for a container.
pub enum Answer {
    /// Nothing is rendered for it.
    Skipped,
    /// The container was rendered: the pod with its spec, and the result.
    Rendered(Arc<PodRenders>, Arc<Attempt>),
    /// The render failed, and the pod asks to start without it (`on-failure: ignore`).
    Ignored(Refusal),
}

impl Renders {
    /// Answers for a container that is about to be created, and renders again if necessary: a result is used
    /// only if, as far as the agent can tell, it was rendered from the current ConfigMaps.
    ///
    /// # Errors
    /// The reason why it must not be created now.
    pub async fn answer(&self, wanted: &Wanted<'_>) -> Result<Answer, Refusal> {
        let pod = self.pod(wanted).await?;
        let containers = pod
            .containers
            .as_ref()
            .map_err(|error| Refusal::Failed(Arc::clone(error)))?;
        let Some(container) = containers.get(wanted.container) else {
            return Ok(Answer::Skipped);
        };
        let refusal = match self.current(&pod, container, wanted.deadline).await {
            Ok(attempt) if attempt.lacks_labels() => Refusal::NotReady {
                pod: pod.pod.identity(),
                container: wanted.container.to_owned(),
                what: "what the API server says of the node's labels".to_owned(),
                waited_ms: 0,
            },
            Ok(attempt) => match &attempt.result {
                Ok(_) => return Ok(Answer::Rendered(pod, attempt)),
                Err(error) => Refusal::Failed(Arc::clone(error)),
            },
            Err(refusal) => refusal,
        };
        match container.binding.on_failure {
            OnFailure::Ignore if refusal.is_failure() => Ok(Answer::Ignored(refusal)),
            _ => Err(refusal),
        }
    }

    /// Returns the pod of a container, bound as its sandbox's annotations say.
    async fn pod(&self, wanted: &Wanted<'_>) -> Result<Arc<PodRenders>, Refusal> {
        let Wanted {
            sandbox,
            container,
            deadline,
        } = wanted;
        let identity = || sandbox.identity().to_string();
        if mark::is_static(&sandbox.annotations) {
            return Err(Refusal::StaticPod { pod: identity() });
        }
        let began = Instant::now();
        let being_bound = || Refusal::NotReady {
            pod: identity(),
            container: (*container).to_owned(),
            what: "what its annotations ask for".to_owned(),
            waited_ms: began.elapsed().as_millis(),
        };
        let mut looked_at_records = false;
        loop {
            let mut applied = std::pin::pin!(self.0.applied.notified());
            // Subscribe before the look, so that a pod applied after it is not missed.
            applied.as_mut().enable();
            let refusal = match self.lookup(sandbox) {
                Known::Bound(pod) if pod.pod.container(container).is_some() => return Ok(pod),
                Known::Bound(_) => Refusal::UnknownContainer {
                    pod: identity(),
                    container: (*container).to_owned(),
                },
                // Waiting does not change this.
                Known::Unreadable(reason) => {
                    return Err(Refusal::Unreadable {
                        pod: identity(),
                        reason,
                    });
                }
                Known::Pending => being_bound(),
                Known::Otherwise => {
                    self.bind_as(sandbox);
                    being_bound()
                }
                Known::Nothing => Refusal::UnknownPod {
                    pod: identity(),
                    why: self.why_unknown(),
                },
            };
            let is_new_here = matches!(refusal, Refusal::UnknownPod { .. });
            if is_new_here && !looked_at_records && self.watch().failure().is_some() {
                looked_at_records = true;
                // A slow disk must not block the node.
                if timeout_at(*deadline, self.recall(&sandbox.uid)).await == Ok(true) {
                    continue;
                }
            }
            if timeout_at(*deadline, applied).await.is_err() {
                return Err(refusal);
            }
        }
    }

    fn why_unknown(&self) -> String {
        match (self.watch().failure(), self.watch().has_listed()) {
            (Some(failure), _) => format!("the pods of the node cannot be watched ({})", failure.reason),
            (None, false) => "the pods of the node are being listed".to_owned(),
            (None, true) => "the API server has not reported it yet".to_owned(),
        }
    }

    /// Returns an attempt that was rendered from the current ConfigMaps, as far as the agent can tell. Renders
    /// if there is none yet.
    ///
    /// # Errors
    /// There is none by then, and what it waits for.
    pub async fn current(
        &self,
        pod: &Arc<PodRenders>,
        container: &Arc<ContainerRenders>,
        deadline: Instant,
    ) -> Result<Arc<Attempt>, Refusal> {
        let asked = Instant::now();
        loop {
            let mut ended = std::pin::pin!(container.ended());
            ended.as_mut().enable();
            if let Some(latest) = container.latest()
                && (latest.began >= asked
                    || (!latest.is_worth_repeating() && self.is_current(pod, &latest, deadline).await))
            {
                return Ok(latest);
            }
            self.begin(pod, container);
            if timeout_at(deadline, ended).await.is_err() {
                // A plugin that exceeds its time takes longer than a creation waits, at every attempt:
                // without this, the pod would never show the reason.
                if let Some(failed) = container
                    .latest()
                    .filter(|latest| latest.is_worth_repeating() && latest.began.elapsed() < FAILURE_STANDS)
                {
                    return Ok(failed);
                }
                let (what, began) = container
                    .under_way()
                    .unwrap_or_else(|| ("its render".to_owned(), asked));
                return Err(Refusal::NotReady {
                    pod: pod.pod.identity(),
                    container: container.binding.container.clone(),
                    what,
                    waited_ms: began.elapsed().as_millis(),
                });
            }
        }
    }

    /// Whether the API server has confirmed to this process that everything that an attempt read is so now.
    #[must_use]
    pub fn is_confirmed(&self, attempt: &Attempt) -> bool {
        attempt.inputs.iter().all(|input| {
            let now = self.0.parts.config_maps.get_now(&input.namespace, &input.name);
            let version = self.0.parts.config_maps.version(&input.namespace, &input.name);
            now.is_some_and(|now| input.is_same(&now.config_map().cloned()))
                && version.is_some_and(|version| version.is_confirmed)
        })
    }

    /// Whether everything that an attempt read is unchanged.
    async fn is_current(&self, pod: &PodRenders, attempt: &Attempt, deadline: Instant) -> bool {
        if !attempt.has_labels(self.0.labels.load().as_ref()) {
            return false;
        }
        if attempt.generation != self.0.parts.store.generation() {
            return false;
        }
        if !attempt
            .plugins
            .iter()
            .all(|(reference, digest)| self.0.parts.store.still_means(reference, digest))
        {
            return false;
        }
        let within = deadline.saturating_duration_since(Instant::now()) / CHECK;
        let Ok(recorded) = timeout_at(deadline, self.recorded(pod)).await else {
            return false;
        };
        let within = if recorded.is_some() {
            within.min(PATIENCE_WITH_RECORD)
        } else {
            within
        };
        let source = Source::new(
            pod.registered.clone(),
            recorded,
            Want {
                within,
                max_age: self.0.parts.max_age,
            },
        );
        let mut reads: Vec<_> = Vec::with_capacity(attempt.inputs.len());
        for input in &attempt.inputs {
            reads.push(source.still_has(input));
        }
        futures_util::future::join_all(reads)
            .await
            .into_iter()
            .all(|is_same| is_same)
    }
}

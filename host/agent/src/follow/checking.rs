//! The task of one running container: finds out what would be rendered for it now, and lets its files follow.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use podweave_config_maps::NamespacedName;
use podweave_core::backoff::{Backoff, jittered};
use podweave_core::change::{self, Decision, Delivered, Latest, Policy, State as Decided};
use podweave_core::merge::Rendered;
use podweave_core::outline::Difference;
use tokio::time::{Instant, sleep_until};
use tracing::{info, warn};

use super::metrics::Outcome;
use super::shown::Causes;
use super::tracked::Tracked;
use super::{Following, pace};
use crate::renders::{Attempt, ContainerRenders, PodRenders};
use crate::status::ChangeState;

/// How long a check waits for a render and its ConfigMaps.
const PATIENCE: Duration = Duration::from_secs(10);

/// The pauses between checks of what cannot be known yet: the pod, the API server, the disk.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(30));

/// When a container is checked again, unless it is woken before.
enum Next {
    /// When it is woken.
    WhenWoken,
    /// At this time: its turn.
    At(Instant),
    /// After a pause, longer each time.
    Later,
}

/// What a container would get now.
enum Newest {
    Unknown(String),
    Failed(String),
    Rendered(Arc<Attempt>),
}

impl Following {
    /// Checks a container whenever it is woken, until it is forgotten.
    pub(super) async fn keep(self: Arc<Self>, container: Arc<Tracked>) {
        let mut backoff = BACKOFF;
        loop {
            let next = self.check(&container).await;
            let at = match next {
                Next::WhenWoken => None,
                Next::At(at) => Some(at),
                Next::Later => Some(Instant::now() + jittered(backoff.next_pause(), fastrand::f64())),
            };
            if !matches!(next, Next::Later) {
                backoff.reset();
            }
            tokio::select! {
                () = container.woken() => {}
                () = sleep_until(at.unwrap_or_else(Instant::now)), if at.is_some() => {}
            }
        }
    }

    async fn check(&self, container: &Tracked) -> Next {
        if !self.settings.load().is_enabled || !self.parts.renders.may_change(&container.key.uid) {
            return Next::WhenWoken;
        }
        let Some(pod) = self.parts.renders.bound(&container.key.uid) else {
            // During an outage the pod is taken from its record, so that its state is visible.
            self.parts.renders.recall_if_away(&container.key.uid).await;
            return Next::Later;
        };
        let name = &container.key.container;
        let kind = pod.pod.container(name).map(|container| container.kind);
        let Some(renders) = pod.container(name).filter(|_| kind.is_some_and(Self::follows)) else {
            return Next::WhenWoken;
        };
        self.follow(&pod);
        container.state().bound = Arc::new(bound(renders));
        match self.newest(&pod, renders).await {
            Newest::Unknown(reason) => {
                self.show(container, ChangeState::Unknown, nothing(), Some(reason));
                Next::Later
            }
            Newest::Failed(reason) => {
                if self.show(container, ChangeState::Failing, nothing(), Some(reason.clone())) {
                    self.tell_failed(container, &reason);
                }
                Next::WhenWoken
            }
            Newest::Rendered(attempt) => self.decide(container, &pod, renders, &attempt).await,
        }
    }

    /// Returns what would be rendered now, if the API server has confirmed everything that it is made of.
    async fn newest(&self, pod: &Arc<PodRenders>, container: &Arc<ContainerRenders>) -> Newest {
        let deadline = Instant::now() + PATIENCE;
        let attempt = match self.parts.renders.current(pod, container, deadline).await {
            Ok(attempt) => attempt,
            Err(refusal) => return Newest::Unknown(refusal.to_string()),
        };
        if let Err(error) = &attempt.result {
            let reason = error.to_string();
            return if attempt.is_worth_repeating() {
                Newest::Unknown(reason)
            } else {
                Newest::Failed(reason)
            };
        }
        if attempt.lacks_labels() {
            return Newest::Unknown("the API server has not reported the node's labels yet".to_owned());
        }
        if !self.parts.renders.is_confirmed(&attempt) {
            return Newest::Unknown("the API server has not confirmed its ConfigMaps".to_owned());
        }
        Newest::Rendered(attempt)
    }

    async fn decide(
        &self,
        container: &Tracked,
        pod: &Arc<PodRenders>,
        renders: &ContainerRenders,
        attempt: &Arc<Attempt>,
    ) -> Next {
        let Ok(rendered) = &attempt.result else {
            return Next::WhenWoken;
        };
        let delivered = Delivered::of(rendered, &renders.binding.renders);
        let decision = self.decision(container, renders, rendered, &delivered);
        let is_repair =
            decision.state == Decided::Current && !decision.swap && !container.state().is_verified;
        if !decision.swap && !is_repair {
            let state = shown_state(decision.state);
            if state == ChangeState::Current {
                self.note_current(container, delivered).await;
            }
            let unknown = "it is not known what the container was created with: an earlier podweave did not keep it, its state was lost, or it is too large to be kept; it keeps what it has until it is recreated";
            let failure = (state == ChangeState::Unknown).then(|| unknown.to_owned());
            self.show(container, state, decision, failure);
            return Next::WhenWoken;
        }
        if let Some(turn) = self.turn(container, renders, &decision) {
            self.show(container, ChangeState::Waiting, decision, None);
            return Next::At(turn);
        }
        // The record has to be as new as the files: after a restart without the API server, containers are
        // created from it.
        self.parts.renders.record(pod).await;
        match self.swap(container, attempt, delivered, &decision).await {
            Ok(()) => {
                self.show(container, shown_state(decision.state), after(decision), None);
                Next::WhenWoken
            }
            Err(reason) => {
                self.metrics.count(Outcome::Failed);
                if self.show(container, ChangeState::Waiting, decision, Some(reason.clone())) {
                    self.tell_failed(container, &reason);
                }
                Next::Later
            }
        }
    }

    fn decision(
        &self,
        container: &Tracked,
        renders: &ContainerRenders,
        rendered: &Rendered,
        delivered: &Delivered,
    ) -> Decision {
        let mut state = container.state();
        // A container of which only the mark is known has exactly this result, or it stays unknown.
        if let Some(mark) = state.mark.take()
            && mark == rendered.output_digest
        {
            state.running = super::baseline::running(delivered.clone());
            state.take_room(&self.room);
        }
        let held = |name: &NamespacedName| {
            let version = self.parts.config_maps.version(&name.namespace, &name.name);
            version.is_some_and(|version| version.hold.is_some())
        };
        let policy = Policy {
            follow: renders.binding.follow,
            held: &held,
        };
        change::decide(&state.running, &Latest::Rendered(delivered), &policy)
    }

    /// Returns when the turn of a change comes; `None` if it has come.
    fn turn(&self, container: &Tracked, renders: &ContainerRenders, decision: &Decision) -> Option<Instant> {
        let spread = renders.binding.spread;
        if spread.is_zero() || !decision.swap {
            return None;
        }
        let mut hasher = DefaultHasher::new();
        for name in decision.causes.iter().filter_map(|cause| cause.config_map()) {
            let version = self.parts.config_maps.version(&name.namespace, &name.name);
            (name, version.map(|version| version.resource_version)).hash(&mut hasher);
        }
        let cause = hasher.finish();
        let mut state = container.state();
        let turn = match state.turn {
            // The same change as before keeps its turn; another one begins again.
            Some((known, turn)) if known == cause => turn,
            _ => Instant::now() + pace::turn(&container.key.uid, cause, spread),
        };
        state.turn = Some((cause, turn));
        (turn > Instant::now()).then_some(turn)
    }

    /// Shows a state. Returns whether it is another one than before, or has another reason.
    pub(super) fn show(
        &self,
        container: &Tracked,
        shown: ChangeState,
        decision: Decision,
        failure: Option<String>,
    ) -> bool {
        let causes = Causes::of(&decision.causes, &self.parts.config_maps);
        let mut state = container.state();
        let is_new = (state.shown.state(), state.shown.failure()) != (shown, failure.as_deref());
        if shown != ChangeState::Waiting {
            state.turn = None;
            // A swap has counted the change already.
            if state.changed.take().is_some() {
                self.metrics.count(Outcome::Kept(shown));
            }
        }
        if is_new {
            let (pod, name) = (&container.pod, &container.key.container);
            match &failure {
                Some(reason) => {
                    warn!(%pod, uid = pod.uid, container = name, state = shown.name(), reason, "rendered files stay as they are")
                }
                None => {
                    info!(%pod, uid = pod.uid, container = name, state = shown.name(), "checked what would be rendered now")
                }
            }
        }
        state.shown.set(shown, decision.would, causes, failure);
        is_new
    }
}

/// The ConfigMaps that a container's plugins may read.
fn bound(container: &ContainerRenders) -> BTreeSet<NamespacedName> {
    let renders = container.binding.renders.iter();
    renders
        .flat_map(|render| &render.config_maps)
        .map(|reference| NamespacedName::new(&reference.namespace, &reference.name))
        .collect()
}

/// A decision about what cannot be known.
fn nothing() -> Decision {
    Decision {
        state: Decided::Unknown,
        swap: false,
        would: Difference::default(),
        causes: Vec::new(),
    }
}

/// What a new container would get differently after its files were replaced.
fn after(decision: Decision) -> Decision {
    let is_outdated = decision.state == Decided::Outdated;
    Decision {
        would: Difference {
            files: Vec::new(),
            ..decision.would
        },
        causes: if is_outdated { decision.causes } else { Vec::new() },
        ..decision
    }
}

fn shown_state(state: Decided) -> ChangeState {
    match state {
        Decided::Current => ChangeState::Current,
        Decided::Held => ChangeState::Held,
        Decided::Outdated => ChangeState::Outdated,
        Decided::Failing => ChangeState::Failing,
        Decided::Pinned => ChangeState::Pinned,
        Decided::Unknown => ChangeState::Unknown,
    }
}

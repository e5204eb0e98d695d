//! The task of one running container: finds out what would be rendered for it now, and lets its files follow.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use podweave_config_maps::NamespacedName;
use podweave_core::backoff::{Backoff, jittered};
use podweave_core::change::{self, Decision, Latest, Policy, State as Decided};
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

/// Why a container that runs and renders is unknown.
const NO_BASELINE: &str = "it is not known what the container was created with: an earlier podweave did not keep it, its state was lost, or it is too large to be kept; it keeps what it has until it is recreated";

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
    /// It cannot be known, and why.
    Unknown(String),
    /// The render fails, and why.
    Failed(String),
    /// This.
    Rendered(Arc<Attempt>),
}

impl Newest {
    /// The same for the decision.
    fn latest(&self) -> Latest<'_> {
        match self {
            Self::Unknown(_) => Latest::Unknown,
            Self::Failed(_) => Latest::Failed,
            Self::Rendered(attempt) => Latest::Rendered(&attempt.delivered),
        }
    }
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
        container.state().renders = Some(Arc::clone(renders));
        let newest = self.newest(&pod, renders).await;
        let decision = self.decide(container, renders, &newest);
        match newest {
            Newest::Unknown(reason) => {
                self.show(container, shown_state(decision.state), decision, Some(reason));
                Next::Later
            }
            Newest::Failed(reason) => {
                let state = shown_state(decision.state);
                if self.show(container, state, decision, Some(reason.clone()))
                    && state == ChangeState::Failing
                {
                    self.publish_failed(container, &reason);
                }
                Next::WhenWoken
            }
            Newest::Rendered(attempt) => self.carry_out(container, &pod, renders, &attempt, decision).await,
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

    fn decide(&self, container: &Tracked, renders: &ContainerRenders, newest: &Newest) -> Decision {
        let mut state = container.state();
        // A container of which only the mark is known has exactly this result, or it stays unknown.
        if let Newest::Rendered(attempt) = newest
            && let Some(mark) = state.mark.take()
            && attempt
                .result
                .as_ref()
                .is_ok_and(|rendered| rendered.output_digest == mark)
        {
            state.running = super::baseline::running(&attempt.delivered, attempt.fixed);
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
        change::decide(&state.running, &newest.latest(), &policy)
    }

    /// Carries out a decision about a result: keeps what is there, or lets the files follow when their turn comes.
    async fn carry_out(
        &self,
        container: &Tracked,
        pod: &Arc<PodRenders>,
        renders: &ContainerRenders,
        attempt: &Arc<Attempt>,
        decision: Decision,
    ) -> Next {
        let state = shown_state(decision.state);
        let is_repair = state == ChangeState::Current && !container.state().is_verified;
        if !decision.swap && !is_repair {
            if state == ChangeState::Current {
                self.note_current(container, &attempt.delivered).await;
            }
            let failure = (state == ChangeState::Unknown).then(|| NO_BASELINE.to_owned());
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
        match self.swap(container, attempt, &decision).await {
            Ok(()) => {
                self.show(container, state, after(decision), None);
                Next::WhenWoken
            }
            Err(reason) => {
                self.metrics.count(Outcome::Failed);
                if self.show(container, ChangeState::Waiting, decision, Some(reason.clone())) {
                    self.publish_failed(container, &reason);
                }
                Next::Later
            }
        }
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
    fn show(
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
                    info!(%pod, uid = pod.uid, container = name, state = shown.name(), "the container's state has changed")
                }
            }
        }
        state.shown.set(shown, decision.would, causes, failure);
        state.take_room(&self.room);
        is_new
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

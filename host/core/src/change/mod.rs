//! Decides what a change means for a running container. Pure: no time, no I/O, the same answer everywhere.

mod sources;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::binding::Render;
use crate::identity::NamespacedName;
use crate::merge::Rendered;
use crate::outline::{Difference, Outline, Part};
pub use sources::{MAX_SOURCES, Source, Sources};

/// A result that a container was given, without its values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivered {
    /// What it set.
    pub outline: Arc<Outline>,
    /// What it depended on.
    pub sources: Arc<Sources>,
}

impl Delivered {
    /// Takes from a result what later comparisons need. `renders` are those that gave it, in order.
    #[must_use]
    pub fn of(rendered: &Rendered, renders: &[Arc<Render>]) -> Self {
        Self {
            outline: Arc::clone(&rendered.outline),
            sources: Arc::new(Sources::of(&rendered.reads, renders)),
        }
    }

    /// Returns the memory that it takes, roughly.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.outline.bytes() + self.sources.bytes()
    }
}

/// What is known of a running container. The default is: nothing.
#[derive(Debug, Clone, Default)]
pub struct Running {
    /// The result that it was created with.
    pub started: Option<Delivered>,
    /// The result whose files it has now: the same, or that of the last swap.
    pub in_place: Option<Delivered>,
    /// What vouches for `started`: the container's annotation `podweave.dev/fixed`. For a container whose mark
    /// shows that it has exactly what would be rendered now, it is this result's.
    pub fixed: Option<Part>,
}

impl Running {
    /// The result of the start and that of the files, if both are known and the container itself agrees.
    fn baseline(&self) -> Option<(&Delivered, &Delivered)> {
        let (started, in_place) = (self.started.as_ref()?, self.in_place.as_ref()?);
        let is_agreed = self.fixed?.compare(&started.outline.fixed()) == Some(true);
        is_agreed.then_some((started, in_place))
    }
}

/// What the container would get if it were created now.
#[derive(Debug, Clone, Copy)]
pub enum Latest<'a> {
    /// It cannot be known: the API server, a permission, the node's labels.
    Unknown,
    /// The render fails.
    Failed,
    /// This.
    Rendered(&'a Delivered),
}

/// What rendered files do when their ConfigMaps change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Follow {
    /// They follow if nothing else would change, so that the container always has the result of one render.
    #[default]
    Together,
    /// They follow in any case.
    Files,
    /// They stay.
    None,
}

/// What the owners of the pod and of its ConfigMaps want.
#[derive(Clone, Copy)]
pub struct Policy<'a> {
    /// What the pod's annotations say.
    pub follow: Follow,
    /// Whether a ConfigMap is held: nothing that runs changes on its account.
    pub held: &'a dyn Fn(&NamespacedName) -> bool,
}

/// How a container stands to the newest result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It has it, after the swap if there is one.
    Current,
    /// A ConfigMap that caused the difference is held.
    Held,
    /// Only a new container gets it.
    Outdated,
    /// The render fails; the container keeps what it has.
    Failing,
    /// It would differ, and the pod wants to keep what it has.
    Pinned,
    /// It is unknown what the container has, or what it would get.
    Unknown,
}

/// What a change means for a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// How the container stands to the newest result.
    pub state: State,
    /// Whether the files in the directories are replaced with the newest ones.
    pub swap: bool,
    /// What a new container would have otherwise, before the swap.
    pub would: Difference,
    /// What changed, so that it differs, sorted; empty: an upgrade of podweave or of a plugin.
    pub causes: Vec<Source>,
}

impl Decision {
    fn keep(state: State) -> Self {
        Self {
            state,
            swap: false,
            would: Difference::default(),
            causes: Vec::new(),
        }
    }
}

/// Decides what the newest result means for a running container. The table is in docs/annotations.md.
#[must_use]
pub fn decide(running: &Running, latest: &Latest<'_>, policy: &Policy<'_>) -> Decision {
    let Some((started, in_place)) = running.baseline() else {
        return Decision::keep(State::Unknown);
    };
    let latest = match latest {
        Latest::Unknown => return Decision::keep(State::Unknown),
        Latest::Failed => return Decision::keep(State::Failing),
        Latest::Rendered(latest) => *latest,
    };
    let would = Difference {
        files: in_place.outline.difference(&latest.outline).files,
        ..started.outline.difference(&latest.outline)
    };
    if would.is_empty() {
        return Decision::keep(State::Current);
    }
    let changed_since = |given: &Delivered, is_different: bool| -> BTreeSet<Source> {
        let changed = given.sources.changed(&latest.sources);
        changed.filter(|_| is_different).cloned().collect()
    };
    let fixed_causes = changed_since(started, would.is_fixed());
    let files_causes = changed_since(in_place, !would.files.is_empty());
    let are_files_caused = files_causes.iter().any(Source::can_move);
    if !are_files_caused && !fixed_causes.iter().any(Source::can_move) {
        return Decision {
            would,
            ..Decision::keep(State::Outdated)
        };
    }
    let causes: Vec<Source> = fixed_causes.union(&files_causes).cloned().collect();
    let is_held = causes.iter().filter_map(Source::config_map).any(policy.held);
    let (state, swap) = match policy.follow {
        _ if is_held => (State::Held, false),
        Follow::None => (State::Pinned, false),
        Follow::Together if would.is_fixed() => (State::Outdated, false),
        Follow::Files if would.is_fixed() => (State::Outdated, are_files_caused),
        Follow::Together | Follow::Files => (State::Current, true),
    };
    Decision {
        state,
        swap,
        would,
        causes,
    }
}

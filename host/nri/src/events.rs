//! The events for which the runtime calls a plugin.

pub use crate::api::Event;

/// A set of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Events(i32);

impl Events {
    /// The events of every runtime. A runtime refuses a plugin whose mask has a bit that it does not know.
    const OF_ANY_RUNTIME: Self = Self((1 << 11) - 1);
    /// The events of runtimes since NRI 0.10.
    const OF_0_10: Self = Self((1 << 14) - 1);

    /// Creates a set of these events.
    #[must_use]
    pub fn of(events: &[Event]) -> Self {
        Self(events.iter().fold(0, |bits, event| bits | Self::bit(*event)))
    }

    fn bit(event: Event) -> i32 {
        match event as i32 {
            number @ 1..=14 => 1 << (number - 1),
            _ => 0,
        }
    }

    /// Whether the set contains the event.
    #[must_use]
    pub fn has(self, event: Event) -> bool {
        self.0 & Self::bit(event) != 0
    }

    /// Returns the events of a runtime with this version of NRI; for an unknown version, those that every
    /// runtime has.
    #[must_use]
    pub fn known_to(nri: Option<crate::NriVersion>) -> Self {
        if nri >= Some(crate::NriVersion { major: 0, minor: 10 }) {
            Self::OF_0_10
        } else {
            Self::OF_ANY_RUNTIME
        }
    }

    /// Returns the events that are not in the other set.
    #[must_use]
    pub fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the mask for the wire. 0 would mean all events, so an empty set becomes one event, which is
    /// not passed on.
    pub(crate) fn mask(self) -> i32 {
        if self.is_empty() {
            Self::bit(Event::RemovePodSandbox)
        } else {
            self.0
        }
    }
}

//! What a plugin can be called for.

pub use crate::api::Event;

/// A set of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Events(i32);

impl Events {
    /// What every runtime has. A bit that a runtime does not know makes it refuse the plugin.
    const OF_ANY_RUNTIME: Self = Self((1 << 11) - 1);
    /// What runtimes have since NRI 0.10.
    const OF_0_10: Self = Self((1 << 14) - 1);

    /// These events.
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

    /// Whether the event is among them.
    #[must_use]
    pub fn has(self, event: Event) -> bool {
        self.0 & Self::bit(event) != 0
    }

    /// Those that a runtime with this version of NRI has; of an unknown version, those that every runtime has.
    #[must_use]
    pub fn known_to(nri: Option<crate::NriVersion>) -> Self {
        if nri >= Some(crate::NriVersion { major: 0, minor: 10 }) { Self::OF_0_10 } else { Self::OF_ANY_RUNTIME }
    }

    /// Those of the first set that are not in the second.
    #[must_use]
    pub fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The mask on the wire. 0 would stand for all events there, so a plugin that wants none gets one, which is then not passed on.
    pub(crate) fn mask(self) -> i32 {
        if self.is_empty() { Self::bit(Event::RemovePodSandbox) } else { self.0 }
    }
}

//! Limits one plugin: what it may use, below the limits of the container, and what it may set.

use std::sync::Arc;
use std::time::Duration;

use crate::allowed_outputs::AllowedOutputs;
use crate::limits::{Limits, Usage};

/// What one plugin may use and set. For `None`, the container's limit applies. The default allows what every
/// plugin may do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Terms {
    /// As [`Limits::memory_bytes`].
    pub memory_bytes: Option<usize>,
    /// Time of this plugin's render.
    pub time: Option<Duration>,
    /// Bytes copied in this plugin's render.
    pub copied_bytes: Option<usize>,
    /// Bytes of this plugin's files.
    pub file_bytes: Option<usize>,
    /// Bytes of this plugin's log.
    pub log_bytes: Option<usize>,
    /// What it may set.
    pub outputs: AllowedOutputs,
}

impl Terms {
    /// Returns the limits of one render with these terms. `used` is what the container's earlier renders have
    /// used: a plugin's own limits count from there, those of the container from its first render.
    #[must_use]
    pub fn within(&self, container: &Arc<Limits>, used: &Usage) -> Arc<Limits> {
        if *self == Self::default() {
            return Arc::clone(container);
        }
        let of_bytes = |own: Option<usize>, used: usize, all: usize| {
            own.map_or(all, |own| own.saturating_add(used).min(all))
        };
        Arc::new(Limits {
            memory_bytes: of_bytes(self.memory_bytes, 0, container.memory_bytes),
            time: self.time.map_or(container.time, |own| {
                own.saturating_add(used.time).min(container.time)
            }),
            copied_bytes: of_bytes(self.copied_bytes, used.copied_bytes, container.copied_bytes),
            file_bytes: of_bytes(self.file_bytes, used.file_bytes, container.file_bytes),
            log_bytes: of_bytes(self.log_bytes, used.log_bytes, container.log_bytes),
            outputs: self.outputs.clone(),
            ..Limits::clone(container)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_terms_are_the_containers_limits() {
        let container = Arc::new(Limits::default());
        assert!(Arc::ptr_eq(
            &Terms::default().within(&container, &Usage::default()),
            &container
        ));
    }

    #[test]
    fn a_plugins_own_limit_counts_from_its_own_render() {
        let container = Arc::new(Limits {
            file_bytes: 100,
            time: Duration::from_millis(500),
            ..Limits::default()
        });
        let terms = Terms {
            file_bytes: Some(30),
            time: Some(Duration::from_millis(100)),
            memory_bytes: Some(usize::MAX),
            ..Terms::default()
        };
        let used = |file_bytes| Usage {
            file_bytes,
            time: Duration::from_millis(450),
            ..Usage::default()
        };
        assert_eq!(terms.within(&container, &used(20)).file_bytes, 50);
        assert_eq!(terms.within(&container, &used(90)).file_bytes, 100);
        assert_eq!(
            terms.within(&container, &used(0)).time,
            Duration::from_millis(500)
        );
        assert_eq!(
            terms.within(&container, &Usage::default()).time,
            Duration::from_millis(100)
        );
        assert_eq!(
            terms.within(&container, &used(0)).memory_bytes,
            container.memory_bytes
        );
    }
}

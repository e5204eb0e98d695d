//! When a change takes effect: after it has settled, and in its turn. Pure.

use std::time::Duration;

use podweave_core::digest::DigestBuilder;
use tokio::time::Instant;

/// A change may wait for further ones at most this many times as long as it waits for one: five halves.
const LONGEST: (u32, u32) = (5, 2);

/// A change that waits for further ones.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settling {
    first: Instant,
    until: Instant,
    settle: Duration,
}

impl Settling {
    /// Begins with the first change.
    pub(super) fn new(first: Instant, settle: Duration) -> Self {
        Self {
            first,
            until: first + settle,
            settle,
        }
    }

    /// Notes a further change.
    pub(super) fn add(&mut self, now: Instant) {
        let (numerator, denominator) = LONGEST;
        self.until = (now + self.settle).min(self.first + self.settle * numerator / denominator);
    }

    /// When the change has settled.
    pub(super) fn until(&self) -> Instant {
        self.until
    }
}

/// Returns how long a pod waits within the time over which changes are spread. The pod and the versions that
/// cause the change decide it, so that it is the same for all containers of the pod, and another pod is the
/// first at the next change.
pub(super) fn turn(uid: &str, cause: u64, spread: Duration) -> Duration {
    let digest = DigestBuilder::new("podweave turn 1")
        .field(uid.as_bytes())
        .field(&cause.to_be_bytes())
        .finish();
    let [a, b, c, d, ..] = *digest.as_bytes();
    let part = f64::from(u32::from_be_bytes([a, b, c, d])) / (f64::from(u32::MAX) + 1.0);
    spread.mul_f64(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTLE: Duration = Duration::from_millis(200);

    #[test]
    fn a_change_waits_for_further_ones_but_not_for_ever() {
        let first = Instant::now();
        let after = |millis| first + Duration::from_millis(millis);
        let mut settling = Settling::new(first, SETTLE);
        assert_eq!(settling.until(), after(200));
        settling.add(after(150));
        assert_eq!(settling.until(), after(350));
        settling.add(after(340));
        assert_eq!(settling.until(), after(500), "the longest that it waits");
        settling.add(after(499));
        assert_eq!(settling.until(), after(500));
    }

    #[test]
    fn without_settling_a_change_waits_for_nothing() {
        let first = Instant::now();
        let mut settling = Settling::new(first, Duration::ZERO);
        settling.add(first + SETTLE);
        assert_eq!(settling.until(), first);
    }

    #[test]
    fn pods_take_turns_within_the_spread() {
        let spread = Duration::from_secs(60);
        let turns: Vec<Duration> = (0..1000)
            .map(|pod| turn(&format!("uid-{pod}"), 7, spread))
            .collect();
        assert!(turns.iter().all(|turn| *turn < spread));
        let early = turns.iter().filter(|turn| **turn < spread / 2).count();
        assert!(
            (400..600).contains(&early),
            "{early} of 1000 are in the first half"
        );
        assert_ne!(
            turn("uid", 7, spread),
            turn("uid", 8, spread),
            "another change, another order"
        );
        assert_eq!(turn("uid", 7, spread), turn("uid", 7, spread));
        assert_eq!(turn("uid", 7, Duration::ZERO), Duration::ZERO);
    }
}

//! Computes the pauses between attempts at something that fails.

use std::time::Duration;

/// The jitter shortens a pause by at most this part of it.
const JITTER: f64 = 0.25;

/// Exponential backoff: the pause after a failure is twice the pause before it, up to a limit.
///
/// Pauses of processes that fail together need jitter: [`jittered`]. It is a step of its own, because some
/// callers limit a pause further before it, and some show it to people.
///
/// ```
/// use std::time::Duration;
/// use podweave_core::backoff::Backoff;
///
/// let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(3));
/// assert_eq!(backoff.next_pause().as_secs(), 1);
/// assert_eq!(backoff.next_pause().as_secs(), 2);
/// assert_eq!(backoff.next_pause().as_secs(), 3);
/// backoff.reset();
/// assert_eq!(backoff.next_pause().as_secs(), 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    failures: u32,
}

impl Backoff {
    /// Creates a backoff with the pause after the first failure, and the longest pause.
    #[must_use]
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            failures: 0,
        }
    }

    /// Counts a failure, and returns the pause before the next attempt.
    #[must_use]
    pub fn next_pause(&mut self) -> Duration {
        let doublings = 1_u32.checked_shl(self.failures).unwrap_or(u32::MAX);
        self.failures = self.failures.saturating_add(1);
        self.first.saturating_mul(doublings).min(self.longest)
    }

    /// Returns how many failures came since the last success.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// Records a success: the next pause is the first one again.
    pub const fn reset(&mut self) {
        self.failures = 0;
    }
}

/// Shortens a pause by up to a quarter, so that processes that failed together do not try again together.
/// `random` is between 0 and 1; the caller draws it, because nothing here is random.
#[must_use]
pub fn jittered(pause: Duration, random: f64) -> Duration {
    pause.mul_f64(1.0 - JITTER * random.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_never_overflow() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::MAX);
        for _ in 0..100 {
            assert!(backoff.next_pause() >= Duration::from_secs(1));
        }
        assert_eq!(backoff.failures(), 100);
    }

    #[test]
    fn jitter_shortens_by_at_most_a_quarter() {
        let pause = Duration::from_secs(4);
        assert_eq!(jittered(pause, 0.0), pause);
        assert_eq!(jittered(pause, 1.0), Duration::from_secs(3));
    }
}

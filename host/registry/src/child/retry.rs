//! Retries transient failures with exponential backoff.

use podweave_core::backoff::{Backoff, jittered};
use tokio::time::Instant;

use crate::failure::Failure;
use crate::limits::RegistryLimits;

/// The attempts that are left, and how long to wait before the next.
pub struct Patience<'a> {
    attempts: u32,
    backoff: Backoff,
    end: Instant,
    tell: Box<dyn Fn(&Failure) + 'a>,
}

impl<'a> Patience<'a> {
    /// Calls `tell` for each failed attempt that is followed by another one.
    pub fn new(limits: &RegistryLimits, tell: impl Fn(&Failure) + 'a) -> Self {
        Self {
            attempts: limits.attempts.max(1),
            backoff: Backoff::new(limits.back_off, limits.time),
            end: Instant::now() + limits.time,
            tell: Box::new(tell),
        }
    }

    /// Repeats an attempt until it succeeds, fails permanently, or the attempts or the time run out.
    pub async fn with<T>(
        &mut self,
        mut attempt: impl AsyncFnMut() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        loop {
            match attempt().await {
                Ok(done) => return Ok(done),
                Err(failure) => self.wait(failure).await?,
            }
        }
    }

    /// Waits before the next attempt. Returns the failure if there must not be another attempt.
    pub async fn wait(&mut self, failure: Failure) -> Result<(), Failure> {
        self.attempts -= 1;
        let pause = jittered(self.backoff.next_pause(), fastrand::f64());
        if self.attempts == 0 || !failure.may_pass() || Instant::now() + pause >= self.end {
            return Err(failure);
        }
        (self.tell)(&failure);
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

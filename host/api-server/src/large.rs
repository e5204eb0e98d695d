//! Limits how many large answers and events are in memory at a time, before and while they are decoded: each
//! takes several times its size.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// More than this is large, in bytes. Most ConfigMaps are smaller, and never wait.
const LARGE: usize = 64 * 1024;

/// How many large ones are read at a time.
const AT_A_TIME: usize = 2;

/// The places for reading large answers and events.
#[derive(Debug)]
pub(crate) struct Large(Arc<Semaphore>);

/// A place for one, from when it turns out to be large until it is decoded.
#[derive(Debug, Default)]
pub(crate) struct Place(Option<OwnedSemaphorePermit>);

impl Default for Large {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_A_TIME)))
    }
}

impl Place {
    /// Waits until more may be read by a reader that holds so much.
    pub async fn for_more(&mut self, held: usize, large: &Large) {
        if held <= LARGE {
            self.0 = None;
        } else if self.0.is_none() {
            // It is never closed.
            self.0 = Arc::clone(&large.0).acquire_owned().await.ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn large_ones_wait_for_each_other_and_small_ones_never() {
        let large = Large::default();
        let mut reading = Vec::new();
        for _ in 0..AT_A_TIME {
            let mut place = Place::default();
            place.for_more(LARGE + 1, &large).await;
            reading.push(place);
        }
        let soon = Duration::from_secs(1);
        let (mut one_more, mut small) = (Place::default(), Place::default());
        assert!(timeout(soon, one_more.for_more(LARGE + 1, &large)).await.is_err());
        assert!(timeout(soon, small.for_more(LARGE, &large)).await.is_ok());
        assert!(
            timeout(soon, reading[0].for_more(2 * LARGE, &large))
                .await
                .is_ok(),
            "it has its place already"
        );
        reading[0].for_more(0, &large).await;
        assert!(
            timeout(soon, one_more.for_more(LARGE + 1, &large)).await.is_ok(),
            "a watch gives its place back after the event"
        );
    }
}

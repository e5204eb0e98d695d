//! Implements a deterministic WASI for guests whose language requires one: no environment, no files, no
//! network, a fixed seed, and clocks that start at a fixed instant and advance with each call.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::random::Deterministic;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, ResourceTable, WasiCtx, WasiCtxBuilder};

/// The instant at which every render's clock starts: 2000-01-01T00:00:00Z.
const START: Duration = Duration::from_secs(946_684_800);

/// How much a clock advances each time it is read. Go's runtime aborts if a clock does not advance.
const CALL: u64 = 1_000;

/// The most random bytes that one call may ask for.
const MAX_RANDOM_BYTES: u64 = 64 * 1024;

/// How many random bytes there are before they repeat. Each byte that a guest gets takes four of them, so the
/// number is odd.
const RANDOM_BYTES: usize = 251;

/// Returns the random bytes of every render: always the same, but a guest that waits for a different one gets
/// it (splitmix64).
fn random_bytes() -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed.to_le_bytes()[7]
    };
    (0..RANDOM_BYTES).map(|_| next()).collect()
}

/// The WASI of one render.
pub struct Wasi {
    pub context: WasiCtx,
    pub table: ResourceTable,
    captured: Captured,
}

impl Wasi {
    /// Creates a WASI that captures up to `capacity` bytes of standard output and standard error.
    pub fn new(capacity: usize) -> Self {
        let captured = Captured {
            shared: Arc::default(),
            capacity,
        };
        let context = WasiCtxBuilder::new()
            .stdout(captured.clone())
            .stderr(captured.clone())
            .secure_random(Deterministic::new(random_bytes()))
            .insecure_random(Deterministic::new(random_bytes()))
            .insecure_random_seed(0x9e37_79b9)
            .max_random_size(MAX_RANDOM_BYTES)
            .wall_clock(Clock::default())
            .monotonic_clock(Clock::default())
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .build();
        Self {
            context,
            table: ResourceTable::new(),
            captured,
        }
    }

    /// Returns what the guest has written, as text.
    pub fn captured(&self) -> String {
        let bytes = self.captured.shared.lock();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

#[derive(Default)]
struct Clock(AtomicU64);

impl HostMonotonicClock for Clock {
    fn resolution(&self) -> u64 {
        CALL
    }

    fn now(&self) -> u64 {
        self.0.fetch_add(CALL, Ordering::Relaxed) + CALL
    }
}

impl HostWallClock for Clock {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(CALL)
    }

    fn now(&self) -> Duration {
        START + Duration::from_nanos(HostMonotonicClock::now(self))
    }
}

/// Accepts everything and keeps the first bytes: a stream that closed when full would make Rust's `eprintln!`
/// panic.
#[derive(Clone)]
struct Captured {
    shared: Arc<Mutex<Vec<u8>>>,
    capacity: usize,
}

impl Captured {
    fn keep(&self, bytes: &[u8]) {
        let mut kept = self.shared.lock();
        let room = self.capacity.saturating_sub(kept.len());
        kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

impl IsTerminal for Captured {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Captured {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for Captured {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.keep(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(64 * 1024)
    }
}

#[async_trait::async_trait]
impl Pollable for Captured {
    async fn ready(&mut self) {}
}

impl AsyncWrite for Captured {
    fn poll_write(self: Pin<&mut Self>, _context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.keep(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn random_bytes_are_the_same_each_time_and_differ_from_one_another() {
        assert_eq!(random_bytes(), random_bytes());
        let every_fourth: BTreeSet<u8> = random_bytes()
            .into_iter()
            .cycle()
            .step_by(4)
            .take(RANDOM_BYTES)
            .collect();
        assert!(every_fourth.len() > 100, "{}", every_fourth.len());
    }
}

//! Runs the clock that interrupts guests: a thread that advances the engine's epoch.

use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use wasmtime::Engine;

/// How often a running guest yields and its deadline is checked. The cost of epoch checks is not
/// measurable; a render can exceed its time by this much.
pub const TICK: Duration = Duration::from_millis(5);

/// Advances an engine's epoch until it is dropped.
pub struct Ticker {
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    pub fn start(engine: &Engine) -> std::io::Result<Self> {
        let engine = engine.clone();
        let (stop, stopped) = sync_channel(0);
        let thread = std::thread::Builder::new()
            .name("podweave-epoch".to_owned())
            .spawn(move || {
                while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                    engine.increment_epoch();
                }
            })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        // Dropping the sender ends the thread's wait at once.
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // The thread itself has already reported a panic.
            let _ = thread.join();
        }
    }
}

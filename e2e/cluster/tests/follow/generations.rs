//! Watches from the node that the files of containers never go back to an earlier generation.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use parking_lot::Mutex;

/// The interval at which is looked.
const POLL: Duration = Duration::from_millis(1);

/// A thread that reads the generation of each pod again and again.
pub struct Generations {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    /// Where each pod's files are.
    volumes: Mutex<Vec<PathBuf>>,
    wrong: Mutex<Vec<String>>,
    changes: Mutex<usize>,
    is_over: AtomicBool,
}

impl Generations {
    /// Begins without any pod.
    pub fn watch() -> Self {
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        Self {
            shared,
            thread: Some(std::thread::spawn(move || of_thread.run())),
        }
    }

    /// Watches the files of one more pod, given by the directory that its container has mounted.
    pub fn add(&self, volume: PathBuf) {
        self.shared.volumes.lock().push(volume);
    }

    /// Fails if the files of a pod have gone back, or were not whole. Returns how many changes were seen.
    pub fn finish(mut self) -> Result<usize> {
        self.end()?;
        let wrong = self.shared.wrong.lock();
        ensure!(wrong.is_empty(), "{wrong:?}");
        Ok(*self.shared.changes.lock())
    }

    fn end(&mut self) -> Result<()> {
        self.shared.is_over.store(true, Ordering::Relaxed);
        let ended = self.thread.take().map_or(Ok(()), JoinHandle::join);
        ended
            .ok()
            .context("the thread that watches generations has panicked")
    }
}

impl Drop for Generations {
    fn drop(&mut self) {
        // A test that fails has another reason already.
        let _ = self.end();
    }
}

impl Shared {
    fn run(&self) {
        let mut latest: HashMap<PathBuf, usize> = HashMap::new();
        while !self.is_over.load(Ordering::Relaxed) {
            for volume in self.volumes.lock().clone() {
                self.look(volume, &mut latest);
            }
            std::thread::sleep(POLL);
        }
    }

    fn look(&self, volume: PathBuf, latest: &mut HashMap<PathBuf, usize>) {
        // The pod may be gone.
        let Ok(text) = std::fs::read_to_string(volume.join("generation")) else {
            return;
        };
        let (before, now) = (latest.get(&volume).copied(), text.parse::<usize>());
        let Ok(now) = now else {
            return self.complain(format!("{}: {text:?} is no generation", volume.display()));
        };
        if before.is_some_and(|before| before > now) {
            self.complain(format!("{}: from {before:?} back to {now}", volume.display()));
        }
        if before != Some(now) {
            *self.changes.lock() += 1;
        }
        latest.insert(volume, now);
    }

    fn complain(&self, what: String) {
        let mut wrong = self.wrong.lock();
        if wrong.len() < 10 {
            wrong.push(what);
        }
    }
}

//! Runs something again whenever files change.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use podweave_core::digest::Digest;
use podweave_core::text::Shown as _;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, timeout, timeout_at};

use crate::messages;

/// One save causes several events; it is complete when no event came for this long.
const QUIET: Duration = Duration::from_millis(100);

/// If files change all the time, a round runs at least this often.
const PATIENCE: Duration = Duration::from_secs(2);

/// The files that a command depends on.
#[derive(Default)]
pub struct Watched {
    /// The files whose contents count.
    pub files: BTreeSet<PathBuf>,
    /// The directories whose listing counts: a new file in one makes a different [`Watched`].
    pub directories: BTreeSet<PathBuf>,
    /// What else is watched, for the message with the number of files.
    pub besides: &'static str,
}

/// Calls `round` now, and whenever the contents of a watched file or the set of files has changed, or
/// `elsewhere` reports a change, until Ctrl-C or an error. Calls `watched` again for each round.
pub async fn watch(
    watched: impl Fn() -> Watched,
    elsewhere: impl AsyncFn(),
    round: impl AsyncFnMut() -> Result<()>,
) -> Result<()> {
    tokio::select! {
        ended = rounds(watched, elsewhere, round) => ended,
        interrupted = tokio::signal::ctrl_c() => interrupted.context("cannot wait for Ctrl-C"),
    }
}

async fn rounds(
    watched: impl Fn() -> Watched,
    elsewhere: impl AsyncFn(),
    mut round: impl AsyncFnMut() -> Result<()>,
) -> Result<()> {
    let mut changes = Changes::new()?;
    let mut last = None;
    loop {
        let now = watched();
        // Read before the files, so that a later change is an event.
        changes.cover(&now)?;
        let fingerprint = fingerprint(&now);
        if last.as_ref() != Some(&fingerprint) {
            last = Some(fingerprint);
            round().await?;
            messages::note(&format!(
                "watching {} files{}; press Ctrl-C to stop",
                now.files.iter().filter(|file| file.exists()).count(),
                now.besides
            ));
        }
        tokio::select! {
            () = changes.next() => {}
            // A change elsewhere is not visible in the files.
            () = elsewhere() => last = None,
        }
    }
}

/// Reads the contents of files; `None` for an unreadable one. Becoming readable is a change, too.
fn fingerprint(watched: &Watched) -> BTreeMap<PathBuf, Option<Digest>> {
    let digest = |path: &Path| {
        // Reading a pipe would block, and it would be empty the next time.
        let is_file = fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
        is_file
            .then(|| fs::read(path).ok())
            .flatten()
            .map(|contents| Digest::of(&contents))
    };
    watched
        .files
        .iter()
        .map(|path| (path.clone(), digest(path)))
        .collect()
}

/// The system's events for some directories.
struct Changes {
    watcher: RecommendedWatcher,
    events: UnboundedReceiver<()>,
    covered: BTreeSet<PathBuf>,
}

impl Changes {
    fn new() -> Result<Self> {
        let (sender, events) = unbounded_channel();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // After an error, events may be lost, so check the files.
            if event.map_or(true, |event| is_change(&event.kind)) {
                // The receiver is gone when the process ends.
                let _ = sender.send(());
            }
        });
        Ok(Self {
            watcher: watcher.context(HINT)?,
            events,
            covered: BTreeSet::new(),
        })
    }

    /// Watches the parent directories of these files and directories: editors replace a file by another one
    /// of its name, which a watch on the file itself would miss.
    fn cover(&mut self, watched: &Watched) -> Result<()> {
        let mut directories = BTreeSet::new();
        for path in watched.files.iter().chain(&watched.directories) {
            directories.extend(existing_parent(path));
            // A link can change, and so can its target.
            directories.extend(fs::canonicalize(path).ok().as_deref().and_then(existing_parent));
        }
        directories.extend(watched.directories.iter().filter(|path| path.is_dir()).cloned());
        for gone in self.covered.difference(&directories) {
            // It may not exist any more.
            let _ = self.watcher.unwatch(gone);
        }
        for directory in &directories {
            // Known ones, too: a directory may be replaced by another one of the same name.
            match self.watcher.watch(directory, RecursiveMode::NonRecursive) {
                Err(error) if directory.is_dir() => {
                    return Err(error).with_context(|| format!("cannot watch {}: {HINT}", directory.shown()));
                }
                _ => {}
            }
        }
        self.covered = directories;
        Ok(())
    }

    /// Waits for a change, and for the end of its events.
    async fn next(&mut self) {
        self.events.recv().await;
        let latest = Instant::now() + PATIENCE;
        let quiet = async { while timeout(QUIET, self.events.recv()).await.is_ok() {} };
        // Both end the waiting.
        let _ = timeout_at(latest, quiet).await;
    }
}

const HINT: &str = "the system allows no more watches (fs.inotify.max_user_watches, max_user_instances)";

fn existing_parent(path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    absolute
        .ancestors()
        .skip(1)
        .find(|parent| parent.is_dir())
        .map(Path::to_owned)
}

/// Whether an event is a change: reading causes events, too, and this process reads the watched files.
fn is_change(kind: &EventKind) -> bool {
    !matches!(kind, EventKind::Access(access) if !matches!(access, AccessKind::Close(AccessMode::Write)))
}

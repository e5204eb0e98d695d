//! Doing something again whenever files change.

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

/// One save is several events; they are over when nothing came for this long.
const QUIET: Duration = Duration::from_millis(100);

/// Where files change all the time, there is a round at least this often.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a command depends on.
#[derive(Default)]
pub struct Watched {
    /// Their contents count.
    pub files: BTreeSet<PathBuf>,
    /// What is listed in them: a new file there makes [`Watched`] a different one.
    pub directories: BTreeSet<PathBuf>,
    /// What else is watched, behind the number of files in a message.
    pub besides: &'static str,
}

/// Calls `round` now and whenever the contents of a watched file, or the set of files, have changed, or `elsewhere` says
/// that something has; until Ctrl-C or an error. `watched` is asked anew each time.
pub async fn watch(watched: impl Fn() -> Watched, elsewhere: impl AsyncFn(), round: impl AsyncFnMut() -> Result<()>) -> Result<()> {
    tokio::select! {
        ended = rounds(watched, elsewhere, round) => ended,
        interrupted = tokio::signal::ctrl_c() => interrupted.context("cannot wait for Ctrl-C"),
    }
}

async fn rounds(watched: impl Fn() -> Watched, elsewhere: impl AsyncFn(), mut round: impl AsyncFnMut() -> Result<()>) -> Result<()> {
    let mut changes = Changes::new()?;
    let mut last = None;
    loop {
        let now = watched();
        // Before the files are read: what changes later is an event.
        changes.cover(&now)?;
        let fingerprint = fingerprint(&now);
        if last.as_ref() != Some(&fingerprint) {
            last = Some(fingerprint);
            round().await?;
            messages::note(&format!("watching {} files{}; Ctrl-C ends", now.files.iter().filter(|file| file.exists()).count(), now.besides));
        }
        tokio::select! {
            () = changes.next() => {}
            // No file shows that.
            () = elsewhere() => last = None,
        }
    }
}

/// The contents of files; `None` for one that cannot be read, which is a change, too, when it can be.
fn fingerprint(watched: &Watched) -> BTreeMap<PathBuf, Option<Digest>> {
    let digest = |path: &Path| {
        // A pipe would block, and be empty the next time.
        let is_file = fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
        is_file.then(|| fs::read(path).ok()).flatten().map(|contents| Digest::of(&contents))
    };
    watched.files.iter().map(|path| (path.clone(), digest(path))).collect()
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
            // An error may stand for lost events: look.
            if event.map_or(true, |event| is_change(&event.kind)) {
                // Nobody listens any more when the process ends.
                let _ = sender.send(());
            }
        });
        Ok(Self { watcher: watcher.context(HINT)?, events, covered: BTreeSet::new() })
    }

    /// Watches what these files and directories stand in: editors replace a file by another one of its name, which a
    /// watch on the file itself would miss.
    fn cover(&mut self, watched: &Watched) -> Result<()> {
        let mut directories = BTreeSet::new();
        for path in watched.files.iter().chain(&watched.directories) {
            directories.extend(existing_parent(path));
            // A link changes where it stands and where it leads to.
            directories.extend(fs::canonicalize(path).ok().as_deref().and_then(existing_parent));
        }
        directories.extend(watched.directories.iter().filter(|path| path.is_dir()).cloned());
        for gone in self.covered.difference(&directories) {
            // It may not exist any more.
            let _ = self.watcher.unwatch(gone);
        }
        for directory in &directories {
            // Those known already, too: a directory may be another one of the same name.
            match self.watcher.watch(directory, RecursiveMode::NonRecursive) {
                Err(error) if directory.is_dir() => return Err(error).with_context(|| format!("cannot watch {}: {HINT}", directory.shown())),
                _ => {}
            }
        }
        self.covered = directories;
        Ok(())
    }

    /// Waits for a change, and for the end of what belongs to it.
    async fn next(&mut self) {
        self.events.recv().await;
        let latest = Instant::now() + PATIENCE;
        let quiet = async { while timeout(QUIET, self.events.recv()).await.is_ok() {} };
        // Either is the end of waiting.
        let _ = timeout_at(latest, quiet).await;
    }
}

const HINT: &str = "the system allows no more watches (fs.inotify.max_user_watches, max_user_instances)";

fn existing_parent(path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    absolute.ancestors().skip(1).find(|parent| parent.is_dir()).map(Path::to_owned)
}

/// Reading is an event, too, and this process reads what it watches.
fn is_change(kind: &EventKind) -> bool {
    !matches!(kind, EventKind::Access(access) if !matches!(access, AccessKind::Close(AccessMode::Write)))
}

//! Components that could not be compiled, kept on disk beside the code: a component that takes the process that compiles it down with it would do so
//! again after each restart.
//!
//! There is a file for each, bound to the component, the engine and the limits: another version of podweave or more memory is reason to try again. It is
//! written before compiling, and removed when there is code; what a dead process has left of that kind counts as a failure, too.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use podweave_sandbox::compile::{CompileError, CompileLimits};
use podweave_sandbox::compiled::CodeKey;
use serde::{Deserialize, Serialize};

use crate::shelf::Shelf;

/// The bytes of all files: some hundred of the longest.
const BYTES: u64 = 1 << 20;

/// The longest file.
const MAX_FILE_BYTES: u64 = 16 << 10;

/// The pause after the first failure; it doubles with each.
const FIRST: Duration = Duration::from_secs(10);

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(3600);

/// What is said of a compilation whose end was not noted.
const NO_END: &str = "podweave ended while it was compiling the component, which may have been the cause";

/// A directory of failures. Clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Failures(Shelf);

/// What is known of a component that is not to be compiled now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remembered {
    /// What went wrong.
    pub reason: String,
    /// The pause that is left.
    pub left: Duration,
    /// What to remove to try at once.
    pub file: PathBuf,
}

/// A compilation that is under way. Dropped, it was given up without a result, which says nothing of the component.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    shelf: &'a Shelf,
    name: String,
    failure: Failure,
    is_noted: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Failure {
    limits: String,
    /// How often it was tried, this time included.
    attempts: u32,
    /// When it was tried last.
    tried: SystemTime,
    /// What went wrong; `None` while it is compiled.
    reason: Option<String>,
}

impl Failures {
    pub(crate) fn beside(code: &Path) -> Self {
        Self(Shelf::new(code.join("failures"), BYTES))
    }

    /// What is remembered of a component, if it is not to be compiled now.
    pub(crate) fn find(&self, key: &CodeKey, limits: &CompileLimits) -> Option<Remembered> {
        let name = name(key);
        let failure = self.read(&name, limits)?;
        // A clock that was set back is no reason to wait for longer.
        let since = SystemTime::now().duration_since(failure.tried).ok()?;
        let left = failure.pause().checked_sub(since).filter(|left| !left.is_zero())?;
        Some(Remembered { reason: failure.reason.unwrap_or_else(|| NO_END.to_owned()), left, file: self.0.directory().join(name) })
    }

    /// Notes that a component is being compiled.
    pub(crate) fn begin(&self, key: &CodeKey, limits: &CompileLimits) -> Attempt<'_> {
        let name = name(key);
        let attempts = self.read(&name, limits).map_or(0, |failure| failure.attempts).saturating_add(1);
        let failure = Failure { limits: described(limits), attempts, tried: SystemTime::now(), reason: None };
        let attempt = Attempt { shelf: &self.0, name, failure, is_noted: false };
        attempt.write();
        attempt
    }

    fn read(&self, name: &str, limits: &CompileLimits) -> Option<Failure> {
        let lease = self.0.take(name).ok()??;
        let mut text = Vec::new();
        lease.file().take(MAX_FILE_BYTES).read_to_end(&mut text).ok()?;
        // What is damaged or by other limits is as good as none.
        serde_json::from_slice::<Failure>(&text).ok().filter(|failure| failure.limits == described(limits))
    }
}

impl Attempt<'_> {
    /// Notes how it ended.
    pub(crate) fn end(mut self, error: Option<&CompileError>) {
        if let Some(error) = error.filter(|error| is_of_the_component(error)) {
            self.failure.reason = Some(error.to_string());
            self.failure.tried = SystemTime::now();
            self.write();
            self.is_noted = true;
        }
    }

    fn write(&self) {
        // Without a place it is not remembered, and that is all. Text and numbers: nothing in it can be refused.
        let _ = self.shelf.write(&self.name, &serde_json::to_vec(&self.failure).unwrap_or_default());
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.is_noted {
            self.shelf.discard(&self.name);
        }
    }
}

impl Failure {
    fn pause(&self) -> Duration {
        let doublings = self.attempts.saturating_sub(1).min(16);
        FIRST.saturating_mul(1 << doublings).min(LONGEST)
    }
}

fn name(key: &CodeKey) -> String {
    format!("{}.{}.json", key.component.hex(), key.engine)
}

fn described(limits: &CompileLimits) -> String {
    format!("{} bytes, {} s", limits.memory_bytes, limits.time.as_secs())
}

/// Whether it is the component, or the memory there is for it, that is at fault, and not the place for its code or the program that compiles.
fn is_of_the_component(error: &CompileError) -> bool {
    match error {
        CompileError::Invalid { .. }
        | CompileError::Limits { .. }
        | CompileError::Time { .. }
        | CompileError::Memory { .. }
        | CompileError::Killed { .. }
        | CompileError::Crashed { .. } => true,
        CompileError::NotAComponent(_) | CompileError::TooLarge { .. } | CompileError::Output { .. } | CompileError::Spawn { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use podweave_core::digest::Digest;

    use super::*;

    fn key() -> CodeKey {
        CodeKey { component: Digest::of(b"component"), engine: "engine".to_owned() }
    }

    fn invalid() -> CompileError {
        CompileError::Invalid { reason: "it is odd".to_owned() }
    }

    #[test]
    fn a_failure_is_remembered_for_longer_each_time_up_to_an_hour() {
        let directory = tempfile::tempdir().unwrap();
        let (failures, limits) = (Failures::beside(directory.path()), CompileLimits::default());
        let mut before = Duration::ZERO;
        for _ in 0..12 {
            failures.begin(&key(), &limits).end(Some(&invalid()));
            let found = failures.find(&key(), &limits).unwrap();
            assert!(found.reason.contains("it is odd"), "{}", found.reason);
            assert!(found.left > before || found.left > LONGEST - FIRST, "{:?} after {before:?}", found.left);
            before = found.left;
        }
        assert!(before <= LONGEST);
    }

    #[test]
    fn a_pause_ends() {
        let directory = tempfile::tempdir().unwrap();
        let (failures, limits) = (Failures::beside(directory.path()), CompileLimits::default());
        for age in [FIRST, LONGEST] {
            let failure = Failure { limits: described(&limits), attempts: 1, tried: SystemTime::now() - age, reason: None };
            failures.0.write(&name(&key()), &serde_json::to_vec(&failure).unwrap()).unwrap();
            assert_eq!(failures.find(&key(), &limits), None);
        }
    }

    #[test]
    fn it_is_bound_to_component_engine_and_limits() {
        let directory = tempfile::tempdir().unwrap();
        let (failures, limits) = (Failures::beside(directory.path()), CompileLimits::default());
        failures.begin(&key(), &limits).end(Some(&invalid()));
        assert!(failures.find(&key(), &limits).is_some());
        assert!(failures.find(&CodeKey { component: Digest::of(b"other"), ..key() }, &limits).is_none());
        assert!(failures.find(&CodeKey { engine: "newer".to_owned(), ..key() }, &limits).is_none());
        assert!(failures.find(&key(), &CompileLimits { memory_bytes: 1 << 32, ..limits }).is_none());
    }

    #[test]
    fn success_and_giving_up_leave_nothing_and_neither_does_what_is_not_the_component_s_fault() {
        let directory = tempfile::tempdir().unwrap();
        let (failures, limits) = (Failures::beside(directory.path()), CompileLimits::default());
        for error in [None, Some(CompileError::Output { reason: "the disk is full".to_owned() })] {
            failures.begin(&key(), &limits).end(error.as_ref());
            assert_eq!(failures.find(&key(), &limits), None);
        }
        drop(failures.begin(&key(), &limits));
        assert!(failures.0.kept().is_empty());
    }

    #[test]
    fn what_a_dead_process_was_compiling_counts_as_a_failure() {
        let directory = tempfile::tempdir().unwrap();
        let (failures, limits) = (Failures::beside(directory.path()), CompileLimits::default());
        // A process that dies drops nothing.
        std::mem::forget(failures.begin(&key(), &limits));
        assert_eq!(failures.find(&key(), &limits).unwrap().reason, NO_END);
    }

    #[test]
    fn there_is_a_bounded_number() {
        let directory = tempfile::tempdir().unwrap();
        let (failures, limits) = (Failures::beside(directory.path()), CompileLimits::default());
        for number in 0..300u32 {
            let key = CodeKey { component: Digest::of(&number.to_be_bytes()), ..key() };
            failures.begin(&key, &limits).end(Some(&CompileError::Invalid { reason: "r".repeat(8000) }));
        }
        let total: u64 = failures.0.kept().iter().map(|file| file.size).sum();
        assert!(total <= BYTES, "{total}");
    }
}

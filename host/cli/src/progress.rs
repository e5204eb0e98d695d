//! Shows progress bars, on a terminal only, and removes them when the work is done.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// The current bar, so that messages can remove it.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Work whose progress is shown until this is dropped.
pub struct Progress {
    doing: String,
}

impl Progress {
    pub fn new(doing: impl Into<String>) -> Self {
        Self { doing: doing.into() }
    }

    /// Shows how many bytes are done.
    pub fn show(&self, done: u64, total: u64) {
        show(&self.doing, done, total);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        clear();
    }
}

/// Shows the progress of some work, unless standard error is not a terminal.
pub fn show(doing: &str, done: u64, total: u64) {
    let mut shown = shown();
    let bar = shown.get_or_insert_with(|| {
        let bar = ProgressBar::new(total);
        // The template is valid; if it were not, the default style would do.
        if let Ok(style) =
            ProgressStyle::with_template("{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec}")
        {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(doing.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    });
    bar.set_length(total);
    bar.set_position(done);
}

/// Removes the bar.
pub fn clear() {
    if let Some(bar) = shown().take() {
        bar.finish_and_clear();
    }
}

fn shown() -> MutexGuard<'static, Option<ProgressBar>> {
    SHOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

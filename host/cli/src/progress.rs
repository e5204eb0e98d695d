//! Progress bars: on a terminal only, and gone when the work is done.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// The bar that is shown, so that messages can take it away.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Work whose progress is shown while this lives.
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

/// Shows how far some work is. Nothing is shown where standard error is no terminal.
pub fn show(doing: &str, done: u64, total: u64) {
    let mut shown = shown();
    let bar = shown.get_or_insert_with(|| {
        let bar = ProgressBar::new(total);
        // A template without a mistake; and a bar in the default style is a bar, too.
        if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec}") {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(doing.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    });
    bar.set_length(total);
    bar.set_position(done);
}

/// Takes the bar away.
pub fn clear() {
    if let Some(bar) = shown().take() {
        bar.finish_and_clear();
    }
}

fn shown() -> MutexGuard<'static, Option<ProgressBar>> {
    SHOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

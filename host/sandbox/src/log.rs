//! Collects what a plugin logs: made printable, and limited.

use podweave_core::text::printable;

/// The level of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// For the plugin's author.
    Debug,
    /// Information for an operator.
    Info,
    /// Something that an operator should check.
    Warn,
    /// Why a render is about to fail.
    Error,
    /// Standard output or standard error of a guest with WASI.
    Stderr,
}

impl Level {
    /// The level's name in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Stderr => "stderr",
        }
    }
}

/// A line of a plugin's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its level.
    pub level: Level,
    /// Its text, without control characters.
    pub message: String,
}

/// The log of one render.
#[derive(Debug)]
pub struct Log {
    lines: Vec<Line>,
    left: usize,
}

/// The cost of a line beyond its text: an empty message is not free.
const LINE_BYTES: usize = 16;

impl Log {
    pub fn new(limit: usize) -> Self {
        Self {
            lines: Vec::new(),
            left: limit,
        }
    }

    /// Adds a line. Lines beyond the limit are dropped, and the last line says so.
    pub fn push(&mut self, level: Level, message: &str) {
        if self.left == 0 {
            return;
        }
        let message = printable(message, self.left);
        self.left = self.left.saturating_sub(message.len() + LINE_BYTES);
        self.lines.push(Line { level, message });
        if self.left == 0 {
            self.lines.push(Line {
                level: Level::Warn,
                message: "the log has reached its limit; further lines are dropped".to_owned(),
            });
        }
    }

    pub fn used(&self, limit: usize) -> usize {
        limit.saturating_sub(self.left)
    }

    pub fn left(&self) -> usize {
        self.left
    }

    /// Returns the text that best explains why a guest died: its last error, or its standard error.
    pub fn last_words(&self) -> Option<String> {
        const SHOWN: usize = 2048;
        let errors = self
            .lines
            .iter()
            .rev()
            .filter(|line| matches!(line.level, Level::Error | Level::Stderr));
        errors.map(|line| printable(&line.message, SHOWN)).next()
    }

    pub fn into_lines(self) -> Vec<Line> {
        self.lines
    }
}

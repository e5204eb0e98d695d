//! Prints results to standard output and messages to standard error, in colour only on a terminal.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use anyhow::{Context as _, Result};
use podweave_core::text::Shown as _;
use podweave_core::text::human_size;
use podweave_pipeline::LogLine;
use podweave_plugin_store::Event;
use podweave_sandbox::Level;

pub use crate::printed::styled;
use crate::{printed, progress};

pub const HEADING: Style = Style::new().bold();
pub const NAME: Style = AnsiColor::Cyan.on_default();
pub const FAINT: Style = Style::new().dimmed();
pub const GOOD: Style = AnsiColor::Green.on_default();
pub const BAD: Style = AnsiColor::Red.on_default();
pub const WARNING: Style = AnsiColor::Yellow.on_default();
const ERROR: Style = AnsiColor::Red.on_default().bold();

/// Prints a result for people, without styles if the output is not a terminal.
pub fn print(text: &str) -> Result<()> {
    write(anstream::stdout().lock(), &printed::for_terminal(text))
}

/// Prints a result for programs, unchanged.
pub fn print_raw(text: &str) -> Result<()> {
    write(std::io::stdout().lock(), text)
}

fn write(mut stdout: impl Write, text: &str) -> Result<()> {
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .context("cannot write to standard output")
}

fn message(style: Style, label: &str, text: &str) {
    progress::clear();
    // If standard error is closed, there is no way to report it.
    let _ = writeln!(
        anstream::stderr().lock(),
        "{}",
        printed::for_terminal(&format!("{} {text}", styled(style, label)))
    );
}

pub fn error(text: &str) {
    message(ERROR, "error:", text);
}

/// Shows an error after which work goes on. Returns the error of a closed pipe.
pub fn error_and_go_on(error: anyhow::Error) -> Result<()> {
    if crate::is_closed_pipe(&error) {
        return Err(error);
    }
    self::error(&format!("{error:#}"));
    Ok(())
}

pub fn warning(text: &str) {
    message(WARNING, "warning:", text);
}

pub fn note(text: &str) {
    message(FAINT, "note:", text);
}

/// Shows what a plugin logged: warnings and errors, and the rest on request.
pub fn plugin_log(pod: &str, container: &str, lines: &[LogLine], verbose: bool) {
    for LogLine { plugin, line } in lines {
        let text = format!(
            "pod {pod}, container {container}, plugin {plugin}: {}",
            line.message
        );
        match line.level {
            Level::Warn => warning(&text),
            Level::Error => message(ERROR, "plugin error:", &text),
            level if verbose => message(FAINT, &format!("{}:", level.name()), &text),
            _ => {}
        }
    }
}

/// Shows what the plugin store does.
pub fn store_event(event: &Event<'_>) {
    match event {
        Event::Compiling { plugin, size } => message(
            FAINT,
            "compiling",
            &format!("plugin {plugin} ({}), once for this version", human_size(*size)),
        ),
        Event::Compiled { plugin, .. } => message(FAINT, "compiled", &format!("plugin {plugin}")),
        Event::CacheUnusable { plugin, reason } => warning(&format!(
            "cannot use the cached code of plugin {plugin}: {reason}; compiling it again"
        )),
        Event::Pulling { plugin } => message(FAINT, "pulling", plugin),
        Event::Pulled { plugin, size, took } => {
            message(
                FAINT,
                "pulled",
                &format!(
                    "{plugin} ({}, {:.1} s)",
                    human_size(usize::try_from(*size).unwrap_or(usize::MAX)),
                    took.as_secs_f64()
                ),
            );
        }
        // The command prints the error itself.
        Event::CompileFailed { .. } | Event::PullFailed { .. } => {}
        // The user of the command line trusts the plugin; `podweave plugin pull` shows what is pulled.
        Event::Trusted { .. } => {}
        Event::Progress { done, total, .. } => progress::show("pulling", *done, *total),
        Event::LastKnownGood { plugin, reason, .. } => {
            warning(&format!("{reason}; using the last known manifest of {plugin}"))
        }
        Event::CacheNotWritten { directory, reason } => warning(&format!(
            "cannot store compiled code in {}: {reason}; the next run compiles again. Free space there, check its owner and mode, or set PODWEAVE_CACHE_DIR to another directory",
            directory.shown()
        )),
    }
}

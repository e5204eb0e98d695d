//! What goes to people: results to standard output, messages to standard error, colour only on a terminal.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use anyhow::{Context as _, Result};
use podweave_core::limits::human_size;
use podweave_core::text::Shown as _;
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

/// Prints a result for people, without styles where the output is not a terminal.
pub fn print(text: &str) -> Result<()> {
    write(anstream::stdout().lock(), &printed::for_terminal(text))
}

/// Prints a result of which every byte counts.
pub fn print_raw(text: &str) -> Result<()> {
    write(std::io::stdout().lock(), text)
}

fn write(mut stdout: impl Write, text: &str) -> Result<()> {
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).context("cannot write to standard output")
}

fn message(style: Style, label: &str, text: &str) {
    progress::clear();
    // Nobody is left to be told that standard error is closed.
    let _ = writeln!(anstream::stderr().lock(), "{}", printed::for_terminal(&format!("{} {text}", styled(style, label))));
}

pub fn error(text: &str) {
    message(ERROR, "error:", text);
}

/// Shows an error after which work goes on. One that nobody can be shown is handed back.
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

/// Shows what a plugin logged: warnings and errors, and the rest on demand.
pub fn plugin_log(pod: &str, container: &str, lines: &[LogLine], verbose: bool) {
    for LogLine { plugin, line } in lines {
        let text = format!("pod {pod}, container {container}, plugin {plugin}: {}", line.message);
        match line.level {
            Level::Warn => warning(&text),
            Level::Error => message(ERROR, "plugin error:", &text),
            level if verbose => message(FAINT, &format!("{}:", level.name()), &text),
            _ => {}
        }
    }
}

/// Shows what the plugin store is doing.
pub fn store_event(event: &Event<'_>) {
    match event {
        Event::Compiling { plugin, size } => message(FAINT, "compiling", &format!("plugin {plugin} ({}), once for this version", human_size(*size))),
        Event::Compiled { plugin } => message(FAINT, "compiled", &format!("plugin {plugin}")),
        Event::CacheUnusable { plugin, reason } => warning(&format!("compiled code of plugin {plugin} cannot be used: {reason}; it is made anew")),
        Event::Pulling { plugin } => message(FAINT, "pulling", plugin),
        Event::Pulled { plugin, size, took } => {
            message(FAINT, "pulled", &format!("{plugin} ({}, {:.1} s)", human_size(usize::try_from(*size).unwrap_or(usize::MAX)), took.as_secs_f64()));
        }
        // The one who types the command is the one who trusts; what is pulled is shown by `podweave plugin pull`.
        Event::Trusted { .. } => {}
        Event::Progress { done, total, .. } => progress::show("pulling", *done, *total),
        Event::LastKnownGood { plugin, reason, .. } => warning(&format!("{reason}; {plugin} means what it meant last")),
        Event::CacheNotWritten { directory, reason } => warning(&format!(
            "compiled code cannot be kept in {}: {reason}; the next run compiles again. Free space there, see to its owner and mode, or name another directory in PODWEAVE_CACHE_DIR",
            directory.shown()
        )),
    }
}

//! Defines how a render ends without a result.

use std::time::Duration;

use podweave_core::component_limits::TABLE_ELEMENTS;
use podweave_core::inputs::InputError;
use podweave_core::outputs::OutputError;
use podweave_core::text::human_size;

/// Why a render has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The plugin reports a failure.
    #[error(transparent)]
    Failure(Failure),
    /// The plugin read something that does not exist.
    #[error(transparent)]
    Input(InputError),
    /// The plugin set something that no container can use.
    #[error(transparent)]
    Output(OutputError),
    /// The plugin ran too long.
    #[error("the plugin took longer than {} ms, the limit for one container; make it do less, or raise the limit (limits.time in the agent's configuration)", .limit.as_millis())]
    Time {
        /// The limit.
        limit: Duration,
    },
    /// The plugin needs too much memory.
    #[error("the plugin needs more than {} of memory, the limit for one container; make it need less, or raise the limit (limits.memory in the agent's configuration)", human_size(*.limit))]
    Memory {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The plugin needs too large a table.
    #[error("the plugin needs a table of more than {} elements, the limit; make it need fewer functions that are called through pointers", TABLE_ELEMENTS.most)]
    TableElements,
    /// The plugin and the host exchanged too many bytes.
    #[error("the plugin copies more than {} in and out, the limit for one container; read and write less, or raise the limit (limits.copied in the agent's configuration)", human_size(*.limit))]
    Copied {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The plugin crashed.
    #[error(transparent)]
    Trap(Trap),
    /// The sandbox cannot run the plugin.
    #[error("cannot start the plugin in the sandbox: {reason}")]
    Start {
        /// What wasmtime says.
        reason: String,
    },
}

/// A failure that a plugin reports. All text is the plugin's own, cut and without control characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// A value that the plugin cannot accept.
    #[error("ConfigMap {config_map}, key {key:?}: {message}")]
    InvalidValue {
        /// The alias; the pipeline puts `namespace/name` in front of it.
        config_map: String,
        /// The key.
        key: String,
        /// What is wrong.
        message: String,
    },
    /// Parameters that the plugin cannot accept.
    #[error("params{}: {message}", at(.path))]
    InvalidParams {
        /// The path in the parameters; empty for all of them.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

fn at(path: &str) -> String {
    if path.is_empty() {
        String::new()
    } else {
        format!(" at {path}")
    }
}

/// How a plugin crashed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the plugin crashed: {reason}{}{}{}", line(" It said: ", .said.as_deref()), line(" In: ", .function.as_deref()), line(" Its last reads: ", Some(&.last_reads.join(", "))))]
pub struct Trap {
    /// The reason of the machine: `stack overflow`, `unreachable`, ...
    pub reason: String,
    /// The plugin's last error line, or its standard error.
    pub said: Option<String>,
    /// The innermost functions with names.
    pub function: Option<String>,
    /// Its last reads, as the report names them.
    pub last_reads: Vec<String>,
}

fn line(before: &str, text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty())
        .map_or_else(String::new, |text| format!(".{before}{text}"))
}

/// The host returns this to end a render from within a call; it passes through wasmtime as an error.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Stop {
    #[error(transparent)]
    Input(InputError),
    #[error(transparent)]
    Output(OutputError),
    #[error("out of time")]
    Time,
    #[error("out of memory")]
    Memory,
    #[error("too many elements of a table")]
    TableElements,
    #[error("too much copied")]
    Copied,
    #[error("inputs and outputs are not for describe")]
    Describing,
}

//! How a render ends without a result.

use std::time::Duration;

use podweave_core::component_limits::TABLE_ELEMENTS;
use podweave_core::inputs::InputError;
use podweave_core::limits::human_size;
use podweave_core::outputs::OutputError;

/// Why a render has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The plugin says so.
    #[error("{0}")]
    Failure(Failure),
    /// The plugin read what is not there.
    #[error("{0}")]
    Input(InputError),
    /// The plugin set what no container can take.
    #[error("{0}")]
    Output(OutputError),
    /// The plugin ran too long.
    #[error("the plugin took longer than {} ms, the limit for one container; make it do less, or have the limit raised", .limit.as_millis())]
    Time {
        /// The limit.
        limit: Duration,
    },
    /// The plugin wanted too much memory.
    #[error("the plugin wants more than {} of memory, the limit for one container; make it need less, or have the limit raised", human_size(*.limit))]
    Memory {
        /// In bytes.
        limit: usize,
    },
    /// The plugin wanted too large a table.
    #[error("the plugin wants a table of more than {} elements, the limit; make it need fewer functions that are called through pointers", TABLE_ELEMENTS.most)]
    TableElements,
    /// Too much was passed between host and plugin.
    #[error("the plugin passes more than {} in and out, the limit for one container; read and write less, or have the limit raised", human_size(*.limit))]
    Copied {
        /// In bytes.
        limit: usize,
    },
    /// The plugin crashed.
    #[error("{0}")]
    Trap(Trap),
    /// The sandbox itself could not run the plugin.
    #[error("the sandbox could not start the plugin: {reason}")]
    Start {
        /// What wasmtime says.
        reason: String,
    },
}

/// What a plugin says went wrong. All text is the plugin's own, cut and without control characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// A value that it cannot accept.
    #[error("ConfigMap {config_map}, key {key:?}: {message}")]
    InvalidValue {
        /// The alias; the pipeline, which knows it, puts `namespace/name` before it.
        config_map: String,
        /// The key.
        key: String,
        /// What is wrong.
        message: String,
    },
    /// Parameters that it cannot accept.
    #[error("params{}: {message}", at(.path))]
    InvalidParams {
        /// Where in them; empty for the whole.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

fn at(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!(" at {path}") }
}

/// How a plugin crashed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the plugin crashed: {reason}{}{}{}", line(" It said: ", .said.as_deref()), line(" In: ", .function.as_deref()), line(" Its last reads: ", Some(&.last_reads.join(", "))))]
pub struct Trap {
    /// What the machine says: `stack overflow`, `unreachable`, ...
    pub reason: String,
    /// The plugin's last error line or standard error.
    pub said: Option<String>,
    /// The innermost functions that have names.
    pub function: Option<String>,
    /// What it read last, as the report names it.
    pub last_reads: Vec<String>,
}

fn line(before: &str, text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty()).map_or_else(String::new, |text| format!(".{before}{text}"))
}

/// What the host raises to end a render from within a call; it travels through wasmtime as an error.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Stop {
    #[error("{0}")]
    Input(InputError),
    #[error("{0}")]
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

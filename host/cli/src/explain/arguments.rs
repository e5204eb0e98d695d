//! The arguments of `podweave explain`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::arguments::RenderEnvironment;
use crate::input::FileArguments;

#[derive(Debug, Args)]
#[command(override_usage = "podweave explain [OPTIONS] FILE|DIR... NAME\n       podweave explain [OPTIONS] --unused FILE|DIR...")]
pub struct ExplainArguments {
    /// Manifests, as for render, and then what is to be explained: a variable, `args`, `args[0]`, `command`, or the path of a file.
    ///
    /// With --unused, manifests only.
    #[arg(required_unless_present = "filenames", value_name = "FILE|DIR|NAME")]
    pub subject: Vec<PathBuf>,
    #[command(flatten)]
    pub files: FileArguments,
    /// Show the keys of the bound ConfigMaps that nothing reads.
    #[arg(long)]
    pub unused: bool,
    /// Only this container.
    #[arg(long, value_name = "NAME")]
    pub container: Option<String>,
    /// What to print: text for people, or a document for scripts.
    #[arg(short, long, default_value = "text", value_name = "FORMAT")]
    pub output: TextOrJson,
    #[command(flatten)]
    pub environment: RenderEnvironment,
}

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TextOrJson {
    Text,
    Json,
}

//! The arguments of `podweave explain`.

use std::path::PathBuf;

use clap::Args;

use crate::input::FileArguments;
use crate::shared_arguments::{RenderEnvironment, ReportOutput};

#[derive(Debug, Args)]
#[command(
    override_usage = "podweave explain [OPTIONS] FILE|DIR... NAME\n       podweave explain [OPTIONS] --unused FILE|DIR..."
)]
pub struct ExplainArguments {
    /// Manifests, as for render, and then what to explain: a variable, `args`, `args[0]`, `command`, or the
    /// path of a file.
    ///
    /// With --unused, manifests only.
    #[arg(required_unless_present = "filenames", value_name = "FILE|DIR|NAME")]
    pub subject: Vec<PathBuf>,
    #[command(flatten)]
    pub files: FileArguments,
    /// Show the keys of the bound ConfigMaps that no render reads.
    #[arg(long)]
    pub unused: bool,
    /// Only this container.
    #[arg(long, value_name = "NAME")]
    pub container: Option<String>,
    /// Output format: a table for people, or a document for scripts.
    #[arg(short, long, default_value = "table", value_name = "FORMAT")]
    pub output: ReportOutput,
    #[command(flatten)]
    pub environment: RenderEnvironment,
}

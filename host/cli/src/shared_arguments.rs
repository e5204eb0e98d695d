//! Arguments that several commands have.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use podweave_core::reference::PluginReference;

use crate::facts::Fact;

/// When registries are asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Pull {
    #[default]
    Never,
    Missing,
    Always,
}

/// The inputs of a render in addition to its manifests.
#[derive(Debug, Clone, Default, Args)]
pub struct RenderEnvironment {
    /// Use this component wherever annotations say NAME; can be repeated.
    #[arg(long = "plugin", value_name = "NAME=FILE.wasm", value_parser = parse_plugin)]
    pub plugins: Vec<(PluginReference, PathBuf)>,
    /// Set a fact that only a cluster knows: pod-name, pod-uid, node-name or node-label/KEY; can be repeated.
    #[arg(long = "set", value_name = "FACT=VALUE", value_parser = Fact::parse)]
    pub facts: Vec<Fact>,
    /// The namespace of manifests without one [default: default].
    #[arg(short, long, value_parser = parse_namespace)]
    pub namespace: Option<String>,
    /// When to ask registries for plugins: never (only plugins that `podweave plugin pull` has fetched are
    /// used), when a plugin is missing, or always.
    #[arg(long, value_name = "WHEN", default_value = "never")]
    pub pull: Pull,
    /// Show everything that plugins log, including debug lines.
    #[arg(short, long)]
    pub verbose: bool,
}

impl RenderEnvironment {
    /// Returns the namespace of manifests without one, unless a cluster gives another one.
    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or("default")
    }
}

/// The output format of a command that reports something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportOutput {
    // `explain` and `bench` used to call it `text`.
    #[value(alias = "text")]
    Table,
    Json,
}

fn parse_plugin(text: &str) -> Result<(PluginReference, PathBuf), String> {
    // A digest in an OCI reference has no '='; a path may have one.
    let (name, path) = text
        .split_once('=')
        .filter(|(_, path)| !path.is_empty())
        .ok_or("must have the form NAME=FILE.wasm")?;
    Ok((PluginReference::parse(name)?, path.into()))
}

/// Checks the name of a namespace.
pub fn parse_namespace(text: &str) -> Result<String, String> {
    podweave_core::names::Form::Label
        .problem(text)
        .map_or_else(|| Ok(text.to_owned()), Err)
}

//! The arguments of the commands of `podweave plugin` for registries.

use std::path::PathBuf;

use clap::Args;
use podweave_core::oci_reference::OciReference;
use podweave_signature::Identity;

use crate::shared_arguments::ReportOutput;

/// How a registry is reached.
#[derive(Debug, Clone, Default, Args)]
pub struct RegistryArguments {
    /// Use plain HTTP without TLS: everyone on the network path can read and change the traffic.
    #[arg(long)]
    pub plain_http: bool,
    /// Also trust the certificate authorities in this file (PEM); can be repeated.
    #[arg(long = "certificate-authority", value_name = "FILE")]
    pub certificate_authorities: Vec<PathBuf>,
    /// The docker configuration with credentials [default: $DOCKER_CONFIG/config.json or
    /// ~/.docker/config.json, then podman's auth.json].
    #[arg(long, value_name = "FILE")]
    pub docker_config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct PushArguments {
    /// The component.
    #[arg(value_name = "FILE.wasm")]
    pub file: PathBuf,
    /// The target: REGISTRY/REPOSITORY:TAG.
    #[arg(value_parser = OciReference::parse)]
    pub reference: OciReference,
    /// An annotation of the manifest, such as org.opencontainers.image.source=https://...; can be repeated.
    #[arg(long = "annotation", value_name = "KEY=VALUE", value_parser = parse_annotation)]
    pub annotations: Vec<(String, String)>,
    #[command(flatten)]
    pub registry: RegistryArguments,
    /// Output format: the reference with its digest, or a document for scripts.
    #[arg(short, long, default_value = "table", value_name = "FORMAT")]
    pub output: ReportOutput,
}

#[derive(Debug, Args)]
pub struct PullArguments {
    /// The plugin: REGISTRY/REPOSITORY[:TAG][@sha256:DIGEST].
    #[arg(value_parser = OciReference::parse)]
    pub reference: OciReference,
    /// Also write the component to this file.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub registry: RegistryArguments,
}

#[derive(Debug, Args)]
pub struct VerifyArguments {
    /// The plugin: REGISTRY/REPOSITORY[:TAG][@sha256:DIGEST].
    #[arg(value_parser = OciReference::parse)]
    pub reference: OciReference,
    /// A public key (PEM, cosign.pub) whose signature is accepted; can be repeated.
    #[arg(
        long = "key",
        value_name = "FILE",
        required_unless_present = "certificate_roots"
    )]
    pub keys: Vec<PathBuf>,
    /// The authorities (PEM) of signers' certificates; needs --identity.
    #[arg(long, value_name = "FILE", requires = "identities")]
    pub certificate_roots: Option<PathBuf>,
    /// A signer in a certificate whose signature is accepted: a URI, an e-mail address or a DNS name; can be
    /// repeated.
    #[arg(long = "identity", value_name = "NAME", requires = "certificate_roots", value_parser = Identity::parse)]
    pub identities: Vec<Identity>,
    #[command(flatten)]
    pub registry: RegistryArguments,
    /// Output format: the reference with its digest and the signer, or a document for scripts.
    #[arg(short, long, default_value = "table", value_name = "FORMAT")]
    pub output: ReportOutput,
}

#[derive(Debug, Args)]
pub struct ListArguments {
    /// List the tags of this repository in its registry instead: REGISTRY/REPOSITORY.
    #[arg(value_name = "REPOSITORY", value_parser = OciReference::parse)]
    pub repository: Option<OciReference>,
    /// List the plugins of this node's agent instead of this user's.
    ///
    /// In a cluster: kubectl exec -n podweave ds/podweave-agent -- podweave plugin list --node
    #[arg(long, conflicts_with = "repository")]
    pub node: bool,
    /// The agent's configuration file [default: the one that the agent uses].
    #[arg(long, value_name = "FILE", requires = "node")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub registry: RegistryArguments,
    /// Output format: a table for people, or a document for scripts.
    #[arg(short, long, default_value = "table", value_name = "FORMAT")]
    pub output: ReportOutput,
}

fn parse_annotation(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("must have the form KEY=VALUE".to_owned()),
    }
}

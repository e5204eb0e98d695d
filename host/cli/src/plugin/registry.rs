//! Connects to registries as the arguments and the user's docker configuration say.

use std::path::Path;

use anyhow::{Context as _, Result};
use podweave_core::oci_reference::OciReference;
use podweave_core::text::Shown as _;
use podweave_plugin_store::settings::{Registries, RegistryHost};
use podweave_registry::{Access, Credentials, DockerConfig, Endpoint, RegistryClient, RegistryLimits};

use crate::messages;
use crate::plugin::arguments::RegistryArguments;

/// The maximum size of a file with certificates.
pub const CERTIFICATES_BYTES: u64 = 4 * 1024 * 1024;

/// Returns the process that talks to registries: this program, started again.
pub fn client() -> Result<RegistryClient> {
    let this_program = podweave_plugin_store::own_program().context("cannot find this program's own file")?;
    Ok(RegistryClient::new(
        this_program,
        vec!["registry-request".into()],
        RegistryLimits::default(),
    ))
}

/// Returns the registry's endpoint for a reference, and the credentials.
pub async fn access(arguments: &RegistryArguments, reference: &OciReference) -> Result<Access> {
    if arguments.plain_http {
        messages::warning(&format!(
            "using plain HTTP for {}: everyone on the network path can read and change the traffic",
            reference.registry()
        ));
    }
    let mut access = Access::of(reference);
    for path in &arguments.certificate_authorities {
        access
            .certificate_authorities
            .push(read(path, CERTIFICATES_BYTES)?);
    }
    let credentials = credentials(arguments, reference).await?;
    for endpoint in &mut access.endpoints {
        *endpoint = Endpoint {
            plain_http: arguments.plain_http,
            credentials: credentials.clone(),
            ..endpoint.clone()
        };
    }
    Ok(access)
}

/// Returns the same for the plugin store.
pub async fn registries(arguments: &RegistryArguments, reference: &OciReference) -> Result<Registries> {
    let Access {
        endpoints,
        certificate_authorities,
    } = access(arguments, reference).await?;
    let credentials = endpoints.into_iter().find_map(|endpoint| endpoint.credentials);
    let host = RegistryHost {
        plain_http: arguments.plain_http,
        credentials,
        ..RegistryHost::default()
    };
    Ok(Registries {
        hosts: [(reference.registry().to_owned(), host)].into(),
        certificate_authorities,
        ..Registries::default()
    })
}

/// Returns the first credentials for a reference in the user's configurations, or of their credential helper.
async fn credentials(arguments: &RegistryArguments, reference: &OciReference) -> Result<Option<Credentials>> {
    let paths = match &arguments.docker_config {
        Some(path) => vec![path.clone()],
        None => DockerConfig::paths()
            .into_iter()
            .filter(|path| path.exists())
            .collect(),
    };
    for path in paths {
        let config = DockerConfig::load(&path)
            .with_context(|| format!("the docker configuration {}", path.shown()))?;
        if let Some(credentials) = config.credentials(reference)? {
            return Ok(Some(credentials));
        }
        if let Some(credentials) = config.credentials_of_helper(reference).await? {
            return Ok(Some(credentials));
        }
    }
    Ok(None)
}

/// Reads a small text file.
pub fn read(path: &Path, limit: u64) -> Result<String> {
    let bytes =
        podweave_bounded_read::file(path, limit).with_context(|| format!("cannot read {}", path.shown()))?;
    String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8 text", path.shown()))
}

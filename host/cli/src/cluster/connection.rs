//! Chooses the cluster: the one that a kubeconfig names, or the one that this process runs in.

use anyhow::{Context as _, Result, anyhow, bail};
use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use podweave_core::text;
use podweave_core::text::Shown as _;

use crate::Usage;

/// Returns how to reach the cluster of a context, by default of the current one.
pub async fn config(context: Option<&str>) -> Result<Config> {
    let kubeconfig = read()?;
    let is_empty = kubeconfig
        .as_ref()
        .is_none_or(|kubeconfig| kubeconfig.contexts.is_empty());
    // As in kubectl, the cluster around this process is the last resort.
    if is_empty && context.is_none() && std::env::var_os("KUBERNETES_SERVICE_HOST").is_some() {
        return Config::incluster()
            .map_err(|error| anyhow!("cannot use the cluster that this runs in: {error}"));
    }
    let Some(kubeconfig) = kubeconfig else {
        bail!(
            "there is no kubeconfig, and this does not run in a cluster; set KUBECONFIG, or create ~/.kube/config"
        );
    };
    let names = || kubeconfig.contexts.iter().map(|context| context.name.as_str());
    if let Some(context) = context
        && !names().any(|name| name == context)
    {
        let suggestion = text::did_you_mean(context, names());
        return Err(Usage(format!(
            "--context: the kubeconfig has no context {}{suggestion}; available contexts are {}",
            text::quoted(context),
            text::list(names())
        ))
        .into());
    }
    if context.is_none() && kubeconfig.current_context.as_ref().is_none_or(String::is_empty) {
        return Err(Usage(format!(
            "the kubeconfig has no current-context; choose one with --context: available contexts are {}",
            text::list(names())
        ))
        .into());
    }
    let options = KubeConfigOptions {
        context: context.map(str::to_owned),
        ..KubeConfigOptions::default()
    };
    Config::from_custom_kubeconfig(kubeconfig, &options)
        .await
        .map_err(unusable)
}

/// Reads the kubeconfig; `None` if none exists.
fn read() -> Result<Option<Kubeconfig>> {
    let is_named = std::env::var_os("KUBECONFIG").is_some_and(|value| !value.is_empty());
    match Kubeconfig::read() {
        Ok(kubeconfig) => Ok(Some(kubeconfig)),
        Err(KubeconfigError::FindPath) => Ok(None),
        Err(KubeconfigError::ReadConfig(error, _))
            if error.kind() == std::io::ErrorKind::NotFound && !is_named =>
        {
            Ok(None)
        }
        Err(KubeconfigError::ReadConfig(error, path)) => {
            Err(error).with_context(|| format!("cannot read the kubeconfig {}", path.shown()))
        }
        Err(error) => Err(unusable(error)),
    }
}

/// Formats an error without the faulty text: a kubeconfig has credentials.
fn unusable(error: KubeconfigError) -> anyhow::Error {
    let reason = match error {
        KubeconfigError::Parse(error) => match error.location() {
            Some(location) => format!(
                "line {}, column {}: it is not YAML, or not a kubeconfig",
                location.line(),
                location.column()
            ),
            None => "it is not YAML, or not a kubeconfig".to_owned(),
        },
        KubeconfigError::LoadClusterOfContext(cluster) => {
            format!(
                "the context refers to the cluster {}, which the kubeconfig does not have",
                text::quoted(&cluster)
            )
        }
        KubeconfigError::MissingClusterUrl => "the context's cluster has no server".to_owned(),
        KubeconfigError::LoadContext(context) => format!("it has no context {}", text::quoted(&context)),
        other => text::printable(&other.to_string(), 300),
    };
    anyhow!("cannot use the kubeconfig: {reason}")
}

//! Which cluster: the one that a kubeconfig names, or the one that this process runs in.

use anyhow::{Context as _, Result, anyhow, bail};
use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use podweave_core::text;
use podweave_core::text::Shown as _;

use crate::Usage;

/// How to reach the cluster of a context; of the current one unless it is named.
pub async fn config(context: Option<&str>) -> Result<Config> {
    let kubeconfig = read()?;
    let is_empty = kubeconfig.as_ref().is_none_or(|kubeconfig| kubeconfig.contexts.is_empty());
    // As kubectl does: the cluster around this process is the last resort.
    if is_empty && context.is_none() && std::env::var_os("KUBERNETES_SERVICE_HOST").is_some() {
        return Config::incluster().map_err(|error| anyhow!("the cluster that this runs in cannot be used: {error}"));
    }
    let Some(kubeconfig) = kubeconfig else {
        bail!("there is no kubeconfig, and this runs in no cluster; name one in KUBECONFIG, or put one at ~/.kube/config");
    };
    let names = || kubeconfig.contexts.iter().map(|context| context.name.as_str());
    if let Some(context) = context
        && !names().any(|name| name == context)
    {
        let suggestion = text::did_you_mean(context, names());
        return Err(Usage(format!("--context: the kubeconfig has no context {}{suggestion}; there are {}", text::quoted(context), text::list(names()))).into());
    }
    if context.is_none() && kubeconfig.current_context.as_ref().is_none_or(String::is_empty) {
        return Err(Usage(format!("the kubeconfig has no current-context; choose one with --context: there are {}", text::list(names()))).into());
    }
    let options = KubeConfigOptions { context: context.map(str::to_owned), ..KubeConfigOptions::default() };
    Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(unusable)
}

/// The kubeconfig; `None` if nobody has made one.
fn read() -> Result<Option<Kubeconfig>> {
    let is_named = std::env::var_os("KUBECONFIG").is_some_and(|value| !value.is_empty());
    match Kubeconfig::read() {
        Ok(kubeconfig) => Ok(Some(kubeconfig)),
        Err(KubeconfigError::FindPath) => Ok(None),
        Err(KubeconfigError::ReadConfig(error, _)) if error.kind() == std::io::ErrorKind::NotFound && !is_named => Ok(None),
        Err(KubeconfigError::ReadConfig(error, path)) => Err(error).with_context(|| format!("cannot read the kubeconfig {}", path.shown())),
        Err(error) => Err(unusable(error)),
    }
}

/// The message without the text that is wrong: a kubeconfig holds credentials.
fn unusable(error: KubeconfigError) -> anyhow::Error {
    let reason = match error {
        KubeconfigError::Parse(error) => match error.location() {
            Some(location) => format!("line {}, column {}: it is not YAML, or not what a kubeconfig looks like", location.line(), location.column()),
            None => "it is not YAML, or not what a kubeconfig looks like".to_owned(),
        },
        KubeconfigError::LoadClusterOfContext(cluster) => format!("the context names the cluster {}, which is not in it", text::quoted(&cluster)),
        KubeconfigError::MissingClusterUrl => "the context's cluster has no server".to_owned(),
        KubeconfigError::LoadContext(context) => format!("it has no context {}", text::quoted(&context)),
        other => text::printable(&other.to_string(), 300),
    };
    anyhow!("the kubeconfig cannot be used: {reason}")
}

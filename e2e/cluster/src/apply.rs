//! Applies manifests to the cluster, as `kubectl apply --server-side` does.

use anyhow::{Context, Result};
use kube::Api;
use kube::api::{DynamicObject, Patch, PatchParams};
use kube::discovery::Scope;

use crate::cluster::Cluster;

impl Cluster {
    /// Applies objects in their order, with strict field validation. Objects without a namespace go to
    /// `default`.
    pub async fn apply(&self, documents: impl IntoIterator<Item = serde_json::Value>) -> Result<()> {
        let client = self.admin().await?;
        for document in documents {
            let object: DynamicObject =
                serde_json::from_value(document).context("the document is not an object")?;
            let types = object
                .types
                .as_ref()
                .context("the object has no apiVersion and kind")?;
            let name = object
                .metadata
                .name
                .as_deref()
                .context("the object has no name")?;
            let what = || format!("cannot apply the {} {name}", types.kind);
            let (resource, capabilities) = kube::discovery::pinned_kind(&client, &types.try_into()?)
                .await
                .with_context(what)?;
            let namespace = object.metadata.namespace.as_deref().unwrap_or("default");
            let api: Api<DynamicObject> = match capabilities.scope {
                Scope::Cluster => Api::all_with(client.clone(), &resource),
                Scope::Namespaced => Api::namespaced_with(client.clone(), namespace, &resource),
            };
            let parameters = PatchParams::apply("podweave-e2e").force().validation_strict();
            api.patch(name, &parameters, &Patch::Apply(&object))
                .await
                .with_context(what)?;
        }
        Ok(())
    }
}

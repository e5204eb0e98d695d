//! Reads the labels of the nodes that pods are bound to.

use std::collections::BTreeMap;

use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind};

use super::failure;

/// Reads the labels of a node, or returns why that fails.
pub async fn labels(client: &kube::Client, node: &str) -> Result<BTreeMap<String, String>, String> {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "Node"));
    let nodes: Api<DynamicObject> = Api::all_with(client.clone(), &resource);
    match nodes.get_metadata_opt(node).await {
        Ok(Some(node)) => Ok(node.metadata.labels.unwrap_or_default()),
        Ok(None) => Err("there is no such node".to_owned()),
        Err(error) => Err(failure(&error, "get on nodes, by a ClusterRole")),
    }
}

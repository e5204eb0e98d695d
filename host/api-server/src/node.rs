//! Follows the node's TTL for the `Cache` strategy, as the kubelet reads it from its own node.

use std::time::Duration;

use k8s_openapi::api::core::v1::Node;
use kube::Api;

use crate::ApiServer;
use podweave_config_maps::ttl::Ttl;

/// The TTL controller changes the annotation when the cluster grows or shrinks by hundreds of nodes, so this
/// need not be often.
const PERIOD: Duration = Duration::from_secs(60);

impl ApiServer {
    /// Keeps a TTL equal to this node's annotation while the future is polled. Needs `get` on that node; if
    /// it may not or cannot read the node, the default applies, as in the kubelet.
    pub async fn keep_ttl_of_node(&self, node: &str, ttl: &Ttl) -> std::convert::Infallible {
        let nodes: Api<Node> = Api::all(self.client().clone());
        loop {
            let read = nodes.get_metadata(node).await;
            if let Err(error) = &read {
                tracing::warn!(node, %error, "cannot read the node's {}; the default applies", podweave_config_maps::ttl::NODE_TTL_ANNOTATION);
            }
            ttl.set_from_node(read.ok().and_then(|node| node.metadata.annotations).as_ref());
            tokio::time::sleep(PERIOD).await;
        }
    }
}

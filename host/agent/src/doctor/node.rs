//! Checks the node in the cluster: its label, and pods that are older than podweave's protection.

use std::collections::BTreeMap;
use std::time::Duration;

use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, ListParams};
use podweave_core::text::{self, chain};
use tokio::time::timeout;

use super::finding::Finding;
use crate::guard::required_plugins;
use crate::mark;

const PATIENCE: Duration = Duration::from_secs(10);

/// The label of nodes on which opted-in pods are scheduled.
const LABEL: &str = "podweave.dev/node";

/// The label's value: podweave is installed there, and the runtime's own validator is on.
const READY: &str = "ready";

/// The annotation by which the kubelet marks the mirror pod of a static pod. The runtime does not see the
/// mirror.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// The maximum number of pods in a message.
const SHOWN: usize = 10;

fn api(client: &Client, kind: &str) -> Api<DynamicObject> {
    Api::all_with(
        client.clone(),
        &ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", kind)),
    )
}

/// Reads the value of the node's label.
pub(super) async fn look_at_label(client: &Client, name: &str) -> Result<Option<String>, String> {
    let metadata = in_time(api(client, "Node").get_metadata(name)).await?;
    Ok(metadata
        .metadata
        .labels
        .and_then(|mut labels| labels.remove(LABEL)))
}

/// Lists the opted-in pods of the node whose annotations the guard refuses, as `namespace/name`.
pub(super) async fn look_at_pods(client: &Client, node: &str) -> Result<Vec<String>, String> {
    let pods = in_time(
        api(client, "Pod").list_metadata(&ListParams::default().fields(&format!(
            "spec.nodeName={node},status.phase!=Succeeded,status.phase!=Failed"
        ))),
    )
    .await?;
    let unprotected = pods
        .items
        .into_iter()
        .filter(|pod| pod.metadata.annotations.as_ref().is_some_and(is_unprotected));
    Ok(unprotected
        .map(|pod| {
            format!(
                "{}/{}",
                pod.metadata.namespace.unwrap_or_default(),
                pod.metadata.name.unwrap_or_default()
            )
        })
        .collect())
}

fn is_unprotected(annotations: &BTreeMap<String, String>) -> bool {
    mark::has_opted_in(annotations)
        && !annotations.contains_key(MIRROR)
        && required_plugins::problem(annotations).is_some()
}

async fn in_time<T>(request: impl Future<Output = kube::Result<T>>) -> Result<T, String> {
    match timeout(PATIENCE, request).await {
        Ok(answer) => answer.map_err(|error| chain(&error)),
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

pub(super) fn label(node: &str, seen: &Result<Option<String>, String>) -> Finding {
    let node = text::printable(node, 80);
    match seen {
        Ok(Some(value)) if value == READY => Finding::ok("node-label", format!("{LABEL}={READY}")),
        Ok(_) => Finding::warning(
            "node-label",
            format!(
                "node {node} does not have the label {LABEL}={READY}: no opted-in pods are scheduled on it"
            ),
            format!("when all other checks pass: kubectl label node {node} {LABEL}={READY}"),
        ),
        Err(reason) => Finding::warning(
            "node-label",
            format!("cannot read the labels of node {node}: {reason}"),
            "check the permissions above",
        ),
    }
}

pub(super) fn older_pods(seen: &Result<Vec<String>, String>) -> Finding {
    match seen {
        Ok(pods) if pods.is_empty() => Finding::ok(
            "older-pods",
            "each opted-in pod here has the annotation that protects it",
        ),
        Ok(pods) => {
            let mut named: Vec<String> = pods
                .iter()
                .take(SHOWN)
                .map(|pod| text::printable(pod, 320))
                .collect();
            if pods.len() > SHOWN {
                named.push(format!("and {} more", pods.len() - SHOWN));
            }
            Finding::warning(
                "older-pods",
                format!(
                    "{} lack the annotation {}, or have a weakened one: they were created before podweave's admission policies or bypassed them, and the guard refuses their next container",
                    named.join(", "),
                    required_plugins::POD
                ),
                "check that the policies are installed (kubectl get mutatingadmissionpolicies,validatingadmissionpolicies), then recreate the pods",
            )
        }
        Err(reason) => Finding::warning(
            "older-pods",
            format!("cannot list the pods of this node: {reason}"),
            "check the permissions above",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn a_node_without_the_label_gets_no_pods() {
        assert_eq!(label("n", &Ok(Some("ready".to_owned()))).verdict, Verdict::Ok);
        for other in [None, Some("no".to_owned())] {
            let finding = label("n", &Ok(other));
            assert_eq!(finding.verdict, Verdict::Warning);
            assert!(
                finding
                    .remedy
                    .unwrap()
                    .contains("kubectl label node n podweave.dev/node=ready")
            );
        }
        assert!(
            label("n", &Err("forbidden".to_owned()))
                .message
                .contains("forbidden")
        );
    }

    #[test]
    fn opted_in_pods_without_a_required_guard_are_unprotected() {
        let annotations = |list: &[(&str, &str)]| -> BTreeMap<String, String> {
            list.iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect()
        };
        let plugin = ("podweave.dev/plugin", "handlebars");
        assert!(is_unprotected(&annotations(&[plugin])));
        assert!(is_unprotected(&annotations(&[
            plugin,
            (required_plugins::POD, "[]")
        ])));
        assert!(!is_unprotected(&annotations(&[
            plugin,
            (required_plugins::POD, "[\"podweave-guard\"]")
        ])));
        assert!(!is_unprotected(&annotations(&[plugin, (MIRROR, "x")])));
        assert!(!is_unprotected(&annotations(&[("example.org/plugin", "x")])));
    }

    #[test]
    fn long_lists_of_pods_are_cut() {
        let pods: Vec<String> = (0..12).map(|number| format!("shop/web-{number}")).collect();
        let finding = older_pods(&Ok(pods));
        assert_eq!(finding.verdict, Verdict::Warning);
        assert!(
            finding
                .message
                .contains("shop/web-9, and 2 more lack the annotation"),
            "{}",
            finding.message
        );
        assert_eq!(older_pods(&Ok(Vec::new())).verdict, Verdict::Ok);
    }
}

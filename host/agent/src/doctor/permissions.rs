//! Checks the agent's permissions by SelfSubjectAccessReviews.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use kube::Client;
use kube::api::{Api, PostParams};
use podweave_core::text::{self, chain};
use tokio::time::timeout;

use super::Identity;
use super::finding::Finding;

const PATIENCE: Duration = Duration::from_secs(10);

/// The maximum number of namespaces that are checked.
const MAX_NAMESPACES: usize = 20;

/// The permissions that the agent needs in the whole cluster: group, resource and verbs, as in
/// deploy/chart/templates/rbac.yaml.
const EVERYWHERE: [(&str, &str, &[&str]); 3] = [
    ("", "pods", &["get", "list", "watch", "delete"]),
    ("", "nodes", &["get"]),
    ("", "events", &["create", "patch"]),
];

/// The verbs that it needs on ConfigMaps in the namespaces that use it. Only API servers older than
/// podweave's minimum version would need `list`.
const IN_NAMESPACES: [&str; 2] = ["get", "watch"];

/// A permission: a verb on a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Right {
    group: String,
    resource: String,
    verb: String,
    namespace: Option<String>,
}

impl Right {
    fn shown(&self) -> String {
        match &self.namespace {
            None => format!("{} {}", self.verb, self.resource),
            Some(namespace) => format!(
                "{} {} in namespace {}",
                self.verb,
                self.resource,
                text::printable(namespace, 80)
            ),
        }
    }

    fn needed(namespaces: &BTreeSet<&str>) -> Vec<Self> {
        let right = |group: &str, resource: &str, verb: &str, namespace: Option<&str>| Self {
            group: group.to_owned(),
            resource: resource.to_owned(),
            verb: verb.to_owned(),
            namespace: namespace.map(str::to_owned),
        };
        let everywhere = EVERYWHERE.iter().flat_map(|(group, resource, verbs)| {
            verbs.iter().map(move |verb| right(group, resource, verb, None))
        });
        let in_namespaces = namespaces.iter().take(MAX_NAMESPACES).flat_map(|namespace| {
            IN_NAMESPACES
                .iter()
                .map(move |verb| right("", "configmaps", verb, Some(*namespace)))
        });
        everywhere.chain(in_namespaces).collect()
    }
}

/// Each permission, and whether it is granted.
pub(super) type Answers = Vec<(Right, Result<bool, String>)>;

pub(super) async fn look(client: &Client, namespaces: &BTreeSet<&str>) -> Answers {
    let reviews: Api<SelfSubjectAccessReview> = Api::all(client.clone());
    join_all(Right::needed(namespaces).into_iter().map(|right| {
        let reviews = reviews.clone();
        async move {
            let attributes = ResourceAttributes {
                group: Some(right.group.clone()),
                resource: Some(right.resource.clone()),
                verb: Some(right.verb.clone()),
                namespace: right.namespace.clone(),
                ..ResourceAttributes::default()
            };
            let spec = SelfSubjectAccessReviewSpec {
                resource_attributes: Some(attributes),
                ..SelfSubjectAccessReviewSpec::default()
            };
            let review = SelfSubjectAccessReview {
                spec,
                ..SelfSubjectAccessReview::default()
            };
            let granted = match timeout(PATIENCE, reviews.create(&PostParams::default(), &review)).await {
                Ok(Ok(review)) => Ok(review.status.is_some_and(|status| status.allowed)),
                Ok(Err(error)) => Err(chain(&error)),
                Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
            };
            (right, granted)
        }
    }))
    .await
}

pub(super) fn judge(identity: Identity, seen: &Answers) -> Finding {
    if identity == Identity::Person {
        return Finding::warning(
            "permissions",
            "the API server was asked with a kubeconfig, whose user is not the agent: the agent's permissions are not checked",
            "run this in the agent's pod: kubectl exec -n podweave ds/podweave-agent -- podweave doctor",
        );
    }
    let missing: Vec<String> = seen
        .iter()
        .filter(|(_, granted)| *granted == Ok(false))
        .map(|(right, _)| right.shown())
        .collect();
    if !missing.is_empty() {
        return Finding::problem(
            "permissions",
            format!("the agent may not {}", missing.join(", ")),
            "apply podweave's ClusterRoles; for ConfigMaps create a RoleBinding in each namespace that uses them (docs/rbac.md)",
        );
    }
    match seen
        .iter()
        .find_map(|(right, granted)| granted.as_ref().err().map(|reason| (right, reason)))
    {
        Some((right, reason)) => Finding::warning(
            "permissions",
            format!("cannot check whether the agent may {}: {reason}", right.shown()),
            "run this again when the API server answers",
        ),
        None => Finding::ok(
            "permissions",
            format!("the agent has all {} permissions that it needs", seen.len()),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    fn seen(granted: impl Fn(&Right) -> Result<bool, String>) -> Answers {
        Right::needed(&BTreeSet::from(["shop"]))
            .into_iter()
            .map(|right| (right.clone(), granted(&right)))
            .collect()
    }

    #[test]
    fn missing_permissions_are_named() {
        assert_eq!(judge(Identity::Agent, &seen(|_| Ok(true))).verdict, Verdict::Ok);
        let finding = judge(
            Identity::Agent,
            &seen(|right| Ok(right.verb != "delete" && right.resource != "configmaps")),
        );
        assert_eq!(finding.verdict, Verdict::Problem);
        assert_eq!(
            finding.message,
            "the agent may not delete pods, get configmaps in namespace shop, watch configmaps in namespace shop"
        );
    }

    #[test]
    fn unknown_answers_are_not_a_problem() {
        let finding = judge(
            Identity::Agent,
            &seen(|right| {
                if right.verb == "patch" {
                    Err("away".to_owned())
                } else {
                    Ok(true)
                }
            }),
        );
        assert_eq!(
            (finding.verdict, finding.message.as_str()),
            (
                Verdict::Warning,
                "cannot check whether the agent may patch events: away"
            )
        );
        assert_eq!(
            judge(Identity::Person, &seen(|_| Ok(false))).verdict,
            Verdict::Warning,
            "another's rights say nothing"
        );
    }
}

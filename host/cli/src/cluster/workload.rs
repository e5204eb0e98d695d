//! `KIND/NAME`: names a pod or a workload of the cluster, and reads it.

use anyhow::{Result, bail};
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, ListParams};
use podweave_core::text;
use serde_json::Value;

use super::failure;
use crate::Usage;

/// Each kind: group, name, plural, and short name.
const KINDS: [(&str, &str, &str, &str); 8] = [
    ("", "Pod", "pods", "po"),
    ("apps", "Deployment", "deployments", "deploy"),
    ("apps", "StatefulSet", "statefulsets", "sts"),
    ("apps", "DaemonSet", "daemonsets", "ds"),
    ("apps", "ReplicaSet", "replicasets", "rs"),
    ("", "ReplicationController", "replicationcontrollers", "rc"),
    ("batch", "Job", "jobs", "job"),
    ("batch", "CronJob", "cronjobs", "cj"),
];

/// The maximum number of names that are searched for a suggestion.
const MEANT: u32 = 500;

/// A pod or a workload of a cluster, as users name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    resource: ApiResource,
    name: String,
}

impl Workload {
    /// Parses `KIND/NAME`, with kinds in all forms that kubectl accepts and prints.
    pub fn parse(argument: &str) -> Result<Self, Usage> {
        let no_file = || format!("there is no file {}", text::quoted(argument));
        let Some((kind, name)) = argument.split_once('/') else {
            return Err(Usage(format!(
                "{}; for an object of the cluster write KIND/NAME, such as pod/{argument}",
                no_file()
            )));
        };
        // `kubectl get -o name` prints deployment.apps/NAME.
        let (word, group) = kind
            .split_once('.')
            .map_or((kind, None), |(word, group)| (word, Some(group)));
        let word = word.to_lowercase();
        let found = KINDS.iter().find(|(own, kind, plural, short)| {
            let group_matches = group.is_none_or(|group| group == *own);
            group_matches && (word == kind.to_lowercase() || word == *plural || word == *short)
        });
        let Some((group, kind, plural, _)) = found else {
            let known: Vec<String> = KINDS.iter().map(|(_, kind, ..)| kind.to_lowercase()).collect();
            let known = || known.iter().map(String::as_str);
            let suggestion = text::did_you_mean(&word, known());
            return Err(Usage(format!(
                "{}, and {} is not a kind that has pods{suggestion}; known kinds are {}",
                no_file(),
                text::quoted(kind),
                text::list(known())
            )));
        };
        if !podweave_core::names::is_dns_subdomain(name) {
            return Err(Usage(format!(
                "{}, and {} is not a valid name of a {}",
                no_file(),
                text::quoted(name),
                kind.to_lowercase()
            )));
        }
        let resource = ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, "v1", kind), plural);
        Ok(Self {
            resource,
            name: name.to_owned(),
        })
    }

    /// Formats it as `pod/web`.
    pub fn shown(&self) -> String {
        format!("{}/{}", self.resource.kind.to_lowercase(), self.name)
    }

    /// Reads it from the cluster.
    pub async fn read(&self, client: &kube::Client, namespace: &str) -> Result<Value> {
        let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), namespace, &self.resource);
        let kind = self.resource.kind.to_lowercase();
        match api.get_opt(&self.name).await {
            Ok(Some(object)) => Ok(serde_json::to_value(object)?),
            Ok(None) => {
                // A user who may get one object may not be allowed to list all; then there is no suggestion.
                let others = api
                    .list_metadata(&ListParams::default().limit(MEANT))
                    .await
                    .map(|list| list.items)
                    .unwrap_or_default();
                let names = others.iter().filter_map(|object| object.metadata.name.as_deref());
                bail!(
                    "there is no {kind} {} in namespace {namespace}{}; -n chooses another namespace, --context another cluster",
                    text::quoted(&self.name),
                    text::did_you_mean(&self.name, names)
                )
            }
            Err(error) => bail!(
                "cannot read {kind} {namespace}/{}: {}",
                self.name,
                failure(&error, &format!("get on {}", self.resource.plural))
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Workload;

    #[test]
    fn kinds_have_the_names_that_kubectl_takes_and_prints() {
        for (argument, shown) in [
            ("pod/web-0", "pod/web-0"),
            ("pods/web-0", "pod/web-0"),
            ("po/web-0", "pod/web-0"),
            ("deployment.apps/web", "deployment/web"),
            ("deploy/web", "deployment/web"),
            ("Deployment/web", "deployment/web"),
            ("sts/web", "statefulset/web"),
            ("ds/web", "daemonset/web"),
            ("replicaset.apps/web", "replicaset/web"),
            ("rc/web", "replicationcontroller/web"),
            ("job.batch/web", "job/web"),
            ("cj/web.v1", "cronjob/web.v1"),
        ] {
            assert_eq!(
                Workload::parse(argument)
                    .map(|workload| workload.shown())
                    .ok()
                    .as_deref(),
                Some(shown),
                "{argument}"
            );
        }
    }

    #[test]
    fn an_unknown_kind_is_an_error_that_lists_the_known_ones() {
        for (argument, message) in [
            (
                "web",
                "there is no file \"web\"; for an object of the cluster write KIND/NAME, such as pod/web",
            ),
            (
                "pdo/web",
                "there is no file \"pdo/web\", and \"pdo\" is not a kind that has pods (did you mean \"pod\"?); known kinds are \"pod\", ",
            ),
            (
                "deployment.batch/web",
                "\"deployment.batch\" is not a kind that has pods",
            ),
            (
                "pod/We_b",
                "there is no file \"pod/We_b\", and \"We_b\" is not a valid name of a pod",
            ),
        ] {
            let error = Workload::parse(argument).expect_err(argument).to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}

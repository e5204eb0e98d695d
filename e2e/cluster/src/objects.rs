//! Creates the objects of tests: namespaces, ConfigMaps, service accounts and their permissions.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::rbac::v1 as rbac;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};

use crate::cluster::Cluster;
use crate::namespace::Namespace;

const FIELD_MANAGER: &str = "podweave-e2e";

fn named(name: &str) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_owned()),
        ..ObjectMeta::default()
    }
}

impl Cluster {
    /// Creates a namespace with a unique name: the prefix, and something random. Pods can be created in it
    /// ([`Cluster::furnish`]).
    pub async fn create_namespace(&self, prefix: &str) -> Result<Namespace> {
        let name = format!("{prefix}-{:08x}", fastrand::u32(..));
        let client = self.admin().await?;
        let namespace = core::Namespace {
            metadata: named(&name),
            ..core::Namespace::default()
        };
        Api::all(client)
            .create(&PostParams::default(), &namespace)
            .await
            .with_context(|| format!("cannot create the namespace {name}"))?;
        if self.is_ours() {
            self.furnish(&name).await?;
        }
        Ok(Namespace {
            name,
            deleted_with: (!self.is_ours()).then(|| self.admin.clone()),
        })
    }

    /// Creates what the controller manager of a real cluster creates in each namespace: the `default` service
    /// account, without which no pod is admitted, and the ConfigMap `kube-root-ca.crt`, without which none
    /// starts.
    pub async fn furnish(&self, namespace: &str) -> Result<()> {
        let authority = &self.own()?.certificates.authority;
        self.service_account(namespace, "default").await?;
        self.put_config_map(namespace, "kube-root-ca.crt", [("ca.crt", authority.as_str())])
            .await?;
        Ok(())
    }

    /// Creates the ConfigMap or replaces its `data`, by a server-side apply.
    pub async fn put_config_map<'a>(
        &self,
        namespace: &str,
        name: &str,
        data: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<core::ConfigMap> {
        let data: BTreeMap<String, String> = data
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        let config_map = core::ConfigMap {
            metadata: named(name),
            data: Some(data),
            ..core::ConfigMap::default()
        };
        let config_maps = self.config_maps(namespace).await?;
        let applied = config_maps
            .patch(
                name,
                &PatchParams::apply(FIELD_MANAGER).force(),
                &Patch::Apply(&config_map),
            )
            .await;
        applied.with_context(|| format!("cannot apply the ConfigMap {namespace}/{name}"))
    }

    /// Returns the ConfigMap, or `None` if it does not exist.
    pub async fn config_map(&self, namespace: &str, name: &str) -> Result<Option<core::ConfigMap>> {
        self.config_maps(namespace)
            .await?
            .get_opt(name)
            .await
            .with_context(|| format!("cannot read the ConfigMap {namespace}/{name}"))
    }

    /// Deletes an existing ConfigMap.
    pub async fn delete_config_map(&self, namespace: &str, name: &str) -> Result<()> {
        let deleted = self
            .config_maps(namespace)
            .await?
            .delete(name, &DeleteParams::default())
            .await;
        deleted
            .map(drop)
            .with_context(|| format!("cannot delete the ConfigMap {namespace}/{name}"))
    }

    async fn config_maps(&self, namespace: &str) -> Result<Api<core::ConfigMap>> {
        Ok(Api::namespaced(self.admin().await?, namespace))
    }

    /// Creates a service account without permissions: see [`Cluster::allow`].
    pub async fn service_account(&self, namespace: &str, name: &str) -> Result<()> {
        let service_account = core::ServiceAccount {
            metadata: named(name),
            ..core::ServiceAccount::default()
        };
        let service_accounts = Api::namespaced(self.admin().await?, namespace);
        let created = service_accounts
            .create(&PostParams::default(), &service_account)
            .await;
        created
            .map(drop)
            .with_context(|| format!("cannot create the service account {namespace}/{name}"))
    }

    pub(crate) async fn service_account_uid(&self, namespace: &str, name: &str) -> Result<String> {
        let service_accounts: Api<core::ServiceAccount> = Api::namespaced(self.admin().await?, namespace);
        let service_account = service_accounts
            .get(name)
            .await
            .with_context(|| format!("cannot read the service account {namespace}/{name}"))?;
        service_account
            .uid()
            .with_context(|| format!("the service account {namespace}/{name} has no uid"))
    }

    /// Allows the service account these verbs on resources of the core group in its own namespace. RBAC takes
    /// a moment to notice.
    pub async fn allow(
        &self,
        namespace: &str,
        service_account: &str,
        verbs: &[&str],
        resources: &[&str],
    ) -> Result<()> {
        let strings = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        let name = format!("{service_account}-{:08x}", fastrand::u32(..));
        let rule = rbac::PolicyRule {
            api_groups: Some(vec![String::new()]),
            resources: Some(strings(resources)),
            verbs: strings(verbs),
            ..Default::default()
        };
        let role = rbac::Role {
            metadata: named(&name),
            rules: Some(vec![rule]),
        };
        let binding = rbac::RoleBinding {
            metadata: named(&name),
            role_ref: rbac::RoleRef {
                api_group: Some("rbac.authorization.k8s.io".to_owned()),
                kind: "Role".to_owned(),
                name,
            },
            subjects: Some(vec![rbac::Subject {
                kind: "ServiceAccount".to_owned(),
                name: service_account.to_owned(),
                namespace: Some(namespace.to_owned()),
                ..Default::default()
            }]),
        };
        let client = self.admin().await?;
        Api::namespaced(client.clone(), namespace)
            .create(&PostParams::default(), &role)
            .await
            .context("cannot create the Role")?;
        Api::namespaced(client, namespace)
            .create(&PostParams::default(), &binding)
            .await
            .context("cannot create the RoleBinding")?;
        Ok(())
    }
}

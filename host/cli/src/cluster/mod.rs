//! `--from-cluster`: reads workloads, ConfigMaps and node labels from a cluster. Unused without the flag.

mod config_maps;
pub mod connection;
mod nodes;
mod workload;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use podweave_api_server::{ApiServer, ApiServerOptions};
use podweave_config_maps::NamespacedName;
use podweave_core::binding::bindings;
use podweave_core::manifest::Manifests;
use podweave_core::needs::Needs;
use podweave_core::text;
use tokio::time::timeout;

use crate::facts::Fact;
use crate::input::Paths;
use crate::{input, messages};
use config_maps::{DEADLINE, Reader};

pub use workload::Workload;

/// The origin of the cluster's ConfigMaps in messages.
const ORIGIN: &str = "the cluster";

/// A cluster.
pub struct Cluster {
    client: kube::Client,
    reader: Reader,
    /// The namespace of the context, or of the ServiceAccount.
    namespace: String,
    /// The warnings and notes that were shown, so that further rounds do not repeat them.
    said: Mutex<BTreeSet<String>>,
}

impl Cluster {
    /// Chooses the cluster; the first request connects. With a watch, changes are reported.
    pub async fn find(context: Option<&str>, follow: bool) -> Result<Self> {
        let config = connection::config(context).await?;
        let namespace = if config.default_namespace.is_empty() {
            "default".to_owned()
        } else {
            config.default_namespace.clone()
        };
        // The requests of one user are not a load.
        let api_server = Arc::new(ApiServer::new(
            config,
            ApiServerOptions {
                qps: None,
                ..ApiServerOptions::default()
            },
        )?);
        Ok(Self {
            client: api_server.client().clone(),
            reader: Reader::new(api_server, follow),
            namespace,
            said: Mutex::default(),
        })
    }

    /// The namespace of manifests without one.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Reads the manifests and the workloads that the arguments name. If a file of that name exists, it is
    /// read as a file.
    pub async fn read(&self, arguments: &Paths, namespace: &str) -> Result<Manifests> {
        let mut manifests = Manifests::default();
        for argument in &arguments.paths {
            if input::is_standard_input(argument) || argument.symlink_metadata().is_ok() {
                arguments.add(&mut manifests, argument, namespace)?;
                continue;
            }
            let workload = Workload::parse(&argument.to_string_lossy())?;
            let read = timeout(DEADLINE, workload.read(&self.client, namespace)).await;
            let object = read.with_context(|| {
                format!(
                    "{}: no answer from the API server in {} s",
                    workload.shown(),
                    DEADLINE.as_secs()
                )
            })??;
            manifests.add_document(&format!("{} of the cluster", workload.shown()), object, namespace)?;
        }
        Ok(manifests)
    }

    /// Adds what the renders need and the manifests do not have: ConfigMaps, and the labels of nodes. Returns
    /// why bound ConfigMaps cannot be read.
    pub async fn complete(
        &self,
        manifests: &mut Manifests,
        only: Option<&str>,
        facts: &[Fact],
    ) -> Vec<String> {
        let mut needs = Needs::default();
        let mut labels = BTreeMap::new();
        for index in 0..manifests.pods.len() {
            let pod = &manifests.pods[index];
            // A wrong annotation becomes an error of the render.
            let Ok(mut bindings) = bindings(pod) else { continue };
            bindings.retain(|binding| only.is_none_or(|only| only == binding.container));
            let needed = Needs::of(pod, &bindings);
            needs.bound.extend(needed.bound);
            needs.environment.extend(needed.environment);
            if !bindings.is_empty()
                && let Some(node) = node_of(pod.node_name.as_deref(), facts)
            {
                if !labels.contains_key(node) {
                    labels.insert(
                        node.to_owned(),
                        self.labels_of(node, &pod.identity(), facts).await,
                    );
                }
                let labels = labels[node].clone();
                manifests.pods[index].node_labels = labels;
            }
        }
        self.add_config_maps(manifests, &needs).await
    }

    /// Reads the labels of a node. If that fails, shows a warning, and plugins see no labels.
    async fn labels_of(&self, node: &str, pod: &str, facts: &[Fact]) -> BTreeMap<String, String> {
        let read = timeout(DEADLINE, nodes::labels(&self.client, node)).await;
        let reason = match read.unwrap_or_else(|_| {
            Err(format!(
                "no answer from the API server in {} s",
                DEADLINE.as_secs()
            ))
        }) {
            Ok(labels) => return labels,
            Err(reason) => reason,
        };
        // No warning if the user has given labels.
        if !facts.iter().any(|fact| matches!(fact, Fact::NodeLabel(..))) {
            let text = format!(
                "cannot read the labels of node {node}, to which pod {pod} is bound: {reason}. Plugins see no labels; set the ones that matter with --set node-label/KEY=VALUE"
            );
            self.say_once(messages::warning, text);
        }
        BTreeMap::new()
    }

    async fn add_config_maps(&self, manifests: &mut Manifests, needs: &Needs) -> Vec<String> {
        let wanted: BTreeSet<NamespacedName> = needs.bound.union(&needs.environment).cloned().collect();
        let is_given = |name: &NamespacedName| manifests.config_map(&name.namespace, &name.name).is_some();
        let (given, absent): (BTreeSet<_>, BTreeSet<_>) = wanted.into_iter().partition(is_given);
        if !given.is_empty() {
            self.say_once(
                messages::note,
                format!(
                    "from the manifests, not from the cluster: {}",
                    config_maps_named(&given)
                ),
            );
        }
        let (mut errors, mut warnings) = (
            BTreeMap::<_, BTreeSet<_>>::new(),
            BTreeMap::<_, BTreeSet<_>>::new(),
        );
        for (name, answer) in self.reader.read(absent).await {
            match answer {
                Ok(Some(config_map)) => manifests.put_config_map(ORIGIN, config_map),
                Ok(None) => {}
                Err(reason) => {
                    let is_bound = needs.bound.contains(&name);
                    if is_bound { &mut errors } else { &mut warnings }
                        .entry(reason)
                        .or_default()
                        .insert(name);
                }
            }
        }
        for (reason, names) in warnings {
            let names = config_maps_named(&names);
            self.say_once(
                messages::warning,
                format!(
                    "cannot read {names}, so each $(NAME) that refers to its keys stays unexpanded: {reason}"
                ),
            );
        }
        // One outage is one error, however many ConfigMaps it concerns.
        errors
            .into_iter()
            .map(|(reason, names)| format!("cannot read {}: {reason}", config_maps_named(&names)))
            .collect()
    }

    fn say_once(&self, say: fn(&str), text: String) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if !said.contains(&text) {
            say(&text);
            said.insert(text);
        }
    }

    /// Waits until a ConfigMap that was read has changed; forever without a watch.
    pub async fn changed(&self) {
        self.reader.changed().await;
    }
}

/// Returns the node whose labels are needed.
fn node_of<'a>(bound_to: Option<&'a str>, facts: &'a [Fact]) -> Option<&'a str> {
    let given = facts.iter().rev().find_map(|fact| {
        if let Fact::NodeName(name) = fact {
            Some(name.as_str())
        } else {
            None
        }
    });
    given.or(bound_to).filter(|name| !name.is_empty())
}

/// Formats `ConfigMap a/b`, or `ConfigMaps a/b, c/d`; long lists are cut.
fn config_maps_named(names: &BTreeSet<NamespacedName>) -> String {
    const SHOWN: usize = 5;
    let mut shown: Vec<String> = names.iter().take(SHOWN).map(ToString::to_string).collect();
    if names.len() > SHOWN {
        shown.push(format!("and {} more", names.len() - SHOWN));
    }
    format!(
        "ConfigMap{} {}",
        if names.len() == 1 { "" } else { "s" },
        shown.join(", ")
    )
}

/// Formats why a request for something other than a ConfigMap has failed, with a remedy.
fn failure(error: &kube::Error, needed: &str) -> String {
    let said = match error {
        kube::Error::Api(status) => {
            let said = text::printable(&status.message, 300);
            match status.code {
                401 => format!(
                    "the API server does not accept the credentials (401): {said}; check the kubeconfig's user"
                ),
                403 => format!("the API server refuses (403): {said}; this needs {needed}"),
                code => format!("the API server answers {code}: {said}"),
            }
        }
        kube::Error::Service(error) => error.to_string(),
        other => other
            .source()
            .map_or_else(|| other.to_string(), ToString::to_string),
    };
    text::printable(&said, 500)
}

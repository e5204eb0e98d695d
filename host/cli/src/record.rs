//! `--record`: writes a case that replays a render without a cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use podweave_core::binding::bindings;
use podweave_core::config_map::ConfigMap;
use podweave_core::identity::NamespacedName;
use podweave_core::manifest::Manifests;
use podweave_core::needs::Needs;
use podweave_core::pod::Pod;
use podweave_core::reference::PluginReference;
use podweave_core::report::RenderList;
use podweave_core::text::Shown as _;
use podweave_core::yaml;
use serde_json::Value;

use crate::facts::Fact;
use crate::messages;
use crate::resolved::Resolved;
use crate::session::{Failure, Renders, Session};
use crate::shared_arguments::RenderEnvironment;
use crate::test::case::{CONFIG_MAPS, EXPECTED, EXPECTED_ERROR, POD, Place, SETTINGS, Settings};
use crate::test::golden;
use crate::test::verdict::{self, Verdict};

/// The directory of a new case.
pub struct Recording {
    directory: PathBuf,
}

impl Recording {
    /// Accepts a directory that is empty or does not exist yet.
    pub fn into_directory(directory: &Path) -> Result<Self> {
        match fs::read_dir(directory).map(|mut entries| entries.next().is_none()) {
            Ok(true) => {}
            Ok(false) => bail!(
                "--record: {} is not empty; name a new directory",
                directory.shown()
            ),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(error).with_context(|| format!("--record: cannot use {}", directory.shown()));
            }
        }
        Ok(Self {
            directory: directory.to_owned(),
        })
    }

    /// Writes the result and its inputs, and checks that a replay gives the same result.
    pub async fn write(self, session: &Session, manifests: &Manifests, renders: &Renders) -> Result<()> {
        if let Some(Failure { text, .. }) = renders.errors.iter().find(|failure| failure.without_plugin) {
            bail!("nothing is recorded, because a case needs a plugin that can be loaded: {text}");
        }
        let (file, expected) = if renders.errors.is_empty() {
            (
                EXPECTED,
                golden::text(&RenderList::new(renders.items.clone()).without_provenance())?,
            )
        } else {
            (
                EXPECTED_ERROR,
                golden::error_text(renders.errors.iter().map(|failure| failure.text.as_str())),
            )
        };
        let facts = facts(&manifests.pods, &session.environment.facts)?;
        let shown = self.directory.shown();
        fs::create_dir_all(&self.directory).with_context(|| format!("cannot create {shown}"))?;
        let config_maps: Vec<Value> = used(manifests)
            .iter()
            .map(|config_map| config_map.to_manifest())
            .collect();
        if !config_maps.is_empty() {
            self.put(CONFIG_MAPS, &documents(&config_maps)?)?;
        }
        let settings = Settings {
            facts,
            plugins: plugins(&self.directory, &session.environment)?,
            skip: None,
        }
        .to_document();
        if settings.as_object().is_some_and(|fields| !fields.is_empty()) {
            self.put(SETTINGS, &documents(&[settings])?)?;
        }
        self.put(file, &expected)?;
        // Last, because this file makes the directory a case.
        self.put(POD, &documents(&manifests.cleaned_pods().collect::<Vec<_>>())?)?;
        self.replay().await?;
        messages::note(&format!("recorded in {shown}: podweave test {shown}"));
        messages::note(
            "check it before you share it: it has the values of ConfigMaps and of plain variables, and the names of Secrets",
        );
        Ok(())
    }

    fn put(&self, name: &str, text: &str) -> Result<()> {
        Place::alone(&self.directory)?.write(name, text)
    }

    /// Checks the case as `podweave test` does, without the flags of this command line.
    async fn replay(&self) -> Result<()> {
        let session = Session::new(&RenderEnvironment::default())?;
        let outcome = verdict::check(
            &session,
            &Resolved::new(&session),
            &Place::alone(&self.directory)?,
            false,
        )
        .await;
        match outcome.verdict {
            Verdict::Failed { reason, details } => {
                bail!(
                    "the replay of the recorded case in {} differs from the render: {reason}\n{details}",
                    self.directory.shown()
                )
            }
            _ => Ok(()),
        }
    }
}

/// Returns the ConfigMaps that renders of these pods used. One that is not shared looks absent, and is left
/// out.
fn used(manifests: &Manifests) -> Vec<&Arc<ConfigMap>> {
    let mut used = BTreeSet::new();
    for pod in &manifests.pods {
        let needs = bindings(pod)
            .map(|bindings| Needs::of(pod, &bindings))
            .unwrap_or_default();
        let readable = |name: &NamespacedName| {
            manifests
                .config_map(&name.namespace, &name.name)
                .is_some_and(|map| map.is_readable_from(&pod.namespace))
        };
        used.extend(needs.bound.into_iter().chain(needs.environment).filter(readable));
    }
    used.iter()
        .filter_map(|name| manifests.config_map(&name.namespace, &name.name))
        .collect()
}

/// Returns the facts of the command line, and the labels of the node. A case has one list of them for all of
/// its pods.
fn facts(pods: &[Pod], given: &[Fact]) -> Result<Vec<Fact>> {
    let labels = pods.first().map(|pod| &pod.node_labels);
    if pods.iter().any(|pod| Some(&pod.node_labels) != labels) {
        bail!(
            "nothing is recorded: these pods are bound to nodes with different labels, and a case has only one set of labels; record the pods one by one"
        );
    }
    let of_node = labels
        .into_iter()
        .flatten()
        .map(|(key, value)| Fact::NodeLabel(key.clone(), value.clone()));
    // A later one wins.
    let all: BTreeMap<_, _> = of_node
        .chain(given.iter().cloned())
        .map(|fact| (fact.parts().0, fact))
        .collect();
    Ok(all.into_values().collect())
}

/// Returns the files of `--plugin`, relative to the case.
fn plugins(directory: &Path, environment: &RenderEnvironment) -> Result<BTreeMap<PluginReference, PathBuf>> {
    let real = |path: &Path| fs::canonicalize(path).with_context(|| format!("cannot find {}", path.shown()));
    let directory = real(directory)?;
    let plugin = |(name, file): &(PluginReference, PathBuf)| {
        let file = relative(&real(file)?, &directory);
        file.to_str()
            .with_context(|| format!("{} is not valid UTF-8, which a case requires", file.shown()))?;
        Ok((name.clone(), file))
    };
    environment.plugins.iter().map(plugin).collect()
}

/// Returns a path relative to a directory. Both are absolute and without links.
fn relative(path: &Path, directory: &Path) -> PathBuf {
    let shared = path
        .components()
        .zip(directory.components())
        .take_while(|(a, b)| a == b)
        .count();
    let up = directory.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(path.components().skip(shared)).collect()
}

/// Writes YAML that is read back as these documents.
fn documents(all: &[Value]) -> Result<String> {
    let texts = all.iter().map(yaml::to_string).collect::<Result<Vec<_>, _>>()?;
    let text = texts.join("---\n");
    if yaml::documents(&text).ok().as_deref() != Some(all) {
        bail!("the render cannot be written as YAML with the same meaning; this is a bug in podweave");
    }
    Ok(text)
}

//! `podweave explain --unused`: finds keys that no render reads.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::Result;
use podweave_core::api::API_VERSION;
use podweave_core::manifest::Manifests;
use podweave_core::text::printable;
use podweave_explain::{Explainer, Input};
use serde_json::{Value, json};

use crate::messages::{self, GOOD, HEADING, NAME, styled};
use crate::shared_arguments::ReportOutput;

/// Keys, by the namespace and name of their ConfigMaps.
type Keys<'a> = BTreeMap<(&'a str, &'a str), Vec<&'a str>>;

pub fn run(manifests: &Manifests, explainers: &[Explainer], output: ReportOutput) -> Result<()> {
    let unused = unused(manifests, explainers);
    match output {
        ReportOutput::Table => messages::print(&table(&unused)),
        ReportOutput::Json => messages::print_raw(&format!(
            "{}\n",
            serde_json::to_string_pretty(&document(&unused))?
        )),
    }
}

/// Returns the keys of all bound ConfigMaps that no render has read and no rendered container's own variable
/// refers to.
fn unused<'a>(manifests: &'a Manifests, explainers: &'a [Explainer]) -> Keys<'a> {
    let mut used: BTreeSet<(String, String, String)> = BTreeSet::new();
    for input in explainers
        .iter()
        .flat_map(|explainer| explainer.inputs().into_keys())
    {
        if let Input::Key { namespace, name, key } = input {
            used.insert((namespace, name, key));
        }
    }
    let renders = explainers
        .iter()
        .flat_map(|explainer| &explainer.binding().renders);
    let mut unused = Keys::new();
    for reference in renders.flat_map(|render| &render.config_maps) {
        let Some(config_map) = manifests.config_map(&reference.namespace, &reference.name) else {
            continue;
        };
        let is_used = |key: &&str| {
            used.contains(&(
                reference.namespace.clone(),
                reference.name.clone(),
                (*key).to_owned(),
            ))
        };
        let keys: Vec<&str> = config_map.keys().filter(|key| !is_used(key)).collect();
        if !keys.is_empty() {
            unused.insert((&config_map.namespace, &config_map.name), keys);
        }
    }
    unused
}

fn table(unused: &Keys<'_>) -> String {
    if unused.is_empty() {
        return format!("{}\n", styled(GOOD, "every key of the bound ConfigMaps is read"));
    }
    let mut text = String::new();
    for ((namespace, name), keys) in unused {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{}",
            styled(HEADING, &format!("ConfigMap {namespace}/{name}: nothing reads"))
        );
        for key in keys {
            let _ = writeln!(text, "  {}", styled(NAME, &printable(key, 300)));
        }
    }
    text
}

fn document(unused: &Keys<'_>) -> Value {
    let items: Vec<Value> = unused
        .iter()
        .map(|((namespace, name), keys)| json!({ "namespace": namespace, "configMap": name, "keys": keys }))
        .collect();
    json!({ "apiVersion": API_VERSION, "kind": "UnusedKeys", "items": items })
}

//! Does what `podweave render` does for a Deployment and its ConfigMaps, as a plain Rust program without
//! sandbox, validation and digests. Usage: `podweave-bench-native DIRECTORY`

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use podweave_bench::native::{self, Maps};
use serde_json::{Map, Value, json};

fn main() -> Result<()> {
    let directory = PathBuf::from(
        std::env::args_os()
            .nth(1)
            .context("usage: podweave-bench-native DIRECTORY")?,
    );
    let manifests = manifests(&directory)?;
    let of_kind = |kind: &'static str| manifests.iter().filter(move |manifest| manifest["kind"] == kind);
    let workload = of_kind("Deployment")
        .next()
        .context("no Deployment in the manifests")?;
    let config_maps: BTreeMap<&str, BTreeMap<String, String>> =
        of_kind("ConfigMap").map(config_map).collect();

    let template = &workload["spec"]["template"];
    let annotation =
        |name: &str| template["metadata"]["annotations"][format!("podweave.dev/{name}")].as_str();
    let params: Value = serde_saphyr::from_str(annotation("params").unwrap_or("{}"))?;
    let nothing = BTreeMap::new();
    let bound: Vec<(&str, &BTreeMap<String, String>)> = annotation("config-maps")
        .unwrap_or_default()
        .split(',')
        .map(|reference| {
            let reference = reference.trim().trim_end_matches('?');
            let (alias, name) = reference.split_once('=').unwrap_or((reference, reference));
            (alias, config_maps.get(name).unwrap_or(&nothing))
        })
        .collect();
    let container = &template["spec"]["containers"][0];
    print(
        container,
        &render(workload, container, &params.to_string(), &bound)?,
    )
}

fn manifests(directory: &PathBuf) -> Result<Vec<Value>> {
    let mut files = fs::read_dir(directory)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<PathBuf>>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    let mut manifests = Vec::new();
    for file in files {
        manifests.extend(serde_saphyr::from_multiple::<Value>(&fs::read_to_string(file)?)?);
    }
    Ok(manifests)
}

fn config_map(manifest: &Value) -> (&str, BTreeMap<String, String>) {
    let data = manifest["data"].as_object().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (
        manifest["metadata"]["name"].as_str().unwrap_or_default(),
        data.map(|(key, value)| (key.clone(), text(value))).collect(),
    )
}

fn render(workload: &Value, container: &Value, params: &str, bound: &Maps<'_>) -> Result<native::Rendered> {
    let ports = container["ports"].as_array().into_iter().flatten();
    let ports: Map<String, Value> = ports
        .filter_map(|port| Some((port["name"].as_str()?.to_owned(), port["containerPort"].clone())))
        .collect();
    let facts = [
        ("pod", json!({ "namespace": workload["metadata"]["namespace"] })),
        (
            "container",
            json!({ "name": container["name"], "image": container["image"], "ports": ports }),
        ),
    ];
    let mut engine = native::engine();
    native::register_helpers(&mut engine);
    native::render(&engine, params, bound, &facts)
}

fn print(container: &Value, rendered: &native::Rendered) -> Result<()> {
    let mut out = String::new();
    for (name, value) in &rendered.env {
        out += &format!("{name}={value}\n");
    }
    let own = container["args"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    for arg in own.chain(rendered.args.iter().map(String::as_str)) {
        out += &format!("{arg}\n");
    }
    for (path, contents) in &rendered.files {
        out += &format!("/etc/podweave/{path}\n{contents}");
    }
    Ok(std::io::stdout().write_all(out.as_bytes())?)
}

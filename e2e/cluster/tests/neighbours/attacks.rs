//! Hostile pods, and the text of their refusals.

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Api;
use kube::api::PostParams;
use podweave_cluster::Cluster;
use podweave_core::config_map::MAX_BYTES;
use serde_json::{Value, json};

/// A kind of hostile pod.
pub struct Attack {
    pub name: &'static str,
    pub pod: Value,
    /// The container that shows the refusal.
    pub container: &'static str,
    /// A part of the refusal; `None` if the pod starts, because it attacks another process than the agent.
    pub refusal: Option<&'static str>,
}

/// The prefix of the names of the attackers' ConfigMaps, and their number.
const MANY_KEYS: (&str, usize) = ("many", 4);

/// The number of keys of each: short ones with empty values.
const KEYS: usize = 20_000;

/// The prefix and number of large ones: more than the agent keeps for one namespace.
const LARGE: (&str, usize) = ("large", 100);

/// The annotation that the guard requires.
const REQUIRED: (&str, &str) = ("required-plugins.noderesource.dev/pod", r#"["podweave-guard"]"#);

pub fn container(name: &str) -> Value {
    json!({ "name": name, "image": "podweave.test/busybox:1", "command": ["sleep", "100000"] })
}

pub fn pod(annotations: &[(&str, &str)], containers: Vec<Value>) -> Value {
    let annotations: serde_json::Map<String, Value> = annotations
        .iter()
        .chain([&REQUIRED])
        .map(|(key, value)| ((*key).to_owned(), (*value).into()))
        .collect();
    json!({
        "metadata": { "annotations": annotations },
        "spec": { "containers": containers, "terminationGracePeriodSeconds": 0, "automountServiceAccountToken": false, "enableServiceLinks": false },
    })
}

/// `params` that expand to hundreds of megabytes: a scalar in lists that are in lists, by YAML aliases.
fn bomb(scalar: &str) -> String {
    let repeated = |name: char, times: usize| vec![format!("*{name}"); times].join(", ");
    format!(
        "a: &a \"{scalar}\"\nb: &b [{}]\nc: &c [{}]\nd: [{}]\n",
        repeated('a', 10),
        repeated('b', 10),
        repeated('c', 19)
    )
}

/// Returns every attack of the audit that a pod can make.
#[expect(clippy::too_many_lines, reason = "a table of attacks")]
pub fn all() -> Vec<Attack> {
    let plugin = ("podweave.dev/plugin", "handlebars");
    let (letters, nul) = (bomb(&"x".repeat(60_000)), bomb(&"\\0".repeat(30_000)));
    let maps: Vec<String> = (0..128).map(|index| format!("m{index}?")).collect();
    let widest = vec![format!("- {{plugin: handlebars, configMaps: \"{}\"}}\n", maps.join(",")); 32].concat();
    let web = || vec![container("web")];
    let many = |count: usize| {
        (0..count)
            .map(|index| container(&format!("c{index}")))
            .collect::<Vec<_>>()
    };
    let thrice = [
        ("web.podweave.dev/params", nul.as_str()),
        ("b.podweave.dev/params", nul.as_str()),
        ("c.podweave.dev/params", nul.as_str()),
        plugin,
    ];
    let mut variables = container("web");
    variables["env"] = vec![json!({ "name": "a" }); 90_000].into();
    let arguments = json!({ "name": "web", "image": "podweave.test/busybox:1", "command": ["sleep"], "args": vec!["1"; 100_000] });
    let mut from_many_keys = container("web");
    from_many_keys["envFrom"] = (0..MANY_KEYS.1)
        .map(|index| json!({ "configMapRef": { "name": format!("{}-{index}", MANY_KEYS.0) } }))
        .collect();
    let large: Vec<String> = (0..LARGE.1).map(|index| format!("{}-{index}", LARGE.0)).collect();
    let (large, many_keys) = (large.join(","), format!("{}-0", MANY_KEYS.0));
    let endless = "attack: loop";
    let hungry = "attack: memory";
    let attack = |name, pod, container, refusal| Attack {
        name,
        pod,
        container,
        refusal,
    };
    vec![
        attack(
            "aliases",
            pod(&[plugin, ("podweave.dev/params", &letters)], web()),
            "web",
            Some("aliases make it so"),
        ),
        attack(
            "escapes",
            pod(&[plugin, ("podweave.dev/params", &nul)], web()),
            "web",
            Some("aliases make it so"),
        ),
        attack(
            "escapes-thrice",
            pod(&thrice, vec![container("web"), container("b"), container("c")]),
            "web",
            Some("aliases make it so"),
        ),
        attack(
            "references",
            pod(&[("podweave.dev/renders", &widest)], many(20)),
            "c0",
            Some("4096 mentions of ConfigMaps"),
        ),
        attack(
            "variables",
            pod(&[plugin], vec![variables]),
            "web",
            Some("4 MiB of memory"),
        ),
        attack(
            "arguments",
            pod(&[plugin], vec![arguments]),
            "web",
            Some("4 MiB of memory"),
        ),
        attack(
            "endless",
            pod(
                &[("podweave.dev/plugin", "facts"), ("podweave.dev/params", endless)],
                many(4),
            ),
            "c0",
            Some("facts"),
        ),
        attack(
            "hungry",
            pod(
                &[("podweave.dev/plugin", "facts"), ("podweave.dev/params", hungry)],
                many(4),
            ),
            "c0",
            Some("facts"),
        ),
        attack(
            "large-config-maps",
            pod(&[plugin, ("podweave.dev/config-maps", &large)], web()),
            "web",
            Some("there is no room for"),
        ),
        attack(
            "config-map-keys",
            pod(&[plugin, ("podweave.dev/config-maps", &many_keys)], web()),
            "web",
            Some("has too many keys"),
        ),
        // A pod that has not opted in attacks the guard.
        attack(
            "many-keys",
            json!({ "metadata": {}, "spec": pod(&[], vec![from_many_keys])["spec"] }),
            "web",
            None,
        ),
    ]
}

/// Creates the ConfigMaps of the attacks.
pub async fn put_config_maps(cluster: &Cluster, namespace: &str) -> Result<()> {
    let api: Api<ConfigMap> = Api::namespaced(cluster.admin().await?, namespace);
    let create = async |name: String, data| {
        let metadata = ObjectMeta {
            name: Some(name),
            ..ObjectMeta::default()
        };
        let config_map = ConfigMap {
            metadata,
            data: Some(data),
            ..ConfigMap::default()
        };
        api.create(&PostParams::default(), &config_map)
            .await
            .map(drop)
            .context("cannot create a ConfigMap of the attackers")
    };
    for index in 0..MANY_KEYS.1 {
        create(
            format!("{}-{index}", MANY_KEYS.0),
            (0..KEYS)
                .map(|key| (format!("a{:x}", index * KEYS + key), String::new()))
                .collect(),
        )
        .await?;
    }
    for index in 0..LARGE.1 {
        create(
            format!("{}-{index}", LARGE.0),
            [("key".to_owned(), "x".repeat(MAX_BYTES))].into(),
        )
        .await?;
    }
    Ok(())
}

//! Measures one pod at a time whose configuration is rendered by podweave, by an init container with a
//! wrapper (the usual way without podweave), or not at all.

use std::time::Duration;

use anyhow::Result;
use podweave_bench_figures::samples::Samples;
use podweave_bench_figures::table::Table;
use podweave_cluster::{Load, Plugin, PodweaveOptions};
use serde_json::{Value, json};

use crate::stage::{Stage, until_compiled};

/// Renders the same as the templates of a load: three files and two variables.
const INIT: &str = r#"
set -e
cd /settings
for key in *; do printf '%s = %s\n' "$key" "$(cat "$key")"; done > /rendered/app.conf
printf 'level %s\n' "$(cat K01)" > /rendered/log.conf
printf 'soft %s\nhard %s\n' "$(cat /last/K02)" "$(cat /last/K03)" > /rendered/limits.conf
printf 'export LISTEN="%s" OWNER="%s/main"\n' "$(cat K00)" "$NAMESPACE" > /rendered/env
"#;

/// The number of pods of each kind before those that are measured.
const WARM_UP: usize = 1;

/// A pod with an init container that renders, and a wrapper that sets the variables.
#[must_use]
pub fn with_init_container(load: &Load, number: usize) -> Value {
    let mut pod = load.plain_pod(number);
    let config_maps: Vec<String> = load.config_maps_of(number).collect();
    let mount = |name: &str, read_only: bool| json!({ "name": name, "mountPath": format!("/{name}"), "readOnly": read_only });
    let volume = |name: &str, config_map: Option<&String>| json!({ "name": name, "configMap": { "name": config_map } });
    let spec = &mut pod["spec"];
    spec["volumes"] = json!([volume("settings", config_maps.first()), volume("last", config_maps.last()), { "name": "rendered", "emptyDir": {} }]);
    spec["initContainers"] = json!([{
        "name": "render",
        "image": spec["containers"][0]["image"],
        "command": ["sh", "-c", INIT],
        "env": [{ "name": "NAMESPACE", "valueFrom": { "fieldRef": { "fieldPath": "metadata.namespace" } } }],
        "volumeMounts": [mount("settings", true), mount("last", true), mount("rendered", false)],
    }]);
    let main = &mut spec["containers"][0];
    main["command"] = json!(["sh", "-c", ". /rendered/env; exec sleep 100000"]);
    main["volumeMounts"] = json!([mount("rendered", true)]);
    pod
}

/// Measures pods one by one, in turns.
///
/// # Errors
/// A pod does not become Ready.
pub async fn measure(table: &mut Table, stage: &Stage, count: usize) -> Result<()> {
    let podweave = stage.podweave(PodweaveOptions::default()).await?;
    tokio::try_join!(podweave.agent().start(), podweave.guard().start())?;
    until_compiled(&podweave).await?;
    let kinds: [(&str, &dyn Fn(usize) -> Value); 3] = [
        ("a plain pod", &|number| stage.load.plain_pod(number)),
        ("podweave", &|number| {
            stage.load.pod_with(number, Plugin::Handlebars)
        }),
        ("an init container that renders, and a wrapper", &|number| {
            with_init_container(&stage.load, number)
        }),
    ];
    let crowd = stage.node.crowd(stage.namespace.name()).await?;
    let mut times = [const { Vec::new() }; 3];
    for number in 0..WARM_UP + count {
        eprintln!("one by one: {} of {}", number + 1, WARM_UP + count);
        for (place, ((_, pod), times)) in kinds.iter().zip(&mut times).enumerate() {
            let took = crowd.run(vec![pod(kinds.len() * number + place)]).await?;
            if number >= WARM_UP {
                times.extend(took);
            }
        }
    }
    // Delete them only now: deleting a pod would disturb the next one.
    crowd.delete().await?;
    stage.node.until_clear().await?;
    tokio::try_join!(podweave.agent().stop(), podweave.guard().stop())?;

    table.heading(&format!("One pod at a time, three files and two variables: from its creation to Ready, {count} of each in turns"));
    let times = times.map(|times: Vec<Duration>| times.into_iter().collect::<Samples>());
    for ((name, _), samples) in kinds.iter().zip(&times) {
        table.ratio(name, samples, &times[0]);
    }
    Ok(())
}

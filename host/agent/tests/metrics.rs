//! docs/metrics.md and docs/config-maps.md describe all metrics that the agent exports, and no others.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use podweave_agent::configuration::{AgentConfiguration, Directories};
use podweave_agent::for_tests::events::Events;
use podweave_agent::for_tests::http::{self, Health};
use podweave_agent::for_tests::metrics::Metrics;
use podweave_agent::for_tests::plugins::{self, PluginMetrics};
use podweave_agent::for_tests::volumes::Volumes;
use podweave_agent::status::NodeStatus;
use podweave_api_server::ApiServerMetrics;
use podweave_config_maps::manifests::ManifestSource;
use podweave_config_maps::{ConfigMaps, Options};
use podweave_core::manifest::Manifests;
use podweave_plugin_store::Store;
use podweave_sandbox::{Allocation, Sandbox};
use prometheus_client::registry::Registry;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

struct Nobody;

impl Health for Nobody {
    fn live(&self) -> Result<(), String> {
        Ok(())
    }

    fn ready(&self) -> Result<(), Vec<String>> {
        Ok(())
    }

    fn status(&self) -> NodeStatus {
        unreachable!("not requested by this test")
    }
}

/// A registry with the metrics of all parts of an agent, and what they are of.
fn registry(directory: &Path) -> (Registry, Arc<Store>) {
    let mut registry = Registry::default();
    Metrics::default().register(&mut registry);
    let configuration = AgentConfiguration {
        directories: Directories {
            volumes: directory.join("volumes"),
            records: directory.join("records"),
            code: directory.join("code"),
            plugins: directory.join("plugins"),
        },
        ..AgentConfiguration::default()
    };
    let sandbox = Arc::new(Sandbox::new(Allocation::OnDemand).unwrap());
    let plugin_metrics = PluginMetrics::default();
    let store = Arc::new(plugins::store(&configuration, sandbox, &plugin_metrics).unwrap());
    plugin_metrics.register(&mut registry, &store, &configuration);
    Volumes::open(&directory.join("volumes"), 1 << 20)
        .unwrap()
        .register_metrics(&mut registry);
    let client = kube::Client::new(
        tower::service_fn(|_: ::http::Request<kube::client::Body>| async {
            Err::<::http::Response<kube::client::Body>, _>("away")
        }),
        "default",
    );
    Events::start(client, "node".to_owned()).register_metrics(&mut registry);
    let config_maps = ConfigMaps::new(
        Arc::new(ManifestSource::new(&Manifests::default())),
        Options::default(),
    );
    config_maps.register_metrics(&mut registry);
    ApiServerMetrics::default().register(&mut registry);
    (registry, store)
}

/// The names of all metrics, as an agent exports them.
async fn exported() -> BTreeSet<String> {
    let directory = tempfile::tempdir().unwrap();
    let (registry, _store) = registry(directory.path());
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let configuration = AgentConfiguration {
        listen_address: free,
        status_socket: directory.path().join("agent.sock"),
        ..AgentConfiguration::default()
    };
    let mut tasks = JoinSet::new();
    http::serve(&mut tasks, &configuration, registry, Arc::new(Nobody))
        .await
        .unwrap();
    let mut stream = TcpStream::connect(free).await.unwrap();
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
        .filter_map(|line| line.split_once(' '))
        .map(|(name, kind)| {
            if kind == "counter" {
                format!("{name}_total")
            } else {
                name.to_owned()
            }
        })
        .collect()
}

/// The names in the tables of a page. `_more_of_it` means the name before it with another ending.
fn documented(page: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../docs")
            .join(page),
    )
    .unwrap();
    let mut names = BTreeSet::new();
    for row in text.lines().filter(|line| line.starts_with("| `podweave_")) {
        let cell = row.split('|').nth(1).unwrap_or_default();
        let mut prefix = "";
        for name in cell.split(',').map(|name| name.trim().trim_matches('`')) {
            let name = name.split('{').next().unwrap_or_default();
            if name.starts_with("podweave_") {
                prefix = ["podweave_config_maps", "podweave_api_server"]
                    .into_iter()
                    .find(|known| name.starts_with(known))
                    .unwrap_or_default();
                names.insert(name.to_owned());
            } else if name.starts_with('_') {
                names.insert(format!("{prefix}{name}"));
            }
        }
    }
    names
}

/// The names that the sources register, without prefix and ending. A family without any count is not
/// exported.
fn registered() -> BTreeSet<String> {
    let sources = [
        include_str!("../src/metrics.rs"),
        include_str!("../src/events/metrics.rs"),
        include_str!("../src/follow/metrics.rs"),
        include_str!("../src/http/metrics.rs"),
        include_str!("../src/plugins/metrics.rs"),
        include_str!("../src/volumes/metrics.rs"),
        include_str!("../../config-maps/src/metrics.rs"),
        include_str!("../../config-maps/src/scrape.rs"),
        include_str!("../../api-server/src/metrics.rs"),
    ];
    // Without line breaks between a call and its first argument.
    let sources = sources.map(|source| {
        source
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .replace("( \"", "(\"")
    });
    let mut names = BTreeSet::new();
    for call in [
        "register(\"",
        "register_with_unit(\"",
        "gauge(\"",
        "encode_descriptor(\"",
    ] {
        names.extend(
            sources
                .iter()
                .flat_map(|source| source.split(call).skip(1))
                .filter_map(|rest| rest.split('"').next())
                .map(str::to_owned),
        );
    }
    names
}

/// A name without the prefix and suffix of the format.
fn bare(name: &str) -> String {
    let prefixes = [
        "podweave_agent_",
        "podweave_events_",
        "podweave_follow_",
        "podweave_guard_",
        "podweave_http_",
        "podweave_plugins_",
        "podweave_registry_",
        "podweave_volumes_",
        "podweave_config_maps_",
    ];
    let name = prefixes
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name);
    let name = name.strip_suffix("_total").unwrap_or(name);
    // Metrics whose unit is registered separately.
    ["compilation", "creation", "pull", "render", "swap"]
        .into_iter()
        .find(|timed| name == format!("{timed}_seconds"))
        .unwrap_or(name)
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_is_documented_and_no_other() {
    let documented: BTreeSet<String> = documented("metrics.md")
        .union(&documented("config-maps.md"))
        .cloned()
        .collect();
    let exported = exported().await;
    assert!(
        exported.len() > 15 && exported.is_subset(&documented),
        "{:?}",
        exported.difference(&documented)
    );
    assert_eq!(registered(), documented.iter().map(|name| bare(name)).collect());
}

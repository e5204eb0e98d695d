//! What fields mean, and what is in their place if they are left out.

use std::fs;
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use crate::text::*;
use podweave_agent::configuration::{AgentConfiguration, DEFAULT_PATH, PluginLimits, StrategyName};
use podweave_agent::logging::LogFilter;
use podweave_api_server::Qps;
use podweave_config_maps::Strategy;
use podweave_config_maps::ttl::Ttl;
use podweave_core::limits::Limits;
use podweave_plugin_store::settings::Origin;

#[test]
fn an_empty_file_means_the_defaults() {
    assert_eq!(parse("").unwrap(), AgentConfiguration::default());
    assert_eq!(
        parse("limits: {}\nplugins: []\nnri: null\n").unwrap(),
        AgentConfiguration::default()
    );
    assert_eq!(
        AgentConfiguration::default().limits.for_containers(),
        Limits::default(),
        "what users are promised"
    );
    assert_eq!(
        AgentConfiguration::default().api_server_options().qps,
        Some(Qps::KUBELET)
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn every_field_can_be_set() {
    let configuration = parse(
        r"
nodeName: node-1.example
logLevel: debug
nri: {socket: /run/other/nri.sock}
directories: {volumes: /v, records: /r, code: /c, plugins: /p}
statusSocket: /s/agent.sock
listenAddress: '[::1]:1'
plugins: [{name: web, file: /plugins/web.wasm}, {name: ghcr.io/acme/x:1, file: /x.wasm}, {name: handlebars, namespaces: [shop]}]
creationTimeout: 100ms
limits: {memory: 128Mi, time: 1s, copied: 1Gi, files: 2097152, log: 0, nodeFiles: 2Gi, nodeMemory: 1Gi, compilations: 3, code: 1Gi, components: 2Gi}
configMaps: {strategy: Get, strict: false, maxAge: unlimited, idleAfter: never, memory: 1Mi}
apiServer: {qps: 7, burst: 9}
",
    )
    .unwrap();
    assert_eq!(
        (configuration.node_name.as_str(), configuration.log_level.clone()),
        ("node-1.example", LogFilter::parse("debug").unwrap())
    );
    assert_eq!(configuration.nri.socket, Path::new("/run/other/nri.sock"));
    let directories = &configuration.directories;
    assert_eq!(
        [&directories.volumes, &directories.records, &directories.code],
        [Path::new("/v"), Path::new("/r"), Path::new("/c")]
    );
    assert_eq!(
        (
            configuration.status_socket.as_path(),
            configuration.listen_address.to_string().as_str()
        ),
        (Path::new("/s/agent.sock"), "[::1]:1")
    );
    let plugins: Vec<_> = configuration
        .plugins
        .iter()
        .map(|plugin| (plugin.name.as_str(), plugin.origin.clone()))
        .collect();
    let file = |path: &str| Origin::File(path.into());
    assert_eq!(
        plugins,
        [
            ("web", file("/plugins/web.wasm")),
            ("ghcr.io/acme/x:1", file("/x.wasm")),
            ("handlebars", Origin::BuiltIn)
        ]
    );
    assert_eq!(configuration.directories.plugins, Path::new("/p"));
    assert_eq!(
        configuration.plugin_limits,
        PluginLimits {
            compilations: 3,
            code_bytes: 1 << 30,
            component_bytes: 2 << 30
        }
    );
    assert_eq!(configuration.creation_timeout, Duration::from_millis(100));
    let limits = &configuration.limits;
    assert_eq!(
        (limits.memory_bytes, limits.time, limits.copied_bytes),
        (128 << 20, Duration::from_secs(1), 1 << 30)
    );
    assert_eq!(
        (
            limits.file_bytes,
            limits.log_bytes,
            limits.node_file_bytes,
            limits.node_memory_bytes
        ),
        (2 << 20, 0, 2 << 30, 1 << 30)
    );
    let config_maps = &configuration.config_maps;
    assert_eq!(
        (
            config_maps.strategy,
            config_maps.strict,
            config_maps.max_age,
            config_maps.idle_after
        ),
        (StrategyName::Get, false, None, None)
    );
    assert_eq!(configuration.api_server_options().memory_bytes, 1 << 20);
    let rate = Qps {
        per_second: NonZeroU32::new(7).unwrap(),
        burst: NonZeroU32::new(9).unwrap(),
    };
    assert_eq!(configuration.api_server.rate, rate);

    let defaults = AgentConfiguration::default();
    let differs = [
        configuration.nri != defaults.nri,
        configuration.directories != defaults.directories,
        configuration.limits != defaults.limits,
        configuration.config_maps != defaults.config_maps,
    ];
    assert_eq!(differs, [true; 4]);
}

#[test]
fn strategies_are_the_managers() {
    let strategy = |text: &str| parse(text).unwrap().config_maps;
    let idle = strategy("configMaps: {strategy: Watch, idleAfter: 10m}");
    assert!(
        matches!(idle.strategy(&Ttl::default()), Strategy::Watch { idle_after: Some(after), .. } if after == Duration::from_secs(600))
    );
    assert!(!idle.follows_ttl_of_node());
    let cache = strategy("configMaps: {strategy: Cache}");
    assert!(matches!(cache.strategy(&Ttl::default()), Strategy::Cache(_)) && cache.follows_ttl_of_node());
    assert!(matches!(
        strategy("configMaps: {strategy: Get}").strategy(&Ttl::default()),
        Strategy::Get
    ));
}

#[test]
fn the_nodes_name_comes_from_the_file_or_the_environment() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("agent.yaml");
    fs::write(&file, HEAD).unwrap();
    let load = |name: Option<&str>| AgentConfiguration::load_with(Some(&file), name.map(str::to_owned));
    assert_eq!(load(Some("node-1")).unwrap().node_name, "node-1");
    for name in [None, Some(""), Some("Not A Node")] {
        let error = load(name).unwrap_err().to_string();
        assert!(
            error.contains("set nodeName in the configuration, or the variable NODE_NAME"),
            "{error}"
        );
    }
    fs::write(&file, format!("{HEAD}nodeName: node-2\n")).unwrap();
    assert_eq!(load(Some("node-1")).unwrap().node_name, "node-2");
}

#[test]
fn only_the_default_file_may_be_absent() {
    let directory = tempfile::tempdir().unwrap();
    let load = |path: &Path| {
        AgentConfiguration::load_with(Some(path), Some("node".to_owned())).map_err(|error| error.to_string())
    };
    let error = load(&directory.path().join("absent.yaml")).unwrap_err();
    assert!(
        error.starts_with("cannot read the configuration ") && error.contains("absent.yaml"),
        "{error}"
    );
    let large = directory.path().join("large.yaml");
    fs::write(&large, vec![b'#'; (1 << 20) + 1]).unwrap();
    assert!(load(&large).unwrap_err().contains("more than 1 MiB"));
    if !Path::new(DEFAULT_PATH).exists() {
        let configuration = AgentConfiguration::load_with(None, Some("node".to_owned())).unwrap();
        assert_eq!(
            configuration,
            AgentConfiguration {
                node_name: "node".to_owned(),
                ..AgentConfiguration::default()
            }
        );
    }
}

//! The agent's configuration file: what it may contain, what it must not, and that docs/operations.md has all
//! of it.

use std::fs;
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use podweave_agent::configuration::{AgentConfiguration, DEFAULT_PATH, FIELDS, PluginLimits, StrategyName};
use podweave_api_server::Qps;
use podweave_config_maps::Strategy;
use podweave_config_maps::ttl::Ttl;
use podweave_core::limits::Limits;
use podweave_core::pattern::Pattern;
use podweave_plugin_store::settings::Origin;
use tracing::level_filters::LevelFilter;

const HEAD: &str = "apiVersion: podweave.dev/v1alpha1\nkind: AgentConfiguration\n";

fn parse(rest: &str) -> Result<AgentConfiguration, String> {
    AgentConfiguration::parse(Path::new("agent.yaml"), &format!("{HEAD}{rest}"))
        .map_err(|error| error.to_string())
}

fn operations() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations.md")).unwrap()
}

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
        (configuration.node_name.as_str(), configuration.log_level),
        ("node-1.example", LevelFilter::DEBUG)
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
fn a_mistake_is_reported_with_its_path_and_a_remedy() {
    for (rest, message) in [
        (
            "nodename: a",
            "the document: unknown field \"nodename\" (did you mean \"nodeName\"?); known fields are \"apiVersion\", ",
        ),
        (
            "limits: {memroy: 1Mi}",
            "limits: unknown field \"memroy\" (did you mean \"memory\"?); known fields are \"memory\", \"time\", ",
        ),
        (
            "plugins: [{name: a, file: /a, digest: b}]",
            "plugins[0]: unknown field \"digest\"; known fields are \"name\", \"file\"",
        ),
        (
            "plugins: [{name: a}]",
            "plugins[0]: is not a built-in plugin; set file or reference",
        ),
        (
            "plugins: [{name: a, file: /a, reference: ghcr.io/a/b}]",
            "plugins[0]: has both file and reference; set one of them",
        ),
        (
            "plugins: [{name: a, reference: acme/b}]",
            "plugins[0].reference: \"acme/b\" is not an OCI reference",
        ),
        (
            "plugins: [{name: a, file: /a, pullPolicy: always}]",
            "plugins[0].pullPolicy: is \"always\" (did you mean \"Always\"?)",
        ),
        (
            "plugins: [{name: a, file: /a, limits: {memory: 1}}]",
            "plugins[0].limits.memory: is 1 B; must be from 1 KiB",
        ),
        ("trust: {rules: [{}]}", "trust.rules[0].prefix: is required"),
        (
            "trust: {rules: [{prefix: 'ghcr.io/acme:1'}]}",
            "trust.rules[0].prefix: \"ghcr.io/acme:1\" has a tag or a digest",
        ),
        (
            "trust: {rules: [{prefix: ghcr.io}, {prefix: ghcr.io/}]}",
            "trust.rules[1].prefix: is a duplicate; list each prefix once",
        ),
        (
            "trust: {rules: [{prefix: ghcr.io, signatures: {}}]}",
            "trust.rules[0].signatures: accepts no signature; set keys, or certificates with identities",
        ),
        (
            "trust: {rules: [{prefix: ghcr.io, signatures: {keys: [cosign.pub]}}]}",
            "trust.rules[0].signatures.keys[0]: must be an absolute path",
        ),
        (
            "registries: {hosts: [{host: 'https://ghcr.io'}]}",
            "registries.hosts[0].host: is not the host of a registry; write it as in references",
        ),
        (
            "registries: {hosts: [{host: ghcr.io}, {host: GHCR.io}]}",
            "registries.hosts[1]: duplicate host; list each host once",
        ),
        (
            "limits: {compilations: 65}",
            "limits.compilations: is 65; must be from 1 to 64",
        ),
        (
            "registries: {refresh: 1s}",
            "registries.refresh: is 1s; must be from 10s",
        ),
        (
            "plugins: [{name: a, file: /a}, {name: a, file: /b}]",
            "plugins[1].name: is a duplicate; list each name once",
        ),
        (
            "plugins: [{name: ./a, file: /a}]",
            "plugins[0].name: \"./a\" is a path",
        ),
        ("nodeName: A_b", "nodeName: must be a DNS subdomain"),
        (
            "logLevel: inof",
            "logLevel: is \"inof\" (did you mean \"info\"?); must be one of \"error\", ",
        ),
        ("nri: {socket: nri.sock}", "nri.socket: must be an absolute path"),
        (
            "listenAddress: localhost",
            "listenAddress: must be an address with a port, such as 0.0.0.0:9808",
        ),
        (
            "creationTimeout: 50",
            "creationTimeout: must be a duration, such as 500ms",
        ),
        (
            "creationTimeout: 2s",
            "creationTimeout: is 2s; must be from 1ms to 1s",
        ),
        (
            "limits: {memory: 64MB}",
            "limits.memory: must be a number of bytes, such as 1048576, 512Ki, 64Mi or 1Gi",
        ),
        (
            "limits: {memory: 64Gi}",
            "limits.memory: is 64 GiB; must be from 1 MiB to 4 GiB",
        ),
        (
            "limits: {nodeFiles: -1}",
            "limits.nodeFiles: must be a number of bytes",
        ),
        (
            "configMaps: {strategy: watch}",
            "configMaps.strategy: is \"watch\" (did you mean \"Watch\"?)",
        ),
        (
            "configMaps: {strict: 'yes'}",
            "configMaps.strict: expected true or false, found text",
        ),
        (
            "configMaps: {maxAge: forever}",
            "configMaps.maxAge: must be a duration, such as 500ms, 30s, 5m or 1h30m, or unlimited",
        ),
        (
            "configMaps: {idleAfter: 1s}",
            "configMaps.idleAfter: is 1s; must be from 60s to",
        ),
        ("apiServer: {qps: 0}", "apiServer.qps: must be a positive integer"),
        (
            "directories: {records: /run/podweave/volumes/records}",
            "directories: these directories must not be nested in one another",
        ),
        (
            "directories: {records: /a, code: /a}",
            "directories: these directories must not be nested in one another",
        ),
        ("limits: [", "line "),
        ("kind: AgentConfiguration", "the key \"kind\" is a duplicate"),
    ] {
        let error = parse(rest).unwrap_err();
        assert!(
            error.starts_with("configuration agent.yaml: ") && error.contains(message),
            "{rest}: {error}"
        );
    }
    for text in [
        "",
        "a: b",
        "apiVersion: v1\nkind: AgentConfiguration",
        "apiVersion: podweave.dev/v1alpha1\nkind: Other",
        "- a",
        "5",
    ] {
        let error = AgentConfiguration::parse(Path::new("agent.yaml"), text)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("it is not an AgentConfiguration of podweave.dev/v1alpha1; begin it with"),
            "{error}"
        );
    }
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

#[test]
fn every_field_is_documented() {
    let text = operations();
    for (object, fields) in FIELDS {
        for field in fields {
            let path = if object.is_empty() {
                (*field).to_owned()
            } else {
                format!("{object}.{field}")
            };
            assert!(
                text.contains(&format!("| `{path}` |")),
                "docs/operations.md has no row for {path}"
            );
        }
    }
}

#[test]
fn the_documented_file_is_that_of_the_defaults() {
    let text = operations();
    let file = text
        .split("```yaml\n")
        .find_map(|part| {
            part.split_once("```")
                .map(|(file, _)| file)
                .filter(|file| file.contains("AgentConfiguration"))
        })
        .unwrap();
    let mut documented = AgentConfiguration::parse(Path::new("operations.md"), file).unwrap();
    documented.node_name.clear();
    assert_eq!(documented, AgentConfiguration::default());
    for (object, fields) in FIELDS.iter().filter(|(object, _)| !object.contains("[]")) {
        for field in *fields {
            assert!(
                file.contains(&format!("{field}:")),
                "the file in docs/operations.md does not show {object} {field}"
            );
        }
    }
}

#[test]
fn a_policy_is_read_as_it_is_documented() {
    let configuration = parse(
        r"
plugins:
  - {name: web, reference: 'ghcr.io/acme/web:1', pullPolicy: Always, namespaces: [shop, team-*], limits: {time: 100ms}, outputs: {env: [APP_*], args: false}}
trust:
  rules:
    - prefix: ghcr.io/acme
      requireDigest: true
      namespaces: [shop]
      signatures:
        keys: [/etc/podweave/cosign.pub]
        certificates: {roots: /etc/podweave/roots.pem, identities: [builds@acme.example]}
      outputs: {files: ['conf.d/*']}
registries:
  hosts: [{host: 'Registry.example:5000', plainHTTP: true, mirrors: [{host: 'mirror.example', prefix: cache}], certificateAuthorities: [/etc/podweave/ca.pem]}]
  credentials: /etc/podweave/registries.json
  podPullSecrets: true
  lastKnownGood: true
  refresh: 1m
  timeout: 30s
",
    )
    .unwrap();
    let plugin = &configuration.plugins[0];
    let matches = |patterns: &Option<std::sync::Arc<[Pattern]>>, name: &str| {
        patterns
            .as_deref()
            .unwrap()
            .iter()
            .any(|pattern| pattern.matches(name))
    };
    assert!(
        matches!(&plugin.origin, Origin::Registry(reference) if reference.to_string() == "ghcr.io/acme/web:1")
    );
    assert!(matches(&plugin.namespaces, "team-x") && !matches(&plugin.namespaces, "other"));
    let terms = plugin.terms.as_ref().unwrap();
    assert_eq!(
        (
            terms.time,
            terms.outputs.args,
            terms.outputs.allows_env("APP_A"),
            terms.outputs.allows_env("B")
        ),
        (Some(Duration::from_millis(100)), false, true, false)
    );
    let rule = &configuration.trust[0];
    assert!(rule.require_digest && rule.signatures.as_ref().unwrap().certificates.is_some());
    assert!(rule.terms.outputs.allows_file("conf.d/a") && !rule.terms.outputs.allows_file("a"));
    let registries = &configuration.registries;
    assert_eq!(
        (
            registries.hosts[0].host.as_str(),
            registries.hosts[0].mirrors[0].prefix.as_deref()
        ),
        ("registry.example:5000", Some("cache"))
    );
    assert!(registries.pod_pull_secrets && registries.last_known_good);
    let files: Vec<_> = configuration
        .files()
        .map(|file| file.display().to_string())
        .collect();
    assert_eq!(
        files,
        [
            "/etc/podweave/cosign.pub",
            "/etc/podweave/roots.pem",
            "/etc/podweave/ca.pem",
            "/etc/podweave/registries.json"
        ]
    );
    assert_eq!(
        configuration.lasting(),
        AgentConfiguration::default(),
        "all of it takes effect without a restart"
    );
}

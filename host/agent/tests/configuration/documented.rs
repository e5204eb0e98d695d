//! docs/operations.md and docs/registries.md describe the file as it is.

use std::path::Path;
use std::time::Duration;

use crate::text::*;
use podweave_agent::configuration::{AgentConfiguration, FIELDS};
use podweave_core::pattern::Pattern;
use podweave_plugin_store::settings::Origin;

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

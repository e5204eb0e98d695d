//! The text of each error.

use std::path::Path;

use crate::text::*;
use podweave_agent::configuration::AgentConfiguration;

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
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

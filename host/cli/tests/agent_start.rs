//! `podweave agent` says once why it does not start.

mod support;

use std::net::TcpListener;

use support::{Place, Run};

/// A cluster that the agent does not reach before it has to stop.
const KUBECONFIG: &str = "
apiVersion: v1
kind: Config
current-context: nowhere
contexts: [{name: nowhere, context: {cluster: nowhere, user: nobody}}]
clusters: [{name: nowhere, cluster: {server: 'https://127.0.0.1:1'}}]
users: [{name: nobody, user: {}}]
";

#[test]
fn a_taken_port_is_reported_once() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let place = Place::new().with("kubeconfig", KUBECONFIG);
    let at = |name: &str| place.path(name).display().to_string();
    place.write(
        "agent.yaml",
        format!(
            "apiVersion: podweave.dev/v1alpha1
kind: AgentConfiguration
nodeName: node
directories: {{volumes: {}, records: {}, code: {}, plugins: {}}}
statusSocket: {}
listenAddress: {address}
nri: {{socket: {}}}
",
            at("volumes"),
            at("records"),
            at("code"),
            at("plugins"),
            at("run/agent.sock"),
            at("nri.sock")
        ),
    );
    let mut command = place.command(&["agent", "--config", "agent.yaml"]);
    let run = Run::of(
        command
            .env("KUBECONFIG", place.path("kubeconfig"))
            .output()
            .unwrap(),
    );
    let cause = "Address already in use";
    let stderr = run.stderr;
    assert!(
        stderr.contains(&format!(
            "error: cannot run the agent: cannot listen on {address}: {cause}"
        )),
        "{stderr}"
    );
    assert_eq!(
        (run.code, stderr.matches(cause).count()),
        (Some(1), 1),
        "{stderr}"
    );
}

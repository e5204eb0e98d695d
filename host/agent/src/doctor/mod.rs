//! `podweave doctor`: finds what is wrong with a node's set-up, and says what that means and how to fix it.
//!
//! Each check is a probe, which reads the system, and a judgement, which is pure. Doctor changes nothing and
//! does not register with the runtime: a plugin that comes and goes would delay the node. It asks the agent
//! for what only an NRI plugin sees.

mod api_server;
mod directories;
mod finding;
mod follow;
mod kernel;
mod node;
mod permissions;
mod runtime;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use kube::Client;

use crate::configuration::{AgentConfiguration, DEFAULT_PATH, NODE_NAME};
use crate::status::{self, NodeStatus};

pub use finding::{Diagnosis, Finding, Verdict};

/// What to check.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The agent's configuration file; `None`: the path that the agent uses by default.
    pub configuration: Option<PathBuf>,
    /// The runtime's socket; `None`: as configured.
    pub socket: Option<PathBuf>,
}

/// The identity under which the API server is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// The agent's ServiceAccount: doctor runs in its pod.
    Agent,
    /// The user of a kubeconfig.
    Person,
}

/// The client for the API server, or why there is none.
pub type ApiServerAccess = Result<(Client, Identity), String>;

/// Runs all checks. `access` is the client for the API server.
pub async fn diagnose(options: &Options, access: ApiServerAccess) -> Diagnosis {
    let mut findings = Vec::new();
    let configuration = match AgentConfiguration::read(options.configuration.as_deref()) {
        Ok(configuration) => {
            let path = options
                .configuration
                .as_deref()
                .unwrap_or(Path::new(DEFAULT_PATH));
            let found = if path.exists() {
                format!("{} is valid", shown(path))
            } else {
                format!("{} does not exist; the agent uses the defaults", shown(path))
            };
            findings.push(Finding::ok("configuration", found));
            configuration
        }
        Err(error) => {
            findings.push(Finding::problem(
                "configuration",
                error.to_string(),
                "correct the file; docs/operations.md lists its fields. The checks below assume the defaults",
            ));
            AgentConfiguration::default()
        }
    };
    let socket = options.socket.as_deref().unwrap_or(&configuration.nri.socket);
    findings.push(runtime::socket(socket, &runtime::look_at_socket(socket)));
    let status = status::fetch(&configuration.status_socket).await;
    findings.extend(runtime::of_status(&status, configuration.creation_timeout));
    let status = status.ok();
    findings.extend(of_api_server(access, &configuration, status.as_ref()).await);
    findings.extend(directories::of(&configuration));
    findings.push(follow::judge(&configuration));
    findings.push(kernel::judge(kernel::look()));
    Diagnosis::new(findings)
}

async fn of_api_server(
    access: ApiServerAccess,
    configuration: &AgentConfiguration,
    status: Option<&NodeStatus>,
) -> Vec<Finding> {
    let (client, identity) = match access {
        Ok(access) => access,
        Err(reason) => {
            let remedy = "run this in the agent's pod (kubectl exec -n podweave ds/podweave-agent -- podweave doctor), or name a kubeconfig in KUBECONFIG";
            return vec![Finding::warning(
                "api-server",
                format!(
                    "the API server was not asked, so clock, permissions, node label and older pods are not checked: {reason}"
                ),
                remedy,
            )];
        }
    };
    let reached = api_server::look(&client).await;
    let mut findings = vec![api_server::reach(&reached, status)];
    let Ok(reached) = reached else { return findings };
    findings.push(api_server::clock(&reached));
    let namespaces: BTreeSet<&str> = status
        .iter()
        .flat_map(|status| &status.pods)
        .map(|pod| pod.namespace.as_str())
        .collect();
    findings.push(permissions::judge(
        identity,
        &permissions::look(&client, &namespaces).await,
    ));
    match node_name(configuration, status) {
        Some(name) => {
            findings.push(node::label(&name, &node::look_at_label(&client, &name).await));
            findings.push(node::older_pods(&node::look_at_pods(&client, &name).await));
        }
        None => findings.push(Finding::warning(
            "node-label",
            "the name of this node is not set, so its label and its older pods are not checked",
            format!("run this in the agent's pod, or set {NODE_NAME}"),
        )),
    }
    findings
}

fn node_name(configuration: &AgentConfiguration, status: Option<&NodeStatus>) -> Option<String> {
    let configured = Some(configuration.node_name.clone()).filter(|name| !name.is_empty());
    configured
        .or_else(|| status.map(|status| status.agent.node.clone()))
        .or_else(|| std::env::var(NODE_NAME).ok().filter(|name| !name.is_empty()))
}

/// Formats a path for a message.
fn shown(path: &Path) -> String {
    podweave_core::text::printable(&path.to_string_lossy(), 200)
}

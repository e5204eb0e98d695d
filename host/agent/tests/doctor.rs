//! `podweave doctor` on a simulated node: its checks and their findings.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use kube::client::Body;
use podweave_agent::configuration::AgentConfiguration;
use podweave_agent::doctor::{ApiServerAccess, Diagnosis, Identity, Options, Verdict, diagnose};
use podweave_agent::for_tests::http::{self as agent_http, Health};
use podweave_agent::status::{
    Agent, ApiServerStatus, NodeStatus, PodStatus, Protection, RuntimeState, RuntimeStatus,
};
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use tokio::task::JoinSet;

struct Good;

impl Health for Good {
    fn live(&self) -> Result<(), String> {
        Ok(())
    }

    fn ready(&self) -> Result<(), Vec<String>> {
        Ok(())
    }

    fn status(&self) -> NodeStatus {
        let now = SystemTime::now().into();
        let runtime = RuntimeStatus {
            state: RuntimeState::Ready,
            failure: None,
            name: Some("containerd".into()),
            version: Some("v2.3.4".into()),
            nri: Some("0.12".into()),
            request_timeout_millis: Some(2000),
        };
        let agent = Agent {
            version: "0.1.0".into(),
            node: "node-1".into(),
            started_at: now,
            runtime,
            api_server: ApiServerStatus {
                reachable: true,
                failure: None,
                failed_at: None,
            },
            protection: Some(Protection {
                guard: true,
                validator: true,
                at: now,
            }),
        };
        let pod = PodStatus {
            namespace: "shop".into(),
            name: "web".into(),
            uid: "u".into(),
            failure: None,
            containers: Vec::new(),
        };
        NodeStatus::new(agent, vec![pod])
    }
}

/// The state of the simulated API server.
#[derive(Clone, Copy)]
struct Cluster {
    labelled: bool,
    allowed: bool,
}

async fn answer(cluster: Cluster, request: Request<Body>) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let object = match parts.uri.path() {
        "/version" => json!({ "major": "1", "minor": "36" }),
        "/api/v1/nodes/node-1" => {
            let labels = if cluster.labelled {
                json!({ "podweave.dev/node": "ready" })
            } else {
                json!({})
            };
            json!({ "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": { "name": "node-1", "labels": labels } })
        }
        "/api/v1/pods" => {
            assert!(
                parts.uri.query().unwrap().contains("spec.nodeName%3Dnode-1"),
                "{:?}",
                parts.uri
            );
            let pod = |name: &str, annotations: Value| json!({ "metadata": { "name": name, "namespace": "shop", "annotations": annotations } });
            json!({ "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadataList", "metadata": {}, "items": [
                pod("plain", json!({})),
                pod("old", json!({ "podweave.dev/plugin": "handlebars" })),
            ] })
        }
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" => {
            let mut review: Value =
                serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap();
            let is_read = review["spec"]["resourceAttributes"]["verb"] != "delete";
            review["status"] = json!({ "allowed": cluster.allowed || is_read });
            review
        }
        other => panic!("unexpected request for {other}"),
    };
    let mut response = Response::new(Full::new(object.to_string().into()));
    let now = k8s_openapi::jiff::Timestamp::now();
    let date = k8s_openapi::jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&now)
        .unwrap();
    response.headers_mut().insert("date", date.parse().unwrap());
    response
}

fn access(cluster: Cluster) -> ApiServerAccess {
    let service = tower::service_fn(move |request| async move {
        Ok::<_, std::convert::Infallible>(answer(cluster, request).await)
    });
    Ok((kube::Client::new(service, "default"), Identity::Agent))
}

struct Node {
    directory: tempfile::TempDir,
    tasks: JoinSet<()>,
}

impl Node {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name).display().to_string();
        let text = format!(
            "apiVersion: podweave.dev/v1alpha1\nkind: AgentConfiguration\nnri: {{socket: {}}}\ndirectories: {{volumes: {}, records: {}, code: {}}}\nstatusSocket: {}\nlistenAddress: {}\n",
            at("nri.sock"),
            at("volumes"),
            at("records"),
            at("code"),
            at("agent.sock"),
            TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap(),
        );
        fs::write(directory.path().join("agent.yaml"), text).unwrap();
        Self {
            directory,
            tasks: JoinSet::new(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Starts what the runtime and the agent provide.
    async fn start(&mut self) -> std::os::unix::net::UnixListener {
        for name in ["volumes", "records", "code"] {
            podweave_agent::directory::Directory::private(&self.path(name)).unwrap();
        }
        let configuration = AgentConfiguration::read(Some(&self.path("agent.yaml"))).unwrap();
        agent_http::serve(
            &mut self.tasks,
            &configuration,
            Registry::default(),
            Arc::new(Good),
        )
        .await
        .unwrap();
        std::os::unix::net::UnixListener::bind(self.path("nri.sock")).unwrap()
    }

    async fn diagnose(&self, access: ApiServerAccess) -> Diagnosis {
        diagnose(
            &Options {
                configuration: Some(self.path("agent.yaml")),
                socket: None,
            },
            access,
        )
        .await
    }
}

fn verdict(diagnosis: &Diagnosis, check: &str) -> Verdict {
    diagnosis
        .findings
        .iter()
        .find(|finding| finding.check == check)
        .unwrap_or_else(|| panic!("no check {check}"))
        .verdict
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_node_has_no_problem() {
    let mut node = Node::new();
    let _runtime = node.start().await;
    let diagnosis = node
        .diagnose(access(Cluster {
            labelled: true,
            allowed: true,
        }))
        .await;
    let problems: Vec<_> = diagnosis
        .findings
        .iter()
        .filter(|finding| finding.verdict == Verdict::Problem)
        .collect();
    assert!(problems.is_empty(), "{problems:?}");
    for check in [
        "configuration",
        "nri-socket",
        "agent",
        "runtime",
        "guard",
        "validator",
        "api-server",
        "clock",
        "permissions",
        "node-label",
        "follow",
    ] {
        assert_eq!(verdict(&diagnosis, check), Verdict::Ok, "{check}: {diagnosis:?}");
    }
    let old = diagnosis
        .findings
        .iter()
        .find(|finding| finding.check == "older-pods")
        .unwrap();
    assert!(
        old.message.starts_with("shop/old lack the annotation"),
        "{}",
        old.message
    );
    // The test's directory need not be on a tmpfs.
    assert_ne!(diagnosis.verdict, Verdict::Problem);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_is_found() {
    let mut node = Node::new();
    let runtime = node.start().await;
    let diagnosis = node
        .diagnose(access(Cluster {
            labelled: false,
            allowed: false,
        }))
        .await;
    assert_eq!(
        (
            verdict(&diagnosis, "node-label"),
            verdict(&diagnosis, "permissions")
        ),
        (Verdict::Warning, Verdict::Problem)
    );
    assert_eq!(diagnosis.verdict, Verdict::Problem);

    drop(runtime);
    fs::remove_file(node.path("nri.sock")).unwrap();
    node.tasks.shutdown().await;
    let diagnosis = node.diagnose(Err("no cluster".to_owned())).await;
    assert_eq!(
        (verdict(&diagnosis, "nri-socket"), verdict(&diagnosis, "agent")),
        (Verdict::Problem, Verdict::Problem)
    );
    assert_eq!(
        verdict(&diagnosis, "api-server"),
        Verdict::Warning,
        "an unreachable API server is not the node's fault"
    );

    fs::write(node.path("agent.yaml"), "kind: Other").unwrap();
    let diagnosis = node.diagnose(Err("no cluster".to_owned())).await;
    assert_eq!(verdict(&diagnosis, "configuration"), Verdict::Problem);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_do_not_follow_are_a_warning() {
    let (off, no_watch) = ("follow: {enabled: false}\n", "configMaps: {strategy: Get}\n");
    for (settings, reasons, remedies) in [
        (
            vec![off],
            vec!["follow.enabled is false"],
            vec!["without a restart"],
        ),
        (
            vec![no_watch],
            vec!["configMaps.strategy is Get"],
            vec!["Watch", "restart the agent"],
        ),
        (
            vec![off, no_watch],
            vec!["follow.enabled is false", "configMaps.strategy is Get"],
            vec!["follow.enabled to true", "Watch", "restart the agent"],
        ),
    ] {
        let node = Node::new();
        let text = fs::read_to_string(node.path("agent.yaml")).unwrap() + &settings.concat();
        fs::write(node.path("agent.yaml"), text).unwrap();
        let diagnosis = node.diagnose(Err("no cluster".to_owned())).await;
        assert_eq!(verdict(&diagnosis, "follow"), Verdict::Warning, "{settings:?}");
        let mut findings = diagnosis.findings.into_iter();
        let finding = findings.find(|finding| finding.check == "follow").unwrap();
        let remedy = finding.remedy.unwrap();
        assert!(
            reasons.iter().all(|reason| finding.message.contains(reason)),
            "{}",
            finding.message
        );
        assert!(remedies.iter().all(|part| remedy.contains(part)), "{remedy}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_have_remedies_and_checks_are_documented() {
    let mut node = Node::new();
    let _runtime = node.start().await;
    let mut findings = node
        .diagnose(access(Cluster {
            labelled: true,
            allowed: true,
        }))
        .await
        .findings;
    findings.extend(Node::new().diagnose(Err("no cluster".to_owned())).await.findings);
    let documented =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations.md")).unwrap();
    let table = documented.split("## `podweave doctor`").nth(1).unwrap();
    for finding in findings {
        assert_eq!(
            finding.remedy.is_some(),
            finding.verdict != Verdict::Ok,
            "{finding:?}"
        );
        assert!(
            table.contains(&format!("`{}`", finding.check)),
            "{}",
            finding.check
        );
    }
}

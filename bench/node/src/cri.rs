//! Runs a client of the container runtime, like the kubelet, in its own process (`bench/cri`, in Go).

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use podweave_cluster::Node;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::time::timeout;

/// Longer than the client waits for the runtime.
const PATIENCE: Duration = Duration::from_secs(180);

/// The image of all containers. None is started.
const IMAGE: &str = "podweave.test/busybox:1";

/// The running client. Dropping it kills the process.
pub struct Client {
    // Held, because dropping it kills the process.
    _child: Child,
    commands: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    cgroup_parent: String,
}

/// A sandbox in the runtime.
pub struct Sandbox(String);

impl Client {
    /// Starts the client.
    ///
    /// # Errors
    /// The client was not built.
    pub async fn start(node: &Node<'_>) -> Result<Self> {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/cluster/bin/cri-client");
        ensure!(
            program.is_file(),
            "{} does not exist; run tools/bench-node",
            program.display()
        );
        let mut command = tokio::process::Command::new(&program);
        command.arg("--socket").arg(node.runtime_socket());
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let commands = child.stdin.take().context("stdin")?;
        let answers = BufReader::new(child.stdout.take().context("stdout")?).lines();
        // Below the node's control group, which is removed with the node.
        let parent = std::env::var("PODWEAVE_NAMESPACE")
            .context("run this with tools/in-namespace, as tools/bench-node does")?;
        let cgroup_parent = format!("/{parent}/{}/bench", node.name());
        Ok(Self {
            _child: child,
            commands,
            answers,
            cgroup_parent,
        })
    }

    /// The runtime's name and version.
    ///
    /// # Errors
    /// The runtime does not answer.
    pub async fn version(&mut self) -> Result<String> {
        let answer = self.ask(&json!({ "do": "version" })).await?;
        let text = |key: &str| answer[key].as_str().unwrap_or("unknown").to_owned();
        Ok(format!("{} {}", text("runtime"), text("version")))
    }

    /// Creates the sandbox of a pod.
    ///
    /// # Errors
    /// The runtime refuses.
    pub async fn run(
        &mut self,
        namespace: &str,
        name: &str,
        uid: &str,
        annotations: &BTreeMap<String, String>,
    ) -> Result<Sandbox> {
        let parent = &self.cgroup_parent;
        let command = json!({ "do": "run", "namespace": namespace, "name": name, "uid": uid, "annotations": annotations, "cgroup_parent": parent });
        Ok(Sandbox(
            self.ask(&command).await?["sandbox"]
                .as_str()
                .context("no sandbox")?
                .to_owned(),
        ))
    }

    /// Creates a container and removes it; returns how long the creation took.
    ///
    /// # Errors
    /// The runtime refuses.
    pub async fn create(&mut self, sandbox: &Sandbox) -> Result<Duration> {
        let command =
            json!({ "do": "create", "sandbox": sandbox.0, "image": IMAGE, "command": ["sleep", "100000"] });
        Ok(Duration::from_nanos(
            self.ask(&command).await?["nanoseconds"]
                .as_u64()
                .context("no time")?,
        ))
    }

    /// Removes a sandbox.
    ///
    /// # Errors
    /// The runtime refuses.
    pub async fn remove(&mut self, sandbox: Sandbox) -> Result<()> {
        self.ask(&json!({ "do": "remove", "sandbox": sandbox.0 }))
            .await
            .map(drop)
    }

    async fn ask(&mut self, command: &Value) -> Result<Value> {
        self.commands.write_all(format!("{command}\n").as_bytes()).await?;
        let line = timeout(PATIENCE, self.answers.next_line())
            .await
            .context("the runtime's client does not answer")??;
        let line = line.with_context(|| {
            format!(
                "the runtime's client ended during {}; see its output on stderr",
                command["do"]
            )
        })?;
        let answer: Value = serde_json::from_str(&line)?;
        if let Some(error) = answer["error"].as_str() {
            bail!("{}: {error}", command["do"]);
        }
        Ok(answer)
    }
}

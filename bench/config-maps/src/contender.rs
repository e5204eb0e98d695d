//! Runs the managers, each in its own process.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use podweave_bench_config_maps::Command;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::time::timeout;

/// How long to wait for a manager's answer.
const PATIENCE: Duration = Duration::from_secs(180);

/// A manager that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contender {
    /// podweave's, in its default mode: a watch for each ConfigMap.
    Podweave,
    /// The kubelet's, in its default mode: a watch for each ConfigMap.
    KubeletWatch,
    /// The kubelet's `Cache`, with a TTL of one minute.
    KubeletTtl,
}

/// The limit on requests, which is the same for all contenders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The kubelet's: 50 per second, 100 at once.
    Kubelet,
    /// No limit.
    None,
}

/// The programs with the managers.
#[derive(Debug)]
pub struct Programs {
    podweave: PathBuf,
    kubelet: PathBuf,
}

/// A running program with a manager. Dropping it kills the program.
pub struct Running {
    // Held, because dropping it kills the process.
    _child: Child,
    commands: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    /// The first line, in which the program describes itself.
    pub greeting: Value,
}

impl Contender {
    /// All contenders.
    pub const ALL: [Self; 3] = [Self::Podweave, Self::KubeletWatch, Self::KubeletTtl];
    /// The contenders that watch for changes.
    pub const WATCHING: [Self; 2] = [Self::Podweave, Self::KubeletWatch];

    /// The name in the table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Podweave => "podweave",
            Self::KubeletWatch => "kubelet, watch",
            Self::KubeletTtl => "kubelet, ttl60",
        }
    }
}

impl Limit {
    /// The text in headings of the table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kubelet => "QPS 50/100",
            Self::None => "no QPS limit",
        }
    }
}

impl Programs {
    /// Finds the built programs.
    ///
    /// # Errors
    /// One is missing.
    pub fn find(workspace: &Path) -> Result<Self> {
        let podweave = std::env::current_exe()?.with_file_name("podweave-bench-config-maps-manager");
        let kubelet = workspace.join("target/cluster/bin/kubelet-manager");
        for program in [&podweave, &kubelet] {
            ensure!(
                program.is_file(),
                "{} does not exist; run tools/bench-config-maps",
                program.display()
            );
        }
        Ok(Self { podweave, kubelet })
    }

    /// Starts a manager without pods and connections.
    ///
    /// # Errors
    /// The program does not start.
    pub async fn start(
        &self,
        contender: Contender,
        limit: Limit,
        kubeconfig: &Path,
        namespace: &str,
    ) -> Result<Running> {
        let mut command = match contender {
            Contender::Podweave => tokio::process::Command::new(&self.podweave),
            Contender::KubeletWatch | Contender::KubeletTtl => tokio::process::Command::new(&self.kubelet),
        };
        if contender == Contender::KubeletTtl {
            command.args(["--strategy", "ttl60"]);
        }
        if limit == Limit::Kubelet {
            command.args(["--qps", "50", "--burst", "100"]);
        }
        command
            .arg("--kubeconfig")
            .arg(kubeconfig)
            .args(["--namespace", namespace]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let commands = child.stdin.take().context("stdin")?;
        let answers = BufReader::new(child.stdout.take().context("stdout")?).lines();
        let mut running = Running {
            _child: child,
            commands,
            answers,
            greeting: Value::Null,
        };
        running.greeting = running
            .answer()
            .await
            .with_context(|| format!("{} does not start", contender.name()))?;
        Ok(running)
    }
}

impl Running {
    /// Sends a command and returns the answer.
    ///
    /// # Errors
    /// The program has ended, or does not answer in time.
    pub async fn ask(&mut self, command: &Command) -> Result<Value> {
        let line = serde_json::to_string(command)? + "\n";
        self.commands.write_all(line.as_bytes()).await?;
        self.answer().await.with_context(|| format!("{command:?}"))
    }

    /// Returns the next answer.
    ///
    /// # Errors
    /// The program has ended, or does not answer in time.
    pub async fn answer(&mut self) -> Result<Value> {
        let line = timeout(PATIENCE, self.answers.next_line())
            .await
            .context("no answer in time")??;
        Ok(serde_json::from_str(&line.context("the program has ended")?)?)
    }
}

/// Reads a number from an answer.
///
/// # Errors
/// It is missing.
pub fn number(answer: &Value, key: &str) -> Result<u64> {
    answer[key]
        .as_u64()
        .with_context(|| format!("no {key} in {answer}"))
}

/// Reads a list of numbers from an answer.
///
/// # Errors
/// They are missing.
pub fn numbers(answer: &Value, key: &str) -> Result<Vec<u64>> {
    let numbers = answer[key]
        .as_array()
        .with_context(|| format!("no {key} in {answer}"))?;
    numbers
        .iter()
        .map(|number| number.as_u64().context("not a number"))
        .collect()
}

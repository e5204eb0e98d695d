//! The managers, each in a process of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use podweave_bench_config_maps::Command;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::time::timeout;

/// Whatever is asked of a manager is answered by then, or it never will be.
const PATIENCE: Duration = Duration::from_secs(180);

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contender {
    /// podweave's, with a watch for each ConfigMap: its default.
    Podweave,
    /// The kubelet's, with a watch for each ConfigMap: its default.
    KubeletWatch,
    /// The kubelet's `Cache`, with a TTL of one minute.
    KubeletTtl,
}

/// The limit on requests, the same for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The kubelet's: 50 in a second, 100 at once.
    Kubelet,
    /// None.
    None,
}

/// The programs that are run.
#[derive(Debug)]
pub struct Programs {
    podweave: PathBuf,
    kubelet: PathBuf,
}

/// The running program of a manager. Dropped, it is killed.
pub struct Running {
    // Held for its drop.
    _child: Child,
    commands: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    /// What it said of itself.
    pub greeting: Value,
}

impl Contender {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Podweave, Self::KubeletWatch, Self::KubeletTtl];
    /// Those that learn of changes by themselves.
    pub const WATCHING: [Self; 2] = [Self::Podweave, Self::KubeletWatch];

    /// Its name in the table.
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
    /// What stands in a heading.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kubelet => "QPS 50/100",
            Self::None => "no QPS limit",
        }
    }
}

impl Programs {
    /// The programs as they were built.
    ///
    /// # Errors
    /// One is missing.
    pub fn find(workspace: &Path) -> Result<Self> {
        let podweave = std::env::current_exe()?.with_file_name("podweave-bench-config-maps-manager");
        let kubelet = workspace.join("target/cluster/bin/kubelet-manager");
        for program in [&podweave, &kubelet] {
            ensure!(program.is_file(), "there is no {}: run tools/bench-config-maps", program.display());
        }
        Ok(Self { podweave, kubelet })
    }

    /// Starts a manager that knows no pod yet, and is not connected.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start(&self, contender: Contender, limit: Limit, kubeconfig: &Path, namespace: &str) -> Result<Running> {
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
        command.arg("--kubeconfig").arg(kubeconfig).args(["--namespace", namespace]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let commands = child.stdin.take().context("stdin")?;
        let answers = BufReader::new(child.stdout.take().context("stdout")?).lines();
        let mut running = Running { _child: child, commands, answers, greeting: Value::Null };
        running.greeting = running.answer().await.with_context(|| format!("{} does not start", contender.name()))?;
        Ok(running)
    }
}

impl Running {
    /// Tells it what to do, and what it has to say then.
    ///
    /// # Errors
    /// It has ended, or says nothing.
    pub async fn ask(&mut self, command: &Command) -> Result<Value> {
        let line = serde_json::to_string(command)? + "\n";
        self.commands.write_all(line.as_bytes()).await?;
        self.answer().await.with_context(|| format!("{command:?}"))
    }

    /// What more it has to say.
    ///
    /// # Errors
    /// It has ended, or says nothing.
    pub async fn answer(&mut self) -> Result<Value> {
        let line = timeout(PATIENCE, self.answers.next_line()).await.context("no answer in time")??;
        Ok(serde_json::from_str(&line.context("the program has ended")?)?)
    }
}

/// A number of an answer.
///
/// # Errors
/// It is not there.
pub fn number(answer: &Value, key: &str) -> Result<u64> {
    answer[key].as_u64().with_context(|| format!("no {key} in {answer}"))
}

/// Numbers of an answer.
///
/// # Errors
/// They are not there.
pub fn numbers(answer: &Value, key: &str) -> Result<Vec<u64>> {
    let numbers = answer[key].as_array().with_context(|| format!("no {key} in {answer}"))?;
    numbers.iter().map(|number| number.as_u64().context("no number")).collect()
}

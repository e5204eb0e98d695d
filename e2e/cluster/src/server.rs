//! A server process of the cluster or of a node that tests can kill, stop and freeze.

use std::fs::{File, OpenOptions};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use kube::config::Kubeconfig;
use parking_lot::{Mutex, MutexGuard};
use rustix::process::{Pid, Signal, kill_process};

use crate::containerd::Containerd;
use crate::directory::Directory;
use crate::kubelet::Kubelet;
use crate::{api_server, etcd, programs};

/// A start takes seconds, and longer on a busy machine.
const START_TIMEOUT: Duration = Duration::from_secs(90);

/// A stop takes long: the API server waits up to 60 s for the requests that it is answering.
const STOP_TIMEOUT: Duration = Duration::from_secs(75);

/// The interval at which the state of a process is checked.
const POLL: Duration = Duration::from_millis(20);

/// etcd, the API server, containerd or a kubelet: one process, which keeps its port and its data across
/// restarts.
pub struct Server {
    name: &'static str,
    program: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(&'static str, String)>,
    /// The file of the control group that it runs in, if it is not the parent's.
    group: Option<PathBuf>,
    log: PathBuf,
    /// The offset at which the log of the current process begins.
    log_start: AtomicU64,
    pid_file: PathBuf,
    probe: Probe,
    child: Mutex<Option<Child>>,
}

/// The check whether a server is ready.
pub(crate) enum Probe {
    Etcd {
        port: u16,
    },
    ApiServer {
        admin: Box<Kubeconfig>,
    },
    Containerd(Arc<Containerd>),
    Kubelet(Arc<Kubelet>),
    /// It logs this text.
    Log(&'static str),
}

impl Server {
    pub(crate) fn new(
        name: &'static str,
        program: PathBuf,
        arguments: Vec<String>,
        directory: &Directory,
        probe: Probe,
    ) -> Self {
        let (log, pid_file) = (
            directory.join(&format!("{name}.log")),
            directory.join(&format!("{name}.pid")),
        );
        Self {
            name,
            program,
            arguments,
            environment: Vec::new(),
            group: None,
            log,
            log_start: AtomicU64::new(0),
            pid_file,
            probe,
            child: Mutex::new(None),
        }
    }

    /// Adds a variable of the environment.
    pub(crate) fn with_env(mut self, name: &'static str, value: &str) -> Self {
        self.environment.push((name, value.to_owned()));
        self
    }

    /// Runs it in a control group, given by the file to which processes are added.
    pub(crate) fn in_group(mut self, processes: PathBuf) -> Self {
        self.group = Some(processes);
        self
    }

    /// Starts it with the same port and the same data, and waits until it is ready. If it is running, it only
    /// waits.
    pub async fn start(&self) -> Result<()> {
        if !self.is_running()? {
            self.spawn()?;
        }
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            let why_not = match tokio::time::timeout(Duration::from_secs(2), self.is_ready()).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(error)) => format!("{error:#}"),
                Err(_) => "it does not answer".to_owned(),
            };
            if let Some(status) = self.exit_status()? {
                bail!(
                    "{} ended with {status}; its log {} ends with:\n{}",
                    self.name,
                    self.log.display(),
                    self.log_tail()
                );
            }
            if Instant::now() > deadline {
                bail!(
                    "{} is not ready after {} s ({why_not}); its log ends with:\n{}",
                    self.name,
                    START_TIMEOUT.as_secs(),
                    self.log_tail()
                );
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Sends SIGKILL. Returns when the process is gone: its port refuses connections.
    pub async fn kill(&self) -> Result<()> {
        self.signal(Signal::KILL)?;
        self.wait_for_end(Duration::from_secs(10)).await
    }

    /// Sends SIGTERM. Returns when the process has ended by itself.
    pub async fn stop(&self) -> Result<()> {
        self.signal(Signal::TERM)?;
        // A frozen process gets the signal only after SIGCONT. Another one may have ended already.
        let _ = self.signal(Signal::CONT);
        self.wait_for_end(STOP_TIMEOUT).await
    }

    /// Sends SIGSTOP: connections stay open, the kernel even accepts new ones, and no byte is answered.
    pub fn freeze(&self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    /// Sends SIGCONT, which ends [`Server::freeze`].
    pub fn thaw(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    /// Whether the process exists, even if it is frozen or not ready yet.
    pub fn is_running(&self) -> Result<bool> {
        Ok(self.child().is_some() && self.exit_status()?.is_none())
    }

    /// Calls [`Server::stop`] and [`Server::start`].
    pub async fn restart(&self) -> Result<()> {
        self.stop().await?;
        self.start().await
    }

    /// Returns its process id while it is running.
    pub fn pid(&self) -> Option<u32> {
        self.child().as_ref().map(Child::id)
    }

    /// Returns its current memory in bytes (VmRSS).
    pub fn resident_bytes(&self) -> Result<u64> {
        self.bytes("VmRSS")
    }

    /// Returns its peak memory in bytes (VmHWM).
    pub fn peak_resident_bytes(&self) -> Result<u64> {
        self.bytes("VmHWM")
    }

    /// Returns its anonymous memory in bytes (RssAnon), without files and shared memory.
    pub fn anonymous_bytes(&self) -> Result<u64> {
        self.bytes("RssAnon")
    }

    /// Returns the number of its open file descriptors.
    pub fn open_files(&self) -> Result<usize> {
        let directory = format!("/proc/{}/fd", self.running()?);
        Ok(std::fs::read_dir(&directory)
            .with_context(|| format!("cannot read {directory}"))?
            .count())
    }

    fn bytes(&self, field: &str) -> Result<u64> {
        let file = format!("/proc/{}/status", self.running()?);
        let status = std::fs::read_to_string(&file).with_context(|| format!("cannot read {file}"))?;
        let kibibytes = status.lines().find_map(|line| {
            line.strip_prefix(field)?
                .strip_prefix(':')?
                .trim()
                .strip_suffix(" kB")?
                .parse::<u64>()
                .ok()
        });
        Ok(kibibytes.with_context(|| format!("{file} has no {field}"))? * 1024)
    }

    fn running(&self) -> Result<u32> {
        self.pid()
            .with_context(|| format!("{} is not running", self.name))
    }

    /// Returns its log, including that of its earlier processes.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Returns the last lines of its log.
    pub fn log_tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// Ends it at once without awaiting anything, for callers that cannot wait.
    pub(crate) fn end(&self) {
        if let Some(mut child) = self.child().take() {
            // An error means that it has ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    fn spawn(&self) -> Result<()> {
        let log = OpenOptions::new().create(true).append(true).open(&self.log);
        let log: File = log.with_context(|| format!("cannot write {}", self.log.display()))?;
        self.log_start.store(log.metadata()?.len(), Ordering::Relaxed);
        let mut command = match &self.group {
            None => Command::new(&self.program),
            // Put it into the group before it reads its limits.
            Some(processes) => {
                let mut shell = Command::new("/bin/sh");
                shell
                    .args(["-c", r#"echo $$ > "$0" && exec "$@""#])
                    .arg(processes)
                    .arg(&self.program);
                shell
            }
        };
        let child = command
            .args(&self.arguments)
            .env("PATH", programs::path()?)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            // Ctrl-C must reach only the tests; the janitor of the directory ends the servers after them.
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", self.program.display()))?;
        let pid = child.id();
        *self.child() = Some(child);
        std::fs::write(&self.pid_file, pid.to_string())
            .with_context(|| format!("cannot write {}", self.pid_file.display()))
    }

    async fn is_ready(&self) -> Result<()> {
        match &self.probe {
            Probe::Etcd { port } => etcd::is_ready(*port).await,
            Probe::ApiServer { admin } => api_server::is_ready(admin).await,
            Probe::Containerd(containerd) => containerd.is_ready().await,
            Probe::Kubelet(kubelet) => kubelet.is_ready().await,
            Probe::Log(text) => {
                let start = usize::try_from(self.log_start.load(Ordering::Relaxed))?;
                let is_there = self.log().get(start..).is_some_and(|log| log.contains(text));
                if is_there {
                    Ok(())
                } else {
                    bail!("it has not logged {text:?} yet")
                }
            }
        }
    }

    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        // Hold the lock, so that no other thread reaps the process and its id is reused.
        let mut child = self.child();
        let child = child
            .as_mut()
            .with_context(|| format!("{} is not running", self.name))?;
        if let Some(status) = child.try_wait()? {
            bail!(
                "{} has ended by itself with {status}; its log ends with:\n{}",
                self.name,
                self.log_tail()
            );
        }
        kill_process(Pid::from_child(child), signal)
            .with_context(|| format!("cannot send a signal to {}", self.name))
    }

    async fn wait_for_end(&self, timeout: Duration) -> Result<()> {
        let deadline = Instant::now() + timeout;
        while self.exit_status()?.is_none() {
            if Instant::now() > deadline {
                bail!(
                    "{} has not ended after {} s; its log ends with:\n{}",
                    self.name,
                    timeout.as_secs(),
                    self.log_tail()
                );
            }
            tokio::time::sleep(POLL).await;
        }
        *self.child() = None;
        Ok(())
    }

    fn exit_status(&self) -> Result<Option<ExitStatus>> {
        match self.child().as_mut() {
            Some(child) => child
                .try_wait()
                .with_context(|| format!("the state of {} is unknown", self.name)),
            None => Ok(None),
        }
    }

    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        // After a panic in a test, the process still has to be ended.
        self.child.lock()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

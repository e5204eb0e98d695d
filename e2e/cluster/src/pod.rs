//! Pods on a node: their states, their output, and what their containers were started with.

use std::collections::BTreeMap;
use std::io::Read;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use k8s_openapi::api::core::v1 as core;
use kube::api::{DeleteParams, ListParams, PostParams};
use kube::{Api, ResourceExt};
use rustix::fs::{Mode, OFlags, ResolveFlags};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::node::Node;
use crate::pod_status::{address, is_ready, phase, states, status, waiting};
use crate::request::{self, Answer};

/// A timeout that only a failing test reaches: the kubelet tries again after up to 16 s.
const PATIENCE: Duration = Duration::from_secs(90);

/// The interval at which the API server is asked.
const POLL: Duration = Duration::from_millis(30);

impl Node<'_> {
    /// Creates a pod on this node, and does not wait for its start. The manifest needs no `apiVersion`,
    /// `kind` or `nodeName`. Its default grace period is 1 s, because shells ignore SIGTERM.
    pub async fn run(&self, namespace: &str, manifest: Value) -> Result<RunningPod<'_>> {
        let pod = self.manifest(manifest)?;
        let pods: Api<core::Pod> = Api::namespaced(self.cluster().admin().await?, namespace);
        let created = pods
            .create(&PostParams::default(), &pod)
            .await
            .with_context(|| format!("cannot create the pod {}", pod.name_any()))?;
        self.pod(&created)
    }

    /// Returns a manifest with the fields that [`Node::run`] adds.
    pub(crate) fn manifest(&self, mut manifest: Value) -> Result<core::Pod> {
        let spec = manifest
            .get_mut("spec")
            .and_then(Value::as_object_mut)
            .context("the pod has no spec")?;
        spec.entry("nodeName").or_insert_with(|| json!(self.name()));
        spec.entry("terminationGracePeriodSeconds").or_insert(json!(1));
        serde_json::from_value(manifest).context("the pod is not valid")
    }

    /// Returns a handle on a pod that was created in another way.
    pub fn pod(&self, pod: &core::Pod) -> Result<RunningPod<'_>> {
        let uid = pod.uid().context("the pod has no uid")?;
        Ok(RunningPod {
            node: self,
            namespace: pod.namespace().context("the pod has no namespace")?,
            name: pod.name_any(),
            uid,
        })
    }
}

/// A pod of a node, running or not.
pub struct RunningPod<'node> {
    node: &'node Node<'node>,
    namespace: String,
    name: String,
    uid: String,
}

impl RunningPod<'_> {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its namespace.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Its UID.
    pub fn uid(&self) -> &str {
        &self.uid
    }

    /// Reads it from the API server.
    pub async fn object(&self) -> Result<core::Pod> {
        self.api()
            .await?
            .get(&self.name)
            .await
            .with_context(|| format!("cannot read the pod {}", self.name))
    }

    /// Waits until the pod meets the condition, and returns it.
    pub async fn until(&self, what: &str, is_so: impl Fn(&core::Pod) -> bool) -> Result<core::Pod> {
        let (pods, began) = (self.api().await?, Instant::now());
        loop {
            let pod = pods.get_opt(&self.name).await;
            match pod.with_context(|| format!("cannot read the pod {}", self.name))? {
                Some(pod) if pod.uid().as_deref() == Some(&self.uid) => {
                    if is_so(&pod) {
                        return Ok(pod);
                    }
                    if began.elapsed() > PATIENCE {
                        bail!(
                            "the pod {}: {what}: not so within {} s; it is {}",
                            self.name,
                            PATIENCE.as_secs(),
                            self.story(&pod).await
                        );
                    }
                }
                _ => bail!("the pod {}: {what}: not so when it was deleted", self.name),
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits until it is Ready.
    pub async fn ready(&self) -> Result<core::Pod> {
        self.until("it is Ready", is_ready).await
    }

    /// Waits until all its containers have ended, with or without success, and returns the phase: `Succeeded`
    /// or `Failed`.
    pub async fn ended(&self) -> Result<String> {
        let pod = self
            .until("it has ended", |pod| matches!(phase(pod), "Succeeded" | "Failed"))
            .await?;
        Ok(phase(&pod).to_owned())
    }

    /// Returns why the container is waiting: reason and message. `None` if it is not.
    pub async fn waiting(&self, container: &str) -> Result<Option<(String, String)>> {
        Ok(waiting(&self.object().await?, container))
    }

    /// Waits until the reason or message of the waiting container contains this text, and returns the
    /// message.
    pub async fn until_waiting(&self, container: &str, text: &str) -> Result<String> {
        let why = |pod: &core::Pod| {
            waiting(pod, container)
                .filter(|(reason, message)| reason.contains(text) || message.contains(text))
        };
        let pod = self
            .until(&format!("{container} waits because of {text:?}"), |pod| {
                why(pod).is_some()
            })
            .await?;
        why(&pod).map(|(_, message)| message).context("it was so")
    }

    /// Returns how often the container was restarted.
    pub async fn restarts(&self, container: &str) -> Result<i32> {
        Ok(status(&self.object().await?, container).map_or(0, |status| status.restart_count))
    }

    /// Returns the Events about the pod.
    pub async fn events(&self) -> Result<Vec<core::Event>> {
        let events: Api<core::Event> = Api::namespaced(self.node.cluster().admin().await?, &self.namespace);
        let about = ListParams::default().fields(&format!("involvedObject.uid={}", self.uid));
        Ok(events.list(&about).await.context("cannot list the Events")?.items)
    }

    /// Returns what the container has written to standard output and standard error since its latest start.
    pub async fn log(&self, container: &str) -> Result<String> {
        let directory = self
            .node
            .kubelet_files
            .logs()
            .join(format!("{}_{}_{}", self.namespace, self.name, self.uid))
            .join(container);
        let starts = std::fs::read_dir(&directory).with_context(|| {
            format!(
                "{container} of {} has not been started: there is no {}",
                self.name,
                directory.display()
            )
        })?;
        // 0.log, 1.log and so on; a rotated one has more dots.
        let starts = starts.flatten().filter_map(|entry| {
            entry
                .file_name()
                .to_str()?
                .strip_suffix(".log")?
                .parse::<u32>()
                .ok()
        });
        let latest = starts
            .max()
            .with_context(|| format!("{container} of {} has written nothing", self.name))?;
        let log = std::fs::read(directory.join(format!("{latest}.log")))?;
        Ok(text_of_log(&String::from_utf8_lossy(&log)))
    }

    /// Waits until the container has written this, and returns its whole output.
    pub async fn until_log(&self, container: &str, text: &str) -> Result<String> {
        let began = Instant::now();
        loop {
            let log = self.log(container).await.unwrap_or_default();
            if log.contains(text) {
                return Ok(log);
            }
            if began.elapsed() > PATIENCE {
                let story = self.story(&self.object().await?).await;
                bail!(
                    "{container} of {} has not written {text:?} within {} s, but {log:?}; it is {story}",
                    self.name,
                    PATIENCE.as_secs()
                );
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Returns its address.
    pub async fn address(&self) -> Result<IpAddr> {
        let pod = self
            .until("it has an address", |pod| address(pod).is_some())
            .await?;
        address(&pod).context("it had an address")
    }

    /// Sends it one HTTP request.
    pub async fn get(&self, port: u16, path: &str) -> Result<Answer> {
        let address = SocketAddr::new(self.address().await?, port);
        let connection = TcpStream::connect(address)
            .await
            .with_context(|| format!("{} does not listen at {address}", self.name))?;
        request::get(connection, path)
            .await
            .with_context(|| format!("{} at {address}", self.name))
    }

    /// Returns the process of a container, as the node sees it.
    pub async fn pid(&self, container: &str) -> Result<u32> {
        let pod = self.object().await?;
        let id = status(&pod, container)
            .and_then(|status| status.container_id)
            .with_context(|| format!("{container} of {} was not started", self.name))?;
        let pid = self
            .node
            .containerd_files
            .pid(id.trim_start_matches("containerd://"))?;
        // A container counts as started while its process is still the runtime's own program.
        while std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.starts_with("runc"))
        {
            tokio::time::sleep(POLL).await;
        }
        Ok(pid)
    }

    /// Returns the variables with which a running container was started.
    pub async fn env(&self, container: &str) -> Result<BTreeMap<String, String>> {
        let env = std::fs::read(format!("/proc/{}/environ", self.pid(container).await?))
            .with_context(|| format!("{container} of {} has ended", self.name))?;
        Ok(strings(&env)
            .filter_map(|variable| {
                variable
                    .split_once('=')
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
            })
            .collect())
    }

    /// Returns the command line with which a running container was started.
    pub async fn arguments(&self, container: &str) -> Result<Vec<String>> {
        let arguments = std::fs::read(format!("/proc/{}/cmdline", self.pid(container).await?))
            .with_context(|| format!("{container} of {} has ended", self.name))?;
        Ok(strings(&arguments).collect())
    }

    /// Reads a file as a running container sees it.
    pub async fn read(&self, container: &str, path: &str) -> Result<String> {
        let root = std::fs::File::open(format!("/proc/{}/root", self.pid(container).await?))
            .with_context(|| format!("{container} of {} has ended", self.name))?;
        let inside = path.trim_start_matches('/');
        // Links are resolved as in the container.
        let file = rustix::fs::openat2(
            &root,
            inside,
            OFlags::RDONLY | OFlags::CLOEXEC,
            Mode::empty(),
            ResolveFlags::IN_ROOT,
        );
        let file = file.with_context(|| format!("cannot read {path} of {container} of {}", self.name))?;
        let mut contents = String::new();
        std::fs::File::from(file)
            .read_to_string(&mut contents)
            .with_context(|| format!("cannot read {path} of {container} of {}", self.name))?;
        Ok(contents)
    }

    /// Deletes it, and waits until the API server does not have it any more.
    pub async fn delete(&self) -> Result<()> {
        let (pods, began) = (self.api().await?, Instant::now());
        match pods.delete(&self.name, &DeleteParams::default()).await {
            Err(kube::Error::Api(status)) if status.code == 404 => return Ok(()),
            deleted => {
                drop(deleted.map_err(|error| {
                    anyhow!(error).context(format!("cannot delete the pod {}", self.name))
                })?)
            }
        }
        self.gone_since(&pods, began).await
    }

    /// Waits until the API server does not have it any more, regardless of what deletes it.
    pub async fn gone(&self) -> Result<()> {
        self.gone_since(&self.api().await?, Instant::now()).await
    }

    async fn gone_since(&self, pods: &Api<core::Pod>, began: Instant) -> Result<()> {
        while pods
            .get_opt(&self.name)
            .await?
            .is_some_and(|pod| pod.uid().as_deref() == Some(&self.uid))
        {
            if began.elapsed() > PATIENCE {
                bail!(
                    "the pod {} is still there after {} s",
                    self.name,
                    PATIENCE.as_secs()
                );
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    /// Describes its state and its Events, for a message.
    async fn story(&self, pod: &core::Pod) -> String {
        let events = self
            .events()
            .await
            .unwrap_or_default()
            .into_iter()
            .filter_map(|event| event.message);
        format!(
            "{}; its Events: {}",
            states(pod),
            events.collect::<Vec<_>>().join("; ")
        )
    }

    async fn api(&self) -> Result<Api<core::Pod>> {
        Ok(Api::namespaced(
            self.node.cluster().admin().await?,
            &self.namespace,
        ))
    }
}

fn strings(bytes: &[u8]) -> impl Iterator<Item = String> {
    bytes
        .split_inclusive(|byte| *byte == 0)
        .map(|string| String::from_utf8_lossy(string.strip_suffix(&[0]).unwrap_or(string)).into_owned())
}

/// Parses a log file of the kubelet. Each line is `TIME stdout|stderr F|P TEXT`; P means that the line
/// continues.
fn text_of_log(log: &str) -> String {
    let mut text = String::new();
    for line in log.lines() {
        let mut fields = line.splitn(4, ' ').skip(2);
        let (tag, content) = (
            fields.next().unwrap_or_default(),
            fields.next().unwrap_or_default(),
        );
        text.push_str(content);
        if tag != "P" {
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_log_are_put_together() {
        let log = "2026-11-26T08:00:00.1Z stdout F first line\n2026-11-26T08:00:00.2Z stderr P sec\n2026-11-26T08:00:00.2Z stderr F ond\n2026-11-26T08:00:00.3Z stdout F \n";
        assert_eq!(text_of_log(log), "first line\nsecond\n\n");
    }

    #[test]
    fn empty_arguments_count() {
        assert_eq!(strings(b"sh\0-c\0\0").collect::<Vec<_>>(), ["sh", "-c", ""]);
    }
}

//! containerd's NRI on a node: plugins adjust, the runtime's validator refuses, and the proxy does the
//! ordered harm.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use podweave_cluster::{Harm, Node, NodeOptions, NriProxy, Step, Strike, shared};
use podweave_nri::api::{Container, Mount, PodSandbox};
use podweave_nri::{Call, Creation, Event, Events, NriVersion, Options, Plugin, Runtime, Service, Status};
use serde_json::json;
use tokio::sync::oneshot;

use super::{PATIENCE, script};

/// Greets pods that ask for it, by a variable, an argument and a file.
struct Greeter {
    files: std::path::PathBuf,
}

impl Plugin for Greeter {
    async fn configure(&self, runtime: &Runtime, _config: &str) -> Result<Events, Status> {
        runtime.require(NriVersion::V0_10)?;
        Ok(Events::of(&[Event::CreateContainer]))
    }

    async fn create_container(
        &self,
        _call: Call,
        pod: PodSandbox,
        container: Container,
    ) -> Result<Creation, Status> {
        let mut creation = Creation::default();
        if let Some(greeting) = pod.annotations.get("example.org/greeting") {
            let mut args = container.args;
            args.push(greeting.clone());
            let options = ["rbind", "ro", "rprivate"].map(str::to_owned).into();
            let mount = Mount {
                destination: "/etc/greeting".into(),
                r#type: "bind".into(),
                source: self.files.display().to_string(),
                options,
            };
            let adjusted = creation
                .adjust
                .env("GREETING", greeting)
                .and_then(|adjust| adjust.args(args))
                .and_then(|adjust| adjust.mount(mount));
            adjusted.map_err(|error| Status::refused(error.to_string()))?;
        }
        Ok(creation)
    }
}

/// A plugin that runs in the test until it is dropped.
struct Running(Option<oneshot::Sender<()>>);

impl Running {
    async fn start(socket: &std::path::Path, plugin: Greeter) -> Result<Self> {
        let mut options = Options::new("50", "greeter")?;
        options.socket = socket.to_owned();
        let service = Service::new(options, Arc::new(plugin));
        let mut state = service.handle().state();
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(service.run(async { drop(stopped.await) }));
        tokio::time::timeout(PATIENCE, state.wait_for(podweave_nri::State::is_ready))
            .await
            .context("the plugin is not registered")??;
        Ok(Self(Some(stop)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.take());
    }
}

#[tokio::test]
async fn a_container_has_what_a_plugin_adjusts() -> Result<()> {
    let cluster = shared().await?;
    if cluster.skips("a_container_has_what_a_plugin_adjusts") {
        return Ok(());
    }
    let node = Node::start(cluster, NodeOptions::default()).await?;
    let namespace = cluster.create_namespace("greeter").await?;
    let files = tempfile::tempdir()?;
    std::fs::write(files.path().join("card"), "hello")?;
    let greeter = Running::start(
        node.nri_socket(),
        Greeter {
            files: files.path().to_owned(),
        },
    )
    .await?;

    let mut greeted = script("greeted", "echo $1; sleep 1000; :");
    greeted["spec"]["containers"][0]["args"] = json!(["shell"]);
    greeted["metadata"]["annotations"] = json!({ "example.org/greeting": "hello" });
    let greeted = node.run(namespace.name(), greeted).await?;
    let plain = node
        .run(namespace.name(), script("plain", "sleep 1000; :"))
        .await?;
    greeted.ready().await?;
    assert_eq!(greeted.env("main").await?["GREETING"], "hello");
    assert_eq!(
        greeted.arguments("main").await?,
        ["sh", "-c", "echo $1; sleep 1000; :", "shell", "hello"]
    );
    assert_eq!(greeted.until_log("main", "\n").await?, "hello\n");
    assert_eq!(greeted.read("main", "/etc/greeting/card").await?, "hello");
    plain.ready().await?;
    assert!(!plain.env("main").await?.contains_key("GREETING"));
    drop(greeter);
    drop((greeted, plain));
    node.stop().await
}

#[tokio::test]
async fn the_validator_refuses_a_pod_whose_plugin_is_absent() -> Result<()> {
    let cluster = shared().await?;
    if cluster.skips("the_validator_refuses_a_pod_whose_plugin_is_absent") {
        return Ok(());
    }
    let on = Node::start(cluster, NodeOptions::default()).await?;
    let off = Node::start(
        cluster,
        NodeOptions {
            validator: false,
            ..NodeOptions::default()
        },
    )
    .await?;
    let namespace = cluster.create_namespace("validator").await?;
    let mut guarded = script("guarded", "exec sleep 1000");
    guarded["metadata"]["annotations"] = json!({ "required-plugins.noderesource.dev/pod": "[\"greeter\"]" });
    let refused = on.run(namespace.name(), guarded.clone()).await?;
    guarded["metadata"]["name"] = json!("unguarded");
    let started = off.run(namespace.name(), guarded).await?;
    started.ready().await?;
    let message = refused.until_waiting("main", "CreateContainerError").await?;
    assert!(message.contains("greeter"), "{message}");

    // It starts by itself when the plugin connects.
    let _greeter = Running::start(on.nri_socket(), Greeter { files: "/".into() }).await?;
    refused.ready().await?;
    Ok(())
}

/// A plugin in its own process: podweave's guard, which accepts pods without annotations.
struct Guard(Child);

impl Guard {
    fn start(socket: &std::path::Path) -> Result<Self> {
        let program = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/release/podweave");
        let child = Command::new(&program)
            .args(["guard", "--socket"])
            .arg(socket)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        child
            .map(Self)
            .with_context(|| format!("{} does not start: run cargo build --release", program.display()))
    }

    /// Waits until the process is stopped or continues: a signal takes a moment.
    async fn until_frozen(&self, expected: bool) -> Result<()> {
        let seen = async {
            loop {
                let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
                if stat
                    .rsplit_once(") ")
                    .is_some_and(|(_, state)| state.starts_with('T'))
                    == expected
                {
                    return anyhow::Ok(());
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, seen).await.with_context(|| {
            format!(
                "the guard is not {}",
                if expected { "frozen" } else { "running again" }
            )
        })?
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // An error means that the process has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one scenario, step by step")]
async fn the_proxy_kills_freezes_and_cuts_a_real_plugin_at_each_step() -> Result<()> {
    let cluster = shared().await?;
    if cluster.skips("the_proxy_kills_freezes_and_cuts_a_real_plugin_at_each_step") {
        return Ok(());
    }
    let node = Node::start(cluster, NodeOptions::default()).await?;
    let namespace = cluster.create_namespace("harm").await?;
    let proxy = NriProxy::start(&node.nri_socket().with_file_name("proxy.sock"), node.nri_socket())?;
    let mut guard = Guard::start(proxy.socket())?;
    proxy.synchronized_since(0, PATIENCE).await?;
    for (number, step) in Step::ALL.into_iter().enumerate() {
        for harm in [Harm::Kill, Harm::Freeze, Harm::Cut] {
            let what = format!("{harm:?} at {step:?}");
            let (before, validated) = (
                proxy.calls("Synchronize").completed,
                proxy.calls("ValidateContainerAdjustment").requests,
            );
            let mut struck = proxy.strike(Strike::new("ValidateContainerAdjustment", step, harm.clone()));
            let pod = node
                .run(
                    namespace.name(),
                    script(&format!("{harm:?}-{number}"), "exec sleep 1000"),
                )
                .await?;
            struck.done(PATIENCE).await.with_context(|| what.clone())?;
            match harm {
                Harm::Kill => {
                    assert!(!guard.0.wait()?.success(), "{what}");
                    guard = Guard::start(proxy.socket())?;
                }
                Harm::Freeze => {
                    guard.until_frozen(true).await.with_context(|| what.clone())?;
                    // It notices the end of its connection only when it continues.
                    let given_up = async {
                        while proxy.connections() > 0 {
                            tokio::time::sleep(Duration::from_millis(20)).await;
                        }
                    };
                    if step != Step::AfterAnswer {
                        tokio::time::timeout(PATIENCE, given_up)
                            .await
                            .with_context(|| what.clone())?;
                    }
                    proxy.thaw();
                    guard.until_frozen(false).await.with_context(|| what.clone())?;
                }
                _ => {}
            }
            // A guard that was frozen after its answer was not disconnected.
            if !(matches!(harm, Harm::Freeze) && step == Step::AfterAnswer) {
                proxy
                    .synchronized_since(before, PATIENCE)
                    .await
                    .with_context(|| what.clone())?;
            }
            pod.ready().await.with_context(|| what.clone())?;
            assert!(
                proxy.calls("ValidateContainerAdjustment").requests > validated,
                "{what}"
            );
        }
    }
    drop(guard);
    node.stop().await
}

//! A test plugin, which does what the container's variable DO says.
#![allow(dead_code, reason = "each test uses a part of it")]

pub mod go;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use podweave_nri::api::{
    BriefContainer, BriefPod, Container, ContainerUpdate, LinuxResources, Mount, PodSandbox, Validation,
};
use podweave_nri::{
    Adjustment, Call, Code, Creation, Error, Event, Events, Options, Plugin, Runtime, Service, ServiceHandle,
    State, Status, Verdict,
};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

/// The plugin's answer to Configure.
pub type Wanted = fn(&Runtime) -> Result<Events, Status>;

pub struct TestPlugin {
    name: &'static str,
    events: Wanted,
    seen: Mutex<Vec<(Event, bool)>>,
    synchronized: Mutex<Vec<usize>>,
    /// Notified when the slow creation of a container has begun.
    pub slow: Notify,
}

impl Default for TestPlugin {
    fn default() -> Self {
        Self {
            name: "first",
            events: |_| Ok(Self::all()),
            seen: Mutex::default(),
            synchronized: Mutex::default(),
            slow: Notify::new(),
        }
    }
}

impl TestPlugin {
    pub fn all() -> Events {
        Events::known_to(Some(podweave_nri::NriVersion::V0_10))
    }

    pub fn named(name: &'static str) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }

    pub fn wanting(events: Wanted) -> Self {
        Self {
            events,
            ..Self::default()
        }
    }

    /// Returns the received events, and whether each was about a container.
    pub fn seen(&self) -> Vec<(Event, bool)> {
        self.seen.lock().unwrap().clone()
    }

    /// Returns the number of pods in each synchronization.
    pub fn synchronized(&self) -> Vec<usize> {
        self.synchronized.lock().unwrap().clone()
    }

    /// Returns the variable that only this plugin sets for `own`.
    pub fn own_variable(&self) -> String {
        format!("OWN_{}", self.name.to_uppercase())
    }

    fn adjustment(
        &self,
        adjustment: &mut Adjustment,
        what: &str,
    ) -> Result<(), podweave_nri::AdjustmentError> {
        let mount = Mount {
            destination: "/etc/app".into(),
            r#type: "bind".into(),
            source: "/run/app".into(),
            options: vec!["rbind".into(), "ro".into()],
        };
        match what.split_once(' ') {
            Some(("big", length)) => adjustment.env("BIG", &"x".repeat(length.parse().unwrap()))?,
            _ if what == "own" => adjustment.env(&self.own_variable(), "1")?,
            _ if what == "reject" => adjustment.env("REJECT", "1")?,
            _ if what == "replace" && self.name == "first" => adjustment.env("PORT", "80")?,
            _ if what == "replace" => adjustment.replace_env("PORT", "81")?,
            _ if what == "adjust" || what == "slow" => adjustment
                .env("PORT", "80")?
                .args(["/bin/server", "--port=80"].map(str::to_owned).into())?
                .mount(mount)?
                .annotation("example.org/rendered", "yes")?,
            _ => adjustment,
        };
        Ok(())
    }
}

impl Plugin for TestPlugin {
    async fn configure(&self, runtime: &Runtime, _config: &str) -> Result<Events, Status> {
        (self.events)(runtime)
    }

    async fn synchronize(
        &self,
        _call: Call,
        pods: Vec<BriefPod>,
        _containers: Vec<BriefContainer>,
    ) -> Result<Vec<ContainerUpdate>, Status> {
        self.synchronized.lock().unwrap().push(pods.len());
        Ok(Vec::new())
    }

    async fn create_container(
        &self,
        _call: Call,
        _pod: PodSandbox,
        container: Container,
    ) -> Result<Creation, Status> {
        let what = container
            .env
            .iter()
            .find_map(|entry| entry.strip_prefix("DO="))
            .unwrap_or_default();
        match what {
            "error" => return Err(Status::refused("ConfigMap web is missing")),
            "unimplemented" => return Err(Status::new(Code::Unimplemented, "so it says")),
            "panic" => panic!("on purpose"),
            "sleep" => tokio::time::sleep(Duration::from_secs(5)).await,
            "block" => std::thread::sleep(Duration::from_millis(1500)),
            "slow" => {
                self.slow.notify_one();
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            _ => {}
        }
        let mut creation = Creation::default();
        self.adjustment(&mut creation.adjust, what)
            .map_err(|error| Status::refused(error.to_string()))?;
        Ok(creation)
    }

    async fn validate(&self, _call: Call, request: Validation) -> Result<Verdict, Status> {
        let rejected = request
            .adjust
            .unwrap_or_default()
            .env
            .iter()
            .any(|variable| variable.key == "REJECT");
        Ok(if rejected {
            Verdict::Reject("REJECT is not wanted".to_owned())
        } else {
            Verdict::Accept
        })
    }

    async fn update_container(
        &self,
        call: Call,
        pod: PodSandbox,
        container: Container,
        _: Option<LinuxResources>,
    ) -> Result<Vec<ContainerUpdate>, Status> {
        self.state_change(call, Event::UpdateContainer, pod, Some(container))
            .await
            .map(|()| Vec::new())
    }

    async fn stop_container(
        &self,
        call: Call,
        pod: PodSandbox,
        container: Container,
    ) -> Result<Vec<ContainerUpdate>, Status> {
        self.state_change(call, Event::StopContainer, pod, Some(container))
            .await
            .map(|()| Vec::new())
    }

    async fn update_pod_sandbox(
        &self,
        call: Call,
        pod: PodSandbox,
        _: Option<LinuxResources>,
        _: Option<LinuxResources>,
    ) -> Result<(), Status> {
        self.state_change(call, Event::UpdatePodSandbox, pod, None).await
    }

    async fn state_change(
        &self,
        _call: Call,
        event: Event,
        pod: PodSandbox,
        container: Option<Container>,
    ) -> Result<(), Status> {
        assert_eq!(pod.annotations["a"], "b");
        self.seen.lock().unwrap().push((event, container.is_some()));
        Ok(())
    }
}

/// Starts a plugin's service.
pub struct Running {
    pub plugin: Arc<TestPlugin>,
    pub handle: ServiceHandle,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), Error>>,
}

impl Running {
    pub fn start(socket: &Path, plugin: TestPlugin) -> Self {
        let plugin = Arc::new(plugin);
        let mut options =
            Options::new(if plugin.name == "first" { "10" } else { "20" }, plugin.name).unwrap();
        options.socket = socket.to_owned();
        options.update_timeout = Duration::from_millis(500);
        let service = Service::new(options, plugin.clone());
        let handle = service.handle();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(service.run(async move {
            let _ = stopped.await;
        }));
        Self {
            plugin,
            handle,
            stop,
            task,
        }
    }

    pub async fn wait(&self, what: impl FnMut(&State) -> bool) {
        let mut state = self.handle.state();
        tokio::time::timeout(Duration::from_secs(20), state.wait_for(what))
            .await
            .expect("in time")
            .expect("running");
    }

    pub async fn stop(self) {
        let _ = self.stop.send(());
        self.task.await.unwrap().unwrap();
    }
}

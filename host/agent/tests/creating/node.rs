//! A simulated node: an agent whose runtime and API server are played by the test.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use kube::client::Body;
use podweave_agent::for_tests::assembly::{Assembly, Surroundings};
use podweave_agent::for_tests::creation::Creations;
use podweave_agent::for_tests::follow::{FollowSettings, Following};
use podweave_agent::for_tests::lifecycle::{Lifecycle, Started};
use podweave_agent::for_tests::pods::{Observer as _, ReportedPod, WatchState};
use podweave_agent::for_tests::records::Records;
use podweave_agent::for_tests::renders;
use podweave_agent::for_tests::volumes::Volumes;
use podweave_config_maps::object::{Object, ResourceVersion};
use podweave_config_maps::{ConfigMaps, Options, Strategy};
use podweave_core::config_map::{ConfigMap, Value};
use podweave_core::limits::Limits;
use podweave_nri::api::{
    BriefContainer, BriefPod, Container, ContainerAdjustment, ContainerState, PodSandbox,
};
use podweave_nri::{Call, Plugin as _};
use podweave_plugin_store::CodeCache;
use podweave_plugin_store::Store;
use podweave_sandbox::Allocation;
use podweave_sandbox::compile::{CompileLimits, Compiler};
use tempfile::TempDir;
use tokio::task::JoinHandle;

pub use crate::objects::{container, pod, sandbox, web};
use crate::source::{SourceState, TestSource};

/// The namespace of everything.
pub const NAMESPACE: &str = "shop";

/// The node.
pub struct Node {
    pub creations: Creations,
    pub store: Arc<Store>,
    pub source: Arc<TestSource>,
    pub watch: WatchState,
    pub lifecycle: Arc<Lifecycle>,
    pub following: Arc<Following>,
    pub renders: renders::Renders,
    pub volumes: Arc<Volumes>,
    pub records: Arc<Records>,
    strategy: Strategy,
    tasks: Vec<JoinHandle<()>>,
    api_server: kube::Client,
    /// The requests to the API server: method and path.
    requests: Arc<Mutex<Vec<String>>>,
    directory: Arc<TempDir>,
}

/// The directory of compiled code that all tests share: compiling takes longer than everything else together.
fn code() -> &'static Path {
    static CODE: OnceLock<TempDir> = OnceLock::new();
    CODE.get_or_init(|| tempfile::tempdir().unwrap()).path()
}

impl Node {
    /// Creates a node whose API server answers and has no pods.
    pub fn new() -> Self {
        let node = Self::over(
            Arc::default(),
            Arc::new(tempfile::tempdir().unwrap()),
            Strategy::Get,
        );
        node.watch.note_answer(true);
        node
    }

    /// As [`Node::new`], but the ConfigMaps are watched, and files follow their changes.
    pub fn watching() -> Self {
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let node = Self::over(Arc::default(), directory, Strategy::default());
        node.watch.note_answer(true);
        node
    }

    /// Returns the same node with a new agent, which has what the old one kept on disk.
    pub fn restarted(self) -> Self {
        let node = self.restarted_unlisted();
        node.watch.note_answer(true);
        node
    }

    /// As [`Node::restarted`], but the API server has not listed its pods yet.
    pub fn restarted_unlisted(self) -> Self {
        let (source, directory, strategy) = (self.source, self.directory, self.strategy);
        // The old agent dies with its tasks.
        for task in &self.tasks {
            task.abort();
        }
        self.following.configure(FollowSettings {
            is_enabled: false,
            ..FollowSettings::default()
        });
        drop((self.creations, self.lifecycle, self.following));
        Self::over(source, directory, strategy)
    }

    fn over(source: Arc<TestSource>, directory: Arc<TempDir>, strategy: Strategy) -> Self {
        let config_maps = ConfigMaps::new(
            Arc::clone(&source) as _,
            Options {
                strategy: strategy.clone(),
                strict: true,
            },
        );
        let sandbox = Arc::new(podweave_sandbox::Sandbox::new(Allocation::OnDemand).unwrap());
        let compiler = Compiler::new(
            env!("CARGO_BIN_EXE_podweave-compile-for-agent").into(),
            Vec::new(),
            CompileLimits::default(),
        );
        let store = Arc::new(Store::local(
            Arc::clone(&sandbox),
            compiler,
            CodeCache::new(code().to_owned()),
            |_| {},
        ));
        let volumes = Arc::new(Volumes::open(&directory.path().join("volumes"), 1 << 24).unwrap());
        let records = Arc::new(Records::open(&directory.path().join("records")).unwrap());
        let (client, requests) = client();
        let assembly = Assembly::new(Surroundings {
            node: "node".to_owned(),
            client: client.clone(),
            config_maps,
            max_age: None,
            sandbox,
            store: Arc::clone(&store),
            threads: tokio::runtime::Handle::current(),
            volumes: Arc::clone(&volumes),
            records: Arc::clone(&records),
            limits: Limits::default(),
            // Long enough for a compilation on a busy machine. No test waits that long unless it says so.
            patience: Duration::from_secs(60),
            follow: FollowSettings {
                settle: Duration::ZERO,
                linger: Duration::ZERO,
                ..FollowSettings::default()
            },
        });
        let listen = Arc::clone(&assembly.following).listen();
        let listening = tokio::spawn(async move { match listen.await {} });
        let node = Self {
            creations: assembly.creations,
            store,
            source,
            watch: assembly.watch,
            lifecycle: assembly.lifecycle,
            following: assembly.following,
            renders: assembly.renders,
            tasks: vec![listening],
            strategy,
            volumes,
            records,
            api_server: client,
            requests,
            directory,
        };
        node.label("a");
        node
    }

    /// Lets the API server report the node's label `zone`.
    pub fn label(&self, zone: &str) {
        let labels = BTreeMap::from([("zone".to_owned(), zone.to_owned())]);
        if self.renders.set_labels(labels) {
            self.following.labels_changed();
        }
    }

    /// Sets how long a creation waits for its render.
    pub fn patient_for(mut self, patience: Duration) -> Self {
        self.creations.patience = patience;
        self
    }

    /// Creates or replaces a ConfigMap.
    pub fn put(&self, name: &str, data: &[(&str, &str)]) {
        self.put_held(name, data, None);
    }

    /// As [`Node::put`], with the annotation `podweave.dev/hold`.
    pub fn put_held(&self, name: &str, data: &[(&str, &str)], hold: Option<&str>) {
        let mut version = self.source.version.lock().unwrap();
        *version += 1;
        let config_map = data
            .iter()
            .fold(ConfigMap::new(NAMESPACE, name), |map, (key, value)| {
                map.with(*key, Value::text(*value))
            });
        let object = Object::new(Arc::new(config_map), "uid", ResourceVersion(*version));
        let object = Object {
            hold: hold.map(Arc::from),
            ..object
        };
        self.source
            .config_maps
            .lock()
            .unwrap()
            .insert(name.to_owned(), object);
        drop(version);
        self.source.changed.send_replace(());
    }

    /// Removes what is kept beside the files of a container.
    pub fn remove_state(&self, uid: &str, container: &str) {
        let place = self.directory.path().join("volumes").join(uid).join(container);
        std::fs::remove_file(place.join(".state")).unwrap();
    }

    /// Deletes a ConfigMap.
    pub fn delete(&self, name: &str) {
        *self.source.version.lock().unwrap() += 1;
        self.source.config_maps.lock().unwrap().remove(name);
        self.source.changed.send_replace(());
    }

    /// Makes the API server refuse connections.
    pub fn lose_api_server(&self) {
        *self.source.state.lock().unwrap() = SourceState::Fails;
        self.watch.note_failure("the API server is away");
    }

    /// Makes the API server accept requests without answering.
    pub fn freeze_api_server(&self) {
        *self.source.state.lock().unwrap() = SourceState::Hangs;
    }

    /// Makes the API server answer again.
    pub fn restore_api_server(&self) {
        *self.source.state.lock().unwrap() = SourceState::Answers;
        self.watch.note_answer(true);
    }

    /// Lets the API server report a pod.
    pub fn apply(&self, pod: serde_json::Value) {
        self.lifecycle
            .applied(ReportedPod::of(serde_json::from_value(pod).expect("an object")).expect("a pod"));
    }

    /// Lets the runtime create a container of a pod with these annotations.
    pub async fn create(
        &self,
        uid: &str,
        annotations: &[(&str, &str)],
        container: Container,
    ) -> Result<ContainerAdjustment, String> {
        let call = Call {
            deadline: std::time::Instant::now() + Duration::from_secs(600),
        };
        let created = self
            .creations
            .create_container(call, sandbox(uid, annotations), container)
            .await;
        created
            .map(|creation| creation.adjust.into_message())
            .map_err(|status| status.to_string())
    }

    /// Lets the runtime report everything: containers by name and whether they have the mark, in one sandbox.
    pub fn synchronize(&self, uid: &str, annotations: &[(&str, &str)], containers: &[(&str, bool)]) {
        let PodSandbox {
            id,
            name,
            namespace,
            annotations,
            ..
        } = sandbox(uid, annotations);
        let started = containers.iter().map(|(name, is_marked)| Started {
            sandbox: id.clone(),
            name: (*name).to_owned(),
            created_at: 1,
            is_marked: *is_marked,
        });
        let sandbox = renders::PodSandbox {
            namespace,
            name,
            uid: uid.to_owned(),
            annotations,
        };
        self.lifecycle
            .synchronize(&BTreeMap::from([(id.clone(), sandbox)]), started.collect());
    }

    /// Lets the runtime report everything: one running container, in one sandbox with these annotations.
    pub async fn connect_to_runtime_with(
        &self,
        uid: &str,
        annotations: &[(&str, &str)],
        container: Container,
    ) {
        let Container {
            id,
            pod_sandbox_id,
            name,
            annotations: marks,
            ..
        } = container;
        let state = ContainerState::ContainerRunning.into();
        let container = BriefContainer {
            id,
            pod_sandbox_id,
            name,
            state,
            annotations: marks,
            ..BriefContainer::default()
        };
        let PodSandbox {
            id,
            name,
            uid,
            namespace,
            annotations,
            ..
        } = sandbox(uid, annotations);
        let sandbox = BriefPod {
            id,
            name,
            uid,
            namespace,
            annotations,
            ..BriefPod::default()
        };
        let call = Call {
            deadline: std::time::Instant::now() + Duration::from_secs(600),
        };
        self.creations
            .synchronize(call, vec![sandbox], vec![container])
            .await
            .unwrap();
    }

    /// Returns a client of the API server.
    pub fn client(&self) -> kube::Client {
        self.api_server.clone()
    }

    /// Lets the API server list all pods.
    pub fn lifecycle_listed(&self, uids: &[&str]) {
        self.lifecycle
            .listed(uids.iter().map(|uid| (*uid).to_owned()).collect());
    }

    /// Lets the API server report the deletion of a pod.
    pub fn lifecycle_deleted(&self, uid: &str) {
        self.lifecycle.deleted(uid);
    }

    /// Returns the requests to the API server so far that start with this.
    pub fn requests(&self, beginning: &str) -> Vec<String> {
        self.requests
            .lock()
            .unwrap()
            .iter()
            .filter(|request| request.starts_with(beginning))
            .cloned()
            .collect()
    }

    /// Reads a rendered file through its mount.
    pub fn file(adjust: &ContainerAdjustment, directory: &str, path: &str) -> String {
        let mount = adjust
            .mounts
            .iter()
            .find(|mount| mount.destination == directory)
            .expect("the mount");
        std::fs::read_to_string(Path::new(&mount.source).join(path)).unwrap()
    }
}

/// A client whose server accepts every request.
fn client() -> (kube::Client, Arc<Mutex<Vec<String>>>) {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    let service = tower::service_fn(move |request: http::Request<Body>| {
        seen.lock()
            .unwrap()
            .push(format!("{} {}", request.method(), request.uri().path()));
        async {
            Ok::<_, Infallible>(http::Response::new(Full::new(Bytes::from_static(
                b"{\"metadata\":{}}",
            ))))
        }
    });
    (kube::Client::new(service, NAMESPACE), requests)
}

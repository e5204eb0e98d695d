//! All pods of the node, and what is rendered for those that have opted in.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwapOption;
use podweave_config_maps::{ConfigMaps, PodIdentity, Want};
use podweave_core::binding::OnFailure;
use podweave_core::limits::{Limits, human_size};
use podweave_core::merge::Rendered;
use podweave_core::pod::Pod;
use podweave_pipeline::Pipeline;
use podweave_plugin_store::Store;
use tokio::runtime::Handle;
use tokio::sync::futures::OwnedNotified;
use tokio::sync::{Notify, OnceCell};
use tokio::time::{Instant, timeout_at};
use tracing::{debug, warn};

use super::attempt::{Attempt, Input};
use super::binder::{Binder, Bound, Task};
use super::plugins::{Pins, PodPlugins};
use super::pod::{ContainerRenders, InRecord, PodRenders, ours, with_annotations_of};
use super::refusal::Refusal;
use super::room::{LARGE_PODS, RESULTS, Room, Share};
use super::source::{Recorded, Source, before};
use crate::metrics::Metrics;
use crate::pods::{NodePod, Seen, WatchState};
use crate::pull_secrets::PullSecrets;
use crate::records::{Record, Records};

/// How long a render that nobody waits for may wait for ConfigMaps. The next attempt comes with the next request.
const PATIENCE_AHEAD: Duration = Duration::from_secs(10);

/// The same where the API server is known to be away and a record has them.
const PATIENCE_WITH_RECORD: Duration = Duration::from_millis(20);

/// How long a failure stands for the attempt that repeats it and is not ready either: longer than the kubelet waits between two creations.
const FAILURE_STANDS: Duration = Duration::from_secs(60);

/// What part of the time that a creation has may go into finding out whether the ConfigMaps are still the same.
const CHECK: u32 = 2;

/// What renders are made with.
pub struct Parts {
    /// The ConfigMaps of the node's pods.
    pub config_maps: ConfigMaps,
    /// How old a ConfigMap may be that nobody can confirm.
    pub max_age: Option<Duration>,
    /// Where plugins run.
    pub sandbox: Arc<podweave_sandbox::Sandbox>,
    /// Where plugins come from.
    pub store: Arc<Store>,
    /// What pods bring to get them.
    pub pull_secrets: PullSecrets,
    /// What a container's renders may cost.
    pub limits: Limits,
    /// The threads on which plugins run: none of those that answer the runtime, so that a plugin delays nobody but its own pod.
    pub threads: Handle,
    /// What is kept for the time after a restart.
    pub records: Arc<Records>,
    /// How the watch of the pods stands.
    pub watch: WatchState,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

/// A pod's sandbox as the runtime has it.
#[derive(Debug, Clone)]
pub struct Sandbox {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod's name.
    pub name: String,
    /// The pod's UID.
    pub uid: String,
    /// The annotations that the pod had when its sandbox was made: they opt in and bind, whatever the API server has by now.
    pub annotations: BTreeMap<String, String>,
}

/// What a container is to be answered with.
pub struct Wanted<'a> {
    /// Its pod.
    pub sandbox: &'a Sandbox,
    /// Its name.
    pub container: &'a str,
    /// When there must be an answer.
    pub deadline: Instant,
}

/// What there is for a container.
pub enum Answer {
    /// Nothing is rendered for it.
    Skipped,
    /// It was rendered: from the container's spec, and the result.
    Rendered(Arc<PodRenders>, Arc<Attempt>),
    /// It failed, and the pod wants to start without (`on-failure: ignore`).
    Ignored(Refusal),
}

/// All pods of the node. Clones are the same table.
#[derive(Clone)]
pub struct Renders(Arc<Shared>);

struct Shared {
    parts: Parts,
    pods: Mutex<HashMap<String, Entry>>,
    binder: Binder,
    /// For pods, as they were seen.
    room: Room,
    /// For results of renders.
    results: Room,
    /// Wakes who waits for a pod, or for a container of one.
    applied: Arc<Notify>,
    /// `None` until they were read once.
    labels: ArcSwapOption<BTreeMap<String, String>>,
}

/// What is known of a pod.
struct Entry {
    seen: Seen,
    /// What it asks for, if it has opted in.
    asks: Asks,
    /// The memory that it takes.
    _share: Option<Share>,
}

/// What a pod asks for.
#[derive(Clone)]
enum Asks {
    /// Nothing: it has not opted in, or is finished, or cannot be read.
    Nothing,
    /// It is being bound.
    Pending(Arc<Task>),
    /// It is bound.
    Bound(Arc<PodRenders>),
}

/// What is known of a sandbox's pod.
pub enum Known {
    /// Nothing: neither the API server nor a record has told of it.
    Nothing,
    /// Why it cannot be read.
    Unreadable(String),
    /// It is being bound.
    Pending,
    /// It is bound as the sandbox's annotations say.
    Bound(Arc<PodRenders>),
}

impl Asks {
    /// The pod with the annotations that bind it.
    fn pod(&self) -> Option<&Arc<Pod>> {
        match self {
            Self::Nothing => None,
            Self::Pending(task) => Some(&task.pod.pod),
            Self::Bound(renders) => Some(&renders.pod),
        }
    }

    fn bound(&self) -> Option<&Arc<PodRenders>> {
        match self {
            Self::Bound(renders) => Some(renders),
            Self::Nothing | Self::Pending(_) => None,
        }
    }

    fn is_task(&self, task: &Arc<Task>) -> bool {
        matches!(self, Self::Pending(pending) if Arc::ptr_eq(pending, task))
    }
}

impl Renders {
    /// An empty table.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(Shared {
            parts,
            pods: Mutex::default(),
            binder: Binder::default(),
            room: Room::default(),
            results: Room::default(),
            applied: Arc::default(),
            labels: ArcSwapOption::default(),
        }))
    }

    /// Takes the node's labels: a render after this sees them.
    pub fn set_labels(&self, labels: BTreeMap<String, String>) {
        if self.0.labels.load().as_deref() != Some(&labels) {
            self.0.labels.store(Some(Arc::new(labels)));
        }
    }

    /// Takes what the API server has of a pod. If it is new and has opted in, it is bound, and rendering begins.
    pub fn apply(&self, seen: Seen) {
        let before = self.pods().get(&seen.uid).map(|entry| entry.asks.clone());
        // Pods are compared before the table is locked again: they may be large. What comes between changes nothing about what is decided here.
        let asks = match (&seen.pod, before) {
            // What the sandbox said it is bound to stays, whatever the API server says by now.
            (Ok(pod), Some(asks)) if !pod.is_finished && asks.pod().is_some_and(|bound| with_annotations_of(&pod.pod, &bound.annotations) == **bound) => None,
            (Ok(pod), _) if !pod.is_finished && !pod.is_mirror && ours(&pod.pod.annotations).next().is_some() => {
                Some(Asks::Pending(Arc::new(Task::new(&seen.uid, pod.clone()))))
            }
            _ => Some(Asks::Nothing),
        };
        let mut seen = seen;
        let mut pods = self.pods();
        let before = pods.remove(&seen.uid).map_or(Asks::Nothing, |entry| entry.asks);
        let uid = seen.uid.clone();
        let share = seen.pod.as_ref().ok().and_then(|pod| self.0.room.of_pod(pod.bytes()));
        let asks = match (&seen.pod, &share) {
            (Ok(pod), None) => {
                seen.pod = Err(no_room(pod));
                Some(Asks::Nothing)
            }
            _ => asks,
        };
        match asks {
            None => {
                pods.insert(uid, Entry { seen, asks: before, _share: share });
            }
            Some(asks) => {
                if let (Asks::Nothing, Asks::Bound(_) | Asks::Pending(_)) = (&asks, &before) {
                    self.0.parts.config_maps.unregister(&identity(&seen));
                }
                pods.insert(uid, Entry { seen, asks: asks.clone(), _share: share });
                if let Asks::Pending(task) = asks {
                    self.begin_binding(task);
                }
            }
        }
        drop(pods);
        self.0.applied.notify_waiters();
    }

    /// Forgets a pod.
    pub fn forget(&self, uid: &str) {
        let mut pods = self.pods();
        // One that is being bound may have been bound before.
        if let Some(Entry { seen, asks: Asks::Bound(_) | Asks::Pending(_), .. }) = pods.remove(uid) {
            self.0.parts.config_maps.unregister(&identity(&seen));
        }
    }

    /// Whether the pod may have containers created in future: it is known and not finished.
    #[must_use]
    pub fn is_alive(&self, uid: &str) -> bool {
        self.pods().get(uid).is_some_and(|entry| entry.seen.pod.as_ref().is_ok_and(|pod| !pod.is_finished))
    }

    /// Whether the API server, or a record, has told of the pod.
    #[must_use]
    pub fn is_known(&self, uid: &str) -> bool {
        self.pods().contains_key(uid)
    }

    /// Whether all containers of a pod have ended for good.
    #[must_use]
    pub fn is_finished(&self, uid: &str) -> bool {
        self.pods().get(uid).is_some_and(|entry| entry.seen.pod.as_ref().is_ok_and(|pod| pod.is_finished))
    }

    /// The UIDs of all pods that are known.
    #[must_use]
    pub fn uids(&self) -> HashSet<String> {
        self.pods().keys().cloned().collect()
    }

    /// Those that have opted in.
    #[must_use]
    pub fn opted_in(&self) -> Vec<Arc<PodRenders>> {
        self.pods().values().filter_map(|entry| entry.asks.bound().cloned()).collect()
    }

    /// Those that have opted in and cannot be read, each with the reason.
    #[must_use]
    pub fn unreadable(&self) -> Vec<(PodIdentity, String)> {
        let pods = self.pods();
        let unreadable = pods.values().filter(|entry| entry.seen.has_opted_in);
        unreadable.filter_map(|entry| Some((identity(&entry.seen), entry.seen.pod.as_ref().err()?.clone()))).collect()
    }

    /// How the watch of the pods stands.
    #[must_use]
    pub fn watch(&self) -> &WatchState {
        &self.0.parts.watch
    }

    /// What there is for a container that is about to be created, if need be rendered anew: nothing is ever answered that is not as
    /// the ConfigMaps are now, as far as anybody can tell.
    ///
    /// # Errors
    /// Why it must not be created now.
    pub async fn answer(&self, wanted: &Wanted<'_>) -> Result<Answer, Refusal> {
        let pod = self.pod(wanted).await?;
        let containers = pod.containers.as_ref().map_err(|error| Refusal::Failed(Arc::clone(error)))?;
        let Some(container) = containers.get(wanted.container) else { return Ok(Answer::Skipped) };
        let refusal = match self.attempt(&pod, container, wanted).await {
            Ok(attempt) if attempt.lacks_labels() => Refusal::NotReady {
                pod: pod.pod.identity(),
                container: wanted.container.to_owned(),
                what: "what the API server says of the node's labels".to_owned(),
                waited_ms: 0,
            },
            Ok(attempt) => match &attempt.result {
                Ok(_) => return Ok(Answer::Rendered(pod, attempt)),
                Err(error) => Refusal::Failed(Arc::clone(error)),
            },
            Err(refusal) => refusal,
        };
        match container.binding.on_failure {
            OnFailure::Ignore if refusal.is_failure() => Ok(Answer::Ignored(refusal)),
            _ => Err(refusal),
        }
    }

    /// The pod of a container, bound as its sandbox's annotations say.
    async fn pod(&self, wanted: &Wanted<'_>) -> Result<Arc<PodRenders>, Refusal> {
        let Wanted { sandbox, container, deadline } = wanted;
        let identity = || format!("{}/{}", sandbox.namespace, sandbox.name);
        if is_static(sandbox) {
            return Err(Refusal::StaticPod { pod: identity() });
        }
        let began = Instant::now();
        let mut looked_at_records = false;
        loop {
            let mut applied = std::pin::pin!(self.0.applied.notified());
            // Before the look: what is applied after it is not missed.
            applied.as_mut().enable();
            let refusal = match self.known(sandbox) {
                Known::Bound(pod) if pod.pod.container(container).is_some() => return Ok(pod),
                Known::Bound(_) => Refusal::UnknownContainer { pod: identity(), container: (*container).to_owned() },
                // Nothing that is waited for changes it.
                Known::Unreadable(reason) => return Err(Refusal::Unreadable { pod: identity(), reason }),
                Known::Pending => Refusal::NotReady {
                    pod: identity(),
                    container: (*container).to_owned(),
                    what: "what its annotations ask for".to_owned(),
                    waited_ms: began.elapsed().as_millis(),
                },
                Known::Nothing => Refusal::UnknownPod { pod: identity(), why: self.why_unknown() },
            };
            let is_new_here = matches!(refusal, Refusal::UnknownPod { .. });
            if is_new_here && !looked_at_records && self.watch().failure().is_some() {
                looked_at_records = true;
                // A disk that is slow must not hold up the node.
                if timeout_at(*deadline, self.recall(&sandbox.uid)).await == Ok(true) {
                    continue;
                }
            }
            if timeout_at(*deadline, applied).await.is_err() {
                return Err(refusal);
            }
        }
    }

    /// What is known of a sandbox's pod. One that is bound to other annotations than the sandbox's begins to be bound to those.
    pub(crate) fn known(&self, sandbox: &Sandbox) -> Known {
        let (seen, asks) = match self.pods().get(&sandbox.uid) {
            None => return Known::Nothing,
            Some(Entry { seen: Seen { pod: Err(reason), .. }, .. }) => return Known::Unreadable(reason.clone()),
            Some(Entry { seen: Seen { pod: Ok(pod), .. }, asks, .. }) => (pod.clone(), asks.clone()),
        };
        if asks.pod().is_some_and(|pod| ours(&pod.annotations).eq(ours(&sandbox.annotations))) {
            return asks.bound().map_or(Known::Pending, |renders| Known::Bound(Arc::clone(renders)));
        }
        let bound = asks.bound();
        let pod = Arc::new(with_annotations_of(&seen.pod, &sandbox.annotations));
        let task = Arc::new(Task {
            uid: sandbox.uid.clone(),
            pod: NodePod { pod, is_finished: false, is_mirror: false, ..seen.clone() },
            recorded: bound.map(|renders| renders.recorded.clone()).unwrap_or_default(),
            pins: bound.map(|renders| Arc::clone(&renders.pins)).unwrap_or_default(),
        });
        let mut pods = self.pods();
        // What has come meanwhile is looked at by who asks next, which is woken by it.
        if let Some(entry) = pods.get_mut(&sandbox.uid)
            && entry.seen.pod.as_ref().is_ok_and(|now| Arc::ptr_eq(&now.pod, &seen.pod))
        {
            entry.asks = Asks::Pending(Arc::clone(&task));
            self.begin_binding(task);
        }
        Known::Pending
    }

    /// Waits until a pod is told or bound after this call: until another look at [`Renders::known`] may show something else.
    pub(crate) fn changed(&self) -> OwnedNotified {
        Arc::clone(&self.0.applied).notified_owned()
    }

    fn begin_binding(&self, task: Arc<Task>) {
        let renders = self.clone();
        self.0.parts.threads.spawn(async move {
            let is_wanted = || renders.pods().get(&task.uid).is_some_and(|entry| entry.asks.is_task(&task));
            if let Some(bound) = renders.0.binder.bind(&task, is_wanted).await {
                renders.bound(&task, bound);
            }
        });
    }

    /// A pod is bound: its containers are rendered for, unless the pod has changed meanwhile or is gone.
    fn bound(&self, task: &Arc<Task>, bound: Bound) {
        let renders = {
            let mut pods = self.pods();
            let Some(entry) = pods.get_mut(&task.uid).filter(|entry| entry.asks.is_task(task)) else { return };
            let renders = Arc::new(PodRenders::new(task, bound, &self.0.parts.config_maps));
            entry.asks = Asks::Bound(Arc::clone(&renders));
            renders
        };
        for container in renders.each_container() {
            self.begin(&renders, container);
        }
        self.0.applied.notify_waiters();
    }

    fn why_unknown(&self) -> String {
        match (self.watch().failure(), self.watch().has_listed()) {
            (Some(failure), _) => format!("the API server's pods cannot be followed ({})", failure.reason),
            (None, false) => "the pods of the node are being listed".to_owned(),
            (None, true) => "the API server has not told of it".to_owned(),
        }
    }

    /// What a record has, if there is one that can be used.
    async fn record_of(&self, uid: &str) -> Option<Record> {
        let (records, owned) = (Arc::clone(&self.0.parts.records), uid.to_owned());
        let read = tokio::task::spawn_blocking(move || records.read(&owned)).await;
        match read.map_err(|error| error.to_string()).and_then(|read| read.map_err(|error| error.to_string())) {
            Ok(record) => record,
            Err(reason) => {
                warn!(uid, reason, "a record cannot be used");
                None
            }
        }
    }

    /// Takes a pod from its record, which is for the time when the API server is away: otherwise it tells in a moment what is so now.
    async fn recall(&self, uid: &str) -> bool {
        let Some(record) = self.record_of(uid).await else { return false };
        let pod = match NodePod::recorded(&record.manifest) {
            Ok(pod) => pod,
            Err(reason) => {
                warn!(uid, reason, "a record cannot be used");
                return false;
            }
        };
        let (namespace, name) = (pod.pod.namespace.clone(), pod.pod.manifest_name.clone());
        let task = Arc::new(Task {
            recorded: OnceCell::new_with(Some(Some(Arc::new(Recorded::of(&record))))),
            pins: Arc::new(OnceCell::new_with(Some(Arc::new(Pins::recorded(&record.plugins))))),
            ..Task::new(uid, pod.clone())
        });
        // The labels of the node are those of all its pods.
        self.0.labels.compare_and_swap(&None::<Arc<_>>, record.node_labels);
        let Some(share) = self.0.room.of_pod(pod.bytes()) else { return false };
        let mut pods = self.pods();
        pods.entry(uid.to_owned()).or_insert_with(|| {
            debug!(namespace, name, uid, "a pod is known from its record");
            self.begin_binding(Arc::clone(&task));
            Entry { seen: Seen { uid: uid.to_owned(), namespace, name, has_opted_in: true, pod: Ok(pod) }, asks: Asks::Pending(task), _share: Some(share) }
        });
        true
    }

    /// What was recorded of a pod's ConfigMaps: only while the API server is known to be away.
    async fn recorded(&self, pod: &PodRenders) -> Option<Arc<Recorded>> {
        self.watch().failure()?;
        let recorded = pod.recorded.get_or_init(|| async {
            let record = self.record_of(&pod.identity.uid).await;
            record.map(|record| Arc::new(Recorded::of(&record)))
        });
        recorded.await.clone()
    }

    /// An attempt that is as the ConfigMaps are now.
    async fn attempt(&self, pod: &Arc<PodRenders>, container: &Arc<ContainerRenders>, wanted: &Wanted<'_>) -> Result<Arc<Attempt>, Refusal> {
        let asked = Instant::now();
        loop {
            let mut ended = std::pin::pin!(container.ended());
            ended.as_mut().enable();
            if let Some(latest) = container.latest()
                && (latest.began >= asked || (!latest.is_worth_repeating() && self.is_current(pod, &latest, wanted.deadline).await))
            {
                return Ok(latest);
            }
            self.begin(pod, container);
            if timeout_at(wanted.deadline, ended).await.is_err() {
                // A plugin that runs out of its time takes longer than anybody waits here, each time anew: the pod is to show why.
                if let Some(failed) = container.latest().filter(|latest| latest.is_worth_repeating() && latest.began.elapsed() < FAILURE_STANDS) {
                    return Ok(failed);
                }
                let (what, began) = container.under_way().unwrap_or_else(|| ("its render".to_owned(), asked));
                return Err(Refusal::NotReady {
                    pod: pod.pod.identity(),
                    container: container.binding.container.clone(),
                    what,
                    waited_ms: began.elapsed().as_millis(),
                });
            }
        }
    }

    /// Whether what an attempt read is still so.
    async fn is_current(&self, pod: &PodRenders, attempt: &Attempt, deadline: Instant) -> bool {
        if !attempt.has_labels(self.0.labels.load().as_ref()) {
            return false;
        }
        if attempt.generation != self.0.parts.store.generation() {
            return false;
        }
        if !attempt.plugins.iter().all(|(reference, digest)| self.0.parts.store.still_means(reference, digest)) {
            return false;
        }
        let within = deadline.saturating_duration_since(Instant::now()) / CHECK;
        let Ok(recorded) = timeout_at(deadline, self.recorded(pod)).await else { return false };
        let within = if recorded.is_some() { within.min(PATIENCE_WITH_RECORD) } else { within };
        let source = Source::new(pod.registered.clone(), recorded, Want { within, max_age: self.0.parts.max_age });
        let mut reads: Vec<_> = Vec::with_capacity(attempt.inputs.len());
        for input in &attempt.inputs {
            reads.push(source.still_has(input));
        }
        futures_util::future::join_all(reads).await.into_iter().all(|is_same| is_same)
    }

    /// Begins an attempt, unless one is under way.
    fn begin(&self, pod: &Arc<PodRenders>, container: &Arc<ContainerRenders>) {
        let began = Instant::now();
        if !container.begin(began) {
            return;
        }
        let end = End { container: Arc::clone(container), attempt: None };
        let (renders, pod) = (self.clone(), Arc::clone(pod));
        self.0.parts.threads.spawn(async move {
            let mut end = end;
            let turn = pod.turn().await;
            let attempt = renders.render(&pod, &end.container, began).await;
            drop(turn);
            renders.0.parts.metrics.render(began.elapsed(), attempt.result.is_ok());
            end.attempt = Some(Arc::new(attempt));
            let container = Arc::clone(&end.container);
            drop(end);
            renders.shed(&container);
            renders.record(&pod).await;
        });
    }

    async fn render(&self, pod: &PodRenders, container: &ContainerRenders, began: Instant) -> Attempt {
        let Shared { parts, results, .. } = &*self.0;
        let labels = self.0.labels.load_full();
        let labelled = pod.labelled(labels.as_ref());
        let bindings = std::slice::from_ref(&container.binding);
        // Before the plugins are looked for: what is allowed meanwhile counts next time.
        let generation = parts.store.generation();
        let ended = |result: Result<Rendered, _>, inputs, plugins| {
            let share = results.of_result(result.as_ref().map_or(0, Rendered::bytes));
            Attempt { result, inputs, plugins, generation, labels: labels.clone(), began, share, at: SystemTime::now() }
        };
        let source = PodPlugins { store: &parts.store, pull_secrets: &parts.pull_secrets, pod, pins: self.pins(pod).await };
        let plugins = match Pipeline::<Source>::plugins(&source, &labelled, bindings).await {
            Ok(plugins) => plugins,
            Err(error) => return ended(Err(Arc::new(error)), Vec::new(), Vec::new()),
        };
        let digests = plugins.iter().map(|(reference, ready)| (reference.clone(), ready.plugin.digest())).collect();
        container.waits_for("its render");
        let recorded = self.recorded(pod).await;
        let within = if recorded.is_some() { PATIENCE_WITH_RECORD } else { PATIENCE_AHEAD };
        let source = Arc::new(Source::new(pod.registered.clone(), recorded, Want { within, max_age: parts.max_age }));
        let pipeline = Pipeline::new(Arc::clone(&parts.sandbox), Arc::clone(&source), parts.limits.clone());
        let render = pipeline.render(&labelled, &container.binding, &plugins).await;
        for line in &render.log {
            debug!(pod = %pod.identity, uid = pod.identity.uid, container = render.container, plugin = %line.plugin, "plugin: {}", line.line.message);
        }
        ended(render.result.map_err(Arc::new), source.inputs(), digests)
    }

    /// Drops the largest results if all together take too much memory, but for the one that has just come, which is waited for.
    fn shed(&self, latest: &Arc<ContainerRenders>) {
        if self.0.results.taken() <= RESULTS {
            return;
        }
        let pods = self.opted_in();
        let others = pods.iter().flat_map(|pod| pod.each_container()).filter(|container| !Arc::ptr_eq(container, latest));
        let mut results: Vec<_> = others.filter_map(|container| Some((container.latest()?.share.bytes, container))).collect();
        results.sort_unstable_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
        let mut excess = self.0.results.taken().saturating_sub(RESULTS / 2);
        for (bytes, container) in results {
            if excess == 0 {
                break;
            }
            container.drop_latest();
            excess = excess.saturating_sub(bytes);
        }
    }

    /// What a pod's references to plugins mean: what they meant before a restart, or nothing yet.
    async fn pins(&self, pod: &PodRenders) -> Arc<Pins> {
        let from_record = || async {
            let record = self.record_of(&pod.identity.uid).await;
            Arc::new(record.map(|record| Pins::recorded(&record.plugins)).unwrap_or_default())
        };
        Arc::clone(pod.pins.get_or_init(from_record).await)
    }

    /// Keeps for the time after a restart what a pod was rendered from, unless that is kept already.
    async fn record(&self, pod: &PodRenders) {
        let mut in_record = pod.in_record.lock().await;
        let Some(inputs) = self.inputs(pod) else { return };
        let plugins = self.pins(pod).await.to_record();
        let latest = InRecord { inputs, labels: self.0.labels.load_full(), plugins };
        if in_record.as_ref().is_some_and(|in_record| in_record.covers(&latest)) {
            return;
        }
        let config_maps = latest.inputs.iter().map(Input::recorded).collect();
        let record = Record {
            uid: pod.identity.uid.clone(),
            manifest: Arc::clone(&pod.manifest),
            config_maps,
            node_labels: latest.labels.clone(),
            plugins: latest.plugins.clone(),
        };
        let records = Arc::clone(&self.0.parts.records);
        let written = tokio::task::spawn_blocking(move || records.write(&record)).await;
        match written.map_err(|error| error.to_string()).and_then(|written| written.map_err(|error| error.to_string())) {
            Ok(()) => *in_record = Some(latest),
            Err(reason) => warn!(pod = %pod.identity, uid = pod.identity.uid, reason, "what the pod is rendered from is not kept for the time after a restart"),
        }
        // The pod may have gone meanwhile, and its record before this one was written.
        if !self.is_known(&pod.identity.uid)
            && let Err(error) = self.0.parts.records.remove(&pod.identity.uid)
        {
            warn!(pod = %pod.identity, uid = pod.identity.uid, %error, "the record of a pod that is gone stays");
        }
    }

    /// What a pod's containers were rendered from; `None` unless that is known of all of them, and nothing of it for want of an answer: a record
    /// that says more is better then.
    fn inputs(&self, pod: &PodRenders) -> Option<Vec<Input>> {
        let latest: Option<Vec<_>> = pod.each_container().map(|container| container.latest().filter(|latest| !latest.is_worth_repeating())).collect();
        Some(latest?.iter().flat_map(|attempt| &attempt.inputs).map(|input| self.confirmed(input)).collect())
    }

    /// What was read, as of the latest time at which it certainly was so.
    fn confirmed(&self, input: &Input) -> Input {
        let now = self.0.parts.config_maps.get_now(&input.namespace, &input.name);
        let as_of = now.filter(|now| input.is_same(&now.config_map().cloned())).map(|now| before(now.age()));
        Input { as_of: as_of.unwrap_or(input.as_of).max(input.as_of), ..input.clone() }
    }

    /// When the oldest ConfigMap of an attempt certainly was so; `None` if it read none.
    #[must_use]
    pub fn oldest_input(&self, attempt: &Attempt) -> Option<SystemTime> {
        attempt.inputs.iter().map(|input| self.confirmed(input).as_of).min()
    }

    /// Notes for the time after a restart until when what was rendered from certainly was so. To be called now and then, more rarely than
    /// idle watches are ended, which it would keep open otherwise.
    pub async fn confirm_records(&self) {
        for pod in self.opted_in() {
            self.record(&pod).await;
        }
    }

    fn pods(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        // Entries are changed whole.
        self.0.pods.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn no_room(pod: &NodePod) -> String {
    format!(
        "what podweave reads of it takes {} of memory, and the large pods of this node have {} together; make it smaller, or move it to another node",
        human_size(pod.bytes()),
        human_size(LARGE_PODS)
    )
}

fn identity(seen: &Seen) -> PodIdentity {
    PodIdentity { namespace: seen.namespace.clone(), name: seen.name.clone(), uid: seen.uid.clone() }
}

/// Ends an attempt however its task ends.
struct End {
    container: Arc<ContainerRenders>,
    attempt: Option<Arc<Attempt>>,
}

impl Drop for End {
    fn drop(&mut self) {
        self.container.end(self.attempt.take());
    }
}

/// Whether a sandbox is of a static pod: the kubelet says where it has it from.
pub(crate) fn is_static(sandbox: &Sandbox) -> bool {
    const SOURCE: &str = "kubernetes.io/config.source";
    sandbox.annotations.get(SOURCE).is_some_and(|source| source != "api")
}

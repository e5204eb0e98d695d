//! Keeps on disk what a pod was rendered from, and uses it after a restart while the API server is away.
//! docs/decisions/010-records.md says why only then.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::OnceCell;
use tracing::{debug, warn};

use super::attempt::{Attempt, InRecordInput, Input};
use super::binder::Task;
use super::pod::{InRecord, PodRenders};
use super::pod_plugins::ResolvedPlugins;
use super::source::{Recorded, before};
use super::table::Renders;
use crate::pods::NodePod;
use crate::records::Record;

impl Renders {
    /// Reads the record of a pod, if there is one that can be used.
    async fn record_of(&self, uid: &str) -> Option<Record> {
        let _turn = self.0.reading_records.acquire().await;
        let (records, owned) = (Arc::clone(&self.0.parts.records), uid.to_owned());
        let read = tokio::task::spawn_blocking(move || records.read(&owned)).await;
        match read
            .map_err(|error| error.to_string())
            .and_then(|read| read.map_err(|error| error.to_string()))
        {
            Ok(record) => record,
            Err(reason) => {
                warn!(uid, reason, "cannot use a record");
                None
            }
        }
    }

    /// Takes a pod from its record if the API server is known to be away and the pod is not known.
    pub async fn recall_if_away(&self, uid: &str) {
        if self.watch().failure().is_some() && !self.is_known(uid) {
            self.recall(uid).await;
        }
    }

    /// Takes a pod from its record if the API server is away. Otherwise the API server soon reports the
    /// current state.
    pub(super) async fn recall(&self, uid: &str) -> bool {
        let Some(record) = self.record_of(uid).await else {
            return false;
        };
        // The record may be large, and this thread answers the runtime.
        let manifest = Arc::clone(&record.manifest);
        let read = tokio::task::spawn_blocking(move || NodePod::recorded(&manifest)).await;
        let pod = match read.map_err(|error| error.to_string()).and_then(|read| read) {
            Ok(pod) => pod,
            Err(reason) => {
                warn!(uid, reason, "cannot use a record");
                return false;
            }
        };
        let task = Task {
            recorded: OnceCell::new_with(Some(Some(Arc::new(Recorded::of(&record))))),
            resolved_plugins: Arc::new(OnceCell::new_with(Some(Arc::new(ResolvedPlugins::recorded(
                &record.plugins,
            ))))),
            ..Task::new(uid, pod)
        };
        // The labels of the node are the same for all its pods.
        self.0
            .labels
            .compare_and_swap(&None::<Arc<_>>, record.node_labels);
        debug!(pod = task.seen.pod.identity(), uid, "took pod from its record");
        self.take_recorded(task)
    }

    /// Returns the recorded ConfigMaps of a pod, but only while the API server is known to be away.
    pub(super) async fn recorded(&self, pod: &PodRenders) -> Option<Arc<Recorded>> {
        self.watch().failure()?;
        let recorded = pod.recorded.get_or_init(|| async {
            let record = self.record_of(&pod.identity.uid).await;
            record.map(|record| Arc::new(Recorded::of(&record)))
        });
        recorded.await.clone()
    }

    /// Returns what a pod's references to plugins resolved to before a restart, or nothing yet.
    pub(super) async fn resolved_plugins(&self, pod: &PodRenders) -> Arc<ResolvedPlugins> {
        let from_record = || async {
            let record = self.record_of(&pod.identity.uid).await;
            Arc::new(
                record
                    .map(|record| ResolvedPlugins::recorded(&record.plugins))
                    .unwrap_or_default(),
            )
        };
        Arc::clone(pod.resolved_plugins.get_or_init(from_record).await)
    }

    /// Records what a pod was rendered from, unless the record already has it.
    pub async fn record(&self, pod: &PodRenders) {
        let mut in_record = pod.in_record.lock().await;
        let Some(inputs) = self.inputs(pod) else { return };
        let plugins = self.resolved_plugins(pod).await.to_record();
        let labels = self.0.labels.load_full();
        if in_record
            .as_ref()
            .is_some_and(|in_record| in_record.covers(&inputs, labels.as_ref(), &plugins))
        {
            return;
        }
        let config_maps = inputs.iter().map(Input::recorded).collect();
        let latest = InRecord {
            inputs: inputs.iter().map(InRecordInput::of).collect(),
            labels,
            plugins,
        };
        drop(inputs);
        let record = Record {
            uid: pod.identity.uid.clone(),
            manifest: Arc::clone(&pod.manifest),
            config_maps,
            node_labels: latest.labels.clone(),
            plugins: latest.plugins.clone(),
        };
        let records = Arc::clone(&self.0.parts.records);
        let turn = self.0.writing_records.acquire().await;
        let written = tokio::task::spawn_blocking(move || records.write(&record)).await;
        drop(turn);
        match written
            .map_err(|error| error.to_string())
            .and_then(|written| written.map_err(|error| error.to_string()))
        {
            Ok(()) => *in_record = Some(latest),
            Err(reason) => {
                warn!(pod = %pod.identity, uid = pod.identity.uid, reason, "cannot record what the pod is rendered from; after a restart it needs the API server");
            }
        }
        // The pod may have been deleted meanwhile, and its record removed before this one was written.
        if !self.is_known(&pod.identity.uid)
            && let Err(error) = self.0.parts.records.remove(&pod.identity.uid)
        {
            warn!(pod = %pod.identity, uid = pod.identity.uid, %error, "cannot remove the record of a deleted pod");
        }
    }

    /// Returns the ConfigMaps that a pod's containers were rendered from, sorted, without duplicates. `None`
    /// unless they are known for all containers, and none is missing only because the API server did not
    /// answer: an older, complete record is better then.
    fn inputs(&self, pod: &PodRenders) -> Option<Vec<Input>> {
        let latest: Option<Vec<_>> = pod
            .each_container()
            .map(|container| container.latest().filter(|latest| !latest.is_worth_repeating()))
            .collect();
        let latest = latest?;
        let mut inputs: BTreeMap<(&str, &str), &Input> = BTreeMap::new();
        for input in latest.iter().flat_map(|attempt| &attempt.inputs) {
            inputs.entry(input.identity()).or_insert(input);
        }
        Some(inputs.into_values().map(|input| self.confirmed(input)).collect())
    }

    /// The ConfigMaps that were read, each with the latest time at which it was confirmed.
    fn confirmed(&self, input: &Input) -> Input {
        let now = self.0.parts.config_maps.get_now(&input.namespace, &input.name);
        let as_of = now
            .filter(|now| input.is_same(&now.config_map().cloned()))
            .map(|now| before(now.age()));
        Input {
            as_of: as_of.unwrap_or(input.as_of).max(input.as_of),
            ..input.clone()
        }
    }

    /// Returns when the oldest ConfigMap of an attempt was confirmed; `None` if it read none.
    #[must_use]
    pub fn oldest_input(&self, attempt: &Attempt) -> Option<SystemTime> {
        attempt
            .inputs
            .iter()
            .map(|input| self.confirmed(input).as_of)
            .min()
    }

    /// Updates in the records until when the ConfigMaps were confirmed. Call it now and then, at a longer
    /// interval than idle watches live: it would keep them open otherwise.
    pub async fn confirm_records(&self) {
        for pod in self.opted_in() {
            self.record(&pod).await;
        }
    }
}

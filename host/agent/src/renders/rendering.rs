//! Runs the attempts to render for containers on the rendering threads, and limits how long results are kept.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use podweave_config_maps::Want;
use podweave_core::change::Delivered;
use podweave_core::digest::Digest;
use podweave_core::merge::Rendered;
use podweave_core::pod::Pod;
use podweave_core::reference::PluginReference;
use podweave_pipeline::{Error, Pipeline};
use tokio::time::Instant;
use tracing::{Instrument as _, debug, error_span};

use super::attempt::{Attempt, Input};
use super::pod::{ContainerRenders, PodRenders};
use super::pod_plugins::PodPlugins;
use super::source::Source;
use super::table::Renders;

/// How long a render ahead of time may wait for ConfigMaps. The next attempt comes with the next request.
const PATIENCE_AHEAD: Duration = Duration::from_secs(10);

/// The same if the API server is known to be away and a record has the ConfigMaps.
pub(super) const PATIENCE_WITH_RECORD: Duration = Duration::from_millis(20);

/// What a render depends on, as far as it is known when the render ends.
#[derive(Default)]
struct Ended {
    inputs: Vec<Input>,
    plugins: Vec<(PluginReference, Digest)>,
}

impl Renders {
    /// Begins an attempt, unless one is running.
    pub(super) fn begin(&self, pod: &Arc<PodRenders>, container: &Arc<ContainerRenders>) {
        let began = Instant::now();
        if !container.begin(began) {
            return;
        }
        let end = End {
            container: Arc::clone(container),
            attempt: None,
        };
        let (renders, pod) = (self.clone(), Arc::clone(pod));
        // Of the highest level, so that no filter leaves out its fields.
        let span = error_span!(parent: None, "render", pod = %pod.identity, uid = pod.identity.uid, container = container.binding.container);
        let attempt = async move {
            let mut end = end;
            let attempt = renders.render(&pod, &end.container, began).await;
            renders
                .0
                .parts
                .metrics
                .count_render(began.elapsed(), attempt.result.is_ok());
            end.attempt = Some(Arc::new(attempt));
            let container = Arc::clone(&end.container);
            drop(end);
            renders.shed(&container);
            renders.record(&pod).await;
        };
        self.0.parts.threads.spawn(attempt.instrument(span));
    }

    async fn render(&self, pod: &PodRenders, container: &ContainerRenders, began: Instant) -> Attempt {
        let parts = &self.0.parts;
        // Before anything is read: of two attempts, the one with the higher number has read later.
        let number = self.0.attempts.fetch_add(1, Ordering::Relaxed) + 1;
        let labels = self.0.labels.load_full();
        let labelled = pod.labelled(labels.as_ref());
        // Read before the plugins are resolved, so that a later change of the rules counts next time.
        let generation = parts.store.generation();
        let mut ended = Ended::default();
        let result = self.try_render(pod, container, &labelled, &mut ended).await;
        let Ended { inputs, plugins } = ended;
        let renders = &container.binding.renders;
        let delivered = result.as_ref().map(|rendered| Delivered::of(rendered, renders));
        let delivered = delivered.unwrap_or_default();
        let bytes = result.as_ref().map_or(0, Rendered::bytes)
            + delivered.bytes()
            + inputs.iter().map(Input::bytes).sum::<usize>();
        Attempt {
            result,
            fixed: delivered.outline.fixed(),
            delivered,
            inputs,
            plugins,
            generation,
            labels,
            began,
            number,
            share: self.0.results.note(bytes),
            at: SystemTime::now(),
        }
    }

    /// Renders, and notes on the way what the result depends on.
    async fn try_render(
        &self,
        pod: &PodRenders,
        container: &ContainerRenders,
        labelled: &Arc<Pod>,
        ended: &mut Ended,
    ) -> Result<Rendered, Arc<Error>> {
        let parts = &self.0.parts;
        let plugin_source = PodPlugins {
            store: &parts.store,
            pull_secrets: &parts.pull_secrets,
            metrics: &parts.metrics,
            pod: &pod.pod,
            resolved_plugins: self.resolved_plugins(pod).await,
        };
        let bindings = std::slice::from_ref(&container.binding);
        let plugins = podweave_pipeline::plugins(&plugin_source, labelled, bindings)
            .await
            .map_err(Arc::new)?;
        ended.plugins = plugins
            .iter()
            .map(|(reference, ready)| (reference.clone(), ready.plugin.digest()))
            .collect();
        container.set_waits_for("its turn among the containers of its pod");
        let _turn = pod.turn().await;
        container.set_waits_for("its render");
        let source = Arc::new(self.source(pod).await);
        let pipeline = Pipeline::new(
            Arc::clone(&parts.sandbox),
            Arc::clone(&source),
            parts.limits.clone(),
        );
        let render = pipeline.render(labelled, &container.binding, &plugins).await;
        for line in &render.log {
            debug!(plugin = %line.plugin, "plugin: {}", line.line.message);
        }
        ended.inputs = source.inputs();
        render.result.map_err(Arc::new)
    }

    /// Returns the ConfigMaps for a render ahead of time.
    async fn source(&self, pod: &PodRenders) -> Source {
        let recorded = self.recorded(pod).await;
        let within = if recorded.is_some() {
            PATIENCE_WITH_RECORD
        } else {
            PATIENCE_AHEAD
        };
        let max_age = self.0.parts.max_age;
        Source::new(pod.registered.clone(), recorded, Want { within, max_age })
    }

    /// Drops the largest results if all of them together take too much memory, except for the newest, which a
    /// container waits for.
    fn shed(&self, latest: &Arc<ContainerRenders>) {
        if self.0.results.taken() <= self.0.results.limit() {
            return;
        }
        let pods = self.opted_in();
        let others = pods
            .iter()
            .flat_map(|pod| pod.each_container())
            .filter(|container| !Arc::ptr_eq(container, latest));
        let mut results: Vec<_> = others
            .filter_map(|container| Some((container.latest()?.share.bytes(), container)))
            .collect();
        results.sort_unstable_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
        let mut excess = self.0.results.taken().saturating_sub(self.0.results.limit() / 2);
        for (bytes, container) in results {
            if excess == 0 {
                break;
            }
            container.drop_latest();
            excess = excess.saturating_sub(bytes);
        }
    }
}

/// Ends an attempt, however its task ends.
struct End {
    container: Arc<ContainerRenders>,
    attempt: Option<Arc<Attempt>>,
}

impl Drop for End {
    fn drop(&mut self) {
        self.container.end(self.attempt.take());
    }
}

//! Runs the attempts to render for containers on the rendering threads, and limits how long results are kept.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use podweave_config_maps::Want;
use podweave_core::merge::Rendered;
use podweave_pipeline::Pipeline;
use tokio::time::Instant;
use tracing::debug;

use super::attempt::{Attempt, Input};
use super::plugins::PodPlugins;
use super::pod::{ContainerRenders, PodRenders};
use super::room::RESULTS;
use super::source::Source;
use super::table::{Renders, Shared};

/// How long a render ahead of time may wait for ConfigMaps. The next attempt comes with the next request.
const PATIENCE_AHEAD: Duration = Duration::from_secs(10);

/// The same if the API server is known to be away and a record has the ConfigMaps.
pub(super) const PATIENCE_WITH_RECORD: Duration = Duration::from_millis(20);

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
        self.0.parts.threads.spawn(async move {
            let mut end = end;
            let attempt = renders.render(&pod, &end.container, began).await;
            renders
                .0
                .parts
                .metrics
                .render(began.elapsed(), attempt.result.is_ok());
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
        // Read before the plugins are resolved, so that a later change of the rules counts next time.
        let generation = parts.store.generation();
        let ended = |result: Result<Rendered, _>, inputs: Vec<Input>, plugins| {
            let bytes =
                result.as_ref().map_or(0, Rendered::bytes) + inputs.iter().map(Input::bytes).sum::<usize>();
            let share = results.of_result(bytes);
            Attempt {
                result,
                inputs,
                plugins,
                generation,
                labels: labels.clone(),
                began,
                share,
                at: SystemTime::now(),
            }
        };
        let source = PodPlugins {
            store: &parts.store,
            pull_secrets: &parts.pull_secrets,
            pod,
            pins: self.pins(pod).await,
        };
        let plugins = match Pipeline::<Source>::plugins(&source, &labelled, bindings).await {
            Ok(plugins) => plugins,
            Err(error) => return ended(Err(Arc::new(error)), Vec::new(), Vec::new()),
        };
        let digests = plugins
            .iter()
            .map(|(reference, ready)| (reference.clone(), ready.plugin.digest()))
            .collect();
        container.waits_for("its turn among the containers of its pod");
        let _turn = pod.turn().await;
        container.waits_for("its render");
        let recorded = self.recorded(pod).await;
        let within = if recorded.is_some() {
            PATIENCE_WITH_RECORD
        } else {
            PATIENCE_AHEAD
        };
        let source = Arc::new(Source::new(
            pod.registered.clone(),
            recorded,
            Want {
                within,
                max_age: parts.max_age,
            },
        ));
        let pipeline = Pipeline::new(
            Arc::clone(&parts.sandbox),
            Arc::clone(&source),
            parts.limits.clone(),
        );
        let render = pipeline.render(&labelled, &container.binding, &plugins).await;
        for line in &render.log {
            debug!(pod = %pod.identity, uid = pod.identity.uid, container = render.container, plugin = %line.plugin, "plugin: {}", line.line.message);
        }
        ended(render.result.map_err(Arc::new), source.inputs(), digests)
    }

    /// Drops the largest results if all of them together take too much memory, except for the newest, which a
    /// container waits for.
    fn shed(&self, latest: &Arc<ContainerRenders>) {
        if self.0.results.taken() <= RESULTS {
            return;
        }
        let pods = self.opted_in();
        let others = pods
            .iter()
            .flat_map(|pod| pod.each_container())
            .filter(|container| !Arc::ptr_eq(container, latest));
        let mut results: Vec<_> = others
            .filter_map(|container| Some((container.latest()?.share.bytes, container)))
            .collect();
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

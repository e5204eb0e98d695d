//! Reloads a changed configuration and resolves moved tags without a restart. Renders that are under way are
//! not affected.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use podweave_plugin_store::Store;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

use super::{settings, warm_up};
use crate::configuration::AgentConfiguration;
use crate::follow::Following;
use crate::metrics::Metrics;

/// The interval at which the configuration and the files that it names are checked: they are small, and the
/// volume of a ConfigMap follows within a minute.
const PERIOD: Duration = Duration::from_secs(5);

/// Prepares the named plugins, and again whenever the configuration changes or registries are to be asked
/// again what tags mean.
pub async fn keep_up(
    store: Arc<Store>,
    following: Arc<Following>,
    started: AgentConfiguration,
    path: Option<PathBuf>,
    metrics: Arc<Metrics>,
) -> ! {
    let (mut current, mut complaint) = (started.clone(), String::new());
    let mut known = contents(&current, path.as_ref());
    // A change since the agent read the file counts, too.
    if reload(&current, path.as_ref()).is_ok_and(|(read, _)| read != current) {
        known.clear();
    }
    let mut warming = warm(&store);
    let mut warmed = Instant::now();
    loop {
        sleep(PERIOD).await;
        let now = contents(&current, path.as_ref());
        if now != known {
            match reload(&current, path.as_ref()) {
                Ok((next, settings)) => {
                    if next.lasting() != started.lasting() {
                        warn!(
                            "the configuration has changed in fields that need a restart of the agent; changes of plugins, trust, registries and follow take effect now"
                        );
                    }
                    store.configure(settings);
                    following.configure(next.effective_follow());
                    info!("reloaded the configuration of plugins, trust, registries and follow");
                    metrics.count_reload(true);
                    known = contents(&next, path.as_ref());
                    current = next;
                    complaint.clear();
                    (warming, warmed) = (warm(&store), Instant::now());
                }
                // Files that are being replaced are complete a moment later; log the error once.
                Err(error) if error != complaint => {
                    warn!(
                        error,
                        "cannot use the changed configuration; keeping the previous one"
                    );
                    metrics.count_reload(false);
                    complaint = error;
                }
                Err(_) => {}
            }
        } else if warmed.elapsed() >= current.registries.refresh && warming.try_join_next().is_some() {
            (warming, warmed) = (warm(&store), Instant::now());
        }
    }
}

/// Runs as a task, so that a slow registry does not delay a new configuration. Dropping it ends the task, but
/// not a pull or compilation that has begun.
fn warm(store: &Arc<Store>) -> JoinSet<()> {
    let store = Arc::clone(store);
    let mut task = JoinSet::new();
    task.spawn(async move { warm_up(&store).await });
    task
}

type Reloaded = (AgentConfiguration, podweave_plugin_store::settings::Settings);

fn reload(current: &AgentConfiguration, path: Option<&PathBuf>) -> Result<Reloaded, String> {
    let read = AgentConfiguration::load_with(path.map(PathBuf::as_path), Some(current.node_name.clone()))
        .map_err(|error| error.to_string())?;
    let settings = settings(&read).map_err(|error| error.to_string())?;
    Ok((read, settings))
}

/// The contents of the configuration and of the files that it names, as they are now.
fn contents(configuration: &AgentConfiguration, path: Option<&PathBuf>) -> Vec<Option<Vec<u8>>> {
    let own = path
        .cloned()
        .unwrap_or_else(|| crate::configuration::DEFAULT_PATH.into());
    std::iter::once(own)
        .chain(configuration.files())
        .map(|file| podweave_bounded_read::file(file, settings::MAX_BYTES).ok())
        .collect()
}

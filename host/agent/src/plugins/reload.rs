//! A changed configuration takes effect without a restart, and so does a tag that has moved. Renders that are under way are not touched.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use podweave_plugin_store::Store;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

use super::{settings, warm_up};
use crate::configuration::AgentConfiguration;
use crate::metrics::Metrics;

/// How often the configuration and the files that it names are looked at: they are small, and a ConfigMap's volume follows only within a minute.
const PERIOD: Duration = Duration::from_secs(5);

/// Makes the named plugins ready, and again whenever the configuration changes or it is time to ask registries what their tags mean.
pub async fn keep_up(store: Arc<Store>, started: AgentConfiguration, path: Option<PathBuf>, metrics: Arc<Metrics>) -> ! {
    let (mut current, mut complaint) = (started.clone(), String::new());
    let mut known = contents(&current, path.as_ref());
    // What has changed since the agent read it is a change, too.
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
                            "the configuration has changed in fields that take effect with the agent's next start only; those of plugins, trust and registries take effect now"
                        );
                    }
                    store.configure(settings);
                    info!("the configuration of plugins, trust and registries was read again");
                    metrics.reloaded(true);
                    known = contents(&next, path.as_ref());
                    current = next;
                    complaint.clear();
                    (warming, warmed) = (warm(&store), Instant::now());
                }
                // Files that are being replaced are whole a moment later; it is said once.
                Err(error) if error != complaint => {
                    warn!(error, "the configuration has changed and cannot be used; what was read before holds");
                    metrics.reloaded(false);
                    complaint = error;
                }
                Err(_) => {}
            }
        } else if warmed.elapsed() >= current.registries.refresh && warming.try_join_next().is_some() {
            (warming, warmed) = (warm(&store), Instant::now());
        }
    }
}

/// A slow registry does not keep a new configuration waiting. Dropped, the task ends; what it has begun to pull or to compile does not.
fn warm(store: &Arc<Store>) -> JoinSet<()> {
    let store = Arc::clone(store);
    let mut task = JoinSet::new();
    task.spawn(async move { warm_up(&store).await });
    task
}

type Reloaded = (AgentConfiguration, podweave_plugin_store::settings::Settings);

fn reload(current: &AgentConfiguration, path: Option<&PathBuf>) -> Result<Reloaded, String> {
    let read = AgentConfiguration::load_with(path.map(PathBuf::as_path), Some(current.node_name.clone())).map_err(|error| error.to_string())?;
    let settings = settings(&read).map_err(|error| error.to_string())?;
    Ok((read, settings))
}

/// The configuration and the files that it names, as they are now.
fn contents(configuration: &AgentConfiguration, path: Option<&PathBuf>) -> Vec<Option<Vec<u8>>> {
    let own = path.cloned().unwrap_or_else(|| crate::configuration::DEFAULT_PATH.into());
    std::iter::once(own).chain(configuration.files()).map(|file| std::fs::read(file).ok()).collect()
}

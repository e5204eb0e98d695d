//! A changed configuration takes effect without a restart, and so does a tag that has moved. Renders that are under way are not touched.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use podweave_plugin_store::Store;
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

use super::{settings, warm_up};
use crate::configuration::AgentConfiguration;
use crate::metrics::Metrics;

/// How often the configuration and the files that it names are looked at: they are small, and a ConfigMap's volume follows only within a minute.
const PERIOD: Duration = Duration::from_secs(5);

/// Makes the named plugins ready, and again whenever the configuration changes or it is time to ask registries what their tags mean.
pub async fn keep_up(store: Arc<Store>, started: AgentConfiguration, path: Option<PathBuf>, metrics: Arc<Metrics>) -> ! {
    let mut current = started.clone();
    warm_up(&store).await;
    let mut warmed = Instant::now();
    let (mut known, mut complaint) = (contents(&current, path.as_ref()), String::new());
    loop {
        sleep(PERIOD).await;
        let now = contents(&current, path.as_ref());
        if now != known {
            match reload(&current, path.clone()) {
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
                    warmed = Instant::now();
                    complaint.clear();
                    warm_up(&store).await;
                }
                // Files that are being replaced are whole a moment later; it is said once.
                Err(error) if error != complaint => {
                    warn!(error, "the configuration has changed and cannot be used; what was read before holds");
                    metrics.reloaded(false);
                    complaint = error;
                }
                Err(_) => {}
            }
        } else if warmed.elapsed() >= current.registries.refresh {
            warmed = Instant::now();
            warm_up(&store).await;
        }
    }
}

type Reloaded = (AgentConfiguration, podweave_plugin_store::settings::Settings);

fn reload(current: &AgentConfiguration, path: Option<PathBuf>) -> Result<Reloaded, String> {
    let read = AgentConfiguration::load_with(path.as_deref(), Some(current.node_name.clone())).map_err(|error| error.to_string())?;
    let settings = settings(&read).map_err(|error| error.to_string())?;
    Ok((read, settings))
}

/// The configuration and the files that it names, as they are now.
fn contents(configuration: &AgentConfiguration, path: Option<&PathBuf>) -> Vec<Option<Vec<u8>>> {
    let own = path.cloned().unwrap_or_else(|| crate::configuration::DEFAULT_PATH.into());
    std::iter::once(own).chain(configuration.files()).map(|file| std::fs::read(file).ok()).collect()
}

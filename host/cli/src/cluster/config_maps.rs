//! Reads ConfigMaps from a cluster, once or with a watch.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use podweave_api_server::ApiServer;
use podweave_config_maps::changes::Changes;
use podweave_config_maps::source::{FailureKind, Read, Source as _};
use podweave_config_maps::{ConfigMaps, NamespacedName, Options, PodIdentity, Want};
use podweave_core::config_map::ConfigMap;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::config_maps_named;
use crate::messages;

/// The timeout for a ConfigMap.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// The pause before the next attempt if the API server asks to retry later but does not say when.
const PATIENCE: Duration = Duration::from_millis(500);

/// The result of a read: the ConfigMap, its absence, or an error.
pub type Answer = Result<Option<Arc<ConfigMap>>, String>;

/// Reads ConfigMaps.
pub struct Reader {
    api_server: Arc<ApiServer>,
    following: Option<Following>,
}

/// A manager that watches them, and its latest answers.
struct Following {
    manager: ConfigMaps,
    /// The changes, and one that was only partly processed.
    changes: tokio::sync::Mutex<(Changes, Option<NamespacedName>)>,
    last: Mutex<BTreeMap<NamespacedName, Answer>>,
}

impl Reader {
    /// Creates a reader that reads each time, or one that watches the ConfigMaps that it was asked for.
    pub fn new(api_server: Arc<ApiServer>, follow: bool) -> Self {
        let following = follow.then(|| {
            let manager = ConfigMaps::new(api_server.clone(), Options::default());
            Following {
                changes: (manager.changes(), None).into(),
                manager,
                last: Mutex::default(),
            }
        });
        Self {
            api_server,
            following,
        }
    }

    /// Reads all of these at the same time.
    pub async fn read(&self, names: BTreeSet<NamespacedName>) -> BTreeMap<NamespacedName, Answer> {
        let Some(following) = &self.following else {
            let mut reads = JoinSet::new();
            for name in names {
                let api_server = self.api_server.clone();
                reads.spawn(async move { (once(&api_server, &name).await, name) });
            }
            return reads
                .join_all()
                .await
                .into_iter()
                .map(|(answer, name)| (name, answer))
                .collect();
        };
        let answers = following.read(names).await;
        following
            .last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone_from(&answers);
        answers
    }

    /// Waits until one of the ConfigMaps that were read last has changed; forever without a watch.
    pub async fn changed(&self) {
        let Some(following) = &self.following else {
            return std::future::pending().await;
        };
        let mut changes = following.changes.lock().await;
        let (changes, pending) = &mut *changes;
        loop {
            let name = match pending.take() {
                Some(name) => name,
                None => changes.next().await,
            };
            // Dropping this future loses no change.
            let name = pending.insert(name);
            let last = following
                .last
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get(name)
                .cloned();
            let (now, _) = followed(&following.manager, name, Duration::ZERO).await;
            *pending = None;
            // The changes include those that the last read has already seen.
            if last.is_some_and(|last| last != now) {
                return;
            }
        }
    }
}

impl Following {
    async fn read(&self, names: BTreeSet<NamespacedName>) -> BTreeMap<NamespacedName, Answer> {
        self.manager.register(command(), names.iter().cloned());
        let mut reads = JoinSet::new();
        for name in names {
            let manager = self.manager.clone();
            reads.spawn(async move { (followed(&manager, &name, DEADLINE).await, name) });
        }
        let mut stale = BTreeMap::<_, (BTreeSet<_>, Duration)>::new();
        let mut answers = BTreeMap::new();
        for ((answer, unconfirmed), name) in reads.join_all().await {
            if let Some((reason, age)) = unconfirmed {
                let (names, oldest) = stale.entry(reason).or_default();
                names.insert(name.clone());
                *oldest = age.max(*oldest);
            }
            answers.insert(name, answer);
        }
        for (reason, (names, age)) in stale {
            messages::warning(&format!(
                "cannot watch {}, which may be up to {} s old: {reason}",
                config_maps_named(&names),
                age.as_secs()
            ));
        }
        answers
    }
}

/// The identity under which this command registers ConfigMaps, as a pod would.
fn command() -> PodIdentity {
    PodIdentity {
        namespace: String::new(),
        name: "podweave render".to_owned(),
        uid: String::new(),
    }
}

/// Converts the manager's answer to a ConfigMap, with the reason why it may be stale and its age.
async fn followed(
    manager: &ConfigMaps,
    name: &NamespacedName,
    within: Duration,
) -> (Answer, Option<(String, Duration)>) {
    match manager
        .get(
            &name.namespace,
            &name.name,
            Want {
                within,
                max_age: None,
            },
        )
        .await
    {
        Ok(answer) => (
            Ok(answer.config_map().cloned()),
            answer
                .failure()
                .map(|failure| (failure.to_string(), answer.age())),
        ),
        Err(error) => (Err(error.reason()), None),
    }
}

async fn once(api_server: &ApiServer, name: &NamespacedName) -> Answer {
    let deadline = Instant::now() + DEADLINE;
    loop {
        match timeout_at(deadline, api_server.get(name, Read::Quorum)).await {
            Ok(Ok(object)) => return Ok(object.map(|object| object.config_map)),
            Ok(Err(error)) => {
                let next = Instant::now() + error.retry_after.unwrap_or(PATIENCE);
                if error.kind != FailureKind::Busy || next >= deadline {
                    return Err(error.to_string());
                }
                sleep_until(next).await;
            }
            Err(_) => {
                return Err(format!(
                    "no answer from the API server in {} s",
                    DEADLINE.as_secs()
                ));
            }
        }
    }
}

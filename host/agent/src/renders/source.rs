//! Provides the ConfigMaps of one render: from the manager or, while it cannot answer, as they were recorded
//! for the pod. Notes what was read, so that a later check can find out whether it has changed.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;
use podweave_config_maps::{PodConfigMaps, Want};
use podweave_core::config_map::ConfigMap;
use podweave_pipeline::{ConfigMapSource, SourceError};

use super::attempt::Input;
use crate::records::{Record, RecordedConfigMap};

/// The recorded ConfigMaps of a pod: their content, and when it was last confirmed.
#[derive(Debug, Clone, Default)]
pub struct Recorded(Vec<RecordedConfigMap>);

impl Recorded {
    /// Creates it from the ConfigMaps of a record.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        Self(record.config_maps.clone())
    }

    fn find(&self, namespace: &str, name: &str) -> Option<&RecordedConfigMap> {
        self.0
            .iter()
            .find(|recorded| recorded.namespace == namespace && recorded.name == name)
    }
}

/// Answers for one pod.
pub(super) struct Source {
    pub registered: PodConfigMaps,
    pub recorded: Option<Arc<Recorded>>,
    pub want: Want,
    seen: Mutex<Vec<Input>>,
}

impl Source {
    pub fn new(registered: PodConfigMaps, recorded: Option<Arc<Recorded>>, want: Want) -> Self {
        Self {
            registered,
            recorded,
            want,
            seen: Mutex::default(),
        }
    }

    /// Returns what was read so far.
    pub fn inputs(&self) -> Vec<Input> {
        self.seen.lock().clone()
    }

    /// Returns a ConfigMap as it is now, or as it was when it was last confirmed.
    pub async fn read(&self, namespace: &str, name: &str) -> Result<Input, SourceError> {
        let error = match self.registered.get(namespace, name, self.want).await {
            Ok(answer) => {
                let as_of = before(answer.age());
                return Ok(Input {
                    namespace: namespace.to_owned(),
                    name: name.to_owned(),
                    seen: answer.config_map().cloned(),
                    as_of,
                });
            }
            Err(error) => error,
        };
        match self
            .recorded
            .as_ref()
            .and_then(|recorded| recorded.find(namespace, name))
        {
            Some(recorded) if error.is_for_want_of_an_answer() && self.is_young(recorded.as_of) => {
                Ok(Input {
                    namespace: namespace.to_owned(),
                    name: name.to_owned(),
                    seen: recorded.config_map.clone(),
                    as_of: recorded.as_of,
                })
            }
            _ => Err(SourceError(error.reason())),
        }
    }

    /// Whether a ConfigMap is unchanged.
    pub async fn still_has(&self, input: &Input) -> bool {
        self.read(&input.namespace, &input.name)
            .await
            .is_ok_and(|now| input.is_same(&now.seen))
    }

    fn is_young(&self, as_of: SystemTime) -> bool {
        // If the clock was set back, the age is zero instead of an error.
        let age = SystemTime::now().duration_since(as_of).unwrap_or_default();
        self.want.max_age.is_none_or(|max_age| age <= max_age)
    }
}

/// Returns the time that long ago.
pub(super) fn before(age: Duration) -> SystemTime {
    SystemTime::now()
        .checked_sub(age)
        .unwrap_or(SystemTime::UNIX_EPOCH)
}

impl ConfigMapSource for Source {
    async fn get(&self, namespace: &str, name: &str) -> Result<Option<Arc<ConfigMap>>, SourceError> {
        let input = self.read(namespace, name).await?;
        let seen = input.seen.clone();
        self.seen.lock().push(input);
        Ok(seen)
    }
}

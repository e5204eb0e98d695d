//! A source of ConfigMaps that the test controls.

use std::collections::BTreeMap;
use std::sync::Mutex;

use futures_util::future::{BoxFuture, pending};
use podweave_config_maps::NamespacedName;
use podweave_config_maps::object::{Object, ResourceVersion};
use podweave_config_maps::source::{Event, FailureKind, Observer, Read, Source, SourceError, Start};
use tokio::sync::watch;
use tokio::time::Instant;

/// A source with the ConfigMaps that the test sets.
#[derive(Default)]
pub struct TestSource {
    pub config_maps: Mutex<BTreeMap<String, Object>>,
    pub state: Mutex<SourceState>,
    pub version: Mutex<u64>,
    /// Wakes the watches.
    pub changed: watch::Sender<()>,
}

#[derive(Clone, Copy, Default)]
pub enum SourceState {
    #[default]
    Answers,
    Fails,
    Hangs,
}

impl Source for TestSource {
    fn get<'a>(
        &'a self,
        name: &'a NamespacedName,
        _read: Read,
    ) -> BoxFuture<'a, Result<Option<Object>, SourceError>> {
        Box::pin(async move {
            let state = *self.state.lock().unwrap();
            match state {
                SourceState::Answers => Ok(self.config_maps.lock().unwrap().get(&name.name).cloned()),
                SourceState::Fails => Err(SourceError::new(
                    FailureKind::Unreachable,
                    "the API server is away",
                )),
                SourceState::Hangs => pending().await,
            }
        })
    }

    fn watch<'a>(
        &'a self,
        name: &'a NamespacedName,
        _: Start,
        observe: &'a mut Observer<'_>,
    ) -> BoxFuture<'a, Result<(), SourceError>> {
        Box::pin(async move {
            let mut changed = self.changed.subscribe();
            let (object, at) = self.current(name).await?;
            let mut reported = object.as_ref().map(|object| object.resource_version);
            let _ = observe(Event::Current {
                object,
                at: Some(at),
                sent: Instant::now(),
            });
            let _ = observe(Event::Live);
            // The sender lives as long as the source.
            while changed.changed().await.is_ok() {
                let (object, at) = self.current(name).await?;
                let event = match object {
                    Some(object) if Some(object.resource_version) != reported => Event::Applied(object),
                    None if reported.is_some() => Event::Deleted(at),
                    _ => continue,
                };
                reported = match &event {
                    Event::Applied(object) => Some(object.resource_version),
                    _ => None,
                };
                let _ = observe(event);
            }
            Ok(())
        })
    }
}

impl TestSource {
    /// What the API server has now, and the version of everything.
    async fn current(&self, name: &NamespacedName) -> Result<(Option<Object>, ResourceVersion), SourceError> {
        let object = self.get(name, Read::Quorum).await?;
        Ok((object, ResourceVersion(*self.version.lock().unwrap())))
    }
}

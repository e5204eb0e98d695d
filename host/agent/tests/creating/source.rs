//! A source of ConfigMaps that the test controls.

use std::collections::BTreeMap;
use std::sync::Mutex;

use futures_util::future::{BoxFuture, pending};
use podweave_config_maps::NamespacedName;
use podweave_config_maps::object::Object;
use podweave_config_maps::source::{FailureKind, Observer, Read, Source, SourceError, Start};

/// A source with the ConfigMaps that the test sets.
#[derive(Default)]
pub struct TestSource {
    pub config_maps: Mutex<BTreeMap<String, Object>>,
    pub state: Mutex<SourceState>,
    pub version: Mutex<u64>,
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
        _: &'a NamespacedName,
        _: Start,
        _: &'a mut Observer<'_>,
    ) -> BoxFuture<'a, Result<(), SourceError>> {
        Box::pin(pending())
    }
}

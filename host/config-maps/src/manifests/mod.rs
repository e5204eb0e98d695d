//! Serves ConfigMaps from manifests: given as such, or on disk ([`files`]).

pub mod files;

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use parking_lot::{Mutex, MutexGuard};
use podweave_core::manifest::Manifests;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::object::{Object, ResourceVersion};
use crate::source::{Event, Observer, Read, Source, SourceError, Start};
use podweave_core::identity::NamespacedName;

/// A source of ConfigMaps from manifests. Newer manifests can replace them; watchers get the differences.
pub struct ManifestSource {
    state: Mutex<State>,
    version: watch::Sender<u64>,
}

/// Versions count the replacements, as revisions of a store do.
#[derive(Default)]
struct State {
    objects: HashMap<NamespacedName, Object>,
    deleted: HashMap<NamespacedName, ResourceVersion>,
    version: u64,
}

impl ManifestSource {
    /// Creates a source of these manifests' ConfigMaps.
    #[must_use]
    pub fn new(manifests: &Manifests) -> Self {
        let source = Self {
            state: Mutex::default(),
            version: watch::Sender::new(0),
        };
        source.replace(manifests);
        source
    }

    /// Replaces all ConfigMaps by those of newer manifests. Unchanged ones keep their version.
    pub fn replace(&self, manifests: &Manifests) {
        let mut state = self.state();
        state.version += 1;
        let version = ResourceVersion(state.version);
        let mut objects = HashMap::new();
        for (config_map, notes) in manifests.config_maps_with_notes() {
            let name = NamespacedName::new(&config_map.namespace, &config_map.name);
            let before = state.objects.remove(&name);
            // Manifests have no UID; the version of its creation identifies an object.
            let uid = before.as_ref().map_or_else(
                || format!("manifest-{version}").into(),
                |before| Arc::clone(&before.uid),
            );
            let now = Object::new(Arc::clone(config_map), uid, version).with_notes(notes.clone());
            let object = before.filter(|before| {
                (&before.config_map, &before.hold, &before.writer)
                    == (&now.config_map, &now.hold, &now.writer)
            });
            let object = object.unwrap_or(now);
            state.deleted.remove(&name);
            objects.insert(name, object);
        }
        let gone = std::mem::replace(&mut state.objects, objects);
        state.deleted.extend(gone.into_keys().map(|name| (name, version)));
        drop(state);
        self.version.send_replace(version.0);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Returns the event that a watcher of a ConfigMap has to get after a version.
    fn event_after(&self, name: &NamespacedName, told: ResourceVersion) -> Option<Event> {
        let state = self.state();
        match (state.objects.get(name), state.deleted.get(name)) {
            (Some(object), _) if object.resource_version > told => Some(Event::Applied(object.clone())),
            (None, Some(version)) if *version > told => Some(Event::Deleted(*version)),
            _ => None,
        }
    }
}

impl Source for ManifestSource {
    fn get<'a>(
        &'a self,
        name: &'a NamespacedName,
        _: Read,
    ) -> BoxFuture<'a, Result<Option<Object>, SourceError>> {
        async { Ok(self.state().objects.get(name).cloned()) }.boxed()
    }

    fn watch<'a>(
        &'a self,
        name: &'a NamespacedName,
        start: Start,
        observe: &'a mut Observer<'_>,
    ) -> BoxFuture<'a, Result<(), SourceError>> {
        async move {
            let mut version = self.version.subscribe();
            let mut told = match start {
                Start::After(version) => version,
                Start::Fresh => {
                    let (object, at) = {
                        let state = self.state();
                        (state.objects.get(name).cloned(), ResourceVersion(state.version))
                    };
                    if observe(Event::Current {
                        object,
                        at: Some(at),
                        sent: Instant::now(),
                    })
                    .is_break()
                    {
                        return Ok(());
                    }
                    at
                }
            };
            if observe(Event::Live).is_break() {
                return Ok(());
            }
            loop {
                if let Some(event) = self.event_after(name, told) {
                    told = match &event {
                        Event::Deleted(version) => *version,
                        Event::Applied(object) => object.resource_version,
                        Event::Current { .. } | Event::Live | Event::Bookmark(_) => told,
                    };
                    if observe(event).is_break() {
                        return Ok(());
                    }
                }
                if version.changed().await.is_err() {
                    return Ok(());
                }
            }
        }
        .boxed()
    }
}

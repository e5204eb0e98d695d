//! A store with a registry that the test controls.

mod registry;
mod signer;

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use podweave_core::digest::Digest;
use podweave_core::reference::PluginReference;
use podweave_plugin_store::ArtifactStore;
use podweave_plugin_store::CodeCache;
use podweave_plugin_store::settings::Settings;
use podweave_plugin_store::{BuiltIn, Event, ReadyPlugin, Request, Store, StoreError, StoreParts};
use podweave_sandbox::compile::{CompileLimits, Compiler};
use podweave_sandbox::{Allocation, Sandbox};

pub use registry::TestRegistry;
pub use signer::Signer;

/// A reference to a plugin in the test's registry.
pub const REFERENCE: &str = "registry.test/acme/web:1";

/// The size of a file that is not a component, in bytes.
const TINY: usize = 1024;

/// A component.
#[derive(Clone)]
pub struct Component {
    pub bytes: Vec<u8>,
    pub digest: Digest,
}

impl Component {
    fn of(bytes: Vec<u8>) -> Self {
        Self {
            digest: Digest::of(&bytes),
            bytes,
        }
    }
}

/// A real plugin.
pub fn handlebars() -> Component {
    Component::of(BuiltIn::find("handlebars").unwrap().component.to_vec())
}

/// The same plugin with other bytes: it has an additional custom section.
pub fn other() -> Component {
    let mut bytes = handlebars().bytes;
    bytes.extend_from_slice(&[0, 6, 5, b'o', b't', b'h', b'e', b'r']);
    Component::of(bytes)
}

/// A file that is quickly refused, since it is not a component; 0 is a real plugin.
pub fn tiny(number: usize) -> Component {
    if number == 0 {
        return handlebars();
    }
    let mut bytes = format!("no component {number}").into_bytes();
    bytes.resize(TINY, b' ');
    Component::of(bytes)
}

pub fn reference(text: &str) -> PluginReference {
    PluginReference::parse(text).unwrap()
}

/// A store, its registry, and the events that it has reported.
pub struct Bench {
    pub store: Store,
    pub registry: Arc<TestRegistry>,
    directory: Arc<tempfile::TempDir>,
    component_bytes: u64,
    events: Arc<Mutex<Vec<String>>>,
}

impl Bench {
    pub fn new() -> Self {
        Self::over(
            Arc::new(tempfile::tempdir().unwrap()),
            Arc::default(),
            1 << 30,
            Arc::default(),
        )
    }

    /// A store with room for one real plugin and this many tiny ones.
    pub fn bounded(tiny: usize) -> Self {
        let bytes = handlebars().bytes.len() + tiny * TINY;
        Self::over(
            Arc::new(tempfile::tempdir().unwrap()),
            Arc::default(),
            bytes as u64,
            Arc::default(),
        )
    }

    fn over(
        directory: Arc<tempfile::TempDir>,
        registry: Arc<TestRegistry>,
        component_bytes: u64,
        events: Arc<Mutex<Vec<String>>>,
    ) -> Self {
        let told = Arc::clone(&events);
        let store = Store::new(StoreParts {
            sandbox: Arc::new(Sandbox::new(Allocation::OnDemand).unwrap()),
            compiler: Compiler::new(
                env!("CARGO_BIN_EXE_podweave-compile-for-store").into(),
                Vec::new(),
                CompileLimits::default(),
            ),
            compilations: 1,
            cache: CodeCache::new(directory.path().join("code")),
            artifacts: ArtifactStore::bounded(directory.path().join("plugins"), component_bytes),
            registry: Arc::clone(&registry) as _,
            observer: Arc::new(move |event: &Event<'_>| told.lock().unwrap().push(described(event))),
        });
        Self {
            store,
            registry,
            directory,
            component_bytes,
            events,
        }
    }

    /// Like another process with the same directories and settings.
    pub fn another_process(&self) -> Self {
        self.another_process_with(Settings::clone(&self.store.settings()))
    }

    pub fn another_process_with(&self, settings: Settings) -> Self {
        let other = Self::over(
            Arc::clone(&self.directory),
            Arc::clone(&self.registry),
            self.component_bytes,
            Arc::clone(&self.events),
        );
        other.store.configure(settings);
        other
    }

    /// Requests a plugin for a new pod in the namespace `shop`.
    pub async fn plugin(&self, name: &str) -> Result<ReadyPlugin, Arc<StoreError>> {
        self.store.plugin(&Request::new(&reference(name), "shop")).await
    }

    /// The reported events whose text begins like this.
    pub fn told(&self, beginning: &str) -> Vec<String> {
        self.events
            .lock()
            .unwrap()
            .iter()
            .filter(|event| event.starts_with(beginning))
            .cloned()
            .collect()
    }

    fn files(&self, below: &str) -> Vec<PathBuf> {
        let entries = |path: &Path| {
            fs::read_dir(path)
                .into_iter()
                .flatten()
                .map(|entry| entry.unwrap().path())
                .collect::<Vec<_>>()
        };
        entries(&self.directory.path().join(below))
    }

    /// The number of components on disk.
    pub fn components(&self) -> usize {
        self.files("plugins/components").len()
    }

    pub fn damage_components(&self) {
        for path in self.files("plugins/components") {
            OpenOptions::new()
                .append(true)
                .open(path)
                .unwrap()
                .write_all(b"more")
                .unwrap();
        }
    }

    pub fn remove_code(&self) {
        fs::remove_dir_all(self.directory.path().join("code")).unwrap();
    }

    pub fn remove_everything(&self) {
        for below in ["code", "plugins"] {
            fs::remove_dir_all(self.directory.path().join(below)).unwrap();
        }
    }
}

fn described(event: &Event<'_>) -> String {
    match event {
        Event::Compiling { plugin, .. } => format!("compiling {plugin}"),
        Event::LastKnownGood { plugin, .. } => format!("last known good {plugin}"),
        Event::Trusted {
            plugin,
            namespace,
            rule,
            ..
        } => format!("trusted {plugin} in {namespace} by {rule}"),
        other => format!("{other:?}"),
    }
}

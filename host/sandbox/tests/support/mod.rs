//! Provides a sandbox, plugins for it, and pods to render for.

#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod contract;
pub mod process;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use podweave_component_build::{Guest, Places, build_in};
use podweave_core::config_map::{ConfigMap, Value};
use podweave_core::digest::Digest;
use podweave_core::inputs::{Bound, Inputs};
use podweave_core::limits::{Limits, Usage};
use podweave_core::outputs::Outputs;
use podweave_core::pod::{Container, Pod};
use podweave_sandbox::compile::{CompileError, CompileLimits, Compiler};
use podweave_sandbox::compiled::CompiledFile;
use podweave_sandbox::{Allocation, LoadError, Outcome, Plugin, RenderError, Sandbox};

/// The memory of all renders of a sandbox, as on a node: less than one render may take.
const NODE_MEMORY: usize = 48 << 20;

/// A sandbox with everything that tests change in it.
pub struct Bench {
    pub sandbox: Sandbox,
    pub limits: Limits,
    pub directory: tempfile::TempDir,
}

impl Bench {
    pub fn on_demand() -> Self {
        Self::with(Sandbox::new(Allocation::OnDemand).unwrap())
    }

    pub fn pooling() -> Self {
        Self::with(
            Sandbox::new(Allocation::Pooling { slots: 4 })
                .unwrap()
                .with_memory(NODE_MEMORY),
        )
    }

    /// Returns one as on a laptop and one as on a node: a plugin must not see the difference.
    pub fn both() -> [Self; 2] {
        [Self::on_demand(), Self::pooling()]
    }

    fn with(sandbox: Sandbox) -> Self {
        let limits = Limits::default();
        Self {
            sandbox,
            limits,
            directory: tempfile::tempdir().unwrap(),
        }
    }

    /// The path of the file with a component's code.
    pub fn code_path(&self, component: &[u8]) -> PathBuf {
        self.directory
            .path()
            .join(format!("{}.cwasm", Digest::of(component).hex()))
    }

    /// Compiles a component in a child process, as the store does.
    pub fn compile(&self, component: &[u8], limits: CompileLimits) -> Result<CompiledFile, CompileError> {
        let path = self.code_path(component);
        let mut file = std::fs::OpenOptions::new()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(&path)
            .unwrap();
        let program = PathBuf::from(env!("CARGO_BIN_EXE_podweave-compile"));
        block_on(Compiler::new(program, Vec::new(), limits).compile(component, file.try_clone().unwrap()))?;
        let key = self.sandbox.code_key(Digest::of(component));
        CompiledFile::seal(&mut file, &key).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        Ok(CompiledFile::check(file, &key).unwrap())
    }

    pub fn load(&self, component: &[u8]) -> Result<Plugin, LoadError> {
        let file = self.compile(component, CompileLimits::default()).unwrap();
        self.sandbox.load(&file)
    }

    pub fn attacker(&self) -> Plugin {
        self.load(attacker(Guest::Bare)).unwrap()
    }

    pub fn attacker_with_wasi(&self) -> Plugin {
        self.load(attacker(Guest::Wasi)).unwrap()
    }

    /// Renders with an attack as parameters.
    pub fn attack(&self, plugin: &Plugin, attack: &serde_json::Value) -> Outcome {
        self.render(plugin, inputs(pod(), settings(), attack))
    }

    pub fn render(&self, plugin: &Plugin, inputs: Inputs) -> Outcome {
        block_on(
            self.sandbox
                .render(plugin, inputs, &Arc::new(self.limits.clone()), Usage::default()),
        )
    }

    /// Returns the error of an attack, and checks that the next render works.
    pub fn error_of(&self, plugin: &Plugin, attack: &serde_json::Value) -> RenderError {
        let error = self
            .attack(plugin, attack)
            .result
            .expect_err("the attack ends in an error");
        let next = self.attack(plugin, &serde_json::json!({ "attack": "none" }));
        assert_eq!(
            variable(&next.result.expect("the next render works"), "RENDERED"),
            "yes"
        );
        error
    }
}

/// Builds a plugin from the text of a core module, whose `render` is the export
/// "podweave:plugin/renderer@0.1.0#render".
pub fn plugin_of_module(text: &str) -> Vec<u8> {
    let (resolve, package) = contract::current();
    let world = resolve.select_world(&[package], Some("plugin")).unwrap();
    let mut module = wat::parse_str(text).unwrap();
    wit_component::embed_component_metadata(
        &mut module,
        &resolve,
        world,
        wit_component::StringEncoding::UTF8,
    )
    .unwrap();
    wit_component::ComponentEncoder::default()
        .module(&module)
        .unwrap()
        .encode()
        .unwrap()
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

pub fn variable(outputs: &Outputs, name: &str) -> String {
    outputs
        .env_values()
        .get(name)
        .unwrap_or_else(|| panic!("{name} is set"))
        .text
        .clone()
}

/// Builds the attacking plugin from source, once for each process; cargo keeps it between processes.
pub fn attacker(guest: Guest) -> &'static [u8] {
    static BARE: OnceLock<Vec<u8>> = OnceLock::new();
    static WASI: OnceLock<Vec<u8>> = OnceLock::new();
    let built = match guest {
        Guest::Bare => &BARE,
        Guest::Wasi => &WASI,
    };
    built.get_or_init(|| {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .canonicalize()
            .unwrap();
        let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let out = tempfile::tempdir_in(temporary).unwrap();
        // The build scripts' guests are beside "tmp".
        let target = temporary.with_file_name("guests");
        let places = Places {
            workspace,
            target,
            out: out.path().to_owned(),
            cargo: env!("CARGO").into(),
            guest,
        };
        let (components, _) =
            build_in(&places, &["podweave-attacker"]).unwrap_or_else(|error| panic!("{error}"));
        std::fs::read(&components[0].path).unwrap()
    })
}

pub fn pod() -> Pod {
    let container = Container {
        name: "web".to_owned(),
        image: "web:1".to_owned(),
        command: Some(vec!["/web".to_owned()]),
        ..Container::default()
    };
    Pod {
        namespace: "shop".to_owned(),
        manifest_name: "web".to_owned(),
        service_account: "default".to_owned(),
        containers: vec![container],
        ..Pod::default()
    }
}

pub fn settings() -> ConfigMap {
    ConfigMap::new("shop", "settings").with("key", Value::text("value"))
}

pub fn inputs(pod: Pod, settings: ConfigMap, params: &serde_json::Value) -> Inputs {
    let identity = format!("{}/{}", settings.namespace, settings.name);
    let bound = Bound {
        alias: "settings".to_owned(),
        identity,
        config_map: Some(Arc::new(settings)),
    };
    Inputs::new(Arc::new(pod), 0, vec![bound], params.to_string().into())
}

pub fn texts<const N: usize>(entries: [(&str, &str); N]) -> BTreeMap<String, String> {
    entries
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

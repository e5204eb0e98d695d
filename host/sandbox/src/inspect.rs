//! What a component is: its world, its imports and exports, and what the sandbox would refuse of it.

use podweave_core::digest::Digest;
use podweave_core::text;
use wasmtime::Engine;
use wasmtime::component::types::{Component as ComponentType, ComponentItem, Type};

use crate::bindings::{ABOUT, CONTRACT_VERSION, RENDERER};
use crate::compiled::CompiledFile;
use crate::engine::Sandbox;

/// The functions of the contract, by interface, as the host serves them.
const CONTRACT: [(&str, &[&str]); 3] = [
    (
        "podweave:plugin/inputs",
        &[
            "config-maps",
            "keys",
            "require",
            "find",
            "require-bytes",
            "find-bytes",
            "params",
            "pod-name",
            "pod-uid",
            "node-name",
            "pod-namespace",
            "service-account",
            "container-name",
            "image",
            "label",
            "annotation",
            "node-label",
            "command",
            "args",
            "port",
            "resource-request",
            "resource-limit",
        ],
    ),
    ("podweave:plugin/outputs", &["env", "expand-env", "append-arg", "replace-args", "file", "file-bytes", "file-mode"]),
    ("podweave:plugin/log", &["debug", "info", "warn", "error"]),
];

/// The WASI packages of which the sandbox has a deterministic form.
const WASI: [&str; 6] = ["wasi:cli/", "wasi:clocks/", "wasi:filesystem/", "wasi:io/", "wasi:random/", "wasi:sockets/"];

/// What a component shows of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// The digest of the component.
    pub digest: Digest,
    /// The component's size in bytes.
    pub size: usize,
    /// The version of the contract that it was built against; `None` if it is no podweave plugin.
    pub contract: Option<String>,
    /// `plugin` or `described-plugin`; `None` if it is no podweave plugin.
    pub world: Option<&'static str>,
    /// What it imports, with the functions it uses.
    pub imports: Vec<Interface>,
    /// What it exports.
    pub exports: Vec<Interface>,
    /// What the sandbox would refuse, and why; empty if it would run.
    pub refused: Vec<String>,
}

/// An interface that a component imports or exports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// `package:name/interface@version`.
    pub name: String,
    /// Its functions, as far as the component uses them.
    pub functions: Vec<String>,
}

impl Sandbox {
    /// Looks at compiled code without running it.
    ///
    /// # Errors
    /// The code is not this engine's.
    pub fn inspect(&self, file: &CompiledFile, digest: Digest, size: usize) -> Result<Inspection, crate::LoadError> {
        let component = file.load(&self.engine).map_err(|error| crate::LoadError::Code { reason: format!("{error:#}") })?;
        let kind = component.component_type();
        let imports: Vec<Interface> = kind.imports(&self.engine).map(|(name, item)| interface(&self.engine, name, &item.ty)).collect();
        let exports: Vec<Interface> = kind.exports(&self.engine).map(|(name, item)| interface(&self.engine, name, &item.ty)).collect();
        let exported = |wanted: &str| exports.iter().find(|export| base(&export.name) == base(wanted));
        let contract = exported(RENDERER).and_then(|export| export.name.rsplit_once('@')).map(|(_, version)| version.to_owned());
        let world = contract.is_some().then(|| if exported(ABOUT).is_some() { "described-plugin" } else { "plugin" });
        let refused = match self.load(file, digest) {
            Ok(_) => Vec::new(),
            Err(crate::LoadError::Imports { imports, .. }) => imports,
            Err(error) => vec![error.to_string()],
        };
        Ok(Inspection { digest, size, contract, world, imports, exports, refused })
    }
}

fn base(name: &str) -> &str {
    name.split('@').next().unwrap_or(name)
}

fn interface(engine: &Engine, name: &str, item: &ComponentItem) -> Interface {
    let functions = match item {
        ComponentItem::ComponentInstance(instance) => instance
            .exports(engine)
            .filter(|(_, item)| matches!(item.ty, ComponentItem::ComponentFunc(_)))
            .map(|(name, _)| text::printable(name, 100))
            .collect(),
        _ => Vec::new(),
    };
    Interface { name: text::printable(name, 200), functions }
}

/// Whether a component imports any of WASI, so that it gets the deterministic one.
pub(crate) fn imports_wasi(engine: &Engine, component: &ComponentType) -> bool {
    component.imports(engine).any(|(name, _)| name.starts_with("wasi:"))
}

/// What a component imports that the sandbox does not give, each with the reason.
pub(crate) fn import_problems(engine: &Engine, component: &ComponentType) -> Vec<String> {
    component.imports(engine).flat_map(|(name, item)| problems_of(&interface(engine, name, &item.ty))).collect()
}

fn problems_of(import: &Interface) -> Vec<String> {
    let shown = text::quoted(&import.name);
    if WASI.iter().any(|package| import.name.starts_with(package)) {
        return Vec::new();
    }
    let Some((_, functions)) = CONTRACT.iter().find(|(name, _)| *name == base(&import.name)) else {
        let reason = if import.name.starts_with("wasi:") { "a plugin has no such access" } else { "podweave does not know it" };
        return vec![format!("{shown} ({reason})")];
    };
    let version = import.name.rsplit_once('@').map_or("", |(_, version)| version);
    if !is_compatible(version) {
        return vec![format!("{shown} (this podweave serves {CONTRACT_VERSION})")];
    }
    import
        .functions
        .iter()
        .filter(|function| !functions.contains(&function.as_str()))
        .map(|function| format!("{shown} function {}", text::quoted(function)))
        .collect()
}

/// Why the exported renderer cannot be called; the types of imports are checked when they are linked.
pub(crate) fn renderer_problem(engine: &Engine, component: &ComponentType) -> Option<&'static str> {
    let Some(ComponentItem::ComponentInstance(renderer)) = component.get_export(engine, RENDERER).map(|export| export.ty) else {
        return Some("it is not an interface");
    };
    let Some(ComponentItem::ComponentFunc(render)) = renderer.get_export(engine, "render").map(|export| export.ty) else {
        return Some("it has no function render");
    };
    let mut results = render.results();
    let (result, more) = (results.next(), results.next());
    let failure = match result {
        Some(Type::Result(result)) if more.is_none() && result.ok().is_none() && render.params().len() == 0 => result.err(),
        _ => None,
    };
    match failure {
        Some(Type::Variant(failure)) if failure.cases().map(|case| case.name).eq(["invalid-value", "invalid-params", "other"]) => None,
        _ => Some("render is not of the type func() -> result<_, failure>"),
    }
}

/// Whether the host's version can stand for this one: before 1.0.0 those with the same minor version can.
fn is_compatible(version: &str) -> bool {
    let minor = |version: &str| version.rsplit_once('.').map(|(minor, _)| minor.to_owned());
    minor(version) == minor(CONTRACT_VERSION)
}

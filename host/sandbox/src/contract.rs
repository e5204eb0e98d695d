//! Knows which contract the host serves, and what a component needs beyond it, according to
//! `docs/compatibility.md`.

use podweave_core::text;
use wasmtime::Engine;
use wasmtime::component::types::{Component as ComponentType, ComponentInstance, ComponentItem, Type};

use crate::bindings::{CONTRACT_VERSION, RENDERER};
use crate::interface::{Interface, interface};

/// The functions of the contract, by interface, that the host serves.
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
    (
        "podweave:plugin/outputs",
        &[
            "env",
            "expand-env",
            "append-arg",
            "replace-args",
            "file",
            "file-bytes",
            "file-mode",
        ],
    ),
    ("podweave:plugin/log", &["debug", "info", "warn", "error"]),
];

/// The WASI packages that the sandbox implements deterministically.
const WASI: [&str; 6] = [
    "wasi:cli/",
    "wasi:clocks/",
    "wasi:filesystem/",
    "wasi:io/",
    "wasi:random/",
    "wasi:sockets/",
];

/// What a component imports that the host does not provide.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unmet {
    /// Each import, with the reason.
    pub imports: Vec<String>,
    /// The version of the contract that a podweave would have to serve; `None` if something else is missing.
    pub contract: Option<String>,
}

/// The name of an interface without its version.
pub(crate) fn base(name: &str) -> &str {
    name.split('@').next().unwrap_or(name)
}

fn version_of(name: &str) -> &str {
    name.rsplit_once('@').map_or("", |(_, version)| version)
}

/// Whether a component imports any part of WASI, so that it gets the deterministic one.
pub(crate) fn imports_wasi(engine: &Engine, component: &ComponentType) -> bool {
    component
        .imports(engine)
        .any(|(name, _)| name.starts_with("wasi:"))
}

/// Finds what a component imports that the sandbox does not provide; `None` if it provides everything.
pub(crate) fn unmet_imports(engine: &Engine, component: &ComponentType) -> Option<Unmet> {
    let mut unmet = Unmet {
        imports: Vec::new(),
        contract: None,
    };
    for (name, item) in component.imports(engine) {
        let import = interface(engine, name, &item.ty);
        let problems = problems_of(&import);
        if !problems.is_empty() && is_of_the_contract(&import.name) {
            unmet
                .contract
                .get_or_insert_with(|| version_of(&import.name).to_owned());
        }
        unmet.imports.extend(problems);
    }
    (!unmet.imports.is_empty()).then_some(unmet)
}

fn problems_of(import: &Interface) -> Vec<String> {
    let shown = text::quoted(&import.name);
    if WASI.iter().any(|package| import.name.starts_with(package)) {
        return Vec::new();
    }
    let functions = CONTRACT
        .iter()
        .find(|(name, _)| *name == base(&import.name))
        .map(|(_, functions)| *functions);
    if is_of_the_contract(&import.name) && !is_compatible(version_of(&import.name)) {
        return vec![format!("{shown} (this podweave serves {CONTRACT_VERSION})")];
    }
    let Some(functions) = functions else {
        let reason = if import.name.starts_with("wasi:") {
            "a plugin has no such access"
        } else {
            "podweave does not know it"
        };
        return vec![format!("{shown} ({reason})")];
    };
    import
        .functions
        .iter()
        .filter(|function| !functions.contains(&function.as_str()))
        .map(|function| format!("{shown} function {}", text::quoted(function)))
        .collect()
}

fn is_of_the_contract(name: &str) -> bool {
    base(name).starts_with("podweave:plugin/")
}

/// Says what to do about a plugin of a contract version that the host does not serve, or not completely.
pub(crate) fn remedy(version: &str) -> String {
    let shown = text::printable(version, 50);
    match (numbers(version), numbers(CONTRACT_VERSION)) {
        (Some(wanted), Some(served)) if wanted > served => format!(
            "It needs a podweave that serves contract {shown}, and this one serves {CONTRACT_VERSION}: use a newer podweave (docs/compatibility.md says \
             which), or build the plugin with the WIT of contract {CONTRACT_VERSION}"
        ),
        (Some(wanted), Some(served)) if wanted < served => {
            format!(
                "This podweave no longer serves contract {shown}: rebuild the plugin with the WIT of contract {CONTRACT_VERSION}"
            )
        }
        _ => format!(
            "No podweave has served that as contract {shown}: build the plugin with the WIT of contract {CONTRACT_VERSION}"
        ),
    }
}

/// Returns the contract version whose renderer a component exports, if the host does not serve that version.
pub(crate) fn other_renderer<'a>(exports: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    exports
        .into_iter()
        .filter(|name| base(name) == base(RENDERER))
        .map(version_of)
        .find(|version| !is_compatible(version))
}

/// Says why the exported renderer cannot be called; the types of imports are checked when they are linked.
pub(crate) fn renderer_problem(engine: &Engine, component: &ComponentType) -> Option<&'static str> {
    // Look it up by a compatible name, as wasmtime does when it is called.
    let renderer = component
        .exports(engine)
        .find(|(name, _)| base(name) == base(RENDERER) && is_compatible(version_of(name)));
    let Some((_, ComponentItem::ComponentInstance(renderer))) =
        renderer.map(|(name, export)| (name, export.ty))
    else {
        return Some("it is not an interface");
    };
    if is_render(engine, &renderer) {
        None
    } else {
        Some("it has no function render of the type func() -> result<_, failure>")
    }
}

fn is_render(engine: &Engine, renderer: &ComponentInstance) -> bool {
    let Some(ComponentItem::ComponentFunc(render)) =
        renderer.get_export(engine, "render").map(|export| export.ty)
    else {
        return false;
    };
    let mut results = render.results();
    match (results.next(), results.next()) {
        (Some(Type::Result(result)), None) if render.params().len() == 0 && result.ok().is_none() => {
            result.err().is_some_and(|failure| is_failure(&failure))
        }
        _ => false,
    }
}

fn is_failure(failure: &Type) -> bool {
    let Type::Variant(failure) = failure else {
        return false;
    };
    let is_record = |case: Option<&Type>, names: &[&str]| match case {
        Some(Type::Record(record)) => {
            record.fields().all(|field| field.ty == Type::String)
                && record.fields().map(|field| field.name).eq(names.iter().copied())
        }
        _ => false,
    };
    let cases: Vec<(&str, Option<Type>)> = failure.cases().map(|case| (case.name, case.ty)).collect();
    match cases.as_slice() {
        [
            ("invalid-value", value),
            ("invalid-params", params),
            ("other", Some(Type::String)),
        ] => {
            is_record(value.as_ref(), &["config-map", "key", "message"])
                && is_record(params.as_ref(), &["path", "message"])
        }
        _ => false,
    }
}

/// Whether the host's version can replace this one: before 1.0.0 a version with the same minor version can.
fn is_compatible(version: &str) -> bool {
    match (numbers(version), numbers(CONTRACT_VERSION)) {
        (Some([major, minor, _]), Some([served_major, served_minor, _])) => {
            (major, minor) == (served_major, served_minor)
        }
        _ => false,
    }
}

/// Parses a version; `None` if it is invalid or not a release.
fn numbers(version: &str) -> Option<[u64; 3]> {
    let mut parts = version.split('.').map(|part| part.parse::<u64>().ok());
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

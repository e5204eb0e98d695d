//! Makes components of core modules, so that authors do not need wasm-tools.

use std::fs;
use std::path::Path;

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wasmparser::{Parser, Payload};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::{BuildError, WORLD};

/// Makes a component of a module that contains the types of wit-bindgen. WASI preview 1 (such as a C
/// library's standard input and output) is adapted only if the module uses it.
pub fn of_module(path: &Path, module: &[u8]) -> Result<Vec<u8>, BuildError> {
    let encode = || {
        ComponentEncoder::default()
            .module(module)?
            .adapter(
                WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
                WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
            )?
            .validate(true)
            .encode()
    };
    encode().map_err(|error| BuildError::Component {
        module: path.to_owned(),
        reason: format!("{error:#}"),
    })
}

/// Makes a component of a module without types. They are taken from the WIT file of its bindings.
pub fn of_module_with_wit(path: &Path, wit: &Path) -> Result<Vec<u8>, BuildError> {
    let mut module = fs::read(path).map_err(|cause| BuildError::file(path, cause))?;
    let text = fs::read_to_string(wit).map_err(|cause| BuildError::file(wit, cause))?;
    let mut embed = || {
        let mut resolve = Resolve::default();
        let package = resolve.push_str(wit, &text)?;
        let world = resolve.select_world(&[package], Some(WORLD))?;
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
    };
    embed().map_err(|error| BuildError::Component {
        module: path.to_owned(),
        reason: format!("{error:#}"),
    })?;
    of_module(path, &module)
}

/// Whether a component imports WASI.
pub fn imports_wasi(component: &[u8]) -> Result<bool, BuildError> {
    let unreadable = |error: wasmparser::BinaryReaderError| BuildError::Component {
        module: "the component".into(),
        reason: error.to_string(),
    };
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(unreadable)? {
            // Skip nested components and modules, which import from each other.
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(imports) if depth == 0 => {
                for import in imports {
                    if import.map_err(unreadable)?.name.name.starts_with("wasi:") {
                        return Ok(true);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(false)
}

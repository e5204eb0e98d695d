//! Checks that the host serves all of `wit/plugin.wit` and nothing else.

mod support;

use std::collections::BTreeSet;

use podweave_sandbox::compile::CompileLimits;
use support::{Bench, contract};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Function, IndexMap, Resolve, WorldItem};

/// Builds a component that imports every function of the contract, from the WIT itself.
fn plugin_that_imports_everything() -> Vec<u8> {
    let (resolve, package) = contract::current();
    let world = resolve
        .select_world(&[package], Some("described-plugin"))
        .unwrap();
    let mut imports = String::new();
    let mut exports = String::new();
    for (key, item) in &resolve.worlds[world].imports {
        for (name, function) in functions(&resolve, item) {
            imports += &format!(
                "(import {:?} {name:?} (func {}))\n",
                resolve.name_world_key(key),
                signature(&resolve, AbiVariant::GuestImport, function)
            );
        }
    }
    for (key, item) in &resolve.worlds[world].exports {
        for (name, function) in functions(&resolve, item) {
            let name = format!("{}#{name}", resolve.name_world_key(key));
            exports += &format!(
                "(func (export {name:?}) {} unreachable)\n",
                signature(&resolve, AbiVariant::GuestExport, function)
            );
        }
    }
    let text = format!(
        "(module\n{imports}(memory (export \"memory\") 1)\n\
         (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) unreachable)\n{exports})"
    );
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

fn functions<'a>(resolve: &'a Resolve, item: &WorldItem) -> &'a IndexMap<String, Function> {
    let WorldItem::Interface { id, .. } = item else {
        panic!("the contract consists of interfaces")
    };
    &resolve.interfaces[*id].functions
}

/// A function's core signature, as text.
fn signature(resolve: &Resolve, variant: AbiVariant, function: &Function) -> String {
    let types = |types: &[WasmType]| -> String {
        let name = |wasm_type: &WasmType| match wasm_type {
            WasmType::I64 | WasmType::PointerOrI64 => " i64",
            WasmType::F32 => " f32",
            WasmType::F64 => " f64",
            WasmType::I32 | WasmType::Pointer | WasmType::Length => " i32",
        };
        types.iter().map(name).collect()
    };
    let signature = resolve.wasm_signature(variant, function);
    format!(
        "(param{}) (result{})",
        types(&signature.params),
        types(&signature.results)
    )
}

#[test]
fn every_function_of_the_wit_is_served() {
    let bench = Bench::on_demand();
    let component = plugin_that_imports_everything();
    let file = bench.compile(&component, CompileLimits::default()).unwrap();
    let inspection = bench.sandbox.inspect(&file, component.len()).unwrap();
    assert_eq!(inspection.refused, Vec::<String>::new());
    let imported: BTreeSet<(String, String)> = inspection
        .imports
        .iter()
        .flat_map(|import| {
            import
                .functions
                .iter()
                .map(|function| (import.name.clone(), function.clone()))
        })
        .collect();
    let (resolve, _) = contract::current();
    let declared: BTreeSet<(String, String)> = ["inputs", "outputs", "log"]
        .into_iter()
        .flat_map(|name| {
            let (_, interface) = resolve
                .interfaces
                .iter()
                .find(|(_, interface)| interface.name.as_deref() == Some(name))
                .unwrap();
            interface
                .functions
                .keys()
                .map(move |function| (format!("podweave:plugin/{name}@0.1.0"), function.clone()))
        })
        .collect();
    assert_eq!(imported, declared);
}

#[test]
fn every_item_of_the_wit_is_documented() {
    let (resolve, _) = contract::current();
    for (_, interface) in resolve.interfaces.iter() {
        let name = interface.name.clone().unwrap_or_default();
        assert!(interface.docs.contents.is_some(), "interface {name}");
        for (function, item) in &interface.functions {
            assert!(item.docs.contents.is_some(), "{name}.{function}");
        }
        for (kind, id) in &interface.types {
            assert!(resolve.types[*id].docs.contents.is_some(), "{name}.{kind}");
        }
    }
}

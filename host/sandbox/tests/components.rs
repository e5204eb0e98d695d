//! Checks components that are not plugins, are for another host, or try to harm the compiler.

mod support;

use std::time::Duration;

use podweave_component_build::Guest;
use podweave_sandbox::compile::{CompileError, CompileLimits, Compiler};
use podweave_sandbox::{LoadError, RenderError};
use serde_json::json;
use support::{Bench, attacker, plugin_of_module};

fn compile_error(component: &[u8]) -> CompileError {
    Bench::on_demand()
        .compile(component, CompileLimits::default())
        .expect_err("it does not compile")
}

fn load_error(text: &str) -> LoadError {
    let component = wat::parse_str(text).unwrap();
    let [laptop, node] = Bench::both().map(|bench| bench.load(&component).err().expect("it does not load"));
    assert_eq!(laptop, node);
    laptop
}

#[test]
fn a_core_module_is_refused_with_the_remedy() {
    let error = compile_error(&wat::parse_str("(module)").unwrap()).to_string();
    assert!(
        error.contains("core Wasm module") && error.contains("wasm-tools component new"),
        "{error}"
    );
}

#[test]
fn bytes_that_are_not_wasm_are_refused_as_such() {
    for bytes in [&b""[..], b"\0as", b"#!/bin/sh\n", b"\0asm\x0d\0\x01"] {
        assert!(
            matches!(compile_error(bytes), CompileError::NotAComponent(_)),
            "{bytes:?}"
        );
    }
}

#[test]
fn a_truncated_component_is_not_valid() {
    let component = attacker(Guest::Bare);
    let error = compile_error(&component[..component.len() / 2]);
    assert!(matches!(error, CompileError::Invalid { .. }), "{error}");
}

#[test]
fn a_component_over_the_limit_is_not_given_to_the_compiler() {
    let limits = CompileLimits {
        component_bytes: 1000,
        ..CompileLimits::default()
    };
    let error = Bench::on_demand()
        .compile(attacker(Guest::Bare), limits)
        .unwrap_err();
    assert!(
        matches!(error, CompileError::TooLarge { limit: 1000, .. }),
        "{error}"
    );
}

/// A valid component whose one function takes a compiler very long: each of its many loops carries each of
/// its many locals.
fn explosive(locals: usize, loops: usize) -> Vec<u8> {
    let declared = "(local i64)".repeat(locals);
    let changed: String = (0..locals)
        .map(|local| {
            format!(
                "(local.set {local} (i64.add (local.get {local}) (local.get {})))",
                (local + 1) % locals
            )
        })
        .collect();
    let turn = format!("(loop {changed} (br_if 0 (i64.eqz (local.get 0))))");
    let text = format!(
        "(component (core module (func (export \"f\") {declared} {})))",
        turn.repeat(loops)
    );
    wat::parse_str(text).unwrap()
}

#[test]
fn a_compilation_that_takes_too_long_is_ended() {
    let limits = CompileLimits {
        time: Duration::from_secs(1),
        ..CompileLimits::default()
    };
    let error = Bench::on_demand()
        .compile(&explosive(1000, 400), limits)
        .unwrap_err();
    assert!(matches!(error, CompileError::Time { .. }), "{error}");
    assert!(error.to_string().contains("longer than 1 s"), "{error}");
}

#[test]
fn a_compilation_that_takes_too_much_memory_is_ended() {
    let limits = CompileLimits {
        memory_bytes: 192 * 1024 * 1024,
        ..CompileLimits::default()
    };
    let error = Bench::on_demand()
        .compile(&explosive(1000, 400), limits)
        .unwrap_err();
    assert!(matches!(error, CompileError::Memory { .. }), "{error}");
}

#[test]
fn a_killed_compilation_is_not_reported_as_too_slow() {
    let end = |script: &str| {
        let compiler = Compiler::new(
            "/bin/sh".into(),
            vec!["-c".into(), script.into()],
            CompileLimits::default(),
        );
        support::block_on(compiler.compile(attacker(Guest::Bare), tempfile::tempfile().unwrap())).unwrap_err()
    };
    let killed = end("kill -KILL $$");
    assert!(
        matches!(killed, CompileError::Killed { .. })
            && killed.to_string().contains("because memory ran out"),
        "{killed}"
    );
    assert!(
        matches!(end("kill -XCPU $$"), CompileError::Time { .. }),
        "this is its own limit of CPU time"
    );
}

#[test]
fn compilations_share_the_container_memory_that_is_not_reserved() {
    const MIB: u64 = 1 << 20;
    let memory = |container, reserved, compilations| {
        CompileLimits::in_container(container, reserved, compilations).memory_bytes
    };
    assert_eq!(memory(None, 0, 1), 2048 * MIB, "there is no container");
    assert_eq!(memory(Some(1 << 62), 0, 4), 2048 * MIB, "it has more than enough");
    assert_eq!(memory(Some(1024 * MIB), 448 * MIB, 1), 576 * MIB);
    assert_eq!(memory(Some(4096 * MIB), 96 * MIB, 4), 1000 * MIB);
    assert_eq!(
        memory(Some(256 * MIB), 448 * MIB, 1),
        256 * MIB,
        "with less, nothing compiles"
    );
}

#[test]
fn a_component_without_the_renderer_is_not_a_plugin() {
    let error = load_error(
        r#"(component (core module $m (func (export "f"))) (core instance $i (instantiate $m)) (func (export "other") (canon lift (core func $i "f"))))"#,
    );
    assert!(
        matches!(&error, LoadError::NoRenderer { exports } if exports.contains("other")),
        "{error}"
    );
}

const RENDERER_OF_OTHER_TYPES: &str = r#"(component
    (core module $m (func (export "f")))
    (core instance $i (instantiate $m))
    (func $f (canon lift (core func $i "f")))
    (instance (export "podweave:plugin/renderer@0.1.0") (export "render" (func $f))))"#;

#[test]
fn a_renderer_of_other_types_is_refused() {
    let error = load_error(RENDERER_OF_OTHER_TYPES);
    assert!(matches!(error, LoadError::Contract { .. }), "{error}");
}

#[test]
fn imports_that_the_sandbox_does_not_provide_are_named() {
    let error = load_error(r#"(component (import "wasi:http/outgoing-handler@0.2.3" (instance)) (import "acme:secrets/store" (instance)))"#).to_string();
    assert!(
        error.contains("wasi:http/outgoing-handler@0.2.3")
            && error.contains("no such access")
            && error.contains("acme:secrets/store"),
        "{error}"
    );
}

const RENDER: &str = r#"(func (export "podweave:plugin/renderer@0.1.0#render") (result i32) (i32.const 0))"#;

#[test]
fn many_memories_are_summed() {
    for bench in Bench::both() {
        // Each is far below 64 MiB; all of them together are not.
        let few = plugin_of_module(&format!(
            r#"(module (memory (export "memory") 1) {} {RENDER})"#,
            "(memory 320)".repeat(3)
        ));
        let many = plugin_of_module(&format!(
            r#"(module (memory (export "memory") 1) {} {RENDER})"#,
            "(memory 400)".repeat(3)
        ));
        assert!(
            bench
                .attack(&bench.load(&few).unwrap(), &json!({}))
                .result
                .is_ok()
        );
        let error = bench
            .attack(&bench.load(&many).unwrap(), &json!({}))
            .result
            .unwrap_err();
        assert_eq!(
            error,
            RenderError::Memory {
                limit: 64 * 1024 * 1024
            }
        );
    }
}

#[test]
fn tables_are_memory_too() {
    let component = plugin_of_module(&format!(
        r#"(module (memory (export "memory") 1) {} {RENDER})"#,
        "(table 65536 funcref)".repeat(10)
    ));
    for mut bench in Bench::both() {
        bench.limits.memory_bytes = 4 << 20;
        let error = bench
            .attack(&bench.load(&component).unwrap(), &json!({}))
            .result
            .unwrap_err();
        assert_eq!(error, RenderError::Memory { limit: 4 << 20 });
    }
}

#[test]
fn recursion_without_a_stack_in_memory_is_a_stack_overflow() {
    for bench in Bench::both() {
        let component = plugin_of_module(
            r#"(module (memory (export "memory") 1) (func $deeper (param i32) (result i32) (i32.add (i32.const 1) (call $deeper (local.get 0))))
            (func (export "podweave:plugin/renderer@0.1.0#render") (result i32) (call $deeper (i32.const 0))))"#,
        );
        let error = bench
            .attack(&bench.load(&component).unwrap(), &json!({}))
            .result
            .unwrap_err();
        assert!(
            matches!(&error, RenderError::Trap(trap) if trap.reason.contains("stack")),
            "{error}"
        );
    }
}

#[test]
fn an_inspection_shows_world_contract_and_functions() {
    for bench in Bench::both() {
        let component = attacker(Guest::Bare);
        let file = bench.compile(component, CompileLimits::default()).unwrap();
        let inspection = bench.sandbox.inspect(&file, component.len()).unwrap();
        assert_eq!(
            (inspection.world, inspection.contract.as_deref()),
            (Some("described-plugin"), Some("0.1.0"))
        );
        let inputs = inspection
            .imports
            .iter()
            .find(|import| import.name.starts_with("podweave:plugin/inputs"))
            .unwrap();
        assert!(inputs.functions.contains(&"require".to_owned()));
        assert!(inspection.refused.is_empty());
        assert!(
            !inspection
                .imports
                .iter()
                .any(|import| import.name.starts_with("wasi:")),
            "a bare guest imports no WASI"
        );
    }
}

#[test]
fn a_plugin_describes_itself_without_inputs() {
    for bench in Bench::both() {
        let description = support::block_on(
            bench
                .sandbox
                .describe(&bench.attacker(), &std::sync::Arc::new(bench.limits.clone())),
        )
        .unwrap()
        .unwrap();
        let description: serde_json::Value = serde_json::from_str(&description).unwrap();
        assert_eq!(description["name"], "podweave-attacker");
    }
}

#[test]
fn code_of_one_allocation_runs_under_the_other() {
    let (on_demand, pooling) = (Bench::on_demand(), Bench::pooling());
    assert_eq!(on_demand.sandbox.engine_id(), pooling.sandbox.engine_id());
    let file = on_demand
        .compile(attacker(Guest::Bare), CompileLimits::default())
        .unwrap();
    let plugin = pooling.sandbox.load(&file).unwrap();
    assert!(
        pooling
            .attack(&plugin, &json!({ "attack": "none" }))
            .result
            .is_ok()
    );
}

//! Checks the limits of components: the same on a laptop and on a node, with the same words.

mod support;

use podweave_core::component_limits::{CORE_INSTANCES, INITIALIZER_BYTES, MEMORIES, TABLE_ELEMENTS, TABLES};
use podweave_sandbox::compile::{CompileError, CompileLimits};
use podweave_sandbox::{LoadError, RenderError};
use serde_json::json;
use support::{Bench, plugin_of_module};

/// A component that instantiates a core module so many times.
fn instances(module: &str, count: usize) -> String {
    format!(
        "(component (core module $m {module}) {})",
        "(core instance (instantiate $m))".repeat(count)
    )
}

/// Returns why a component is refused, the same everywhere; `None` if it is accepted.
fn refusal(text: &str) -> Option<String> {
    let component = wat::parse_str(text).unwrap();
    let [laptop, node] =
        Bench::both().map(
            |bench| match bench.compile(&component, CompileLimits::default()) {
                Err(error @ CompileError::Limits { .. }) => Some(error.to_string()),
                Err(error) => panic!("{error}"),
                Ok(file) => {
                    let error = bench.sandbox.load(&file).err().expect("it is not a plugin");
                    assert!(
                        matches!(error, LoadError::NoRenderer { .. }),
                        "the engine accepts it: {error}"
                    );
                    None
                }
            },
        );
    assert_eq!(laptop, node);
    laptop
}

#[track_caller]
fn is_refused(text: &str, words: &str) {
    let refusal = refusal(text).expect("it is refused");
    assert!(
        refusal.contains(words) && refusal.contains("docs/contract.md") && !refusal.contains("pooling"),
        "{refusal}"
    );
}

#[track_caller]
fn is_taken(text: &str) {
    assert_eq!(refusal(text), None);
}

#[test]
fn core_instances_are_counted() {
    is_taken(&instances("", CORE_INSTANCES.most));
    is_refused(
        &instances("", CORE_INSTANCES.most + 1),
        "65 core module instances",
    );
}

#[test]
fn memories_are_counted_over_all_instances_and_in_one() {
    is_taken(&instances("(memory 1)", MEMORIES.most));
    is_refused(
        &instances("(memory 1)", MEMORIES.most + 1),
        "5 Wasm linear memories",
    );
    is_taken(&instances(&"(memory 1)".repeat(MEMORIES.most), 1));
    is_refused(
        &instances(&"(memory 1)".repeat(MEMORIES.most + 1), 1),
        "memories count of 5",
    );
}

#[test]
fn tables_are_counted_over_all_instances_and_in_one() {
    is_taken(&instances("(table 1 funcref)", TABLES.most));
    is_refused(&instances("(table 1 funcref)", TABLES.most + 1), "17 tables");
    is_taken(&instances(&"(table 1 funcref)".repeat(TABLES.most), 1));
    is_refused(
        &instances(&"(table 1 funcref)".repeat(TABLES.most + 1), 1),
        "tables count of 17",
    );
}

#[test]
fn a_table_has_a_largest_size() {
    is_taken(&instances(&format!("(table {} funcref)", TABLE_ELEMENTS.most), 1));
    is_refused(
        &instances(&format!("(table {} funcref)", TABLE_ELEMENTS.most + 1), 1),
        "65537",
    );
}

#[test]
fn the_bookkeeping_of_all_instances_is_summed() {
    // 5 bytes each in the component, and 16 in the host's memory.
    let globals = "(global i32 (i32.const 0))".repeat(100_000);
    is_taken(&instances(&globals, 2));
    is_refused(
        &instances(&globals, 3),
        "exceeds the configured maximum of 4194304 bytes",
    );
}

#[test]
fn initial_values_are_limited_for_each_module() {
    let elements = |count: usize| {
        format!(
            "(table {} funcref) (func $f) (elem (i32.const 0) func {})",
            TABLE_ELEMENTS.most,
            "$f ".repeat(count)
        )
    };
    is_taken(&instances(&elements(TABLE_ELEMENTS.most), 1));
    is_refused(
        &instances(&elements(INITIALIZER_BYTES.most), 1),
        "the initial values of a core module",
    );
    let data = "(data (i32.add (i32.const 0) (i32.const 0)) \"\")".repeat(INITIALIZER_BYTES.most / 6 + 1);
    is_refused(
        &instances(&format!("(memory 1) {data}"), 1),
        "the initial values of a core module",
    );
    is_taken(&instances("(memory 800) (data (i32.const 0) \"some\")", 1));
}

#[test]
fn very_many_globals_are_refused_on_demand_too() {
    is_refused(
        &instances(&"(global v128 (v128.const i64x2 0 0))".repeat(250_000), 31),
        "the initial values of a core module (5.0 MiB)",
    );
}

#[test]
fn a_table_that_grows_beyond_the_limit_ends_the_render() {
    let plugin = |elements: usize| {
        plugin_of_module(&format!(
            r#"(module (memory (export "memory") 1) (table $t 1 funcref)
                (func (export "podweave:plugin/renderer@0.1.0#render") (result i32)
                    (drop (table.grow $t (ref.null func) (i32.const {elements}))) (i32.const 0)))"#
        ))
    };
    for bench in Bench::both() {
        let render = |elements: usize| {
            bench
                .attack(&bench.load(&plugin(elements)).unwrap(), &json!({}))
                .result
        };
        assert!(render(TABLE_ELEMENTS.most - 1).is_ok());
        assert_eq!(
            render(TABLE_ELEMENTS.most).unwrap_err(),
            RenderError::TableElements
        );
    }
}

#[test]
fn too_large_initial_memory_is_refused_with_the_same_words() {
    let plugin = plugin_of_module(
        r#"(module (memory (export "memory") 1025)
            (func (export "podweave:plugin/renderer@0.1.0#render") (result i32) (i32.const 0)))"#,
    );
    for mut bench in Bench::both() {
        let loaded = bench.load(&plugin).unwrap();
        assert_eq!(
            bench.attack(&loaded, &json!({})).result.unwrap_err(),
            RenderError::Memory { limit: 64 << 20 }
        );
        bench.limits.memory_bytes = 128 << 20;
        assert!(
            bench.attack(&loaded, &json!({})).result.is_ok(),
            "a plugin can be given more"
        );
    }
}

#[test]
fn the_time_limit_includes_instantiation() {
    let plugin = plugin_of_module(
        r#"(module (memory (export "memory") 1) (func $forever (loop (br 0))) (start $forever)
            (func (export "podweave:plugin/renderer@0.1.0#render") (result i32) (i32.const 0)))"#,
    );
    for bench in Bench::both() {
        let error = bench
            .attack(&bench.load(&plugin).unwrap(), &json!({}))
            .result
            .unwrap_err();
        assert!(matches!(error, RenderError::Time { .. }), "{error}");
    }
}

#[test]
fn an_inspection_shows_how_much_of_each_limit_is_taken() {
    let bench = Bench::on_demand();
    let component = wat::parse_str(instances("(memory 1) (table 7 funcref) (table 3 funcref)", 2)).unwrap();
    let file = bench.compile(&component, CompileLimits::default()).unwrap();
    let takes = bench.sandbox.inspect(&file, component.len()).unwrap().takes;
    let shown: Vec<_> = takes
        .iter()
        .map(|taken| (taken.limit.name, taken.amount))
        .collect();
    assert_eq!(
        shown,
        [("memories", 2), ("tables", 4), ("elements of a table", 7)]
    );
}

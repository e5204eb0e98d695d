//! Checks the table of limits: what it says, what one plugin's own limits become, and what a plugin may set.

use std::sync::Arc;
use std::time::Duration;

use podweave_core::allowed_outputs::AllowedOutputs;
use podweave_core::component_limits::{self, ComponentLimit};
use podweave_core::limits::{Limits, MAX_MEMORY_BYTES, Usage};
use podweave_core::pattern::Pattern;
use podweave_core::terms::Terms;
use podweave_core::text::human_size;

/// As docs/contract.md has them for plugin authors: a change of one is a change of the contract.
const COMPONENT_LIMITS: [(&str, &str); 6] = [
    ("core instances", "64"),
    ("memories", "4"),
    ("tables", "16"),
    ("elements of a table", "65536"),
    ("bookkeeping of all instances", "4 MiB"),
    ("initial values of a core module", "512 KiB"),
];

#[test]
fn component_limits_are_those_that_are_promised() {
    let shown: Vec<(&str, String)> = component_limits::ALL
        .iter()
        .map(|limit| (limit.name, limit.shown()))
        .collect();
    let promised: Vec<(&str, String)> = COMPONENT_LIMITS
        .iter()
        .map(|(name, shown)| (*name, (*shown).to_owned()))
        .collect();
    assert_eq!(shown, promised);
    assert_eq!(component_limits::MEMORIES.count(), 4);
    assert_eq!(human_size(MAX_MEMORY_BYTES), "4 GiB", "what a 32-bit memory has");
    assert_eq!(component_limits::TABLES.show(17), "17");
    assert_eq!(component_limits::INSTANCE_BYTES.show(1536), "1.5 KiB");
    let large = ComponentLimit {
        most: usize::MAX,
        ..component_limits::TABLES
    };
    assert_eq!(large.count(), u32::MAX);
}

#[test]
fn sizes_are_shown_in_the_largest_unit_that_they_fill() {
    const UNITS: [(usize, &str); 9] = [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (1536, "1.5 KiB"),
        (1 << 20, "1 MiB"),
        (64 << 20, "64 MiB"),
        (1 << 30, "1 GiB"),
        (1 << 40, "1024 GiB"),
        (3 << 39, "1536 GiB"),
    ];
    for (bytes, shown) in UNITS {
        assert_eq!(human_size(bytes), shown);
    }
}

fn container() -> Arc<Limits> {
    Arc::new(Limits {
        memory_bytes: 1000,
        time: Duration::from_millis(1000),
        copied_bytes: 1000,
        file_bytes: 1000,
        log_bytes: 1000,
        ..Limits::default()
    })
}

#[test]
fn each_limit_of_a_plugin_counts_from_its_own_render() {
    let used = Usage {
        time: Duration::from_millis(10),
        copied_bytes: 20,
        file_bytes: 30,
        files: 40,
        log_bytes: 50,
    };
    let terms = Terms {
        memory_bytes: Some(100),
        time: Some(Duration::from_millis(100)),
        copied_bytes: Some(100),
        file_bytes: Some(100),
        log_bytes: Some(100),
        outputs: AllowedOutputs {
            args: false,
            ..AllowedOutputs::default()
        },
    };
    let limits = terms.within(&container(), &used);
    let expected = Limits {
        memory_bytes: 100,
        time: Duration::from_millis(110),
        copied_bytes: 120,
        file_bytes: 130,
        log_bytes: 150,
        outputs: terms.outputs.clone(),
        ..Limits::clone(&container())
    };
    assert_eq!(*limits, expected);
}

#[test]
fn a_plugin_never_gets_more_than_its_container() {
    let terms = Terms {
        memory_bytes: Some(usize::MAX),
        time: Some(Duration::MAX),
        copied_bytes: Some(usize::MAX),
        file_bytes: Some(usize::MAX),
        log_bytes: Some(usize::MAX),
        outputs: AllowedOutputs::default(),
    };
    let used = Usage {
        time: Duration::from_millis(999),
        copied_bytes: 999,
        file_bytes: 999,
        files: 999,
        log_bytes: 999,
    };
    assert_eq!(*terms.within(&container(), &used), *container());
}

#[test]
fn only_listed_outputs_are_allowed_where_there_is_a_list() {
    let list = |pattern: &str| Some(Arc::from([Pattern::parse(pattern).unwrap()]));
    let any = AllowedOutputs::default();
    let some = AllowedOutputs {
        env: list("APP_*"),
        args: true,
        files: list("conf.d/*"),
    };
    let none = AllowedOutputs {
        env: Some(Arc::from([])),
        args: false,
        files: Some(Arc::from([])),
    };
    let allows = |outputs: &AllowedOutputs| {
        (
            outputs.allows_env("APP_PORT"),
            outputs.allows_env("PATH"),
            outputs.allows_file("conf.d/a"),
            outputs.allows_file("a"),
        )
    };
    assert_eq!(allows(&any), (true, true, true, true));
    assert_eq!(allows(&some), (true, false, true, false));
    assert_eq!(allows(&none), (false, false, false, false));
}

//! The chart's memory limits cover what its processes may use.

use std::path::Path;

use podweave_agent::configuration::AgentConfiguration;
use podweave_agent::for_tests::plugins::memory_needed;
use podweave_core::yaml;

fn values() -> serde_json::Value {
    yaml::documents(include_str!("../../../deploy/chart/values.yaml"))
        .unwrap()
        .remove(0)
}

/// A quantity such as `512Mi`.
fn bytes(quantity: &str) -> u64 {
    let (number, unit) = quantity.split_at(quantity.len() - 2);
    let shift = match unit {
        "Mi" => 20,
        "Gi" => 30,
        _ => panic!("{quantity}"),
    };
    number.parse::<u64>().unwrap() << shift
}

#[test]
fn the_agents_memory_limit_covers_its_worst_case() {
    let values = values();
    assert_eq!(
        values["agent"]["configuration"],
        serde_json::json!({}),
        "this test is about the defaults"
    );
    let text = "apiVersion: podweave.dev/v1alpha1\nkind: AgentConfiguration\n";
    let configuration = AgentConfiguration::parse(Path::new("agent.yaml"), text).unwrap();
    let limit = values["agent"]["resources"]["limits"]["memory"].as_str().unwrap();
    assert!(
        bytes(limit) >= memory_needed(&configuration),
        "{limit}, and {} MiB are needed",
        memory_needed(&configuration) >> 20
    );
}

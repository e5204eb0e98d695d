//! Checks whether rendered files of running containers follow changes.

use super::finding::Finding;
use crate::configuration::{AgentConfiguration, StrategyName};

const CHECK: &str = "follow";

pub(super) fn judge(configuration: &AgentConfiguration) -> Finding {
    if configuration.effective_follow().is_enabled {
        return Finding::ok(CHECK, "rendered files follow changes of their ConfigMaps");
    }
    let stay = "running containers keep the files that they were created with:";
    let strategy = configuration.config_maps.strategy;
    let name = strategy.name();
    match (configuration.follow.is_enabled, strategy) {
        (true, _) => Finding::warning(
            CHECK,
            format!("{stay} configMaps.strategy is {name}, and the agent notices changes with Watch only"),
            "set configMaps.strategy to Watch in the agent's configuration, and restart the agent",
        ),
        (false, StrategyName::Watch) => Finding::warning(
            CHECK,
            format!("{stay} follow.enabled is false"),
            "set follow.enabled to true in the agent's configuration; it takes effect without a restart",
        ),
        (false, _) => Finding::warning(
            CHECK,
            format!("{stay} follow.enabled is false, and configMaps.strategy is {name}"),
            "set follow.enabled to true and configMaps.strategy to Watch in the agent's configuration, and restart the agent",
        ),
    }
}

//! Checks what the kubelet's managers do not do, or do not promise.

mod followers;
mod gets;
mod never_older;
mod strict;
#[path = "../support/mod.rs"]
mod support;
mod versions;
mod watches;

use std::sync::Arc;

use podweave_config_maps::source::Source;
use podweave_config_maps::{ConfigMaps, Options, Strategy, Want};
use support::*;

fn strict(source: &Arc<TestSource>) -> ConfigMaps {
    ConfigMaps::new(
        Arc::clone(source) as Arc<dyn Source>,
        Options {
            strategy: Strategy::default(),
            strict: true,
        },
    )
}

fn want(within: u64, max_age: Option<u64>) -> Want {
    Want {
        within: seconds(within),
        max_age: max_age.map(seconds),
    }
}

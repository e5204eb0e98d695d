//! `Debug` of the messages whose values may be secret.

use std::fmt::{Debug, Formatter, Result};

use super::{Container, ContainerAdjustment, Hook, KeyValue};

/// The names in `NAME=value`.
fn names(env: &[String]) -> Vec<&str> {
    env.iter()
        .map(|entry| entry.split_once('=').map_or("?", |(name, _)| name))
        .collect()
}

impl Debug for KeyValue {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("KeyValue")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl Debug for Hook {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Hook")
            .field("path", &self.path)
            .field("args", &self.args.len())
            .field("env", &names(&self.env))
            .finish_non_exhaustive()
    }
}

impl Debug for Container {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Container")
            .field("id", &self.id)
            .field("pod_sandbox_id", &self.pod_sandbox_id)
            .field("name", &self.name)
            .field("state", &self.state())
            .field("args", &self.args.len())
            .field("env", &names(&self.env))
            .field("mounts", &self.mounts)
            .finish_non_exhaustive()
    }
}

impl Debug for ContainerAdjustment {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("ContainerAdjustment")
            .field("annotations", &self.annotations.keys())
            .field("env", &self.env)
            .field("args", &self.args.len())
            .field("mounts", &self.mounts)
            .finish_non_exhaustive()
    }
}

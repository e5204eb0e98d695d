//! Reserves paths for one node of this process.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use parking_lot::{Mutex, MutexGuard};

static CLAIMED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A path that is reserved until this is dropped.
pub(crate) struct Claim(PathBuf);

impl Claim {
    /// Fails if another node has the path: of two runtimes that listen at one path, the later would get the
    /// plugins of both.
    pub(crate) fn new(path: &Path) -> Result<Self> {
        if !claimed().insert(path.to_owned()) {
            bail!(
                "another node of this process listens at {}; only one test of a binary can have a node there at a time",
                path.display()
            );
        }
        Ok(Self(path.to_owned()))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        claimed().remove(&self.0);
    }
}

fn claimed() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    // A panic cannot leave the set in an inconsistent state.
    CLAIMED.lock()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_nodes_until_that_node_is_gone() {
        let path = Path::new("/nonexistent/claimed.sock");
        let claim = Claim::new(path).expect("the path is free");
        assert!(Claim::new(path).is_err() && Claim::new(Path::new("/nonexistent/other.sock")).is_ok());
        drop(claim);
        assert!(Claim::new(path).is_ok());
    }
}

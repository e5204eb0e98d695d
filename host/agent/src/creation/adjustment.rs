//! Turns what a container is given into the adjustment that the runtime applies. Pure.

use podweave_nri::{Adjustment, AdjustmentError};

use super::delivery::Delivered;
use crate::mark::FIXED;
use crate::seal;

/// Returns an adjustment that marks the container and changes nothing else.
///
/// # Errors
/// The mark is not valid, which does not happen for podweave's own marks.
pub fn marked(mark: &str) -> Result<Adjustment, AdjustmentError> {
    let mut adjustment = Adjustment::default();
    seal::mark(&mut adjustment, mark)?;
    Ok(adjustment)
}

/// Returns the adjustment for what a container is given.
///
/// # Errors
/// The runtime would not accept it.
pub fn of(delivered: Delivered) -> Result<Adjustment, AdjustmentError> {
    let Delivered {
        completed,
        argv,
        mounts,
        digest,
        fixed,
    } = delivered;
    let mut adjustment = Adjustment::default();
    for (name, value) in &completed.env {
        adjustment.env(name, value)?;
    }
    if let Some(argv) = argv {
        adjustment.args(argv)?;
    }
    for mount in mounts {
        adjustment.mount(mount)?;
    }
    adjustment.annotation(FIXED, &fixed.to_string())?;
    // Last, because the seal covers everything that was set before it.
    seal::mark(&mut adjustment, &digest.to_string())?;
    Ok(adjustment)
}

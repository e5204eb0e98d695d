//! How much memory pods and results may take together.

use podweave_core::text::human_size;

use crate::room::Room;

/// The size up to which a pod always has room, in bytes. An ordinary one takes some kilobytes.
const SMALL_POD: usize = 128 * 1024;

/// The limit of all large pods of a node together, in bytes.
const LARGE_PODS: usize = 64 * 1024 * 1024;

/// The limit of all results and their inputs together, in bytes. Above it, the largest are dropped; they are
/// rendered again when they are needed.
const RESULTS: usize = 32 * 1024 * 1024;

/// The memory of pods, as they were seen.
pub(super) fn of_pods() -> Room {
    Room::new(SMALL_POD, LARGE_PODS)
}

/// The memory of results.
pub(super) fn of_results() -> Room {
    Room::new(0, RESULTS)
}

/// Says why a pod has no room.
pub(super) fn no_room(bytes: usize) -> String {
    format!(
        "its spec and annotations take {} of memory, and all large pods of this node together may take {}; make the pod smaller, or move it to another node",
        human_size(bytes),
        human_size(LARGE_PODS)
    )
}

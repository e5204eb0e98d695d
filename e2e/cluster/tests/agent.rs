//! What pods get on a real node: containerd, a kubelet, and podweave's agent and guard.

mod agent {
    pub mod delivery;
    pub mod examples;
    pub mod fixture;
    pub mod isolation;
    pub mod leftovers;
}

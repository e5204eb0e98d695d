//! Plugins of a real registry on a real node: pulled, trusted by policy, and no burden for others when they are hostile.

mod plugins {
    pub mod policy;
    pub mod scene;
}

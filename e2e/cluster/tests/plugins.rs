//! Plugins of a real registry on a real node: pulled, trusted by policy, and unable to harm others when they
//! are hostile.

mod plugins {
    pub mod policy;
    pub mod scene;
}

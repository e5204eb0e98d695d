//! The admission policies of deploy/install.yaml on a real API server: which pods they change, which they
//! refuse, and which they leave alone.

#[path = "admission/agent.rs"]
mod agent;
#[path = "admission/bindings.rs"]
mod bindings;
#[path = "admission/creation.rs"]
mod creation;
#[path = "admission/fixture.rs"]
mod fixture;
#[path = "admission/updates.rs"]
mod updates;

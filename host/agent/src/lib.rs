//! The node processes. The agent renders for the pods of its node and answers the runtime as containers are created; the guard, a second
//! and much smaller process, refuses every container of an opted-in pod that the agent has not marked.
//!
//! The way through the crate:
//!
//! 1. [`mark`] is what both processes have to agree on: who has opted in, and how a container is marked;
//!    [`seal`] keeps what the agent has set from being changed on its way;
//! 2. [`guard`] is the guard, whole;
//! 3. [`agent`] puts the agent together, as its [`configuration`] says: [`pods`] follows the pods of the node, [`renders`] renders for them,
//!    [`creation`] answers the runtime, [`lifecycle`] removes what pods leave behind and finds what has slipped through;
//! 4. [`volumes`] writes rendered files where containers can mount them, by way of [`directory`]; [`records`]
//!    keeps what it takes to render again;
//! 5. what people see: [`doctor`], [`events`], [`status`] and [`http`] out of [`report`], [`metrics`], [`logging`].
//!
//! Invariant: a container of a pod that has opted in with `block` is answered with its configuration or with an error, never with neither.

pub mod agent;
pub mod configuration;
pub mod creation;
pub mod directory;
pub mod doctor;
pub mod events;
pub mod guard;
pub mod http;
pub mod lifecycle;
pub mod logging;
pub mod mark;
pub mod metrics;
mod path;
pub mod peers;
pub mod plugins;
pub mod pods;
pub mod pull_secrets;
pub mod records;
pub mod renders;
pub mod report;
pub mod seal;
pub mod signals;
pub mod status;
pub mod volumes;

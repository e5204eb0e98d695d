//! Runs the node processes. The agent renders for the pods of its node and answers the runtime when
//! containers are created. The guard, a second and much smaller process, refuses every container of an
//! opted-in pod that the agent has not marked.
//!
//! The way through the crate:
//!
//! 1. [`mark`] has what both processes agree on: who has opted in, and how a container is marked;
//!    `seal` makes later changes of what the agent has set detectable;
//! 2. [`guard`] is the whole guard;
//! 3. [`agent`] starts the agent's parts as its [`configuration`] says, and `assembly` puts them together:
//!    `pods` watches the pods of the node, `renders` renders for them, `creation` answers the runtime,
//!    `follow` replaces the files of running containers when ConfigMaps change, `lifecycle` removes what pods leave behind and finds containers that started without the agent;
//! 4. `volumes` writes rendered files where containers can mount them, through [`directory`]; `records` keeps
//!    what it takes to render again;
//! 5. [`doctor`], `events`, [`status`] and `http` show people the state that `report` and `metrics` collect;
//!    [`logging`] writes the log.
//!
//! Invariant: the answer for a container of a pod that has opted in with `block` is its configuration or an
//! error, never neither.

pub mod agent;
mod assembly;
pub mod configuration;
mod creation;
pub mod directory;
pub mod doctor;
mod events;
mod follow;
#[doc(hidden)]
pub mod for_tests;
pub mod guard;
mod http;
mod lifecycle;
pub mod logging;
pub mod mark;
mod metrics;
mod peers;
mod plugins;
mod pods;
mod pull_secrets;
mod records;
mod renders;
mod report;
mod room;
mod seal;
pub mod signals;
pub mod status;
mod volumes;

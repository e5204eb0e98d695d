//! The node processes. The agent renders for the pods of its node and answers the runtime as containers are created; the guard, a second
//! and much smaller process, refuses every container of an opted-in pod that the agent has not marked.
//!
//! The way through the crate:
//!
//! 1. [`mark`] is what both processes have to agree on: who has opted in, and how a container is marked;
//!    [`seal`] keeps what the agent has set from being changed on its way;
//! 2. [`guard`] is the guard, whole;
//! 3. `volumes` writes rendered files where containers can mount them.
//!
//! Invariant: a container of a pod that has opted in with `block` is answered with its configuration or with an error, never with neither.

pub mod guard;
pub mod logging;
pub mod mark;
pub mod seal;
pub mod signals;

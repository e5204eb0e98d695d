//! The pure core of podweave: reads what a pod asks for, answers what a plugin reads, checks what it sets,
//! and computes what a container gets.
//!
//! The modules follow a render:
//!
//! 1. [`manifest`] reads YAML into [`pod::Pod`]s and [`config_map::ConfigMap`]s;
//! 2. [`binding`] reads a pod's annotations: which plugin renders what for which container,
//!    and [`needs`] lists the ConfigMaps that they need;
//! 3. [`inputs`] answers what a plugin reads, and records each read;
//! 4. [`outputs`] takes what a plugin sets, and refuses what no container can use;
//! 5. [`merge`] makes one [`merge::Rendered`] of the outputs of a container's renders;
//! 6. [`completion`] expands `$(NAME)` when a rendered result is delivered, over the container's
//!    [`own_environment`];
//! 7. [`report`] is the document that the command line prints;
//! 8. [`outline`] keeps of a result what it set, as digests, and [`change`] decides what a newer result means
//!    for the container that has it.
//!
//! What all crates need is here, too: [`identity`], [`text`], and [`backoff`], the one rule for pauses.
//!
//! Invariants: no I/O, no async, no wasmtime, no Kubernetes client. The same input gives the same output,
//! byte for byte, on every machine. No error contains a value of a ConfigMap.

pub mod allowed_outputs;
pub mod annotations;
pub mod api;
pub mod backoff;
pub mod binding;
pub mod budget;
pub mod change;
mod cleaned;
pub mod completion;
pub mod component_limits;
pub mod config_map;
pub mod digest;
pub mod duration;
pub mod expansion;
pub mod facts;
pub mod identity;
pub mod inputs;
pub mod limits;
pub mod manifest;
pub mod merge;
pub mod names;
pub mod needs;
pub mod node;
pub mod notes;
pub mod oci_reference;
pub mod outline;
pub mod outputs;
pub mod own_environment;
pub mod pattern;
mod placement;
pub mod pod;
pub mod quantity;
pub mod reads;
pub mod reference;
pub mod report;
pub mod terms;
pub mod text;
pub mod yaml;

//! Creations of containers, granted and refused: the agent between a runtime and an API server that the test
//! simulates.

mod delivering;
mod following;
mod hostile;
mod node;
mod objects;
mod refusing;
mod restarting;
mod source;

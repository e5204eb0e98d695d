//! What a container gets as it is created, or why it is not: the agent between a runtime and an API server that the test plays.

mod delivering;
mod hostile;
mod node;
mod refusing;
mod restarting;

//! The client against good, broken and hostile registries: each gives a correct result or a clear error,
//! within the limits.

mod authentication;
mod client;
mod errors;
mod hostile;
mod mirrors;
mod pulls;
mod pushes;
mod server;
mod shelf;
mod signatures;
mod tls;
mod tokens;

//! What a registry can do, good and bad, and what comes of it: a right result or a clear error, within the limits.

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

//! Tests the API server's client against an HTTP/2 server that a test controls.

mod client;
mod connections;
mod crowds;
mod failures;
mod notes;
mod opening;
mod reads;
mod room;
mod server;
mod tls;
mod watches;

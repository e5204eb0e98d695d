//! The examples with the real nginx and redis-server, which are started with the rendered configuration and
//! asked over loopback.

mod example;
mod http;
mod nginx;
mod process;
mod program;
mod redis;
mod resp;
mod web_service;

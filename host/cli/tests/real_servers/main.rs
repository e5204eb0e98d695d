//! The examples with the real nginx and redis-server: what was rendered is started and asked over loopback.

mod example;
mod http;
mod nginx;
mod process;
mod program;
mod redis;
mod resp;
mod web_service;

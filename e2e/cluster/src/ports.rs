//! Finds free ports of the loopback interface.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Result, bail};

/// The first port, below Linux's range of ports for outgoing connections. Within that range, a client that
/// connects to a restarting server may get the server's own port: it then talks to itself, and the server
/// cannot listen.
const FIRST: u16 = 20_000;
const COUNT: u16 = 10_000;

/// The number of ports that this process has assigned: concurrent clusters get different ports.
static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| AtomicU16::new(fastrand::u16(..COUNT)));

pub(crate) fn free() -> Result<u16> {
    for _ in 0..COUNT {
        let port = FIRST + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!(
        "no port between {FIRST} and {} is free on 127.0.0.1",
        FIRST + COUNT
    )
}

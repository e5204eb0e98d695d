//! Waits for the signals that ask the node processes to end.

use std::future::Future;
use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Returns a future that completes at the first SIGTERM, which the kubelet sends, or SIGINT (Ctrl-C). Signals
/// are caught from this call on.
///
/// # Errors
///
/// The signal handlers cannot be installed.
pub fn termination() -> io::Result<impl Future<Output = ()> + Send> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

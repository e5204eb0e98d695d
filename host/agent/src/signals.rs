//! How the node processes are asked to end.

use std::future::Future;
use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Done at the first SIGTERM, which the kubelet sends, or SIGINT, which Ctrl-C does. The signals are caught from the call on.
///
/// # Errors
///
/// When the signals cannot be caught.
pub fn termination() -> io::Result<impl Future<Output = ()> + Send> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

//! Answers the runtime's calls: the message with a result or a status, and the count of calls that are not
//! answered yet.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use prost::Message;
use tokio::sync::mpsc;

use crate::dispatch;
use crate::wire::mux::ConnectionId;
use crate::wire::outbound;
use crate::wire::ttrpc::{Kind, Response, ResponseStatus};
use crate::{Code, Error, Status};

/// Bytes to write, and a notification of their end.
pub(crate) type Outgoing = (Vec<u8>, Option<Box<dyn FnOnce() + Send>>);

/// The status with which a handler failed. Only for a method that does not exist it is `Unimplemented`, which
/// the runtime does not take for a failure.
pub(crate) fn of_handler(method: &str, status: Status) -> Status {
    if status.code == Code::Unimplemented && !dispatch::is_known(method) {
        status
    } else {
        status.of_handler()
    }
}

/// Counts a call until its answer is written.
pub(crate) struct Running(Arc<AtomicUsize>);

impl Running {
    pub(crate) fn one_more(running: &Arc<AtomicUsize>) -> Self {
        running.fetch_add(1, Ordering::AcqRel);
        Self(running.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Sends the answer to a call. `written` is called once it is written.
///
/// # Errors
///
/// The connection is gone.
pub(crate) async fn answer(
    out: &mpsc::Sender<Outgoing>,
    stream: u32,
    answer: Result<Vec<u8>, Status>,
    written: Option<Box<dyn FnOnce() + Send>>,
) -> Result<(), Error> {
    let bytes = |status: Option<ResponseStatus>, payload| {
        outbound(
            ConnectionId::PLUGIN,
            stream,
            Kind::Response,
            &Response { status, payload }.encode_to_vec(),
        )
    };
    let fitting = match answer {
        Ok(payload) => bytes(None, payload).or_else(|| {
            bytes(
                Some(
                    Status::new(
                        Code::ResourceExhausted,
                        "the plugin's answer is longer than 4 MiB",
                    )
                    .into_wire(),
                ),
                Vec::new(),
            )
        }),
        Err(status) => bytes(Some(status.into_wire()), Vec::new()),
    };
    out.send((fitting.ok_or(Error::TooLarge)?, written))
        .await
        .map_err(|_| Error::Closed)
}

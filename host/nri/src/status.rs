//! Errors that are sent over the wire.

use crate::wire::ttrpc::ResponseStatus;

/// The maximum length of a message that is sent. It is shown in the pod's status.
const MAX_MESSAGE: usize = 4096;

/// The kind of an error: gRPC's codes, as far as NRI distinguishes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// An unknown error, or none of the others.
    Unknown,
    /// The request is not valid.
    InvalidArgument,
    /// A limit is exhausted.
    ResourceExhausted,
    /// The current state does not allow it.
    FailedPrecondition,
    /// It was aborted. The answer to a call that took too long: not `DeadlineExceeded`, since the runtime
    /// closes a plugin for that code.
    Aborted,
    /// The method does not exist. The runtime falls back to `StateChange` when it gets this, so no handler's
    /// error is sent with it.
    Unimplemented,
    /// A bug.
    Internal,
    /// It cannot be done now, but perhaps later.
    Unavailable,
    /// Another code of gRPC.
    Other(i32),
}

impl Code {
    fn number(self) -> i32 {
        match self {
            Self::Unknown => 2,
            Self::InvalidArgument => 3,
            Self::ResourceExhausted => 8,
            Self::FailedPrecondition => 9,
            Self::Aborted => 10,
            Self::Unimplemented => 12,
            Self::Internal => 13,
            Self::Unavailable => 14,
            Self::Other(number) => number,
        }
    }

    fn of(number: i32) -> Self {
        [
            Self::Unknown,
            Self::InvalidArgument,
            Self::ResourceExhausted,
            Self::FailedPrecondition,
            Self::Aborted,
            Self::Unimplemented,
            Self::Internal,
            Self::Unavailable,
        ]
        .into_iter()
        .find(|code| code.number() == number)
        .unwrap_or(Self::Other(number))
    }
}

/// An error with which one side answers the other. For CreateContainer it means that the container is not
/// created, and the pod's status shows the message: write it for the pod's owner.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Status {
    /// The kind of error.
    pub code: Code,
    /// What happened, and what to do about it.
    pub message: String,
}

impl Status {
    /// Creates an error of this kind.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// Creates a refusal of the request, as [`Code::FailedPrecondition`].
    #[must_use]
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Code::FailedPrecondition, message)
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, message)
    }

    /// Converts a handler's error for sending: always an error, and never one after which the runtime would
    /// ask again by `StateChange`.
    pub(crate) fn of_handler(self) -> Self {
        match self.code {
            Code::Unimplemented | Code::Other(0 | 12) => Self {
                code: Code::Internal,
                ..self
            },
            _ => self,
        }
    }

    pub(crate) fn into_wire(mut self) -> ResponseStatus {
        if self.message.len() > MAX_MESSAGE {
            let end = (0..=MAX_MESSAGE)
                .rev()
                .find(|end| self.message.is_char_boundary(*end))
                .unwrap_or_default();
            self.message.truncate(end);
            self.message.push('…');
        }
        ResponseStatus {
            code: self.code.number(),
            message: self.message,
        }
    }

    /// Returns the error of an answer, if it is one.
    pub(crate) fn of_wire(status: Option<ResponseStatus>) -> Option<Self> {
        status.filter(|status| status.code != 0).map(|status| Self {
            code: Code::of(status.code),
            message: status.message,
        })
    }
}

//! Errors that go over the wire.

use crate::wire::ttrpc::ResponseStatus;

/// The most of a message that is sent. It ends up in the pod's status.
const MAX_MESSAGE: usize = 4096;

/// What kind of error it is: gRPC's codes, as far as NRI knows them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// None of the others, or not known.
    Unknown,
    /// The request makes no sense.
    InvalidArgument,
    /// There is no more room.
    ResourceExhausted,
    /// It cannot be done in the state that things are in.
    FailedPrecondition,
    /// It was given up. The code with which a call is answered that took too long: not `DeadlineExceeded`, since the runtime closes a
    /// plugin for one of its own.
    Aborted,
    /// There is no such method. The runtime falls back to `StateChange` when it gets this, so no handler's error is sent under it.
    Unimplemented,
    /// A bug.
    Internal,
    /// It cannot be done now; later it may.
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

/// An error that one side answers the other with. For CreateContainer this means that the container is not created, and the message
/// is what the pod's status says: write it for whoever owns the pod.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Status {
    /// What kind of error.
    pub code: Code,
    /// What happened and what to do about it.
    pub message: String,
}

impl Status {
    /// An error of this kind.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The request is refused, as [`Code::FailedPrecondition`].
    #[must_use]
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Code::FailedPrecondition, message)
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, message)
    }

    /// As a handler's error is sent: as an error in any case, and never such that the runtime would ask again by `StateChange`.
    pub(crate) fn of_handler(self) -> Self {
        match self.code {
            Code::Unimplemented | Code::Other(0 | 12) => Self { code: Code::Internal, ..self },
            _ => self,
        }
    }

    pub(crate) fn into_wire(mut self) -> ResponseStatus {
        if self.message.len() > MAX_MESSAGE {
            let end = (0..=MAX_MESSAGE).rev().find(|end| self.message.is_char_boundary(*end)).unwrap_or_default();
            self.message.truncate(end);
            self.message.push('…');
        }
        ResponseStatus { code: self.code.number(), message: self.message }
    }

    /// The error of an answer, if it is one.
    pub(crate) fn of_wire(status: Option<ResponseStatus>) -> Option<Self> {
        status.filter(|status| status.code != 0).map(|status| Self { code: Code::of(status.code), message: status.message })
    }
}

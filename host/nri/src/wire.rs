//! The wire format, without I/O: bytes to messages and back.
//!
//! On the Unix socket, the *trunk*, lies a multiplexer ([`mux`]): frames, each with the number of the logical connection it belongs to.
//! On each logical connection lies ttrpc ([`ttrpc`]): messages, each with the number of its stream. [`Inbound`] takes the trunk's
//! bytes, in whatever pieces they come, and gives messages; [`outbound()`] makes the bytes of one message.
//!
//! What comes in is never trusted: each length is checked before anything is kept for it, and memory grows with what has come, not
//! with what was announced.

pub mod mux;
pub mod ttrpc;

mod inbound;
mod outbound;

pub use inbound::{Inbound, Incoming};
pub use outbound::outbound;

use mux::ConnectionId;

/// What the peer did against the protocol; the trunk cannot be used after it.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum Violation {
    /// A frame announces more than any message needs.
    #[error("a frame of connection {connection:?} announces {length} bytes, at most {max} are allowed", max = mux::MAX_PAYLOAD)]
    OversizedFrame {
        /// Whose frame.
        connection: ConnectionId,
        /// What it announces.
        length: u32,
    },
    /// A frame of the connection that is reserved.
    #[error("a frame of the reserved connection 0")]
    ReservedConnection,
}

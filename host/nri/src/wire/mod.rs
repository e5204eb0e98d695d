//! Encodes and decodes the wire format, without I/O.
//!
//! The Unix socket, the *trunk*, carries a multiplexer ([`mux`]): frames, each with the number of its logical
//! connection. Each logical connection carries ttrpc ([`ttrpc`]): messages, each with the number of its
//! stream. [`Inbound`] takes the trunk's bytes, in pieces of any size, and returns messages; [`outbound()`]
//! encodes one message.
//!
//! Input is never trusted: each length is checked before memory is allocated for it, and memory grows with
//! what was received, not with what was announced.

pub mod mux;
pub mod ttrpc;

mod inbound;
mod outbound;

pub use inbound::{Inbound, Incoming};
pub use outbound::outbound;

use mux::ConnectionId;

/// A violation of the protocol by the peer. The trunk cannot be used after it.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum Violation {
    /// A frame announces more bytes than any message needs.
    #[error("a frame of connection {connection:?} announces {length} bytes, at most {max} are allowed", max = mux::MAX_PAYLOAD)]
    OversizedFrame {
        /// The logical connection of the frame.
        connection: ConnectionId,
        /// The announced length.
        length: u32,
    },
    /// A frame of the reserved connection.
    #[error("a frame of the reserved connection 0")]
    ReservedConnection,
}

//! Frames of the multiplexer: 8 bytes of header (connection, length; both u32, big-endian), then the payload. There is no sign for
//! opening or closing a connection.
//!
//! As in `pkg/net/multiplex` of NRI, but for one thing: it queues up to 256 frames for each connection and gives up the trunk when a
//! queue overflows. Here frames become messages as they come and nothing is queued, so there is nothing to overflow.

use super::{Violation, ttrpc};

/// Length of a frame's header.
pub const HEADER: usize = 8;

/// The most that one frame may carry: one ttrpc message of the greatest length.
pub const MAX_PAYLOAD: usize = ttrpc::HEADER + ttrpc::MAX_MESSAGE;

/// The most that a frame may carry in which a ttrpc message begins. The Go side reads such a frame into a buffer of 4096 bytes; when
/// it does not fit, the read fails with ENOMEM, the runtime closes the plugin and creates the container without it.
pub const MAX_FIRST_PAYLOAD: usize = 4096;

/// A logical connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConnectionId(pub u32);

impl ConnectionId {
    /// Where the runtime calls the plugin.
    pub const PLUGIN: Self = Self(1);
    /// Where the plugin calls the runtime.
    pub const RUNTIME: Self = Self(2);
}

/// The header of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHeader {
    /// Whose payload follows.
    pub connection: ConnectionId,
    /// How long the payload is.
    pub length: u32,
}

impl FrameHeader {
    /// Reads a header and checks it.
    ///
    /// # Errors
    ///
    /// When the connection is the reserved one or the length more than [`MAX_PAYLOAD`].
    pub fn decode(bytes: [u8; HEADER]) -> Result<Self, Violation> {
        let [c0, c1, c2, c3, l0, l1, l2, l3] = bytes;
        let header = Self { connection: ConnectionId(u32::from_be_bytes([c0, c1, c2, c3])), length: u32::from_be_bytes([l0, l1, l2, l3]) };
        match header {
            Self { connection: ConnectionId(0), .. } => Err(Violation::ReservedConnection),
            Self { connection, length } if length as usize > MAX_PAYLOAD => Err(Violation::OversizedFrame { connection, length }),
            header => Ok(header),
        }
    }

    /// The header's bytes.
    #[must_use]
    pub fn encode(self) -> [u8; HEADER] {
        let ([c0, c1, c2, c3], [l0, l1, l2, l3]) = (self.connection.0.to_be_bytes(), self.length.to_be_bytes());
        [c0, c1, c2, c3, l0, l1, l2, l3]
    }
}

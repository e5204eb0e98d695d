//! Frames of the multiplexer: a header of 8 bytes (connection, length; both u32, big-endian), then the
//! payload. Opening and closing a connection is not signalled.
//!
//! One difference to `pkg/net/multiplex` of NRI: that queues up to 256 frames for each connection, and gives
//! up the trunk when a queue overflows. Here frames become messages as they arrive, so there is no queue that
//! could overflow.

use super::{Violation, ttrpc};

/// Length of a frame's header.
pub const HEADER: usize = 8;

/// The maximum payload of a frame: one ttrpc message of the maximum length.
pub const MAX_PAYLOAD: usize = ttrpc::HEADER + ttrpc::MAX_MESSAGE;

/// The maximum payload of a frame in which a ttrpc message begins. The Go side reads such a frame into a
/// buffer of 4096 bytes. If it does not fit, the read fails with ENOMEM, and the runtime closes the plugin
/// and creates the container without it.
pub const MAX_FIRST_PAYLOAD: usize = 4096;

/// A logical connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConnectionId(pub u32);

impl ConnectionId {
    /// The connection on which the runtime calls the plugin.
    pub const PLUGIN: Self = Self(1);
    /// The connection on which the plugin calls the runtime.
    pub const RUNTIME: Self = Self(2);
}

/// The header of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHeader {
    /// The connection of the payload that follows.
    pub connection: ConnectionId,
    /// The length of the payload.
    pub length: u32,
}

impl FrameHeader {
    /// Reads a header and checks it.
    ///
    /// # Errors
    ///
    /// The connection is the reserved one, or the length is more than [`MAX_PAYLOAD`].
    pub fn decode(bytes: [u8; HEADER]) -> Result<Self, Violation> {
        let [c0, c1, c2, c3, l0, l1, l2, l3] = bytes;
        let header = Self {
            connection: ConnectionId(u32::from_be_bytes([c0, c1, c2, c3])),
            length: u32::from_be_bytes([l0, l1, l2, l3]),
        };
        match header {
            Self {
                connection: ConnectionId(0),
                ..
            } => Err(Violation::ReservedConnection),
            Self { connection, length } if length as usize > MAX_PAYLOAD => {
                Err(Violation::OversizedFrame { connection, length })
            }
            header => Ok(header),
        }
    }

    /// Returns the header's bytes.
    #[must_use]
    pub fn encode(self) -> [u8; HEADER] {
        let ([c0, c1, c2, c3], [l0, l1, l2, l3]) =
            (self.connection.0.to_be_bytes(), self.length.to_be_bytes());
        [c0, c1, c2, c3, l0, l1, l2, l3]
    }
}

//! Encodes one message into the trunk's bytes.

use super::mux::{self, ConnectionId, FrameHeader, MAX_FIRST_PAYLOAD};
use super::ttrpc::{self, Kind, MAX_MESSAGE, MessageHeader};

/// Returns the bytes of one message: one frame, or two if it is longer than [`MAX_FIRST_PAYLOAD`], the second
/// with the rest. So it takes at most two places in the queue of 256 frames at the other end, and the frame
/// with the header fits into the buffer there.
///
/// Returns `None` if the message is longer than [`MAX_MESSAGE`].
#[must_use]
pub fn outbound(connection: ConnectionId, stream: u32, kind: Kind, message: &[u8]) -> Option<Vec<u8>> {
    if message.len() > MAX_MESSAGE {
        return None;
    }
    let length = u32::try_from(message.len()).ok()?;
    let (first, rest) = message.split_at(message.len().min(MAX_FIRST_PAYLOAD - ttrpc::HEADER));
    let mut bytes = Vec::with_capacity(2 * mux::HEADER + ttrpc::HEADER + message.len());
    let frame = |length: usize| {
        FrameHeader {
            connection,
            length: u32::try_from(length).unwrap_or(u32::MAX),
        }
        .encode()
    };
    bytes.extend_from_slice(&frame(ttrpc::HEADER + first.len()));
    bytes.extend_from_slice(
        &MessageHeader {
            length,
            stream,
            kind,
            flags: 0,
        }
        .encode(),
    );
    bytes.extend_from_slice(first);
    if !rest.is_empty() {
        bytes.extend_from_slice(&frame(rest.len()));
        bytes.extend_from_slice(rest);
    }
    Some(bytes)
}

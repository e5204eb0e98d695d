//! Decodes the trunk's bytes into messages.

use super::Violation;
use super::mux::{self, ConnectionId, FrameHeader};
use super::ttrpc::{self, MessageHeader};

/// One message, or the header of an oversized one.
#[derive(Debug, PartialEq, Eq)]
pub struct Incoming {
    /// The logical connection that it came on.
    pub connection: ConnectionId,
    /// Its header.
    pub header: MessageHeader,
    /// The message; `None` if it is oversized and its bytes were skipped.
    pub message: Option<Vec<u8>>,
}

/// Decodes the trunk's bytes, which come in pieces of any size.
#[derive(Debug, Default)]
pub struct Inbound {
    frame_header: Header<{ mux::HEADER }>,
    /// The frame that is being read, and the number of its bytes that are still missing.
    frame: Option<(ConnectionId, usize)>,
    /// The received part of the next message of each connection.
    plugin: Assembler,
    runtime: Assembler,
}

impl Inbound {
    /// Takes bytes, and passes the messages that they complete to `sink`. Drops frames of connections that
    /// are not open, as the Go side does.
    ///
    /// # Errors
    ///
    /// A frame violates the protocol. The next frame cannot be found then.
    pub fn take(&mut self, mut bytes: &[u8], mut sink: impl FnMut(Incoming)) -> Result<(), Violation> {
        while !bytes.is_empty() {
            let Some((connection, left)) = self.frame else {
                if let Some(header) = self.frame_header.fill(&mut bytes) {
                    let FrameHeader { connection, length } = FrameHeader::decode(header)?;
                    self.frame = (length > 0).then_some((connection, length as usize));
                }
                continue;
            };
            let payload = split(&mut bytes, left);
            self.frame = (left > payload.len()).then_some((connection, left - payload.len()));
            let assembler = match connection {
                ConnectionId::PLUGIN => &mut self.plugin,
                ConnectionId::RUNTIME => &mut self.runtime,
                _ => continue,
            };
            assembler.take(payload, |header, message| {
                sink(Incoming {
                    connection,
                    header,
                    message,
                })
            });
        }
        Ok(())
    }
}

/// Splits off the available bytes, at most `length`.
fn split<'a>(bytes: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(length.min(bytes.len()));
    *bytes = rest;
    taken
}

/// A header that arrives in pieces.
#[derive(Debug)]
struct Header<const N: usize> {
    bytes: [u8; N],
    filled: usize,
}

impl<const N: usize> Default for Header<N> {
    fn default() -> Self {
        Self {
            bytes: [0; N],
            filled: 0,
        }
    }
}

impl<const N: usize> Header<N> {
    fn fill(&mut self, bytes: &mut &[u8]) -> Option<[u8; N]> {
        let piece = split(bytes, N - self.filled);
        self.bytes[self.filled..self.filled + piece.len()].copy_from_slice(piece);
        self.filled += piece.len();
        (self.filled == N).then(|| {
            self.filled = 0;
            self.bytes
        })
    }
}

/// Assembles the messages of one connection.
#[derive(Debug, Default)]
struct Assembler {
    header: Header<{ ttrpc::HEADER }>,
    message: Option<Partial>,
}

#[derive(Debug)]
struct Partial {
    header: MessageHeader,
    /// The received bytes; stays empty if the message is oversized.
    bytes: Vec<u8>,
    left: usize,
}

impl Assembler {
    fn take(&mut self, mut bytes: &[u8], mut sink: impl FnMut(MessageHeader, Option<Vec<u8>>)) {
        loop {
            if let Some(mut partial) = self.message.take() {
                let piece = split(&mut bytes, partial.left);
                partial.left -= piece.len();
                if !partial.header.is_oversized() {
                    partial.bytes.extend_from_slice(piece);
                }
                if partial.left > 0 {
                    self.message = Some(partial);
                    return;
                }
                sink(
                    partial.header,
                    (!partial.header.is_oversized()).then_some(partial.bytes),
                );
            }
            match self.header.fill(&mut bytes).map(MessageHeader::decode) {
                Some(header) => {
                    self.message = Some(Partial {
                        header,
                        bytes: Vec::new(),
                        left: header.length as usize,
                    })
                }
                None => return,
            }
        }
    }
}

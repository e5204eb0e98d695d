//! Messages of ttrpc: a header of 10 bytes (length and stream, u32 big-endian; type; flags), then the
//! message.
//!
//! NRI uses the unary calls of [ttrpc] only. [`Request`] and [`Response`] are those of its `request.proto`.
//!
//! [ttrpc]: https://github.com/containerd/ttrpc/blob/main/PROTOCOL.md

/// Length of a message's header.
pub const HEADER: usize = 10;

/// The maximum length of a message without its header.
pub const MAX_MESSAGE: usize = 4 << 20;

/// The type of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A call.
    Request,
    /// The answer to a call.
    Response,
    /// A part of a stream, which NRI does not use.
    Data,
    /// A type of a later version, which is ignored.
    Other(u8),
}

impl From<u8> for Kind {
    fn from(byte: u8) -> Self {
        match byte {
            1 => Self::Request,
            2 => Self::Response,
            3 => Self::Data,
            other => Self::Other(other),
        }
    }
}

impl From<Kind> for u8 {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Request => 1,
            Kind::Response => 2,
            Kind::Data => 3,
            Kind::Other(byte) => byte,
        }
    }
}

/// The header of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageHeader {
    /// The length of the message.
    pub length: u32,
    /// The number of the call it belongs to: odd, and greater than those before.
    pub stream: u32,
    /// The type of the message.
    pub kind: Kind,
    /// The flags, which matter to streams only.
    pub flags: u8,
}

impl MessageHeader {
    /// Reads a header. Any bytes are valid; check the length with [`MessageHeader::is_oversized`].
    #[must_use]
    pub fn decode(bytes: [u8; HEADER]) -> Self {
        let [l0, l1, l2, l3, s0, s1, s2, s3, kind, flags] = bytes;
        Self {
            length: u32::from_be_bytes([l0, l1, l2, l3]),
            stream: u32::from_be_bytes([s0, s1, s2, s3]),
            kind: kind.into(),
            flags,
        }
    }

    /// Returns the header's bytes.
    #[must_use]
    pub fn encode(self) -> [u8; HEADER] {
        let ([l0, l1, l2, l3], [s0, s1, s2, s3]) = (self.length.to_be_bytes(), self.stream.to_be_bytes());
        [l0, l1, l2, l3, s0, s1, s2, s3, self.kind.into(), self.flags]
    }

    /// Whether the message is longer than [`MAX_MESSAGE`]. Its bytes are skipped then, and a call is answered
    /// with an error.
    #[must_use]
    pub fn is_oversized(self) -> bool {
        self.length as usize > MAX_MESSAGE
    }
}

/// A call.
#[derive(Clone, PartialEq, prost::Message)]
#[prost(skip_debug)]
pub struct Request {
    /// The service, with its package.
    #[prost(string, tag = "1")]
    pub service: String,
    /// The method.
    #[prost(string, tag = "2")]
    pub method: String,
    /// The encoded message of the method.
    #[prost(bytes = "vec", tag = "3")]
    pub payload: Vec<u8>,
    /// The caller's timeout from now on in nanoseconds; 0 means no limit.
    #[prost(int64, tag = "4")]
    pub timeout_nano: i64,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}/{} ({} bytes)",
            self.service,
            self.method,
            self.payload.len()
        )
    }
}

/// The answer to a call.
#[derive(Clone, PartialEq, prost::Message)]
#[prost(skip_debug)]
pub struct Response {
    /// The error, if there is one.
    #[prost(message, optional, tag = "1")]
    pub status: Option<ResponseStatus>,
    /// The encoded message of the method.
    #[prost(bytes = "vec", tag = "2")]
    pub payload: Vec<u8>,
}

impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} ({} bytes)", self.status, self.payload.len())
    }
}

/// `google.rpc.Status` without its details, which NRI does not use.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ResponseStatus {
    /// One of gRPC's codes; 0 means no error.
    #[prost(int32, tag = "1")]
    pub code: i32,
    /// The message for people.
    #[prost(string, tag = "2")]
    pub message: String,
}

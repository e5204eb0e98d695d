//! Errors of registry operations, each with its remedy.

use std::time::Duration;

use podweave_core::text::human_size;
use podweave_core::text::printable;
use serde::{Deserialize, Serialize};

/// How many characters of a registry's own message are shown.
const SAID: usize = 300;

/// A failed operation, with the failure at the last endpoint that was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{doing} {reference}: {host}: {failure}{}", mirrors_failed(.mirrors))]
pub struct RegistryError {
    /// The operation, such as `pulling`.
    pub doing: &'static str,
    /// The reference that was asked for.
    pub reference: String,
    /// The endpoint that was asked last: the registry itself.
    pub host: String,
    /// The failure at that endpoint.
    pub failure: Box<Failure>,
    /// The mirrors that were asked before, with the failure at each.
    pub mirrors: Vec<(String, Failure)>,
}

fn mirrors_failed(mirrors: &[(String, Failure)]) -> String {
    mirrors
        .iter()
        .map(|(host, failure)| format!("; before that, the mirror {host}: {failure}"))
        .collect()
}

/// Why one endpoint failed. Messages of the registry are truncated and made printable when they are shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Failure {
    /// The connection could not be made, or carried no answer.
    #[error("cannot connect: {}; check the host name and the network, and HTTPS_PROXY and NO_PROXY if there is a proxy", printable(.0, SAID))]
    Unreachable(String),
    /// The connection ended within an answer.
    #[error("the connection broke: {}; try again", printable(.0, SAID))]
    Cut(String),
    /// The TLS certificate is not trusted, or is for another host.
    #[error("its TLS certificate is not trusted: {}; if it is the right one, configure the certificate authority that issued it", printable(.0, SAID))]
    Certificate(String),
    /// The server does not speak TLS.
    #[error("it does not speak TLS: {}; if plain HTTP is meant, allow it for this host", printable(.0, SAID))]
    NotTls(String),
    /// This machine has no certificate authorities.
    #[error(
        "this machine has no certificate authorities, so no registry can be trusted; install those of the system (ca-certificates), or configure one"
    )]
    NoAuthorities,
    /// 401.
    #[error("{}", unauthorized(*.with_credentials, .said))]
    Unauthorized {
        /// Whether credentials were sent.
        with_credentials: bool,
        /// What it said.
        said: String,
    },
    /// 403.
    #[error("access denied{}; check that these credentials may do this with the repository", said_by(.0))]
    Denied(String),
    /// 404.
    #[error("no such {what}{}; check the reference, and whether the repository needs credentials", said_by(.said))]
    NotFound {
        /// A manifest, for example.
        what: String,
        /// What it said.
        said: String,
    },
    /// 429.
    #[error("too many requests (429){}; try again later, with credentials, or through a mirror", said_by(.0))]
    TooManyRequests(String),
    /// 5xx.
    #[error("it failed (HTTP {status}){}; try again later", said_by(.said))]
    Server {
        /// The HTTP status.
        status: u16,
        /// What it said.
        said: String,
    },
    /// The answer is not one that a registry gives.
    #[error("unexpected answer: {}; check that the host is a registry", printable(.0, SAID))]
    Unexpected(String),
    /// The token server would receive credentials, or send a token, over plain HTTP.
    #[error("its token server {} does not use TLS although the registry does, so nothing was sent there; configure an https realm in the registry", printable(.0, SAID))]
    PlainTokenServer(String),
    /// The content does not have the requested digest.
    #[error("its {what} has the digest {actual}, not {expected}: it is damaged or was tampered with")]
    WrongDigest {
        /// The manifest or the component.
        what: String,
        /// The requested digest.
        expected: String,
        /// The digest of the received content.
        actual: String,
    },
    /// The artifact is not a plugin.
    #[error("not a plugin: {}", printable(.0, SAID))]
    NotAPlugin(String),
    /// Something is larger than its limit.
    #[error("the {what} has {}, more than the limit of {}", human_size(usize::try_from(*.size).unwrap_or(usize::MAX)), human_size(usize::try_from(*.limit).unwrap_or(usize::MAX)))]
    TooLarge {
        /// The manifest or the component.
        what: String,
        /// The size in bytes, as far as it is known.
        size: u64,
        /// Bytes.
        limit: u64,
    },
    /// Reading the answer needed more memory than the limit.
    #[error("reading its answer took more than {} of memory, the limit; no registry needs that for a plugin, so do not use this one", human_size(usize::try_from(*.0).unwrap_or(usize::MAX)))]
    Memory(u64),
    /// The operation took longer than the limit.
    #[error("not done within {:.1} s, the limit{}; try again, or allow more time", .limit.as_secs_f64(), last_attempt(.last))]
    Time {
        /// The limit.
        limit: Duration,
        /// The failure of the last attempt before that.
        last: Option<String>,
    },
    /// The component's file cannot be read or written.
    #[error("the component's file: {}; check the free space on the disk", printable(.0, SAID))]
    File(String),
    /// The request itself is invalid.
    #[error("{}", printable(.0, SAID))]
    Request(String),
    /// The child could not be started.
    #[error("cannot run the process that talks to registries: {}; check that podweave is completely installed", printable(.0, SAID))]
    Spawn(String),
    /// The child ended for another reason.
    #[error("the process that talks to registries failed: {}; the registry may have caused this, so do not use it until the cause is clear", printable(.0, 2000))]
    Crashed(String),
}

fn said_by(said: &str) -> String {
    let said = printable(said, SAID);
    if said.is_empty() {
        said
    } else {
        format!(": {said}")
    }
}

fn unauthorized(with_credentials: bool, said: &str) -> String {
    match with_credentials {
        true => format!(
            "it rejected the credentials{}; check the user name and the password or token, and whether they have expired",
            said_by(said)
        ),
        false => {
            format!(
                "it requires credentials, and none are configured for it{}; log in (docker login, podman login), or name a pull Secret",
                said_by(said)
            )
        }
    }
}

fn last_attempt(last: &Option<String>) -> String {
    last.as_ref().map_or_else(String::new, |last| {
        format!(" (the attempt before failed: {})", printable(last, SAID))
    })
}

impl Failure {
    /// The failure in one word of snake_case, such as `not_found`, for metrics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Cut(_) => "cut",
            Self::Certificate(_) => "certificate",
            Self::NotTls(_) => "not_tls",
            Self::NoAuthorities => "no_authorities",
            Self::Unauthorized { .. } => "unauthorized",
            Self::Denied(_) => "denied",
            Self::NotFound { .. } => "not_found",
            Self::TooManyRequests(_) => "too_many_requests",
            Self::Server { .. } => "server",
            Self::Unexpected(_) => "unexpected",
            Self::PlainTokenServer(_) => "plain_token_server",
            Self::WrongDigest { .. } => "wrong_digest",
            Self::NotAPlugin(_) => "not_a_plugin",
            Self::TooLarge { .. } => "too_large",
            Self::Memory(_) => "memory",
            Self::Time { .. } => "time",
            Self::File(_) => "file",
            Self::Request(_) => "request",
            Self::Spawn(_) => "spawn",
            Self::Crashed(_) => "crashed",
        }
    }

    /// Whether the same request may succeed if it is retried later.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_)
                | Self::Cut(_)
                | Self::TooManyRequests(_)
                | Self::Server { .. }
                | Self::Time { .. }
        )
    }

    /// Whether the registry answered that the object does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Whether this machine caused the failure, so that asking another endpoint would not help.
    pub(crate) fn is_ours(&self) -> bool {
        matches!(
            self,
            Self::File(_) | Self::Spawn(_) | Self::Request(_) | Self::NoAuthorities
        )
    }
}

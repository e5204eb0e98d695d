//! What goes wrong with registries, and what to do about it.

use std::time::Duration;

use podweave_core::limits::human_size;
use podweave_core::text::printable;
use serde::{Deserialize, Serialize};

/// How much of a registry's own words is shown.
const SAID: usize = 300;

/// An operation that failed, at the last endpoint that was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{doing} {reference}: {host}: {failure}{}", mirrors_failed(.mirrors))]
pub struct RegistryError {
    /// Such as `pulling`.
    pub doing: &'static str,
    /// What was asked for.
    pub reference: String,
    /// Who was asked last: the registry itself.
    pub host: String,
    /// What went wrong there.
    pub failure: Box<Failure>,
    /// The mirrors that were asked before, and what went wrong at each.
    pub mirrors: Vec<(String, Failure)>,
}

fn mirrors_failed(mirrors: &[(String, Failure)]) -> String {
    mirrors.iter().map(|(host, failure)| format!("; before that, the mirror {host}: {failure}")).collect()
}

/// What went wrong at one endpoint. Everything that a registry said is cut and made printable where it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Failure {
    /// No connection, or no answer on it.
    #[error("it cannot be reached: {}; check the host's name and the network, and HTTPS_PROXY and NO_PROXY if there is a proxy", printable(.0, SAID))]
    Unreachable(String),
    /// The connection ended within an answer.
    #[error("the connection broke: {}; try again", printable(.0, SAID))]
    Cut(String),
    /// TLS with somebody whom nobody vouches for.
    #[error("its TLS certificate is not trusted: {}; if it is the right one, configure the certificate authority that issued it", printable(.0, SAID))]
    Certificate(String),
    /// Something else than TLS.
    #[error("it does not speak TLS: {}; if plain HTTP is meant, allow it for this host", printable(.0, SAID))]
    NotTls(String),
    /// There are no certificate authorities.
    #[error("no certificate authorities are known here, so no registry can be trusted; install the system's (ca-certificates), or configure one")]
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
    #[error("it denies access{}; check that these credentials may do this with the repository", said_by(.0))]
    Denied(String),
    /// 404.
    #[error("there is no such {what}{}; check the reference, and whether the repository needs credentials", said_by(.said))]
    NotFound {
        /// A manifest, for example.
        what: String,
        /// What it said.
        said: String,
    },
    /// 429.
    #[error("it refuses more requests for now (429){}; try again later, with credentials, or through a mirror", said_by(.0))]
    TooManyRequests(String),
    /// 5xx.
    #[error("it failed (HTTP {status}){}; try again later", said_by(.said))]
    Server {
        /// The HTTP status.
        status: u16,
        /// What it said.
        said: String,
    },
    /// What no registry answers.
    #[error("it does not answer as a registry does: {}; is it one?", printable(.0, SAID))]
    Unexpected(String),
    /// The token server would get credentials, or give a token, in the clear.
    #[error("it sends for a token to {}, which is not TLS, as the registry is; nothing was sent there. The registry has to be configured with an https realm", printable(.0, SAID))]
    PlainTokenServer(String),
    /// Other bytes than those that were asked for.
    #[error("its {what} has the digest {actual}, not {expected}: it is damaged, or somebody changed it")]
    WrongDigest {
        /// The manifest or the component.
        what: String,
        /// What was asked for.
        expected: String,
        /// What came.
        actual: String,
    },
    /// An artifact that is no plugin.
    #[error("it is no plugin: {}", printable(.0, SAID))]
    NotAPlugin(String),
    /// More than is allowed.
    #[error("the {what} has {}; at most {} are allowed", human_size(usize::try_from(*.size).unwrap_or(usize::MAX)), human_size(usize::try_from(*.limit).unwrap_or(usize::MAX)))]
    TooLarge {
        /// The manifest or the component.
        what: String,
        /// Bytes, as far as they were counted.
        size: u64,
        /// Bytes.
        limit: u64,
    },
    /// More memory than an answer may take.
    #[error("its answer took more than {} of memory, the limit; no registry needs that for a plugin, so do not use this one", human_size(usize::try_from(*.0).unwrap_or(usize::MAX)))]
    Memory(u64),
    /// More time than an operation may take.
    #[error("it was not done within {:.1} s, the limit{}; try again, or allow more time", .limit.as_secs_f64(), last_attempt(.last))]
    Time {
        /// The limit.
        limit: Duration,
        /// What went wrong with the attempts before.
        last: Option<String>,
    },
    /// The component's file.
    #[error("the component's file: {}; check the space on the disk", printable(.0, SAID))]
    File(String),
    /// What this machine was asked to do.
    #[error("{}", printable(.0, SAID))]
    Request(String),
    /// The child could not be started.
    #[error("the process that talks to registries cannot be run: {}; is podweave installed whole?", printable(.0, SAID))]
    Spawn(String),
    /// The child died of something else.
    #[error("the process that talks to registries failed: {}; the registry may have caused it, so do not use it before that is clear", printable(.0, 2000))]
    Crashed(String),
}

fn said_by(said: &str) -> String {
    let said = printable(said, SAID);
    if said.is_empty() { said } else { format!(": {said}") }
}

fn unauthorized(with_credentials: bool, said: &str) -> String {
    match with_credentials {
        true => format!("it refuses the credentials for it{}; check the name and the password or token, and whether they have expired", said_by(said)),
        false => format!("it wants credentials, and there are none for it{}; log in (docker login, podman login), or name a pull Secret", said_by(said)),
    }
}

fn last_attempt(last: &Option<String>) -> String {
    last.as_ref().map_or_else(String::new, |last| format!(" (before that: {})", printable(last, SAID)))
}

impl Failure {
    /// Whether the same request may do better a moment later.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Cut(_) | Self::TooManyRequests(_) | Self::Server { .. } | Self::Time { .. })
    }

    /// Whether the registry answered that there is no such thing.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Whether another endpoint cannot do better, since it was this machine that failed.
    pub(crate) fn is_ours(&self) -> bool {
        matches!(self, Self::File(_) | Self::Spawn(_) | Self::Request(_) | Self::NoAuthorities)
    }
}

//! The identities of signers in certificates. A policy must allow one of them.

use std::fmt;

use podweave_core::text;
use x509_cert::ext::pkix::name::GeneralName;

/// A name of a signer: a URI, an e-mail address or a DNS name. It is compared exactly, without patterns, and
/// only with names of its kind: a certificate for a host must not count as one for a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// A URI, such as `https://ci.acme.example/release` or `spiffe://acme.example/ci`.
    Uri(String),
    /// An e-mail address, such as `release@acme.example`.
    Email(String),
    /// A DNS name, such as `ci.acme.example`.
    Dns(String),
}

impl Identity {
    /// Parses an identity: with a colon it is a URI, with an at sign an e-mail address, otherwise a DNS name.
    ///
    /// # Errors
    ///
    /// It is empty, longer than 2048 bytes, or contains invalid characters; the message says what to write.
    pub fn parse(identity: &str) -> Result<Self, String> {
        let shown = text::quoted(identity);
        if identity.is_empty()
            || identity.len() > 2048
            || !identity.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err(format!(
                "{shown} is not an identity; write it as the certificate has it: https://ci.acme.example/release, release@acme.example or ci.acme.example"
            ));
        }
        if identity.contains('*') {
            return Err(format!(
                "{shown}: identities have no patterns; write each as the certificate has it"
            ));
        }
        Ok(if identity.contains(':') {
            Self::Uri(identity.to_owned())
        } else if identity.contains('@') {
            Self::Email(identity.to_owned())
        } else {
            Self::Dns(identity.to_owned())
        })
    }

    /// The identity as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Uri(name) | Self::Email(name) | Self::Dns(name) => name,
        }
    }

    pub(crate) fn is(&self, name: &GeneralName) -> bool {
        match (self, name) {
            (Self::Uri(identity), GeneralName::UniformResourceIdentifier(name))
            | (Self::Email(identity), GeneralName::Rfc822Name(name))
            | (Self::Dns(identity), GeneralName::DnsName(name)) => identity == name.as_str(),
            _ => false,
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The name in a certificate as messages show it; `None` for kinds of names that an identity cannot be.
pub(crate) fn shown(name: &GeneralName) -> Option<&str> {
    match name {
        GeneralName::UniformResourceIdentifier(name)
        | GeneralName::Rfc822Name(name)
        | GeneralName::DnsName(name) => Some(name.as_str()),
        _ => None,
    }
}

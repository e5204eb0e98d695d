//! Whom a certificate is for: the names of which one must be allowed.

use std::fmt;

use podweave_core::text;
use x509_cert::ext::pkix::name::GeneralName;

/// A name of a signer: a URI, an e-mail address or a DNS name. It is compared as it is, without patterns, and never with a name of another
/// kind: who can have a certificate for a host does not thereby sign for a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// Such as `https://ci.acme.example/release` or `spiffe://acme.example/ci`.
    Uri(String),
    /// Such as `release@acme.example`.
    Email(String),
    /// Such as `ci.acme.example`.
    Dns(String),
}

impl Identity {
    /// Reads an identity: with a colon it is a URI, with an at sign an e-mail address, else a DNS name.
    ///
    /// # Errors
    ///
    /// It is empty, longer than 2048 bytes, or has characters that no such name has; what to write.
    pub fn parse(identity: &str) -> Result<Self, String> {
        let shown = text::quoted(identity);
        if identity.is_empty() || identity.len() > 2048 || !identity.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(format!(
                "{shown} is no identity; write it as the certificate has it: https://ci.acme.example/release, release@acme.example or ci.acme.example"
            ));
        }
        if identity.contains('*') {
            return Err(format!("{shown}: identities have no patterns; write each as the certificate has it"));
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

/// The name in a certificate as messages show it; `None` for kinds that no identity has.
pub(crate) fn shown(name: &GeneralName) -> Option<&str> {
    match name {
        GeneralName::UniformResourceIdentifier(name) | GeneralName::Rfc822Name(name) | GeneralName::DnsName(name) => Some(name.as_str()),
        _ => None,
    }
}

//! Certificates that a policy trusts to name signers, and what a signer's certificate must be.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use podweave_core::text;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_cert::Certificate;
use x509_cert::der::oid::db::rfc5280::ID_KP_CODE_SIGNING;
use x509_cert::der::{DateTime, Decode as _};
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage as KeyUsageExtension, SubjectAltName};
use x509_cert::time::Validity;

use crate::identity::{self, Identity};
use crate::key::{KeyError, PublicKey};
use crate::limits::{CERTIFICATE_BYTES, CERTIFICATES, PEM_BYTES};

/// Whose certificates are trusted, and which signers among them.
#[derive(Debug, Clone)]
pub struct CertificatePolicy {
    /// The authorities.
    pub roots: Roots,
    /// The signers: a certificate must be for one of these.
    pub identities: Vec<Identity>,
}

/// Certificates of authorities. Each is trusted by itself, an intermediate one, too.
#[derive(Clone)]
pub struct Roots(Vec<Root>);

#[derive(Clone)]
struct Root {
    anchor: TrustAnchor<'static>,
    validity: Validity,
}

impl Roots {
    /// Reads the authorities' certificates.
    ///
    /// # Errors
    ///
    /// There is none, or one that is no authority's.
    pub fn from_pem(pem: &[u8]) -> Result<Self, RootsError> {
        if pem.len() > PEM_BYTES {
            return Err(RootsError::TooLarge);
        }
        let mut roots = Vec::new();
        for (index, der) in CertificateDer::pem_slice_iter(pem).enumerate() {
            let number = index + 1;
            let malformed = |error: &dyn fmt::Display| RootsError::Malformed { number, why: text::printable(&error.to_string(), 120) };
            let der = der.map_err(|error| malformed(&error))?;
            let certificate = Certificate::from_der(&der).map_err(|error| malformed(&error))?;
            let tbs = certificate.tbs_certificate();
            let constraints = tbs.get_extension::<BasicConstraints>().map_err(|error| malformed(&error))?;
            if !constraints.is_some_and(|(_, constraints)| constraints.ca) {
                return Err(RootsError::NoAuthority { number, subject: text::printable(&tbs.subject().to_string(), 120) });
            }
            let anchor = anchor_from_trusted_cert(&der).map_err(|error| malformed(&error))?.to_owned();
            roots.push(Root { anchor, validity: *tbs.validity() });
        }
        if roots.is_empty() { Err(RootsError::None) } else { Ok(Self(roots)) }
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Roots").field(&self.0.len()).finish()
    }
}

/// Why there are no authorities' certificates in a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RootsError {
    /// More bytes than a file of roots needs.
    #[error("it has more than {} KiB; give only the roots that sign plugins' certificates", PEM_BYTES / 1024)]
    TooLarge,
    /// Nothing in PEM.
    #[error("it has no \"-----BEGIN CERTIFICATE-----\"; give the authorities' certificates in PEM")]
    None,
    /// Broken PEM or DER.
    #[error("its certificate {number} cannot be read: {why}")]
    Malformed {
        /// Which, from 1.
        number: usize,
        /// Why.
        why: String,
    },
    /// A certificate that may not sign others.
    #[error("its certificate {number} ({subject}) is no authority's; give the certificate of the authority that issued it, or trust its key by itself")]
    NoAuthority {
        /// Which, from 1.
        number: usize,
        /// Whose.
        subject: String,
    },
}

/// Why a signer's certificate does not do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateRefusal {
    /// More certificates than a chain has.
    #[error("there are more than {CERTIFICATES} certificates")]
    TooMany,
    /// A certificate that is larger than any.
    #[error("a certificate has more than {} KiB", CERTIFICATE_BYTES / 1024)]
    TooLarge,
    /// Broken PEM or DER.
    #[error("a certificate cannot be read: {0}")]
    Malformed(String),
    /// The key in the certificate.
    #[error("the certificate's key: {0}")]
    Key(KeyError),
    /// Something else than what was signed, or another signer.
    #[error("the certificate's key did not make it")]
    OtherKey,
    /// It begins later.
    #[error("the certificate is not valid before {0}; is the clock right?")]
    NotYetValid(DateTime),
    /// It has ended.
    #[error(
        "the certificate expired {0}; certificates are verified as of now, so those of keyless signing, which last ten minutes, cannot be: sign with a key, or with a certificate that lasts as long as the plugin is used"
    )]
    Expired(DateTime),
    /// For TLS, for instance.
    #[error("the certificate is not for code signing (extended key usage)")]
    Usage,
    /// Nobody who is trusted has signed it.
    #[error("the certificate was not issued by a trusted root, or the certificates between them are missing: {0}")]
    Chain(String),
    /// Each of the roots has expired or begins later.
    #[error("none of the trusted roots is valid now; give newer ones")]
    Roots,
    /// It is for others.
    #[error("the certificate is for {names}, whom the policy does not allow")]
    OtherIdentity {
        /// For whom.
        names: String,
    },
}

impl CertificateRefusal {
    fn malformed(error: &dyn fmt::Display) -> Self {
        Self::Malformed(text::printable(&error.to_string(), 120))
    }
}

/// The certificates in PEM that came with a signature: the signer's own, then those between it and a root.
pub(crate) fn chain_from_pem(parts: &[&str]) -> Result<Vec<CertificateDer<'static>>, CertificateRefusal> {
    let mut chain = Vec::new();
    for certificate in parts.iter().flat_map(|pem| CertificateDer::pem_slice_iter(pem.as_bytes())) {
        if chain.len() == CERTIFICATES {
            return Err(CertificateRefusal::TooMany);
        }
        chain.push(certificate.map_err(|error| CertificateRefusal::malformed(&error))?);
    }
    Ok(chain)
}

impl CertificatePolicy {
    /// The identity of the signer, if the first of the certificates is one of those that are trusted, and its key made the signature.
    pub(crate) fn signer(&self, chain: &[CertificateDer<'static>], message: &[u8], signature: &[u8], now: SystemTime) -> Result<&Identity, CertificateRefusal> {
        let (first, others) = chain.split_first().ok_or_else(|| CertificateRefusal::Malformed("there is none".to_owned()))?;
        if others.len() >= CERTIFICATES {
            return Err(CertificateRefusal::TooMany);
        }
        if chain.iter().any(|certificate| certificate.len() > CERTIFICATE_BYTES) {
            return Err(CertificateRefusal::TooLarge);
        }
        let certificate = Certificate::from_der(first).map_err(|error| CertificateRefusal::malformed(&error))?;
        let identity = self.identity(&certificate)?;
        check_validity(certificate.tbs_certificate().validity(), now)?;
        check_usage(&certificate)?;
        let end_entity = EndEntityCert::try_from(first).map_err(|error| CertificateRefusal::malformed(&error))?;
        let key = PublicKey::new(&end_entity.subject_public_key_info()).map_err(CertificateRefusal::Key)?;
        if !key.verifies(message, signature) {
            return Err(CertificateRefusal::OtherKey);
        }
        self.check_chain(&end_entity, others, now)?;
        Ok(identity)
    }

    fn identity(&self, certificate: &Certificate) -> Result<&Identity, CertificateRefusal> {
        let names = certificate.tbs_certificate().get_extension::<SubjectAltName>().map_err(|error| CertificateRefusal::malformed(&error))?;
        let names = names.map_or_else(Vec::new, |(_, SubjectAltName(names))| names);
        self.identities
            .iter()
            .find(|identity| names.iter().any(|name| identity.is(name)))
            .ok_or_else(|| CertificateRefusal::OtherIdentity { names: text::list(names.iter().filter_map(identity::shown)) })
    }

    fn check_chain(&self, end_entity: &EndEntityCert<'_>, others: &[CertificateDer<'static>], now: SystemTime) -> Result<(), CertificateRefusal> {
        let anchors: Vec<TrustAnchor<'_>> =
            self.roots.0.iter().filter(|root| check_validity(&root.validity, now).is_ok()).map(|root| root.anchor.clone()).collect();
        if anchors.is_empty() {
            return Err(CertificateRefusal::Roots);
        }
        let time = UnixTime::since_unix_epoch(since_epoch(now));
        // For those between the signer and a root it is enough not to exclude code signing.
        let usage = KeyUsage::required_if_present(ID_KP_CODE_SIGNING.as_bytes());
        end_entity.verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, others, time, usage, None, None).map(drop).map_err(|error| {
            // What a plain path meets; the others name themselves.
            CertificateRefusal::Chain(match error {
                webpki::Error::UnknownIssuer => "unknown issuer".to_owned(),
                other => text::printable(&other.to_string(), 120),
            })
        })
    }
}

/// The signer's own certificate must say that it is for signing code.
fn check_usage(certificate: &Certificate) -> Result<(), CertificateRefusal> {
    let tbs = certificate.tbs_certificate();
    let extended = tbs.get_extension::<ExtendedKeyUsage>().map_err(|error| CertificateRefusal::malformed(&error))?;
    let basic = tbs.get_extension::<KeyUsageExtension>().map_err(|error| CertificateRefusal::malformed(&error))?;
    let is_for_code = extended.is_some_and(|(_, ExtendedKeyUsage(usages))| usages.contains(&ID_KP_CODE_SIGNING));
    let is_for_signatures = basic.is_none_or(|(_, usage)| usage.digital_signature() || usage.non_repudiation());
    if is_for_code && is_for_signatures { Ok(()) } else { Err(CertificateRefusal::Usage) }
}

fn check_validity(validity: &Validity, now: SystemTime) -> Result<(), CertificateRefusal> {
    let (now, begin, end) = (since_epoch(now), validity.not_before.to_unix_duration(), validity.not_after.to_unix_duration());
    if now < begin {
        Err(CertificateRefusal::NotYetValid(validity.not_before.to_date_time()))
    } else if now > end {
        Err(CertificateRefusal::Expired(validity.not_after.to_date_time()))
    } else {
        Ok(())
    }
}

/// A clock before 1970 is at 1970, where no certificate is valid.
fn since_epoch(now: SystemTime) -> Duration {
    now.duration_since(UNIX_EPOCH).unwrap_or_default()
}

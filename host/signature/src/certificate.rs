//! Verifies a signer's certificate against the roots and identities that a policy trusts.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use podweave_core::text;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_cert::Certificate;
use x509_cert::der::oid::db::rfc5280::ID_KP_CODE_SIGNING;
use x509_cert::der::{DateTime, Decode as _};
use x509_cert::ext::pkix::{
    BasicConstraints, ExtendedKeyUsage, KeyUsage as KeyUsageExtension, SubjectAltName,
};
use x509_cert::time::Validity;

use crate::identity::{self, Identity};
use crate::key::{KeyError, PublicKey};
use crate::limits::{CERTIFICATE_BYTES, CERTIFICATES, PEM_BYTES};

/// The trusted authorities, and the signers among the holders of their certificates.
#[derive(Debug, Clone)]
pub struct CertificatePolicy {
    /// The trusted authorities.
    pub roots: Roots,
    /// The trusted signers: a certificate must be for one of them.
    pub identities: Vec<Identity>,
}

/// Certificates of trusted authorities. Each is trusted by itself, also if it is an intermediate one.
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
    /// The PEM contains no certificate, or one that is not an authority's.
    pub fn from_pem(pem: &[u8]) -> Result<Self, RootsError> {
        if pem.len() > PEM_BYTES {
            return Err(RootsError::TooLarge);
        }
        let mut roots = Vec::new();
        for (index, der) in CertificateDer::pem_slice_iter(pem).enumerate() {
            let number = index + 1;
            let malformed = |error: &dyn fmt::Display| RootsError::Malformed {
                number,
                why: text::printable(&error.to_string(), 120),
            };
            let der = der.map_err(|error| malformed(&error))?;
            let certificate = Certificate::from_der(&der).map_err(|error| malformed(&error))?;
            let tbs = certificate.tbs_certificate();
            let constraints = tbs
                .get_extension::<BasicConstraints>()
                .map_err(|error| malformed(&error))?;
            if !constraints.is_some_and(|(_, constraints)| constraints.ca) {
                return Err(RootsError::NoAuthority {
                    number,
                    subject: text::printable(&tbs.subject().to_string(), 120),
                });
            }
            let anchor = anchor_from_trusted_cert(&der)
                .map_err(|error| malformed(&error))?
                .to_owned();
            roots.push(Root {
                anchor,
                validity: *tbs.validity(),
            });
        }
        if roots.is_empty() {
            Err(RootsError::None)
        } else {
            Ok(Self(roots))
        }
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Roots").field(&self.0.len()).finish()
    }
}

/// Why the authorities' certificates of a file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RootsError {
    /// The file is larger than a file of roots needs to be.
    #[error("it has more than {} KiB; give only the roots that sign plugins' certificates", PEM_BYTES / 1024)]
    TooLarge,
    /// The file contains no PEM certificate.
    #[error("it has no \"-----BEGIN CERTIFICATE-----\"; give the authorities' certificates in PEM")]
    None,
    /// Invalid PEM or DER.
    #[error("cannot read its certificate {number}: {why}")]
    Malformed {
        /// The certificate's number in the file, from 1.
        number: usize,
        /// The parser's error.
        why: String,
    },
    /// The certificate must not issue others.
    #[error(
        "its certificate {number} ({subject}) is not the certificate of an authority; give the certificate of the authority that issued it, or trust its key by itself"
    )]
    NoAuthority {
        /// The certificate's number in the file, from 1.
        number: usize,
        /// The certificate's subject.
        subject: String,
    },
}

/// Why a signer's certificate is not acceptable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateRefusal {
    /// More certificates than the limit.
    #[error("there are more than {CERTIFICATES} certificates")]
    TooMany,
    /// A certificate is larger than the limit.
    #[error("a certificate has more than {} KiB", CERTIFICATE_BYTES / 1024)]
    TooLarge,
    /// Invalid PEM or DER.
    #[error("cannot read a certificate: {0}")]
    Malformed(String),
    /// The certificate's key cannot be used.
    #[error("the certificate's key: {0}")]
    Key(KeyError),
    /// The signature is for other content, or by another signer.
    #[error("it was not made with the certificate's key")]
    OtherKey,
    /// The certificate is not valid yet.
    #[error("the certificate is not valid before {0}; check the clock of this machine")]
    NotYetValid(DateTime),
    /// The certificate has expired.
    #[error(
        "the certificate expired {0}; a certificate must be valid now, so keyless signing, whose certificates last ten minutes, is not supported: sign with a key, or with a certificate that is valid as long as the plugin is used"
    )]
    Expired(DateTime),
    /// The certificate is for another usage, such as TLS.
    #[error("the certificate is not for code signing (extended key usage)")]
    Usage,
    /// The chain does not lead to a trusted root.
    #[error(
        "the certificate was not issued by a trusted root, or the certificates between them are missing: {0}"
    )]
    Chain(String),
    /// Each of the roots has expired or is not valid yet.
    #[error("none of the trusted roots is valid now; configure newer ones")]
    Roots,
    /// The certificate is for other identities.
    #[error("the policy allows none of the certificate's identities ({names})")]
    OtherIdentity {
        /// The identities in the certificate.
        names: String,
    },
}

impl CertificateRefusal {
    fn malformed(error: &dyn fmt::Display) -> Self {
        Self::Malformed(text::printable(&error.to_string(), 120))
    }
}

/// Reads the PEM certificates of a signature: the signer's own, then the intermediate ones.
pub(crate) fn chain_from_pem(parts: &[&str]) -> Result<Vec<CertificateDer<'static>>, CertificateRefusal> {
    let mut chain = Vec::new();
    for certificate in parts
        .iter()
        .flat_map(|pem| CertificateDer::pem_slice_iter(pem.as_bytes()))
    {
        if chain.len() == CERTIFICATES {
            return Err(CertificateRefusal::TooMany);
        }
        chain.push(certificate.map_err(|error| CertificateRefusal::malformed(&error))?);
    }
    Ok(chain)
}

impl CertificatePolicy {
    /// Returns the signer's identity if the first certificate is trusted and the signature was made with its
    /// key.
    pub(crate) fn signer(
        &self,
        chain: &[CertificateDer<'static>],
        message: &[u8],
        signature: &[u8],
        now: SystemTime,
    ) -> Result<&Identity, CertificateRefusal> {
        let (first, others) = chain
            .split_first()
            .ok_or_else(|| CertificateRefusal::Malformed("there is no certificate".to_owned()))?;
        if others.len() >= CERTIFICATES {
            return Err(CertificateRefusal::TooMany);
        }
        if chain
            .iter()
            .any(|certificate| certificate.len() > CERTIFICATE_BYTES)
        {
            return Err(CertificateRefusal::TooLarge);
        }
        let certificate =
            Certificate::from_der(first).map_err(|error| CertificateRefusal::malformed(&error))?;
        let identity = self.identity(&certificate)?;
        check_validity(certificate.tbs_certificate().validity(), now)?;
        check_usage(&certificate)?;
        let end_entity =
            EndEntityCert::try_from(first).map_err(|error| CertificateRefusal::malformed(&error))?;
        let key = PublicKey::new(&end_entity.subject_public_key_info()).map_err(CertificateRefusal::Key)?;
        if !key.verifies(message, signature) {
            return Err(CertificateRefusal::OtherKey);
        }
        self.check_chain(&end_entity, others, now)?;
        Ok(identity)
    }

    fn identity(&self, certificate: &Certificate) -> Result<&Identity, CertificateRefusal> {
        let names = certificate
            .tbs_certificate()
            .get_extension::<SubjectAltName>()
            .map_err(|error| CertificateRefusal::malformed(&error))?;
        let names = names.map_or_else(Vec::new, |(_, SubjectAltName(names))| names);
        self.identities
            .iter()
            .find(|identity| names.iter().any(|name| identity.is(name)))
            .ok_or_else(|| CertificateRefusal::OtherIdentity {
                names: text::list(names.iter().filter_map(identity::shown)),
            })
    }

    fn check_chain(
        &self,
        end_entity: &EndEntityCert<'_>,
        others: &[CertificateDer<'static>],
        now: SystemTime,
    ) -> Result<(), CertificateRefusal> {
        let anchors: Vec<TrustAnchor<'_>> = self
            .roots
            .0
            .iter()
            .filter(|root| check_validity(&root.validity, now).is_ok())
            .map(|root| root.anchor.clone())
            .collect();
        if anchors.is_empty() {
            return Err(CertificateRefusal::Roots);
        }
        let time = UnixTime::since_unix_epoch(since_epoch(now));
        // Intermediate certificates must only not exclude code signing.
        let usage = KeyUsage::required_if_present(ID_KP_CODE_SIGNING.as_bytes());
        end_entity
            .verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, others, time, usage, None, None)
            .map(drop)
            .map_err(|error| {
                // The most common error gets plain words; the others are clear as they are.
                CertificateRefusal::Chain(match error {
                    webpki::Error::UnknownIssuer => "unknown issuer".to_owned(),
                    other => text::printable(&other.to_string(), 120),
                })
            })
    }
}

/// Checks that the signer's own certificate is for code signing.
fn check_usage(certificate: &Certificate) -> Result<(), CertificateRefusal> {
    let tbs = certificate.tbs_certificate();
    let extended = tbs
        .get_extension::<ExtendedKeyUsage>()
        .map_err(|error| CertificateRefusal::malformed(&error))?;
    let basic = tbs
        .get_extension::<KeyUsageExtension>()
        .map_err(|error| CertificateRefusal::malformed(&error))?;
    let is_for_code =
        extended.is_some_and(|(_, ExtendedKeyUsage(usages))| usages.contains(&ID_KP_CODE_SIGNING));
    let is_for_signatures =
        basic.is_none_or(|(_, usage)| usage.digital_signature() || usage.non_repudiation());
    if is_for_code && is_for_signatures {
        Ok(())
    } else {
        Err(CertificateRefusal::Usage)
    }
}

fn check_validity(validity: &Validity, now: SystemTime) -> Result<(), CertificateRefusal> {
    let (now, begin, end) = (
        since_epoch(now),
        validity.not_before.to_unix_duration(),
        validity.not_after.to_unix_duration(),
    );
    if now < begin {
        Err(CertificateRefusal::NotYetValid(
            validity.not_before.to_date_time(),
        ))
    } else if now > end {
        Err(CertificateRefusal::Expired(validity.not_after.to_date_time()))
    } else {
        Ok(())
    }
}

/// A clock before 1970 counts as 1970, when no certificate is valid.
fn since_epoch(now: SystemTime) -> Duration {
    now.duration_since(UNIX_EPOCH).unwrap_or_default()
}

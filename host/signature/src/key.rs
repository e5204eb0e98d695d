//! Public keys, from a policy or from a certificate.

use std::fmt;

use podweave_core::text;
use rustls_pki_types::pem::{self, PemObject as _};
use rustls_pki_types::{SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer};
use webpki::RawPublicKeyEntity;
use webpki::ring::{
    ECDSA_P256_SHA256, ECDSA_P384_SHA256, ECDSA_P384_SHA384, ED25519, RSA_PKCS1_2048_8192_SHA256,
};
use x509_cert::der::asn1::{ObjectIdentifier, UintRef};
use x509_cert::der::oid::db::{rfc5912, rfc8410};
use x509_cert::der::{Decode as _, Reader as _, SliceReader};
use x509_cert::spki::SubjectPublicKeyInfoRef;

use crate::limits::PEM_BYTES;

/// A public key, with its name in messages.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    name: String,
    key: PublicKey,
}

impl Key {
    /// Reads a public key as `cosign generate-key-pair` and `openssl pkey -pubout` write it.
    ///
    /// # Errors
    ///
    /// Why it is not a usable public key, and which kinds are.
    pub fn from_pem(name: impl Into<String>, pem: &[u8]) -> Result<Self, KeyError> {
        if pem.len() > PEM_BYTES {
            return Err(KeyError::TooLarge);
        }
        // This matches all kinds of private keys, including cosign's encrypted ones.
        if contains(pem, b"PRIVATE KEY-----") {
            return Err(KeyError::Private);
        }
        let mut keys = SubjectPublicKeyInfoDer::pem_slice_iter(pem);
        let first = keys.next().ok_or(KeyError::NoKey)?.map_err(KeyError::pem)?;
        match keys.next() {
            None => Ok(Self {
                name: name.into(),
                key: PublicKey::new(&first)?,
            }),
            Some(_) => Err(KeyError::Several),
        }
    }

    /// The name in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.key.verifies(message, signature)
    }

    /// Whether it is an Ed25519 key. ring verifies Ed25519 signatures, which older cosign made, but not
    /// Ed25519ph.
    pub(crate) fn is_ed25519(&self) -> bool {
        self.key.kind == Kind::Ed25519
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Key")
            .field("name", &self.name)
            .field("kind", &self.key.kind)
            .finish_non_exhaustive()
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Why a file contains no usable key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file is larger than any key.
    #[error("it has more than {} KiB, which no public key has", PEM_BYTES / 1024)]
    TooLarge,
    /// The file contains no PEM public key.
    #[error(
        "it has no \"-----BEGIN PUBLIC KEY-----\"; give the public key that cosign generate-key-pair wrote (cosign.pub)"
    )]
    NoKey,
    /// A private key, which must not be where signatures are verified.
    #[error(
        "it is a private key; give the public key instead, and store the private one elsewhere (cosign public-key --key FILE prints it)"
    )]
    Private,
    /// More than one key.
    #[error("it has several keys; give each a file of its own")]
    Several,
    /// Invalid PEM or DER.
    #[error("cannot read its public key: {0}")]
    Malformed(String),
    /// The key is too weak, or of an unknown kind.
    #[error("it is {0}; podweave verifies with ECDSA P-256 and P-384, RSA of 2048 to 8192 bits, and Ed25519")]
    Unsupported(String),
}

impl KeyError {
    fn pem(error: pem::Error) -> Self {
        Self::Malformed(text::printable(&error.to_string(), 120))
    }

    fn der(error: x509_cert::der::Error) -> Self {
        Self::Malformed(text::printable(&error.to_string(), 120))
    }
}

/// A key of a supported kind.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PublicKey {
    kind: Kind,
    der: SubjectPublicKeyInfoDer<'static>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    P256,
    P384,
    Rsa,
    Ed25519,
}

impl PublicKey {
    pub fn new(der: &SubjectPublicKeyInfoDer<'_>) -> Result<Self, KeyError> {
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(KeyError::der)?;
        let bits = info
            .subject_public_key
            .as_bytes()
            .ok_or_else(|| KeyError::Malformed("its length is not a whole number of bytes".to_owned()))?;
        let kind = match info.algorithm.oid {
            rfc5912::ID_EC_PUBLIC_KEY => kind_of_curve(
                info.algorithm
                    .parameters_oid()
                    .map_err(|error| KeyError::Malformed(error.to_string()))?,
            )?,
            rfc5912::RSA_ENCRYPTION => kind_of_modulus(bits)?,
            rfc8410::ID_ED_25519 => Kind::Ed25519,
            other => return Err(KeyError::Unsupported(format!("a key of the algorithm {other}"))),
        };
        // An uncompressed point: webpki accepts no other form.
        let length = match kind {
            Kind::P256 => Some(65),
            Kind::P384 => Some(97),
            Kind::Ed25519 => Some(32),
            Kind::Rsa => None,
        };
        if length.is_some_and(|length| length != bits.len()) {
            return Err(KeyError::Malformed(format!(
                "it has {} bytes, which is not the length of a {kind:?} key",
                bits.len()
            )));
        }
        Ok(Self {
            kind,
            der: der.clone().into_owned(),
        })
    }

    /// Whether the signature of the message was made with this key.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let Ok(entity) = RawPublicKeyEntity::try_from(&self.der) else {
            return false;
        };
        self.kind
            .algorithms()
            .iter()
            .any(|algorithm| entity.verify_signature(*algorithm, message, signature).is_ok())
    }
}

impl Kind {
    /// The algorithms that cosign signs with: SHA-256, except that newer versions use SHA-384 for P-384.
    /// Ed25519 includes its hash.
    fn algorithms(self) -> &'static [&'static dyn SignatureVerificationAlgorithm] {
        // Static, since the algorithms are.
        static P256: [&dyn SignatureVerificationAlgorithm; 1] = [ECDSA_P256_SHA256];
        static P384: [&dyn SignatureVerificationAlgorithm; 2] = [ECDSA_P384_SHA256, ECDSA_P384_SHA384];
        static RSA: [&dyn SignatureVerificationAlgorithm; 1] = [RSA_PKCS1_2048_8192_SHA256];
        static EDWARDS: [&dyn SignatureVerificationAlgorithm; 1] = [ED25519];
        match self {
            Self::P256 => &P256,
            Self::P384 => &P384,
            Self::Rsa => &RSA,
            Self::Ed25519 => &EDWARDS,
        }
    }
}

fn kind_of_curve(curve: ObjectIdentifier) -> Result<Kind, KeyError> {
    match curve {
        rfc5912::SECP_256_R_1 => Ok(Kind::P256),
        rfc5912::SECP_384_R_1 => Ok(Kind::P384),
        other => Err(KeyError::Unsupported(format!(
            "an ECDSA key on the curve {other}"
        ))),
    }
}

/// `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }`
fn kind_of_modulus(key: &[u8]) -> Result<Kind, KeyError> {
    let modulus_bits = SliceReader::new(key)
        .and_then(|mut reader| {
            reader.sequence(|reader| {
                let modulus = UintRef::decode(reader)?;
                UintRef::decode(reader)?;
                let leading = modulus
                    .as_bytes()
                    .first()
                    .map_or(0, |byte| byte.leading_zeros() as usize);
                Ok::<_, x509_cert::der::Error>(modulus.as_bytes().len() * 8 - leading)
            })
        })
        .map_err(KeyError::der)?;
    match modulus_bits {
        2048..=8192 => Ok(Kind::Rsa),
        bits => Err(KeyError::Unsupported(format!("an RSA key of {bits} bits"))),
    }
}

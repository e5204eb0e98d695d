//! A certificate authority and what it signs: the API server's certificate, and the administrator's.

use std::net::{IpAddr, Ipv4Addr};

use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType};

/// A certificate and its key, in PEM.
pub(crate) struct Certificate {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

pub(crate) struct Certificates {
    /// The authority's certificate, in PEM.
    pub(crate) authority: String,
    pub(crate) server: Certificate,
    pub(crate) admin: Certificate,
}

impl Certificates {
    pub(crate) fn new() -> Result<Self> {
        Self::sign().context("certificates cannot be made")
    }

    fn sign() -> Result<Self, rcgen::Error> {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign];
        authority.distinguished_name.push(DnType::CommonName, "podweave-e2e");
        let authority_key = KeyPair::generate()?;
        let authority_certificate = authority.self_signed(&authority_key)?.pem();
        let issuer = Issuer::new(authority, authority_key);

        let mut server = CertificateParams::new(["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"].map(str::to_owned))?;
        server.subject_alt_names.push(SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        server.distinguished_name.push(DnType::CommonName, "kube-apiserver");

        let mut admin = CertificateParams::default();
        admin.distinguished_name.push(DnType::CommonName, "podweave-e2e-admin");
        // RBAC knows this group without any object that says so.
        admin.distinguished_name.push(DnType::OrganizationName, "system:masters");

        Ok(Self {
            authority: authority_certificate,
            server: leaf(server, ExtendedKeyUsagePurpose::ServerAuth, &issuer)?,
            admin: leaf(admin, ExtendedKeyUsagePurpose::ClientAuth, &issuer)?,
        })
    }
}

fn leaf(mut parameters: CertificateParams, purpose: ExtendedKeyUsagePurpose, issuer: &Issuer<'_, KeyPair>) -> Result<Certificate, rcgen::Error> {
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![purpose];
    parameters.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    Ok(Certificate { certificate: parameters.signed_by(&key, issuer)?.pem(), key: key.serialize_pem() })
}

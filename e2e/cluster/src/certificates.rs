//! A certificate authority and what it signs: the API server's certificate, the administrator's, and the kubelets'.

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
    issuer: Issuer<'static, KeyPair>,
}

impl Certificates {
    /// The API server is reached at this address.
    pub(crate) fn new(server_address: Ipv4Addr) -> Result<Self> {
        Self::sign(server_address).context("certificates cannot be made")
    }

    fn sign(server_address: Ipv4Addr) -> Result<Self, rcgen::Error> {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign];
        authority.distinguished_name.push(DnType::CommonName, "podweave-e2e");
        let authority_key = KeyPair::generate()?;
        let authority_certificate = authority.self_signed(&authority_key)?.pem();
        let issuer = Issuer::new(authority, authority_key);

        let mut server = CertificateParams::new(["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"].map(str::to_owned))?;
        server.subject_alt_names.extend([Ipv4Addr::LOCALHOST, server_address].map(|address| SanType::IpAddress(IpAddr::V4(address))));
        server.distinguished_name.push(DnType::CommonName, "kube-apiserver");

        Ok(Self {
            authority: authority_certificate,
            server: leaf(server, ExtendedKeyUsagePurpose::ServerAuth, &issuer)?,
            // RBAC knows this group without any object that says so.
            admin: client("podweave-e2e-admin", "system:masters", &issuer)?,
            issuer,
        })
    }

    /// The certificate that a kubelet shows to the API server: it may do what the node authorizer lets this node do.
    pub(crate) fn kubelet(&self, node: &str) -> Result<Certificate> {
        client(&format!("system:node:{node}"), "system:nodes", &self.issuer).with_context(|| format!("no certificate for the node {node}"))
    }
}

/// A certificate of a client, who is named by it: user and group.
fn client(user: &str, group: &str, issuer: &Issuer<'_, KeyPair>) -> Result<Certificate, rcgen::Error> {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, user);
    parameters.distinguished_name.push(DnType::OrganizationName, group);
    leaf(parameters, ExtendedKeyUsagePurpose::ClientAuth, issuer)
}

fn leaf(mut parameters: CertificateParams, purpose: ExtendedKeyUsagePurpose, issuer: &Issuer<'_, KeyPair>) -> Result<Certificate, rcgen::Error> {
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![purpose];
    parameters.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    Ok(Certificate { certificate: parameters.signed_by(&key, issuer)?.pem(), key: key.serialize_pem() })
}

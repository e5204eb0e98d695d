//! Creates a certificate authority and its certificates: the API server's, the administrator's, and the
//! kubelets'.

use std::net::{IpAddr, Ipv4Addr};

use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};

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
    /// Creates an authority, and certificates for an API server at this address.
    pub(crate) fn new(server_address: Ipv4Addr) -> Result<Self> {
        Self::sign(server_address).context("cannot create certificates")
    }

    fn sign(server_address: Ipv4Addr) -> Result<Self, rcgen::Error> {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign];
        authority
            .distinguished_name
            .push(DnType::CommonName, "podweave-e2e");
        let authority_key = KeyPair::generate()?;
        let authority_certificate = authority.self_signed(&authority_key)?.pem();
        let issuer = Issuer::new(authority, authority_key);

        let mut server = CertificateParams::new(
            [
                "localhost",
                "kubernetes",
                "kubernetes.default",
                "kubernetes.default.svc",
            ]
            .map(str::to_owned),
        )?;
        server.subject_alt_names.extend(
            [Ipv4Addr::LOCALHOST, server_address].map(|address| SanType::IpAddress(IpAddr::V4(address))),
        );
        server
            .distinguished_name
            .push(DnType::CommonName, "kube-apiserver");

        Ok(Self {
            authority: authority_certificate,
            server: leaf(server, ExtendedKeyUsagePurpose::ServerAuth, &issuer)?,
            // RBAC allows this group everything without any object.
            admin: client("podweave-e2e-admin", "system:masters", &issuer)?,
            issuer,
        })
    }

    /// Returns the client certificate of a kubelet: it may do what the node authorizer allows this node.
    pub(crate) fn kubelet(&self, node: &str) -> Result<Certificate> {
        client(&format!("system:node:{node}"), "system:nodes", &self.issuer)
            .with_context(|| format!("cannot create a certificate for the node {node}"))
    }
}

/// Creates a client certificate for a user and a group.
fn client(user: &str, group: &str, issuer: &Issuer<'_, KeyPair>) -> Result<Certificate, rcgen::Error> {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, user);
    parameters
        .distinguished_name
        .push(DnType::OrganizationName, group);
    leaf(parameters, ExtendedKeyUsagePurpose::ClientAuth, issuer)
}

fn leaf(
    mut parameters: CertificateParams,
    purpose: ExtendedKeyUsagePurpose,
    issuer: &Issuer<'_, KeyPair>,
) -> Result<Certificate, rcgen::Error> {
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![purpose];
    parameters.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    Ok(Certificate {
        certificate: parameters.signed_by(&key, issuer)?.pem(),
        key: key.serialize_pem(),
    })
}

//! The HTTP client for one endpoint: which certificate authorities it trusts, and which redirects it follows.

use reqwest::Response;
use reqwest::redirect::Policy;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::child::verdict::of_reqwest;
use crate::failure::Failure;
use crate::protocol::Request;

pub const USER_AGENT: &str = concat!("podweave/", env!("CARGO_PKG_VERSION"));

/// How many redirects are followed.
const REDIRECTS: usize = 5;

/// What all attempts share: the request, the HTTP client and the trusted authorities.
pub struct Connector<'a> {
    pub request: &'a Request,
    /// For requests where oci-client lacks a limit or a rule. It follows no redirect from TLS to plain HTTP.
    pub http: reqwest::Client,
    /// The trusted certificate authorities.
    pub authorities: Vec<CertificateDer<'static>>,
}

impl<'a> Connector<'a> {
    pub fn new(request: &'a Request) -> Result<Self, Failure> {
        // A second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let authorities = authorities(&request.certificate_authorities)?;
        if authorities.is_empty() {
            return Err(Failure::NoAuthorities);
        }
        let downward = Policy::custom(|attempt| {
            let from_tls = attempt
                .previous()
                .last()
                .is_some_and(|previous| previous.scheme() == "https");
            match () {
                () if attempt.previous().len() > REDIRECTS => attempt.error("too many redirects"),
                () if from_tls && attempt.url().scheme() != "https" => {
                    attempt.error("a redirect from TLS to plain HTTP, which is not followed")
                }
                () => attempt.follow(),
            }
        });
        let mut connector = Self {
            request,
            http: reqwest::Client::default(),
            authorities,
        };
        connector.http = connector.http_client(downward)?;
        Ok(connector)
    }

    /// `https://host`.
    pub fn base(&self) -> String {
        format!(
            "{}://{}",
            if self.request.plain_http { "http" } else { "https" },
            self.request.host
        )
    }

    pub fn http_client(&self, redirect: Policy) -> Result<reqwest::Client, Failure> {
        let certificates: Result<Vec<_>, _> = self
            .authorities
            .iter()
            .map(|authority| reqwest::Certificate::from_der(authority))
            .collect();
        let client = certificates.and_then(|certificates| {
            reqwest::Client::builder()
                .tls_certs_only(certificates)
                .redirect(redirect)
                .connect_timeout(self.request.limits.connect)
                .read_timeout(self.request.limits.idle)
                .user_agent(USER_AGENT)
                .build()
        });
        client.map_err(|error| of_reqwest(&error))
    }
}

/// The system's certificate authorities, and those that are configured.
fn authorities(configured: &[String]) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let mut authorities = Vec::new();
    // Skip authorities that rustls cannot use: systems ship some of them.
    authorities.extend(
        rustls_native_certs::load_native_certs()
            .certs
            .into_iter()
            .filter(|authority| RootCertStore::empty().add(authority.clone()).is_ok()),
    );
    for pem in configured {
        let before = authorities.len();
        for authority in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let authority = authority.map_err(|error| {
                Failure::Request(format!(
                    "a configured certificate authority is not valid PEM: {error}"
                ))
            })?;
            RootCertStore::empty().add(authority.clone()).map_err(|error| {
                Failure::Request(format!(
                    "a configured certificate authority is not a usable certificate: {error}"
                ))
            })?;
            authorities.push(authority);
        }
        if authorities.len() == before {
            return Err(Failure::Request(
                "a configured certificate authority contains no PEM certificate".to_owned(),
            ));
        }
    }
    Ok(authorities)
}
/// Reads an answer's body, up to the limit.
pub async fn bounded(mut answer: Response, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(bytes) = answer.chunk().await.map_err(|error| of_reqwest(&error))? {
        let room = limit - body.len();
        body.extend_from_slice(&bytes[..bytes.len().min(room)]);
        if body.len() == limit {
            break;
        }
    }
    Ok(body)
}

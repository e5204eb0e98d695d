//! A connection to one endpoint for one repository: authenticates, and makes the small requests (resolve a
//! tag, read a manifest, list tags). docs/decisions/013-oci-client.md says why these do not go through
//! oci-client.

use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderMap, HeaderValue};
use oci_client::Reference;
use oci_client::client::{Certificate, CertificateEncoding, ClientConfig, ClientProtocol};
use oci_client::secrets::RegistryAuth;
use oci_client::token_cache::RegistryTokenType;
use oci_client::{Client, RegistryOperation};
use podweave_core::digest::Digest;
use rustls::pki_types::CertificateDer;

use crate::artifact::{MANIFEST, MANIFEST_BYTES};
use crate::child::authentication::{Authorization, authorize};
use crate::child::connector::{Connector, USER_AGENT, bounded};
use crate::child::verdict::{of_client, of_reqwest, of_status};
use crate::failure::Failure;
use crate::protocol::Message;

/// Accepted media types of manifests. Indexes are included, so that an index is reported as such and not as
/// missing.
const MANIFESTS: [&str; 4] = [
    MANIFEST,
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];

/// How many tags are listed.
const TAGS: usize = 1000;

impl Connector<'_> {
    /// Authenticates and returns a connection for the repository.
    pub async fn connect(&self, push: bool) -> Result<Connection<'_>, Failure> {
        let authorization = authorize(self, push).await?;
        let certificate = |authority: &CertificateDer<'_>| Certificate {
            encoding: CertificateEncoding::Der,
            data: authority.to_vec(),
        };
        let client = Client::try_from(ClientConfig {
            protocol: if self.request.plain_http {
                ClientProtocol::Http
            } else {
                ClientProtocol::Https
            },
            tls_certs_only: self.authorities.iter().map(certificate).collect(),
            use_monolithic_push: true,
            platform_resolver: None,
            connect_timeout: Some(self.request.limits.connect),
            read_timeout: Some(self.request.limits.idle),
            user_agent: USER_AGENT,
            ..ClientConfig::default()
        })
        .map_err(|error| of_client(&error, "registry", false))?;
        let mut connection = Connection {
            connector: self,
            client,
            auth: RegistryAuth::Anonymous,
            header: None,
        };
        connection.bear(authorization).await?;
        Ok(connection)
    }
}

/// An endpoint to which the client has authenticated.
pub struct Connection<'a> {
    pub connector: &'a Connector<'a>,
    pub client: Client,
    auth: RegistryAuth,
    header: Option<HeaderValue>,
}

impl Connection<'_> {
    /// Gives oci-client the authorization, so that it does not authenticate itself: it would contact a token
    /// server over plain HTTP.
    async fn bear(&mut self, authorization: Authorization) -> Result<(), Failure> {
        self.auth = match authorization {
            Authorization::Open => return Ok(()),
            Authorization::Token(token) => RegistryAuth::Bearer(token),
            Authorization::Password { username, password } => RegistryAuth::Basic(username, password),
        };
        let reference = self.by_tag("latest");
        self.client
            .store_auth_if_needed(&self.connector.request.host, &self.auth)
            .await;
        let mut request = self.connector.http.get(self.connector.base());
        match &self.auth {
            RegistryAuth::Basic(username, password) => {
                for operation in [RegistryOperation::Pull, RegistryOperation::Push] {
                    self.client
                        .tokens
                        .insert(
                            &reference,
                            operation,
                            RegistryTokenType::Basic(username.clone(), password.clone()),
                        )
                        .await;
                }
                request = request.basic_auth(username, Some(password));
            }
            RegistryAuth::Bearer(token) => request = request.bearer_auth(token),
            RegistryAuth::Anonymous => {}
        }
        let request = request.build().map_err(|error| of_reqwest(&error))?;
        self.header = request.headers().get(AUTHORIZATION).cloned();
        Ok(())
    }

    pub fn with_credentials(&self) -> bool {
        self.connector.request.credentials.is_some()
    }

    pub fn by_tag(&self, tag: &str) -> Reference {
        self.reference(|registry, repository| Reference::with_tag(registry, repository, tag.to_owned()))
    }

    pub fn by_digest(&self, digest: &str) -> Reference {
        self.reference(|registry, repository| Reference::with_digest(registry, repository, digest.to_owned()))
    }

    fn reference(&self, make: impl FnOnce(String, String) -> Reference) -> Reference {
        let request = self.connector.request;
        let registry = request.mirrored.as_ref().unwrap_or(&request.host);
        let mut reference = make(registry.clone(), request.repository.clone());
        if request.mirrored.is_some() {
            reference.set_mirror_registry(request.host.clone());
        }
        reference
    }

    /// Resolves a tag to its digest. This does not use oci-client, which would follow a redirect to plain
    /// HTTP: only TLS protects the answer.
    pub async fn resolve(&self, tag: &str) -> Result<Message, Failure> {
        let request = self.connector.request;
        let mut url = format!(
            "{}/v2/{}/manifests/{tag}",
            self.connector.base(),
            request.repository
        );
        if let Some(mirrored) = &request.mirrored {
            url.push_str("?ns=");
            url.push_str(mirrored);
        }
        let mut headers = HeaderMap::new();
        headers.extend(MANIFESTS.map(|kind| (ACCEPT, HeaderValue::from_static(kind))));
        headers.extend(self.header.clone().map(|header| (AUTHORIZATION, header)));
        let head = self
            .connector
            .http
            .head(&url)
            .headers(headers.clone())
            .send()
            .await
            .map_err(|error| of_reqwest(&error))?;
        let digest = head
            .headers()
            .get("docker-content-digest")
            .and_then(|digest| digest.to_str().ok())
            .and_then(Digest::parse);
        if let (true, Some(digest)) = (head.status().is_success(), digest) {
            return Ok(Message::Resolved {
                manifest: digest.to_string(),
            });
        }
        // HEAD has no body with the reason of a refusal, and some registries do not send the digest header.
        let answer = self
            .connector
            .http
            .get(&url)
            .headers(headers)
            .send()
            .await
            .map_err(|error| of_reqwest(&error))?;
        let status = answer.status();
        let limit = usize::try_from(MANIFEST_BYTES).unwrap_or(usize::MAX);
        let body = bounded(answer, limit + 1).await?;
        match status.is_success() {
            false => Err(of_status(status, &body, "manifest", self.with_credentials())),
            true if body.len() > limit => Err(Failure::TooLarge {
                what: "manifest".to_owned(),
                size: body.len() as u64,
                limit: MANIFEST_BYTES,
            }),
            true => Ok(Message::Resolved {
                manifest: Digest::of(&body).to_string(),
            }),
        }
    }

    /// Pulls a manifest. If the reference has a digest, the manifest has that digest.
    pub async fn manifest(&self, reference: &Reference) -> Result<Vec<u8>, Failure> {
        let pulled = self
            .client
            .pull_manifest_raw(reference, &self.auth, &MANIFESTS)
            .await;
        let (manifest, _) = pulled.map_err(|error| of_client(&error, "manifest", self.with_credentials()))?;
        if manifest.len() as u64 > MANIFEST_BYTES {
            return Err(Failure::TooLarge {
                what: "manifest".to_owned(),
                size: manifest.len() as u64,
                limit: MANIFEST_BYTES,
            });
        }
        Ok(manifest.to_vec())
    }

    pub async fn tags(&self) -> Result<Message, Failure> {
        let listed = self
            .client
            .list_tags(&self.by_tag("latest"), &self.auth, Some(TAGS), None)
            .await;
        let mut tags = listed
            .map_err(|error| of_client(&error, "repository", self.with_credentials()))?
            .tags;
        tags.truncate(TAGS);
        Ok(Message::Tags(tags))
    }
}

//! Checks TLS, and errors in it.

use std::sync::Arc;

use podweave_api_server::{ApiServer, ApiServerOptions};
use podweave_config_maps::source::{FailureKind, Read, Source};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::client::{name, soon};
use crate::server::{Answer, Asked, Server, config_map};

/// A server with a certificate for 127.0.0.1, and a configuration that trusts it.
async fn server(protocols: &[&str]) -> (Server, kube::Config) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let tls = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap();
    let mut tls = tls
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(cert.der().to_vec())], key)
        .unwrap();
    tls.alpn_protocols = protocols
        .iter()
        .map(|protocol| protocol.as_bytes().to_vec())
        .collect();
    let server = Server::with_tls(tls, |asked: Asked, answer: Answer| async move {
        answer.json(config_map(&asked.name(), 5))
    })
    .await;
    let mut config = kube::Config::new(format!("https://{}", server.address).parse().unwrap());
    config.root_cert = Some(vec![cert.der().to_vec()]);
    (server, config)
}

async fn failure(config: kube::Config) -> String {
    let client = ApiServer::new(config, ApiServerOptions::default()).unwrap();
    let error = soon(client.get(&name("a"), Read::Quorum)).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Unreachable);
    error.message
}

#[tokio::test]
async fn a_server_with_a_trusted_certificate_is_used() {
    let (_server, config) = server(&["h2"]).await;
    let client = ApiServer::new(config, ApiServerOptions::default()).unwrap();
    assert!(
        soon(client.get(&name("a"), Read::Quorum))
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_server_with_an_untrusted_certificate_is_not_used() {
    let (_server, mut config) = server(&["h2"]).await;
    let (_other, trusted) = server(&["h2"]).await;
    config.root_cert = trusted.root_cert;
    let message = failure(config).await;
    assert!(
        message.contains("TLS: ") && message.contains("certificate"),
        "{message}"
    );
}

#[tokio::test]
async fn the_configuration_can_name_the_server_differently() {
    let (_server, mut config) = server(&["h2"]).await;
    config.tls_server_name = Some("kubernetes.default".to_owned());
    let message = failure(config).await;
    assert!(message.contains("certificate"), "{message}");
}

#[tokio::test]
async fn a_server_without_http2_is_described_as_such() {
    let (_server, config) = server(&[]).await;
    let message = failure(config).await;
    assert!(message.ends_with("the server does not speak HTTP/2"), "{message}");
}

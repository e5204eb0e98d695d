//! TLS: which certificates are trusted, and that nothing falls back to plain HTTP.

use std::sync::Arc;

use podweave_registry::{Access, Endpoint, Failure};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::client::{
    PASSWORD, checked, client, component, limits, password, pull_with, reference, with_environment,
};
use crate::server::{Answer, Asked, Server, answer, with};
use crate::shelf::Shelf;

/// A server with a certificate for a name, and that certificate.
async fn server(name: &str, handle: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> (Server, String) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let tls = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap();
    let tls = tls
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(cert.der().to_vec())], key)
        .unwrap();
    (Server::with_tls(tls, handle).await, cert.pem())
}

fn access(server: &Server, authorities: &[&str]) -> Access {
    Access {
        certificate_authorities: authorities.iter().map(|pem| (*pem).to_owned()).collect(),
        ..Access::of(&reference(server))
    }
}

#[tokio::test]
async fn a_configured_authority_is_trusted() {
    let (shelf, right) = (Shelf::default(), component(1000));
    let manifest = shelf.put_component("1.4", &right);
    let (server, pem) = server("127.0.0.1", move |asked| shelf.answer(asked)).await;
    let access = access(&server, &[&pem]);
    assert_eq!(
        client().resolve(&reference(&server), &access).await.unwrap(),
        manifest
    );
    let (pulled, bytes) = pull_with(&client(), &server, manifest, &access).await;
    pulled.unwrap();
    assert_eq!(bytes, right);
}

#[tokio::test]
async fn untrusted_certificates_and_wrong_names_are_refused() {
    let (right, _) = server("127.0.0.1", |_| answer(200, "")).await;
    let (_, other) = server("127.0.0.1", |_| answer(200, "")).await;
    let (named, pem) = server("registry.example", |_| answer(200, "")).await;
    for (server, pem) in [(&right, &other), (&named, &pem)] {
        let mut access = access(server, &[pem]);
        access.endpoints[0].credentials = Some(password());
        let failure = checked(client().resolve(&reference(server), &access).await.unwrap_err());
        assert!(
            matches!(failure, Failure::Certificate(_))
                && failure.to_string().contains("certificate authority"),
            "{failure:?}"
        );
        assert!(server.asked().is_empty());
    }
}

#[tokio::test]
async fn an_unusable_authority_is_reported() {
    let (server, _) = server("127.0.0.1", |_| answer(200, "")).await;
    for (pem, words) in [
        ("", "no PEM certificate"),
        ("nonsense", "no PEM certificate"),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "is not a usable certificate",
        ),
    ] {
        let failure = checked(
            client()
                .resolve(&reference(&server), &access(&server, &[pem]))
                .await
                .unwrap_err(),
        );
        assert!(failure.to_string().contains(words), "{failure}");
    }
}

#[tokio::test]
async fn a_token_server_without_tls_gets_nothing() {
    let tokens = Server::start(|_| answer(200, r#"{"token":"t0ken"}"#)).await;
    let realm = format!("http://{}/token", tokens.address);
    let challenge = format!("Bearer realm=\"{realm}\",service=\"x\"");
    let (server, pem) = server("127.0.0.1", move |_| {
        with(answer(401, ""), "www-authenticate", &challenge)
    })
    .await;
    let mut access = access(&server, &[&pem]);
    for credentials in [Some(password()), None] {
        access.endpoints[0].credentials = credentials;
        let failure = checked(client().resolve(&reference(&server), &access).await.unwrap_err());
        assert!(matches!(failure, Failure::PlainTokenServer(_)), "{failure:?}");
    }
    assert!(tokens.asked().is_empty());
}

#[tokio::test]
async fn plain_http_redirects_get_no_tag_lookup_and_no_credentials() {
    let shelf = Shelf::default();
    let manifest = shelf.put_component("1.4", &component(1000));
    let clear = {
        let shelf = shelf.clone();
        Server::start(move |asked| shelf.answer(asked)).await
    };
    let other = clear.address;
    let (server, pem) = server("127.0.0.1", move |asked| match asked.authorization {
        Some(_) if asked.path != "/v2/" => with(
            answer(307, ""),
            "location",
            &format!("http://{other}{}", asked.path),
        ),
        Some(_) => answer(200, ""),
        None => with(answer(401, ""), "www-authenticate", "Basic realm=\"x\""),
    })
    .await;
    let mut access = access(&server, &[&pem]);
    access.endpoints[0].credentials = Some(password());
    let failure = checked(client().resolve(&reference(&server), &access).await.unwrap_err());
    assert!(
        matches!(failure, Failure::Unexpected(_)) && failure.to_string().contains("from TLS to plain HTTP"),
        "{failure:?}"
    );
    assert!(clear.asked().is_empty());
    // Content with a digest may come over plain HTTP, as from the blob stores that registries redirect to,
    // but without credentials.
    pull_with(&client(), &server, manifest, &access).await.0.unwrap();
    assert!(clear.count(|_| true) >= 2 && clear.asked().iter().all(|asked| asked.authorization.is_none()));
}

#[tokio::test]
async fn proxies_and_no_proxy_of_the_environment_are_honoured() {
    let shelf = Shelf::default();
    let manifest = shelf.put_component("1.4", &component(1000));
    let proxy = {
        let shelf = shelf.clone();
        Server::start(move |asked| shelf.answer(asked)).await
    };
    let server = Server::start(move |asked| shelf.answer(asked)).await;
    let mut access = crate::client::access(&server);
    let variable = format!("http_proxy=http://{}", proxy.address);
    let through = with_environment(std::slice::from_ref(&variable), limits());
    assert_eq!(
        through.resolve(&reference(&server), &access).await.unwrap(),
        manifest
    );
    assert!(server.asked().is_empty() && proxy.count(|_| true) > 0);
    let around = with_environment(&[variable, "no_proxy=127.0.0.1".to_owned()], limits());
    access.endpoints.push(Endpoint::of(&reference(&server)));
    assert_eq!(
        around.resolve(&reference(&server), &access).await.unwrap(),
        manifest
    );
    assert!(server.count(|_| true) > 0);
    assert!(!proxy.saw(PASSWORD));
}

//! Authentication: which server receives which credentials.

use podweave_registry::{Access, Credentials, Endpoint, Failure};

use crate::client::{
    PASSWORD, access, access_with, checked, client, component, endpoint, failure, file_of, password,
    pull_with, reference,
};
use crate::server::{Answer, Server, answer, with};
use crate::shelf::Shelf;

/// `anna:correct-horse-battery`
pub(crate) const BASIC: &str = "Basic YW5uYTpjb3JyZWN0LWhvcnNlLWJhdHRlcnk=";

pub(crate) fn basic_wanted() -> Answer {
    with(answer(401, ""), "www-authenticate", "Basic realm=\"registry\"")
}

/// A registry that accepts requests with this header.
pub(crate) async fn registry(
    shelf: Shelf,
    authorization: &'static str,
    wanted: impl Fn() -> Answer + Send + Sync + 'static,
) -> Server {
    Server::start(move |asked| {
        if asked.authorization.as_deref() == Some(authorization) {
            shelf.answer(asked)
        } else {
            wanted()
        }
    })
    .await
}

#[tokio::test]
async fn a_registry_that_wants_a_password_gets_it() {
    let (shelf, right) = (Shelf::default(), component(1000));
    let manifest = shelf.put_component("1.4", &right);
    let server = registry(shelf, BASIC, basic_wanted).await;
    let access = access_with(&server, password());
    assert_eq!(
        client().resolve(&reference(&server), &access).await.unwrap(),
        manifest
    );
    let (pulled, bytes) = pull_with(&client(), &server, manifest, &access).await;
    pulled.unwrap();
    assert_eq!(bytes, right);
}

#[tokio::test]
async fn missing_and_wrong_passwords_are_reported() {
    let shelf = Shelf::default();
    let manifest = shelf.put_component("1.4", &component(10));
    let server = registry(shelf, BASIC, basic_wanted).await;
    let none = failure(&server, manifest).await;
    assert!(
        matches!(
            none,
            Failure::Unauthorized {
                with_credentials: false,
                ..
            }
        ) && none.to_string().contains("docker login"),
        "{none}"
    );
    let wrong = Credentials::Password {
        username: "anna".to_owned(),
        password: "wrong".to_owned(),
    };
    let error = client()
        .resolve(&reference(&server), &access_with(&server, wrong))
        .await
        .unwrap_err();
    let wrong = checked(error);
    assert!(
        matches!(
            wrong,
            Failure::Unauthorized {
                with_credentials: true,
                ..
            }
        ),
        "{wrong}"
    );
    assert_eq!(
        server.count(|asked| asked.path.contains("/manifests/")),
        2,
        "HEAD, and GET for the reason; a refusal is not retried"
    );
}

#[tokio::test]
async fn credentials_are_not_sent_unless_the_registry_asks() {
    let (shelf, right) = (Shelf::default(), component(1000));
    let manifest = shelf.put_component("1.4", &right);
    let server = Server::start(move |asked| shelf.answer(asked)).await;
    pull_with(&client(), &server, manifest, &access_with(&server, password()))
        .await
        .0
        .unwrap();
    assert!(server.asked().iter().all(|asked| asked.authorization.is_none()));
}

#[tokio::test]
async fn a_private_repository_of_an_open_registry_gets_the_password() {
    let (shelf, right) = (Shelf::default(), component(1000));
    let manifest = shelf.put_component("1.4", &right);
    let server = Server::start(
        move |asked| match (asked.path.as_str(), asked.authorization.as_deref()) {
            ("/v2/", _) | (_, Some(BASIC)) => shelf.answer(asked),
            _ => basic_wanted(),
        },
    )
    .await;
    let access = access_with(&server, password());
    let (pulled, bytes) = pull_with(&client(), &server, manifest, &access).await;
    pulled.unwrap();
    assert_eq!(bytes, right);
    let anonymous = failure(&server, manifest).await;
    assert!(
        matches!(
            anonymous,
            Failure::Unauthorized {
                with_credentials: false,
                ..
            }
        ),
        "{anonymous}"
    );
}

#[tokio::test]
async fn a_registry_open_for_pulls_gets_the_password_for_pushes() {
    let shelf = Shelf::default();
    let server = {
        let shelf = shelf.clone();
        Server::start(
            move |asked| match (asked.method.as_str(), asked.authorization.as_deref()) {
                ("GET" | "HEAD", _) | (_, Some(BASIC)) => shelf.answer(asked),
                _ => basic_wanted(),
            },
        )
        .await
    };
    let artifact = podweave_registry::NewArtifact::default();
    let pushed = client()
        .push(
            &reference(&server),
            &file_of(b"component"),
            &artifact,
            &access_with(&server, password()),
            |_| (),
        )
        .await
        .unwrap();
    assert_eq!(
        podweave_core::digest::Digest::of(&shelf.manifest("1.4").unwrap()),
        pushed
    );
}

#[tokio::test]
async fn credentials_follow_no_redirect_to_another_host() {
    let (shelf, right) = (Shelf::default(), component(1000));
    let manifest = shelf.put_component("1.4", &right);
    let elsewhere = {
        let shelf = shelf.clone();
        Server::start(move |asked| shelf.answer(asked)).await
    };
    let other = elsewhere.address;
    // The registry redirects everything except `/v2/` to another host, and wants a password for each request.
    let server = Server::start(move |asked| match asked.authorization.as_deref() {
        Some(BASIC) if asked.path != "/v2/" => with(
            answer(307, ""),
            "location",
            &format!("http://{other}{}", asked.path),
        ),
        Some(BASIC) => answer(200, ""),
        _ => basic_wanted(),
    })
    .await;
    let access = access_with(&server, password());
    assert_eq!(
        client().resolve(&reference(&server), &access).await.unwrap(),
        manifest
    );
    let (pulled, bytes) = pull_with(&client(), &server, manifest, &access).await;
    pulled.unwrap();
    assert_eq!(bytes, right);
    assert!(
        elsewhere.count(|_| true) >= 3
            && elsewhere
                .asked()
                .iter()
                .all(|asked| asked.authorization.is_none()),
        "{:?}",
        elsewhere.asked()
    );
}

#[tokio::test]
async fn credentials_of_one_endpoint_are_not_sent_to_another() {
    let shelf = Shelf::default();
    let manifest = shelf.put_component("1.4", &component(10));
    let mirror = Server::start(|_| basic_wanted()).await;
    let server = registry(shelf, BASIC, basic_wanted).await;
    let access = Access {
        endpoints: vec![
            Endpoint {
                host: mirror.address.to_string(),
                ..endpoint(&server)
            },
            Endpoint {
                credentials: Some(password()),
                ..endpoint(&server)
            },
        ],
        ..access(&server)
    };
    assert_eq!(
        client().resolve(&reference(&server), &access).await.unwrap(),
        manifest
    );
    assert!(mirror.count(|_| true) > 0 && mirror.asked().iter().all(|asked| asked.authorization.is_none()));
}

#[tokio::test]
async fn a_malformed_challenge_is_an_error() {
    for challenge in [
        "Bearer",
        "Bearer realm=",
        "Bearer service=\"x\"",
        "Negotiate",
        "\"",
        "Bearer realm=\"no URL\"",
        "Bearer realm=\"file:///etc/passwd\"",
    ] {
        let server = Server::start(move |_| with(answer(401, ""), "www-authenticate", challenge)).await;
        let failure = checked(
            client()
                .resolve(&reference(&server), &access_with(&server, password()))
                .await
                .unwrap_err(),
        );
        assert!(
            !failure.may_pass() || matches!(failure, Failure::Cut(_)),
            "{challenge}: {failure:?}"
        );
        assert!(!server.saw("Basic "), "{challenge}");
    }
}

#[tokio::test]
async fn credentials_show_nothing() {
    for credentials in [
        password(),
        Credentials::IdentityToken(PASSWORD.to_owned()),
        Credentials::RegistryToken(PASSWORD.to_owned()),
    ] {
        assert!(!format!("{credentials:?}").contains(PASSWORD));
        assert!(
            !format!(
                "{:?}",
                Access {
                    endpoints: vec![Endpoint {
                        host: "h".to_owned(),
                        plain_http: false,
                        prefix: None,
                        credentials: Some(credentials)
                    }],
                    ..Access::default()
                }
            )
            .contains(PASSWORD)
        );
    }
}

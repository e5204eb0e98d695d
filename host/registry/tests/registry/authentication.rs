//! Authentication: which server receives which credentials.

use podweave_registry::{Access, Credentials, Endpoint, Failure};
use serde_json::json;

use crate::client::{
    PASSWORD, access, access_with, checked, client, component, endpoint, failure, file_of, password,
    pull_with, reference,
};
use crate::server::{Answer, Asked, Server, answer, endless, with};
use crate::shelf::Shelf;

/// `anna:correct-horse-battery`
const BASIC: &str = "Basic YW5uYTpjb3JyZWN0LWhvcnNlLWJhdHRlcnk=";

fn basic_wanted() -> Answer {
    with(answer(401, ""), "www-authenticate", "Basic realm=\"registry\"")
}

fn token_wanted(realm: &str) -> Answer {
    with(
        answer(401, ""),
        "www-authenticate",
        &format!("Bearer realm=\"{realm}\",service=\"registry\",scope=\"repository:acme/web:pull\""),
    )
}

/// A registry that accepts requests with this header.
async fn registry(
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
async fn a_token_is_fetched_from_the_token_server() {
    for field in ["token", "access_token"] {
        let (shelf, right) = (Shelf::default(), component(1000));
        let manifest = shelf.put_component("1.4", &right);
        let tokens = Server::start(move |asked| {
            if asked.authorization.as_deref() == Some(BASIC) {
                answer(200, json!({ field: "t0ken" }).to_string())
            } else {
                answer(401, "")
            }
        })
        .await;
        let realm = format!("http://{}/token", tokens.address);
        let server = registry(shelf, "Bearer t0ken", move || token_wanted(&realm)).await;
        let (pulled, bytes) =
            pull_with(&client(), &server, manifest, &access_with(&server, password())).await;
        pulled.unwrap();
        assert_eq!(bytes, right);
        assert_eq!(
            tokens.asked()[0].query,
            "scope=repository%3Aacme%2Fweb%3Apull&service=registry"
        );
        assert!(
            !server.saw(BASIC),
            "the registry gets the token, not the password"
        );
    }
}

#[tokio::test]
async fn an_anonymous_token_needs_no_credentials() {
    let shelf = Shelf::default();
    let manifest = shelf.put_component("1.4", &component(10));
    let tokens = Server::start(|_| answer(200, r#"{"token":"t0ken"}"#)).await;
    let realm = format!("http://{}/token", tokens.address);
    let server = registry(shelf, "Bearer t0ken", move || token_wanted(&realm)).await;
    assert_eq!(
        client()
            .resolve(&reference(&server), &access(&server))
            .await
            .unwrap(),
        manifest
    );
}

#[tokio::test]
async fn an_identity_token_is_exchanged() {
    let shelf = Shelf::default();
    let manifest = shelf.put_component("1.4", &component(10));
    let granted = |asked: &Asked| {
        let form = String::from_utf8_lossy(&asked.body).into_owned();
        let right = asked.method == "POST"
            && form.contains("grant_type=refresh_token")
            && form.contains(&format!("refresh_token={PASSWORD}"));
        if right {
            answer(200, r#"{"access_token":"t0ken"}"#)
        } else {
            answer(401, "")
        }
    };
    let tokens = Server::start(granted).await;
    let realm = format!("http://{}/token", tokens.address);
    let server = registry(shelf, "Bearer t0ken", move || token_wanted(&realm)).await;
    let access = access_with(&server, Credentials::IdentityToken(PASSWORD.to_owned()));
    assert_eq!(
        client().resolve(&reference(&server), &access).await.unwrap(),
        manifest
    );
    assert!(!server.saw(PASSWORD));
}

#[tokio::test]
async fn an_identity_token_does_not_follow_a_redirect() {
    let thief = Server::start(|_| answer(200, r#"{"access_token":"t0ken"}"#)).await;
    let to = format!("http://{}/token", thief.address);
    let tokens = Server::start(move |_| with(answer(307, ""), "location", &to)).await;
    let realm = format!("http://{}/token", tokens.address);
    let server = registry(Shelf::default(), "Bearer t0ken", move || token_wanted(&realm)).await;
    let access = access_with(&server, Credentials::IdentityToken(PASSWORD.to_owned()));
    checked(client().resolve(&reference(&server), &access).await.unwrap_err());
    assert!(thief.asked().is_empty());
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
async fn a_token_server_without_a_usable_token_is_an_error() {
    type Tokens = fn(&Asked) -> Answer;
    let cases: [(Tokens, &str); 8] = [
        (|_| answer(200, "{}"), "no token"),
        (|_| answer(200, r#"{"token":""}"#), "no token"),
        (|_| answer(200, "<html>"), "no token"),
        (|_| answer(200, "{\"token\":\"a\\r\\nx: y\"}"), "characters"),
        (
            |_| {
                endless(
                    200,
                    b"{\"token\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                )
            },
            "larger than 256 KiB",
        ),
        (
            |_| {
                endless(
                    401,
                    b"no no no no no no no no no no no no no no no no no no no no no no ",
                )
            },
            "no no",
        ),
        (
            |_| {
                answer(
                    401,
                    r#"{"errors":[{"code":"UNAUTHORIZED","message":"who are you"}]}"#,
                )
            },
            "who are you",
        ),
        (|_| answer(404, ""), "token"),
    ];
    for (tokens, words) in cases {
        let tokens = Server::start(tokens).await;
        let realm = format!("http://{}/token", tokens.address);
        let server = registry(Shelf::default(), "Bearer t0ken", move || token_wanted(&realm)).await;
        let error = client()
            .resolve(&reference(&server), &access_with(&server, password()))
            .await
            .unwrap_err();
        let shown = checked(error).to_string();
        assert!(shown.contains(words), "{words}: {shown}");
    }
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

//! Token servers: which credentials they get, and which tokens are accepted.

use podweave_registry::Credentials;
use serde_json::json;

use crate::authentication::{BASIC, registry};
use crate::client::{
    PASSWORD, access, access_with, checked, client, component, password, pull_with, reference,
};
use crate::server::{Answer, Asked, Server, answer, endless, with};
use crate::shelf::Shelf;

pub(crate) fn token_wanted(realm: &str) -> Answer {
    with(
        answer(401, ""),
        "www-authenticate",
        &format!("Bearer realm=\"{realm}\",service=\"registry\",scope=\"repository:acme/web:pull\""),
    )
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

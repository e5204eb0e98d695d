//! Authenticates to a registry: anonymously, with a password, or with a token from the token server that the
//! registry names.

use http::header::{CONTENT_LENGTH, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use http_auth::parser::ChallengeParser;
use reqwest::redirect::Policy;
use reqwest::{Response, Url};
use serde::Deserialize;

use crate::child::connector::{Connector, bounded};
use crate::child::verdict::{of_reqwest, of_status};
use crate::credentials::Credentials;
use crate::failure::Failure;

/// The largest answer of a token server, and how much of an error page is read.
const TOKEN_BYTES: usize = 256 * 1024;
const ERROR_BYTES: usize = 4096;

/// What requests must carry.
pub enum Authorization {
    Open,
    Password { username: String, password: String },
    Token(String),
}

/// The authentication that a registry demands.
enum Challenge {
    Token { realm: String, service: Option<String> },
    Password,
}

/// Finds out how the registry wants requests for the repository to be authenticated.
pub async fn authorize(connector: &Connector<'_>, push: bool) -> Result<Authorization, Failure> {
    let credentials = connector.request.credentials.as_ref();
    if let Some(Credentials::RegistryToken(token)) = credentials {
        return checked(token.clone()).map(Authorization::Token);
    }
    // Ask without credentials first: a registry that does not demand credentials must not see any.
    let answer = connector
        .http
        .get(format!("{}/v2/", connector.base()))
        .send()
        .await
        .map_err(|error| of_reqwest(&error))?;
    let status = answer.status();
    let challenge = match challenge(&answer) {
        None if status == StatusCode::UNAUTHORIZED => {
            return Err(Failure::Unexpected(
                "401 without a usable WWW-Authenticate header".to_owned(),
            ));
        }
        None if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() => {
            return Err(of_status(
                status,
                &bounded(answer, ERROR_BYTES).await.unwrap_or_default(),
                "registry",
                credentials.is_some(),
            ));
        }
        None if credentials.is_some() => challenge_for_repository(connector, push).await?,
        challenge => challenge,
    };
    match challenge {
        None => Ok(Authorization::Open),
        Some(Challenge::Password) => match credentials {
            Some(Credentials::Password { username, password }) => Ok(Authorization::Password {
                username: username.clone(),
                password: password.clone(),
            }),
            Some(_) => Err(Failure::Unauthorized {
                with_credentials: true,
                said: "it requires a user name and a password, not a token".to_owned(),
            }),
            None => Err(Failure::Unauthorized {
                with_credentials: false,
                said: String::new(),
            }),
        },
        Some(Challenge::Token { realm, service }) => token(connector, &realm, service.as_deref(), push)
            .await
            .map(Authorization::Token),
    }
}

/// The challenge for this repository, from a registry whose `/v2/` needs no authentication: some
/// repositories, or pushes, may need it.
async fn challenge_for_repository(
    connector: &Connector<'_>,
    push: bool,
) -> Result<Option<Challenge>, Failure> {
    let repository = format!("{}/v2/{}", connector.base(), connector.request.repository);
    let request = match push {
        // The registry drops an upload that is not continued.
        true => connector
            .http
            .post(format!("{repository}/blobs/uploads/"))
            .header(CONTENT_LENGTH, 0),
        false => connector.http.get(format!("{repository}/tags/list?n=1")),
    };
    let answer = request.send().await.map_err(|error| of_reqwest(&error))?;
    Ok(challenge(&answer).filter(|_| answer.status() == StatusCode::UNAUTHORIZED))
}

fn challenge(answer: &Response) -> Option<Challenge> {
    let mut password = None;
    for value in answer.headers().get_all(WWW_AUTHENTICATE) {
        for challenge in ChallengeParser::new(value.to_str().ok()?).map_while(Result::ok) {
            let parameter = |name: &str| {
                challenge
                    .params
                    .iter()
                    .find(|(key, _)| key.eq_ignore_ascii_case(name))
                    .map(|(_, value)| value.to_unescaped())
            };
            if challenge.scheme.eq_ignore_ascii_case("Bearer") {
                return Some(Challenge::Token {
                    realm: parameter("realm")?,
                    service: parameter("service"),
                });
            } else if challenge.scheme.eq_ignore_ascii_case("Basic") {
                password = Some(Challenge::Password);
            }
        }
    }
    password
}

#[derive(Deserialize)]
struct Granted {
    token: Option<String>,
    access_token: Option<String>,
}

async fn token(
    connector: &Connector<'_>,
    realm: &str,
    service: Option<&str>,
    push: bool,
) -> Result<String, Failure> {
    let realm = Url::parse(realm)
        .map_err(|error| Failure::Unexpected(format!("the URL of its token server is invalid: {error}")))?;
    if realm.scheme() != "https" && !connector.request.plain_http {
        return Err(Failure::PlainTokenServer(format!(
            "{}://{}",
            realm.scheme(),
            realm.host_str().unwrap_or_default()
        )));
    }
    let scope = format!(
        "repository:{}:{}",
        connector.request.repository,
        if push { "pull,push" } else { "pull" }
    );
    let mut parameters = vec![("scope", scope.as_str())];
    parameters.extend(service.map(|service| ("service", service)));
    let asked = match &connector.request.credentials {
        Some(Credentials::Password { username, password }) => connector
            .http
            .get(realm)
            .query(&parameters)
            .basic_auth(username, Some(password)),
        Some(Credentials::IdentityToken(token)) => {
            parameters.extend([
                ("grant_type", "refresh_token"),
                ("client_id", "podweave"),
                ("refresh_token", token),
            ]);
            // A redirect would send the form, and the token in it, to another server.
            connector
                .http_client(Policy::none())?
                .post(realm)
                .form(&parameters)
        }
        _ => connector.http.get(realm).query(&parameters),
    };
    let with_credentials = connector.request.credentials.is_some();
    let answer = asked.send().await.map_err(|error| of_reqwest(&error))?;
    let status = answer.status();
    if !status.is_success() {
        return Err(of_status(
            status,
            &bounded(answer, ERROR_BYTES).await.unwrap_or_default(),
            "token",
            with_credentials,
        ));
    }
    let body = bounded(answer, TOKEN_BYTES + 1).await?;
    if body.len() > TOKEN_BYTES {
        return Err(Failure::Unexpected(
            "its token server's answer is larger than 256 KiB".to_owned(),
        ));
    }
    // serde's message would quote the answer, which may contain a token.
    let granted: Granted = serde_json::from_slice(&body)
        .map_err(|_| Failure::Unexpected("its token server sent no token".to_owned()))?;
    let tokens = [granted.token, granted.access_token];
    let token = tokens.into_iter().flatten().find(|token| !token.is_empty());
    checked(token.ok_or_else(|| Failure::Unexpected("its token server sent no token".to_owned()))?)
}

/// Returns the token if it fits in a header.
fn checked(token: String) -> Result<String, Failure> {
    match HeaderValue::from_str(&format!("Bearer {token}")) {
        Ok(_) => Ok(token),
        Err(_) => Err(Failure::Unexpected(
            "the token has characters that cannot be in an HTTP header".to_owned(),
        )),
    }
}

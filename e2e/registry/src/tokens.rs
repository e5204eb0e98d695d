//! Runs a token server, as Docker Hub and others have one: it gives a token for the requested scope in
//! exchange for the user's name and password.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::CertificateParams;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};

use crate::USER;
use crate::authority::key;

pub(crate) const SERVICE: &str = "registry";
pub(crate) const ISSUER: &str = "podweave-tests";

/// How long to wait for a request, which has only a few lines.
const PATIENCE: Duration = Duration::from_secs(10);

/// A token server, which runs on its own thread until the process ends.
pub(crate) struct Tokens {
    /// The URL at which it serves tokens.
    pub(crate) realm: String,
    /// The certificate with which the registry verifies tokens, in PEM.
    pub(crate) certificate: String,
}

struct Issuing {
    signing: EcdsaKeyPair,
    /// The certificate, in DER.
    certificate: Vec<u8>,
}

impl Tokens {
    pub(crate) fn start() -> Result<Self> {
        let key = key()?;
        let certificate = CertificateParams::default().self_signed(&key)?;
        let signing = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            key.serialized_der(),
            &SystemRandom::new(),
        )
        .map_err(|error| anyhow!("cannot use the key for tokens: {error}"))?;
        let issuing = Arc::new(Issuing {
            signing,
            certificate: certificate.der().to_vec(),
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .context("cannot listen on a port for the token server")?;
        let realm = format!("http://{}/token", listener.local_addr()?);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let issuing = Arc::clone(&issuing);
                // Ignore a client that disconnects: its test fails.
                std::thread::spawn(move || drop(issuing.answer(&stream)));
            }
        });
        Ok(Self {
            realm,
            certificate: certificate.pem(),
        })
    }
}

impl Issuing {
    fn answer(&self, mut stream: &TcpStream) -> Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut lines = BufReader::new(stream).lines();
        let request = lines.next().context("an empty request")??;
        let mut is_allowed = false;
        for line in lines {
            let line = line?;
            if line.is_empty() {
                break;
            }
            let value = line
                .split_once(':')
                .filter(|(name, _)| name.eq_ignore_ascii_case("authorization"))
                .map(|(_, value)| value.trim());
            is_allowed |= value
                == Some(&format!(
                    "Basic {}",
                    STANDARD.encode(format!("{}:{}", USER.0, USER.1))
                ));
        }
        let query = request
            .split_whitespace()
            .nth(1)
            .and_then(|target| target.split_once('?'))
            .map_or("", |(_, query)| query);
        let (status, body) = if is_allowed {
            ("200 OK", json!({ "token": self.token(query)? }))
        } else {
            ("401 Unauthorized", json!({}))
        };
        let body = body.to_string();
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )?;
        Ok(())
    }

    /// A token for all scopes of the query, such as `repository:acme/web:pull,push`.
    fn token(&self, query: &str) -> Result<String> {
        let scopes = query
            .split('&')
            .filter_map(|pair| pair.strip_prefix("scope="))
            .map(decoded);
        let access: Vec<Value> = scopes
            .flat_map(|scopes| scopes.split(' ').filter_map(grant).collect::<Vec<_>>())
            .collect();
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let header = json!({ "typ": "JWT", "alg": "ES256", "x5c": [STANDARD.encode(&self.certificate)] });
        let claims = json!({
            "iss": ISSUER, "sub": USER.0, "aud": SERVICE, "iat": now, "nbf": now - 60, "exp": now + 600, "jti": "1", "access": access,
        });
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let signature = self
            .signing
            .sign(&SystemRandom::new(), signed.as_bytes())
            .map_err(|_| anyhow!("cannot sign a token"))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// The access that a scope asks for, such as `repository:acme/web:pull,push`.
fn grant(scope: &str) -> Option<Value> {
    let (kind, rest) = scope.split_once(':')?;
    let (name, actions) = rest.rsplit_once(':')?;
    Some(json!({ "type": kind, "name": name, "actions": actions.split(',').collect::<Vec<_>>() }))
}

/// Decodes the characters that scopes in a query contain.
fn decoded(value: &str) -> String {
    [("+", " "), ("%20", " "), ("%3A", ":"), ("%2F", "/"), ("%2C", ",")]
        .iter()
        .fold(value.to_owned(), |value, (code, text)| value.replace(code, text))
}

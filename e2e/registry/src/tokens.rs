//! A server of tokens, as Docker Hub and others have one beside the registry: whoever shows it the user's name and password gets a token
//! for what the registry asked for.

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

/// A request is a few lines; a client that sends none is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs on a thread of its own until the process ends.
pub(crate) struct Tokens {
    /// Where it is asked for tokens.
    pub(crate) realm: String,
    /// Whose tokens the registry is to take, in PEM.
    pub(crate) certificate: String,
}

struct Issuing {
    signing: EcdsaKeyPair,
    /// In DER.
    certificate: Vec<u8>,
}

impl Tokens {
    pub(crate) fn start() -> Result<Self> {
        let key = key()?;
        let certificate = CertificateParams::default().self_signed(&key)?;
        let signing = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.serialized_der(), &SystemRandom::new())
            .map_err(|error| anyhow!("the key for tokens does not sign: {error}"))?;
        let issuing = Arc::new(Issuing { signing, certificate: certificate.der().to_vec() });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port for the server of tokens")?;
        let realm = format!("http://{}/token", listener.local_addr()?);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let issuing = Arc::clone(&issuing);
                // A client that goes away has no answer; the test says so.
                std::thread::spawn(move || drop(issuing.answer(&stream)));
            }
        });
        Ok(Self { realm, certificate: certificate.pem() })
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
            let value = line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("authorization")).map(|(_, value)| value.trim());
            is_allowed |= value == Some(&format!("Basic {}", STANDARD.encode(format!("{}:{}", USER.0, USER.1))));
        }
        let query = request.split_whitespace().nth(1).and_then(|target| target.split_once('?')).map_or("", |(_, query)| query);
        let (status, body) = if is_allowed { ("200 OK", json!({ "token": self.token(query)? })) } else { ("401 Unauthorized", json!({})) };
        let body = body.to_string();
        write!(stream, "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())?;
        Ok(())
    }

    /// A token for all scopes of the query, such as `repository:acme/web:pull,push`.
    fn token(&self, query: &str) -> Result<String> {
        let scopes = query.split('&').filter_map(|pair| pair.strip_prefix("scope=")).map(decoded);
        let access: Vec<Value> = scopes.flat_map(|scopes| scopes.split(' ').filter_map(grant).collect::<Vec<_>>()).collect();
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let header = json!({ "typ": "JWT", "alg": "ES256", "x5c": [STANDARD.encode(&self.certificate)] });
        let claims = json!({
            "iss": ISSUER, "sub": USER.0, "aud": SERVICE, "iat": now, "nbf": now - 60, "exp": now + 600, "jti": "1", "access": access,
        });
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = self.signing.sign(&SystemRandom::new(), signed.as_bytes()).map_err(|_| anyhow!("a token cannot be signed"))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// What a scope asks for, such as `repository:acme/web:pull,push`.
fn grant(scope: &str) -> Option<Value> {
    let (kind, rest) = scope.split_once(':')?;
    let (name, actions) = rest.rsplit_once(':')?;
    Some(json!({ "type": kind, "name": name, "actions": actions.split(',').collect::<Vec<_>>() }))
}

/// A value of a query, as far as scopes are encoded.
fn decoded(value: &str) -> String {
    [("+", " "), ("%20", " "), ("%3A", ":"), ("%2F", "/"), ("%2C", ",")].iter().fold(value.to_owned(), |value, (code, text)| value.replace(code, text))
}

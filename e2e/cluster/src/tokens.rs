//! Signs tokens of service accounts as the API server would, so that a test can have one that expires in
//! seconds: the API server itself issues none below ten minutes.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

/// Issuer and audience. Both sides have to agree on it; it need not be reachable.
pub(crate) const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";

/// How long the API server accepts a token after its `exp` (go-jose's leeway).
const LEEWAY: Duration = Duration::from_secs(60);

/// The key pair with which the API server checks tokens of service accounts.
pub(crate) struct TokenKey {
    signing: EcdsaKeyPair,
    /// The private key in PEM, with which the API server signs tokens for TokenRequest.
    pub(crate) private_pem: String,
    pub(crate) public_pem: String,
}

impl TokenKey {
    pub(crate) fn new() -> Result<Self> {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)
            .context("cannot create a key for tokens")?;
        let signing = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            key.serialized_der(),
            &SystemRandom::new(),
        )
        .map_err(|error| anyhow!("cannot use the key for tokens: {error}"))?;
        Ok(Self {
            signing,
            private_pem: key.serialize_pem(),
            public_pem: key.public_key_pem(),
        })
    }

    /// Returns a token of the service account that the API server accepts for `lifetime`.
    pub(crate) fn sign(
        &self,
        namespace: &str,
        service_account: &str,
        uid: &str,
        lifetime: Duration,
    ) -> Result<String> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .context("the clock is before 1970")?;
        let claims = serde_json::json!({
            "iss": ISSUER,
            "aud": [ISSUER],
            "sub": format!("system:serviceaccount:{namespace}:{service_account}"),
            "iat": (now - LEEWAY).as_secs(),
            "nbf": (now - LEEWAY).as_secs(),
            "exp": (now + lifetime - LEEWAY).as_secs(),
            "kubernetes.io": { "namespace": namespace, "serviceaccount": { "name": service_account, "uid": uid } },
        });
        let header = serde_json::json!({ "alg": "ES256", "typ": "JWT" });
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

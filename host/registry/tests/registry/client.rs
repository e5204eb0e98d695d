//! Builds clients, access settings and components for the tests.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;
use std::time::Duration;

use podweave_core::digest::Digest;
use podweave_core::oci_reference::OciReference;
use podweave_registry::{
    Access, Credentials, Endpoint, Failure, Pulled, RegistryClient, RegistryError, RegistryLimits,
};

use crate::server::Server;

/// The secret that tests send and search for.
pub const PASSWORD: &str = "correct-horse-battery";

pub fn limits() -> RegistryLimits {
    RegistryLimits {
        back_off: Duration::from_millis(2),
        attempts: 3,
        memory_bytes: 256 * 1024 * 1024,
        ..RegistryLimits::default()
    }
}

pub fn client() -> RegistryClient {
    with_limits(limits())
}

/// A client without a proxy, even if the machine has one.
pub fn with_limits(limits: RegistryLimits) -> RegistryClient {
    with_environment(&[], limits)
}

/// A client whose children have these environment variables.
pub fn with_environment(variables: &[String], limits: RegistryLimits) -> RegistryClient {
    let mut arguments: Vec<OsString> = vec!["-i".into(), "MALLOC_ARENA_MAX=1".into()];
    arguments.extend(variables.iter().map(OsString::from));
    arguments.push(env!("CARGO_BIN_EXE_podweave-registry-request").into());
    RegistryClient::new(PathBuf::from("/usr/bin/env"), arguments, limits)
}

pub fn reference(server: &Server) -> OciReference {
    OciReference::parse(&format!("{}/acme/web:1.4", server.address)).unwrap()
}

pub fn endpoint(server: &Server) -> Endpoint {
    Endpoint {
        plain_http: true,
        ..Endpoint::of(&reference(server))
    }
}

/// Access to this server only, over plain HTTP.
pub fn access(server: &Server) -> Access {
    Access {
        endpoints: vec![endpoint(server)],
        certificate_authorities: vec![authority()],
    }
}

/// The same, with credentials.
pub fn access_with(server: &Server, credentials: Credentials) -> Access {
    Access {
        endpoints: vec![Endpoint {
            credentials: Some(credentials),
            ..endpoint(server)
        }],
        ..access(server)
    }
}

pub fn password() -> Credentials {
    Credentials::Password {
        username: "anna".to_owned(),
        password: PASSWORD.to_owned(),
    }
}

/// A certificate authority that has issued no certificate here, for machines without certificate authorities.
fn authority() -> String {
    rcgen::generate_simple_self_signed(["nobody".to_owned()])
        .unwrap()
        .cert
        .pem()
}

/// The result of a pull, and the content of the file afterwards.
pub async fn pull_with(
    client: &RegistryClient,
    server: &Server,
    manifest: Digest,
    access: &Access,
) -> (Result<Pulled, RegistryError>, Vec<u8>) {
    let mut file = tempfile::tempfile().unwrap();
    let pulled = client
        .pull(&reference(server), &manifest, access, &file, |_| ())
        .await;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    (pulled, bytes)
}

pub async fn pull(server: &Server, manifest: Digest) -> (Result<Pulled, RegistryError>, Vec<u8>) {
    pull_with(&client(), server, manifest, &access(server)).await
}

/// The failure of a pull that must fail.
pub async fn failure(server: &Server, manifest: Digest) -> Failure {
    checked(pull(server, manifest).await.0.unwrap_err())
}

/// Checks that an error names host and repository, is printable and has no secret; returns its failure.
pub fn checked(error: RegistryError) -> Failure {
    for shown in [error.to_string(), format!("{error:?}")] {
        assert!(!shown.contains(PASSWORD), "{shown}");
    }
    let shown = error.to_string();
    assert!(
        shown.contains(&error.host) && shown.contains("acme/web"),
        "{shown}"
    );
    assert!(
        shown.len() < 4000 && !shown.contains(['\n', '\u{1b}', '\0']),
        "{shown}"
    );
    *error.failure
}

pub fn file_of(bytes: &[u8]) -> File {
    use std::io::Write as _;
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// A component of this size. Its bytes are arbitrary.
pub fn component(size: usize) -> Vec<u8> {
    (0..size).map(|index| (index * 31 % 251) as u8).collect()
}

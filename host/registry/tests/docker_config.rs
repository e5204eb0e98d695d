//! Reads credentials as Docker and Podman write them, and as pull Secrets contain them.

use podweave_core::oci_reference::OciReference;
use podweave_registry::{Credentials, DockerConfig};

/// `anna:secret`
const ANNA: &str = "YW5uYTpzZWNyZXQ=";

fn reference(text: &str) -> OciReference {
    OciReference::parse(text).unwrap()
}

fn credentials(config: &str, of: &str) -> Option<Credentials> {
    DockerConfig::parse(config.as_bytes())
        .unwrap()
        .credentials(&reference(of))
        .unwrap()
}

fn password(username: &str, password: &str) -> Option<Credentials> {
    Some(Credentials::Password {
        username: username.to_owned(),
        password: password.to_owned(),
    })
}

#[test]
fn credentials_are_for_the_registry_of_their_entry() {
    let config = format!(
        r#"{{"auths":{{"ghcr.io":{{"auth":"{ANNA}"}},"registry.example:5000":{{"username":"bob","password":"x:y"}}}}}}"#
    );
    assert_eq!(
        credentials(&config, "ghcr.io/acme/web:1"),
        password("anna", "secret")
    );
    assert_eq!(
        credentials(&config, "registry.example:5000/web"),
        password("bob", "x:y")
    );
    for other in [
        "registry.example/web",
        "registry.example:5001/web",
        "evil.ghcr.io/web",
        "ghcr.io.evil/web",
        "xghcr.io/web",
    ] {
        assert_eq!(credentials(&config, other), None, "{other}");
    }
}

#[test]
fn entries_match_under_every_name_that_docker_writes() {
    for key in [
        "https://index.docker.io/v1/",
        "index.docker.io",
        "docker.io",
        "registry-1.docker.io",
        "https://registry-1.docker.io/v2/",
    ] {
        assert_eq!(
            credentials(
                &format!(r#"{{"auths":{{"{key}":{{"auth":"{ANNA}"}}}}}}"#),
                "docker.io/acme/web"
            ),
            password("anna", "secret"),
            "{key}"
        );
    }
    for key in [
        "https://Registry.Example/",
        "http://registry.example",
        "registry.example/v2/",
    ] {
        assert_eq!(
            credentials(
                &format!(r#"{{"auths":{{"{key}":{{"auth":"{ANNA}"}}}}}}"#),
                "registry.example/web"
            ),
            password("anna", "secret"),
            "{key}"
        );
    }
}

#[test]
fn the_most_specific_entry_is_used() {
    let entry = |name: &str| format!(r#"{{"username":"{name}","password":"x"}}"#);
    let config = format!(
        r#"{{"auths":{{"r.example":{},"r.example/team":{},"r.example/team/web":{},"*.example":{}}}}}"#,
        entry("all"),
        entry("team"),
        entry("web"),
        entry("any")
    );
    for (reference, name) in [
        ("r.example/other", "all"),
        ("r.example/teams/web", "all"),
        ("r.example/team/api", "team"),
        ("r.example/team/web", "web"),
        ("r.example/team/web/x", "web"),
        ("q.example/web", "any"),
    ] {
        assert_eq!(
            credentials(&config, reference),
            password(name, "x"),
            "{reference}"
        );
    }
    assert_eq!(credentials(&config, "a.b.example/web"), None);
}

#[test]
fn tokens_are_distinguished_from_passwords() {
    let config = format!(
        r#"{{"auths":{{"a.example":{{"auth":"{ANNA}","identitytoken":"i"}},"b.example":{{"registrytoken":"r"}}}}}}"#
    );
    assert_eq!(
        credentials(&config, "a.example/x"),
        Some(Credentials::IdentityToken("i".to_owned()))
    );
    assert_eq!(
        credentials(&config, "b.example/x"),
        Some(Credentials::RegistryToken("r".to_owned()))
    );
}

#[test]
fn an_empty_entry_of_a_credential_helper_is_ignored() {
    assert_eq!(
        credentials(
            r#"{"auths":{"ghcr.io":{}},"credsStore":"desktop"}"#,
            "ghcr.io/acme/web"
        ),
        None
    );
    assert_eq!(credentials("{}", "ghcr.io/acme/web"), None);
}

#[test]
fn errors_do_not_show_the_credentials() {
    for json in [
        "",
        "17",
        "{\"auths\":[]}",
        r#"{"auths":{"ghcr.io":{"auth":17}}}"#,
        r#"{"auths":{"ghcr.io":{"password":["hunter2"]}}}"#,
    ] {
        let error = DockerConfig::parse(json.as_bytes()).unwrap_err().to_string();
        assert!(
            error.contains("docker configuration") && !error.contains("hunter2"),
            "{error}"
        );
    }
    // `hunter2` without a user name; not base64; not text.
    for auth in ["aHVudGVyMg==", "hunter2:x", "/////w=="] {
        let config =
            DockerConfig::parse(format!(r#"{{"auths":{{"ghcr.io":{{"auth":"{auth}"}}}}}}"#).as_bytes())
                .unwrap();
        let error = config
            .credentials(&reference("ghcr.io/acme/web"))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("ghcr.io") && !error.contains("hunter2") && !error.contains(auth),
            "{error}"
        );
        assert!(
            config
                .credentials(&reference("quay.io/acme/web"))
                .unwrap()
                .is_none(),
            "another entry does not matter"
        );
        assert!(!format!("{config:?}").contains(auth));
    }
    assert!(
        DockerConfig::parse(&vec![b' '; 2_000_000])
            .unwrap_err()
            .to_string()
            .contains("1 MiB")
    );
}

#[tokio::test]
async fn helper_names_cannot_be_paths_or_commands() {
    for name in ["../../tmp/evil", "a b", "x;y", "/bin/sh"] {
        let config =
            DockerConfig::parse(serde_json::json!({ "credsStore": name }).to_string().as_bytes()).unwrap();
        let error = config
            .credentials_of_helper(&reference("ghcr.io/acme/web"))
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("invalid program name"), "{error}");
    }
    let config = DockerConfig::parse(br#"{"credsStore":"podweave-test-that-is-not-there"}"#).unwrap();
    let error = config
        .credentials_of_helper(&reference("ghcr.io/acme/web"))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("docker-credential-podweave-test-that-is-not-there"),
        "{error}"
    );
    let config = DockerConfig::parse(b"{}").unwrap();
    assert_eq!(
        config
            .credentials_of_helper(&reference("ghcr.io/acme/web"))
            .await
            .unwrap(),
        None
    );
}

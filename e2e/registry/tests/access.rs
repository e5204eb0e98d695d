//! Registries with TLS, passwords or tokens: access works with the right settings and fails without them.

mod support;

use anyhow::Result;
use podweave_registry::{Access, Credentials, DockerConfig, Endpoint};
use podweave_registry_peers::{Options, USER};
use support::{Scene, component};

const REFERENCE: &str = "acme/web-config:1";

/// Checks that `oras` and `wkg` can pull what podweave pushes, and the other way round.
async fn exchange(scene: &Scene, oras: &[&str], wkg: &[&str]) -> Result<()> {
    let reference = scene.registry.reference(REFERENCE);
    scene.push(REFERENCE).await?;
    scene
        .peers
        .oras(&[&["pull", "--output", "by-oras"], oras, &[&reference]].concat())?
        .succeeded()?;
    scene
        .peers
        .wkg(&[&["oci", "pull", "--output", "by-wkg.wasm"], wkg, &[&reference]].concat())?
        .succeeded()?;
    assert_eq!(scene.peers.read("by-oras/plugin.wasm")?, component());
    assert_eq!(scene.peers.read("by-wkg.wasm")?, component());
    scene
        .peers
        .oras(&[&["push"], oras, &[&reference, "plugin.wasm:application/wasm"]].concat())?
        .succeeded()?;
    assert_eq!(scene.pull(REFERENCE).await?, component());
    scene
        .peers
        .wkg(&[&["oci", "push"], wkg, &[&reference, "plugin.wasm"]].concat())?
        .succeeded()?;
    assert_eq!(scene.pull(REFERENCE).await?, component());
    Ok(())
}

/// The message with which podweave fails to pull.
async fn failure(scene: &Scene) -> String {
    scene
        .pull(REFERENCE)
        .await
        .expect_err("the pull fails")
        .to_string()
}

fn with(scene: &mut Scene, change: impl FnOnce(&mut Endpoint)) {
    change(&mut scene.access.endpoints[0]);
}

#[tokio::test]
async fn a_registrys_own_authority_is_trusted_only_if_configured() -> Result<()> {
    let mut scene = Scene::new(Options::Tls)?;
    exchange(&scene, &["--ca-file", "authority.pem"], &[]).await?;
    scene.access = Access {
        certificate_authorities: Vec::new(),
        ..scene.access
    };
    let message = failure(&scene).await;
    assert!(
        message.contains("its TLS certificate is not trusted"),
        "{message}"
    );
    Ok(())
}

#[tokio::test]
async fn plain_http_and_tls_are_not_mixed_up() -> Result<()> {
    let mut plain = Scene::new(Options::Plain)?;
    plain.push(REFERENCE).await?;
    with(&mut plain, |endpoint| endpoint.plain_http = false);
    let message = failure(&plain).await;
    assert!(message.contains("it does not speak TLS"), "{message}");

    let mut tls = Scene::new(Options::Tls)?;
    tls.push(REFERENCE).await?;
    with(&mut tls, |endpoint| endpoint.plain_http = true);
    let message = failure(&tls).await;
    assert!(
        message.contains(&format!("{}: ", tls.registry.host())),
        "{message}"
    );
    Ok(())
}

#[tokio::test]
async fn pulls_need_the_right_password_or_token() -> Result<()> {
    for options in [Options::Passwords, Options::Tokens] {
        let mut scene = Scene::new(options)?;
        scene.peers.log_in(&scene.registry)?;
        exchange(&scene, &["--plain-http"], &["--insecure", &scene.registry.host()]).await?;

        with(&mut scene, |endpoint| endpoint.credentials = None);
        let message = failure(&scene).await;
        assert!(
            message.contains("it requires credentials, and none are configured for it"),
            "{options:?}: {message}"
        );
        let wrong = Credentials::Password {
            username: USER.0.to_owned(),
            password: "hunter2-S3CRET".to_owned(),
        };
        with(&mut scene, |endpoint| endpoint.credentials = Some(wrong));
        let message = failure(&scene).await;
        assert!(
            message.contains("it rejected the credentials") && !message.contains("S3CRET"),
            "{options:?}: {message}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn credentials_of_docker_login_are_used() -> Result<()> {
    let mut scene = Scene::new(Options::Tokens)?;
    scene.push(REFERENCE).await?;
    let file = scene.peers.log_in(&scene.registry)?;
    // oras reads the same file.
    scene
        .peers
        .oras(&["resolve", "--plain-http", &scene.registry.reference(REFERENCE)])?
        .succeeded()?;
    let remembered = DockerConfig::load(&file)?.credentials(&scene.reference(REFERENCE)?)?;
    assert!(remembered.is_some());
    with(&mut scene, |endpoint| endpoint.credentials = remembered);
    assert_eq!(scene.pull(REFERENCE).await?, component());
    Ok(())
}

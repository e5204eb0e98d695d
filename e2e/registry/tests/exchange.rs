//! podweave, oras and wkg exchange components: each pulls the bytes that another one pushed.

mod support;

use anyhow::Result;
use podweave_core::digest::Digest;
use podweave_registry_peers::Options;
use support::{Scene, component};

#[tokio::test]
async fn what_podweave_pushes_podweave_pulls() -> Result<()> {
    let scene = Scene::new(Options::Plain)?;
    let pushed = scene.push("acme/web-config:1.4").await?;
    assert_eq!(scene.resolve("acme/web-config:1.4").await?, pushed);
    assert_eq!(scene.pull("acme/web-config:1.4").await?, component());
    assert_eq!(
        scene.pull(&format!("acme/web-config@{pushed}")).await?,
        component()
    );
    Ok(())
}

#[tokio::test]
async fn what_podweave_pushes_wkg_pulls() -> Result<()> {
    let scene = Scene::new(Options::Plain)?;
    scene.push("acme/web-config:1.4").await?;
    let (host, reference) = (
        scene.registry.host(),
        scene.registry.reference("acme/web-config:1.4"),
    );
    scene
        .peers
        .wkg(&[
            "oci",
            "pull",
            "--insecure",
            &host,
            "--output",
            "pulled.wasm",
            &reference,
        ])?
        .succeeded()?;
    assert_eq!(scene.peers.read("pulled.wasm")?, component());
    Ok(())
}

#[tokio::test]
async fn what_podweave_pushes_oras_pulls() -> Result<()> {
    let scene = Scene::new(Options::Plain)?;
    let pushed = scene.push("acme/web-config:1.4").await?;
    let reference = scene.registry.reference("acme/web-config:1.4");
    assert_eq!(
        scene
            .peers
            .oras(&["resolve", "--plain-http", &reference])?
            .succeeded()?
            .trim(),
        pushed.to_string()
    );
    scene
        .peers
        .oras(&["pull", "--plain-http", "--output", "pulled", &reference])?
        .succeeded()?;
    assert_eq!(scene.peers.read("pulled/plugin.wasm")?, component());
    Ok(())
}

#[tokio::test]
async fn what_wkg_pushes_podweave_pulls() -> Result<()> {
    let scene = Scene::new(Options::Plain)?;
    let (host, reference) = (
        scene.registry.host(),
        scene.registry.reference("acme/web-config:1.4"),
    );
    scene
        .peers
        .wkg(&["oci", "push", "--insecure", &host, &reference, "plugin.wasm"])?
        .succeeded()?;
    assert_eq!(scene.pull("acme/web-config:1.4").await?, component());
    Ok(())
}

#[tokio::test]
async fn what_oras_pushes_podweave_pulls() -> Result<()> {
    let scene = Scene::new(Options::Plain)?;
    let push = |tag: &str, arguments: &[&str]| {
        let reference = scene.registry.reference(&format!("acme/web-config:{tag}"));
        scene
            .peers
            .oras(&[&["push", "--plain-http", reference.as_str()], arguments].concat())?
            .succeeded()
    };
    push(
        "config",
        &[
            "--artifact-type",
            "application/vnd.wasm.config.v0+json",
            "plugin.wasm:application/wasm",
        ],
    )?;
    push(
        "older",
        &["plugin.wasm:application/vnd.wasm.content.layer.v1+wasm"],
    )?;
    push("untyped", &["plugin.wasm"])?;
    for tag in ["config", "older", "untyped"] {
        assert_eq!(
            scene.pull(&format!("acme/web-config:{tag}")).await?,
            component(),
            "{tag}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn artifacts_that_are_not_plugins_are_refused_by_kind() -> Result<()> {
    let scene = Scene::new(Options::Plain)?;
    scene.peers.write("notes.txt", "not a component")?;
    let reference = scene.registry.reference("acme/notes:1");
    scene
        .peers
        .oras(&[
            "push",
            "--plain-http",
            "--artifact-type",
            "text/notes",
            &reference,
            "notes.txt:text/plain",
        ])?
        .succeeded()?;
    let message = scene.pull("acme/notes:1").await.unwrap_err().to_string();
    assert!(
        message.contains("not a plugin: it is an artifact of the type \"text/notes\" without a Wasm layer"),
        "{message}"
    );
    Ok(())
}

#[tokio::test]
async fn a_moved_tag_means_the_new_manifest_and_a_digest_the_old_one() -> Result<()> {
    let scene = Scene::new(Options::Plain)?;
    let old = scene.push("acme/web-config:1").await?;
    let newer = [component(), b"\0\x07\x05newer1"].concat();
    scene.peers.write("newer.wasm", &newer)?;
    let reference = scene.registry.reference("acme/web-config:1");
    scene
        .peers
        .oras(&["push", "--plain-http", &reference, "newer.wasm:application/wasm"])?
        .succeeded()?;
    assert_ne!(scene.resolve("acme/web-config:1").await?, old);
    assert_eq!(
        Digest::of(&scene.pull("acme/web-config:1").await?),
        Digest::of(&newer)
    );
    assert_eq!(scene.pull(&format!("acme/web-config@{old}")).await?, component());
    // If a reference has both, the digest counts.
    assert_eq!(
        scene.pull(&format!("acme/web-config:1@{old}")).await?,
        component()
    );
    Ok(())
}

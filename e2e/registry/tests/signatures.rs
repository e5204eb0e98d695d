//! podweave verifies cosign's signatures, in both forms, by keys and by holders of certificates.

mod support;

use anyhow::Result;
use podweave_core::digest::Digest;
use podweave_registry_peers::{Authority, Options};
use podweave_signature::{CertificatePolicy, Identity, Key, Policy, Roots};
use support::Scene;

const REPOSITORY: &str = "acme/web-config";
const IDENTITY: &str = "https://ci.acme.example/release";

/// The forms of cosign's signatures.
#[derive(Debug, Clone, Copy)]
enum Form {
    Classic,
    Bundle,
}

const FORMS: [Form; 2] = [Form::Classic, Form::Bundle];

/// A registry with an unsigned plugin, and two cosign key pairs.
async fn unsigned() -> Result<(Scene, Digest)> {
    let scene = Scene::new(Options::Plain)?;
    let manifest = scene.push(&format!("{REPOSITORY}:1")).await?;
    for name in ["ours", "theirs"] {
        scene
            .peers
            .cosign(&["generate-key-pair", "--output-key-prefix", name])?
            .succeeded()?;
    }
    Ok((scene, manifest))
}

fn sign(scene: &Scene, manifest: &Digest, form: Form, with: &[&str]) -> Result<()> {
    let reference = scene.registry.reference(&format!("{REPOSITORY}@{manifest}"));
    // Do not use the transparency log, which is on the internet.
    let offline = [
        "--use-signing-config=false",
        "--tlog-upload=false",
        "--allow-http-registry",
        "--yes",
    ];
    let form = match form {
        Form::Classic => "--new-bundle-format=false",
        Form::Bundle => "--new-bundle-format=true",
    };
    scene
        .peers
        .cosign(&[&["sign", form], offline.as_slice(), with, &[&reference]].concat())?
        .succeeded()?;
    Ok(())
}

fn trusting(scene: &Scene, name: &str) -> Result<Policy> {
    Ok(Policy {
        keys: vec![Key::from_pem(name, &scene.peers.read(&format!("{name}.pub"))?)?],
        certificates: None,
    })
}

fn trusting_certificates(root: &Authority, identity: &str) -> Result<Policy> {
    let identities = vec![Identity::parse(identity).map_err(anyhow::Error::msg)?];
    Ok(Policy {
        keys: Vec::new(),
        certificates: Some(CertificatePolicy {
            roots: Roots::from_pem(root.pem().as_bytes())?,
            identities,
        }),
    })
}

async fn refused(scene: &Scene, policy: &Policy) -> Result<String> {
    Ok(scene
        .verify(&format!("{REPOSITORY}:1"), policy)
        .await?
        .expect_err("the signature is refused")
        .to_string())
}

#[tokio::test]
async fn an_unsigned_plugin_is_reported_as_unsigned() -> Result<()> {
    let (scene, manifest) = unsigned().await?;
    let message = refused(&scene, &trusting(&scene, "ours")?).await?;
    assert!(
        message.starts_with(&format!("{manifest} is not signed")),
        "{message}"
    );
    Ok(())
}

#[tokio::test]
async fn a_signature_by_a_key_is_verified_with_that_key_only() -> Result<()> {
    for form in FORMS {
        let (scene, manifest) = unsigned().await?;
        sign(&scene, &manifest, form, &["--key", "ours.key"])?;
        let verified = scene
            .verify(&format!("{REPOSITORY}:1"), &trusting(&scene, "ours")?)
            .await?;
        assert_eq!(verified?.by, "ours", "{form:?}");
        let message = refused(&scene, &trusting(&scene, "theirs")?).await?;
        assert!(
            message.contains("no trusted key made it (\"theirs\")"),
            "{form:?}: {message}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn signatures_in_both_forms_can_exist_together() -> Result<()> {
    let (scene, manifest) = unsigned().await?;
    sign(&scene, &manifest, Form::Classic, &["--key", "theirs.key"])?;
    sign(&scene, &manifest, Form::Bundle, &["--key", "ours.key"])?;
    for name in ["ours", "theirs"] {
        assert_eq!(
            scene
                .verify(&format!("{REPOSITORY}:1"), &trusting(&scene, name)?)
                .await??
                .by,
            name
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_moved_tag_leaves_its_signature_behind() -> Result<()> {
    for form in FORMS {
        let (scene, manifest) = unsigned().await?;
        sign(&scene, &manifest, form, &["--key", "ours.key"])?;
        let reference = scene.registry.reference(&format!("{REPOSITORY}:1"));
        scene
            .peers
            .write("other.wasm", [support::component(), b"\0\x07\x05newer1"].concat())?;
        scene
            .peers
            .oras(&["push", "--plain-http", &reference, "other.wasm:application/wasm"])?
            .succeeded()?;
        let message = refused(&scene, &trusting(&scene, "ours")?).await?;
        assert!(message.contains("is not signed"), "{form:?}: {message}");
    }
    Ok(())
}

#[tokio::test]
async fn a_signature_copied_to_another_plugin_is_refused() -> Result<()> {
    let (scene, manifest) = unsigned().await?;
    sign(&scene, &manifest, Form::Classic, &["--key", "ours.key"])?;
    let reference = scene.registry.reference(&format!("{REPOSITORY}:1"));
    scene
        .peers
        .write("other.wasm", [support::component(), b"\0\x07\x05newer1"].concat())?;
    scene
        .peers
        .oras(&["push", "--plain-http", &reference, "other.wasm:application/wasm"])?
        .succeeded()?;
    let other = scene.resolve(&format!("{REPOSITORY}:1")).await?;
    let tag_of = |digest: &Digest| {
        scene
            .registry
            .reference(&format!("{REPOSITORY}:sha256-{}.sig", digest.hex()))
    };
    scene
        .peers
        .oras(&[
            "copy",
            "--from-plain-http",
            "--to-plain-http",
            &tag_of(&manifest),
            &tag_of(&other),
        ])?
        .succeeded()?;
    let message = refused(&scene, &trusting(&scene, "ours")?).await?;
    assert!(
        message.contains(&format!("it is valid, but for another manifest ({manifest})")),
        "{message}"
    );
    Ok(())
}

#[tokio::test]
async fn a_cosign_attestation_is_not_a_signature() -> Result<()> {
    let (scene, manifest) = unsigned().await?;
    scene.peers.write(
        "vulnerabilities.json",
        r#"{"invocation":{},"scanner":{"result":{"found":3}}}"#,
    )?;
    let reference = scene.registry.reference(&format!("{REPOSITORY}@{manifest}"));
    let arguments = [
        "attest",
        "--use-signing-config=false",
        "--tlog-upload=false",
        "--new-bundle-format=true",
        "--allow-http-registry",
        "--yes",
    ];
    let what = [
        "--key",
        "ours.key",
        "--type",
        "custom",
        "--predicate",
        "vulnerabilities.json",
        &reference,
    ];
    scene
        .peers
        .cosign(&[arguments.as_slice(), &what].concat())?
        .succeeded()?;
    let message = refused(&scene, &trusting(&scene, "ours")?).await?;
    assert!(
        message.contains("it is not a cosign signature but https://"),
        "{message}"
    );
    sign(&scene, &manifest, Form::Bundle, &["--key", "ours.key"])?;
    assert_eq!(
        scene
            .verify(&format!("{REPOSITORY}:1"), &trusting(&scene, "ours")?)
            .await??
            .by,
        "ours"
    );
    Ok(())
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one scenario, step by step")]
async fn a_certificate_holders_signature_needs_root_and_identity() -> Result<()> {
    let root = Authority::new("Acme")?;
    let between = root.intermediate("Acme CI")?;
    let signer = between.signer(IDENTITY)?;
    for form in FORMS {
        let (scene, manifest) = unsigned().await?;
        scene.peers.write("signer.pem", &signer.certificate)?;
        scene
            .peers
            .write("chain.pem", format!("{}{}", between.pem(), root.pem()))?;
        scene.peers.write("signer-plain.key", &signer.key)?;
        scene
            .peers
            .cosign(&[
                "import-key-pair",
                "--key",
                "signer-plain.key",
                "--output-key-prefix",
                "signer",
            ])?
            .succeeded()?;
        sign(
            &scene,
            &manifest,
            form,
            &[
                "--key",
                "signer.key",
                "--certificate",
                "signer.pem",
                "--certificate-chain",
                "chain.pem",
            ],
        )?;

        let verified = scene
            .verify(
                &format!("{REPOSITORY}:1"),
                &trusting_certificates(&root, IDENTITY)?,
            )
            .await?;
        assert_eq!(verified?.by, IDENTITY, "{form:?}");
        let message = refused(
            &scene,
            &trusting_certificates(&root, "https://ci.acme.example/other")?,
        )
        .await?;
        assert!(
            message.contains(&format!(
                "the policy allows none of the certificate's identities ({IDENTITY:?})"
            )),
            "{form:?}: {message}"
        );
        let message = refused(
            &scene,
            &trusting_certificates(&Authority::new("Acme")?, IDENTITY)?,
        )
        .await?;
        assert!(
            message.contains("the certificate was not issued by a trusted root"),
            "{form:?}: {message}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn signatures_by_imported_keys_are_verified() -> Result<()> {
    let rsa = rcgen::KeyPair::from_pem(include_str!(
        "../../../host/signature/tests/support/keys/rsa-2048.pem"
    ))?;
    let p384 = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384)?;
    for form in FORMS {
        let (scene, manifest) = unsigned().await?;
        for (name, key) in [("p-384", &p384), ("rsa", &rsa)] {
            sign_with_imported(&scene, &manifest, form, name, key)?;
            assert_eq!(
                scene
                    .verify(&format!("{REPOSITORY}:1"), &trusting(&scene, name)?)
                    .await??
                    .by,
                name,
                "{form:?}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn ed25519_signatures_of_cosign_are_refused_with_the_reason() -> Result<()> {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519)?;
    for form in FORMS {
        let (scene, manifest) = unsigned().await?;
        sign_with_imported(&scene, &manifest, form, "ed25519", &key)?;
        let message = refused(&scene, &trusting(&scene, "ed25519")?).await?;
        assert!(
            message.contains("Ed25519ph; use an ECDSA or RSA key"),
            "{form:?}: {message}"
        );
    }
    Ok(())
}

/// Signs with a key that cosign did not generate.
fn sign_with_imported(
    scene: &Scene,
    manifest: &Digest,
    form: Form,
    name: &str,
    key: &rcgen::KeyPair,
) -> Result<()> {
    let plain = format!("{name}-plain.key");
    scene.peers.write(&plain, key.serialize_pem())?;
    scene
        .peers
        .cosign(&["import-key-pair", "--key", &plain, "--output-key-prefix", name])?
        .succeeded()?;
    sign(scene, manifest, form, &["--key", &format!("{name}.key")])
}

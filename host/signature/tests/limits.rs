//! Limits: input beyond them is refused or ignored, and messages stay short.

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use podweave_signature::limits::{ARTIFACT_BYTES, ARTIFACTS, CERTIFICATES};
use podweave_signature::{Artifact, SignatureError, verify};
use serde_json::json;
use support::{
    Authority, IDENTITY, bundle, bundle_document, bundle_of, key_pair, manifest, now, payload, refused,
    simple_signing, statement, trusting, trusting_certificates, with_certificates,
};

#[test]
fn signatures_beyond_the_size_limit_are_refused() {
    let key = key_pair();
    let mut document = payload(&manifest());
    document["optional"] = json!("x".repeat(ARTIFACT_BYTES));
    assert!(refused(&trusting(&key), simple_signing(&key, &document)).contains("it has more than 1024 KiB"));
    let mut document = statement(&manifest());
    document["predicate"] = json!("x".repeat(ARTIFACT_BYTES));
    assert!(refused(&trusting(&key), bundle(&key, &document)).contains("it has more than 1024 KiB"));
    let artifact = with_certificates(
        simple_signing(&key, &payload(&manifest())),
        "",
        &"x".repeat(ARTIFACT_BYTES),
    );
    assert!(refused(&trusting(&key), artifact).contains("it has more than 1024 KiB"));
}

#[test]
fn signatures_beyond_the_first_32_are_reported_as_not_verified() {
    let (key, other) = (key_pair(), key_pair());
    let mut artifacts = vec![simple_signing(&other, &payload(&manifest())); ARTIFACTS];
    artifacts[ARTIFACTS - 1] = simple_signing(&key, &payload(&manifest()));
    assert_eq!(
        verify(&trusting(&key), &manifest(), &artifacts, now())
            .unwrap()
            .by,
        "release"
    );
    artifacts.insert(0, simple_signing(&other, &payload(&manifest())));
    let message = verify(&trusting(&key), &manifest(), &artifacts, now())
        .unwrap_err()
        .to_string();
    assert!(message.contains("none of the 32 signatures of "), "{message}");
    assert!(message.contains("32 times no trusted key made it"), "{message}");
    assert!(
        message.ends_with("1 more were not verified: remove those that are not needed"),
        "{message}"
    );
}

#[test]
fn messages_about_hostile_input_are_short_and_printable() {
    let key = key_pair();
    let artifacts: Vec<Artifact> = (0..ARTIFACTS)
        .map(|number| {
            let mut document = bundle_document(&key, &statement(&manifest()), json!({}));
            document["mediaType"] = json!(format!("\u{1b}[2J{number}\n{}", "\u{202e}".repeat(10_000)));
            bundle_of(&document)
        })
        .collect();
    let error = verify(&trusting(&key), &manifest(), &artifacts, now()).unwrap_err();
    let message = error.to_string();
    assert!(
        message.len() < 1024 && !message.chars().any(podweave_core::text::is_unprintable),
        "{message:?}"
    );
    assert!(matches!(error, SignatureError::Refused { refusals, .. } if refusals.len() == ARTIFACTS));
}

#[test]
fn the_number_and_size_of_certificates_are_limited() {
    let root = Authority::root("Acme");
    let (key, certificate) = root.signer();
    let policy = trusting_certificates(&root.pem(), &[IDENTITY]);
    let signature = simple_signing(&key, &payload(&manifest()));
    let chain =
        |others: usize| with_certificates(signature.clone(), &certificate.pem(), &root.pem().repeat(others));
    assert_eq!(support::signed_by(&policy, chain(CERTIFICATES - 1)), IDENTITY);
    assert!(refused(&policy, chain(CERTIFICATES)).contains("there are more than 8 certificates"));
    let raw = json!({ "rawBytes": STANDARD.encode(certificate.der()) });
    let many = json!({ "x509CertificateChain": { "certificates": vec![raw; CERTIFICATES + 1] } });
    assert!(
        refused(
            &policy,
            bundle_of(&bundle_document(&key, &statement(&manifest()), many))
        )
        .contains("there are more than 8 certificates")
    );
    let large = json!({ "certificate": { "rawBytes": STANDARD.encode(vec![0x30; 32 * 1024]) } });
    assert!(
        refused(
            &policy,
            bundle_of(&bundle_document(&key, &statement(&manifest()), large))
        )
        .contains("a certificate has more than 16 KiB")
    );
}

#[test]
fn documents_that_are_nested_too_deeply_are_refused() {
    let key = key_pair();
    let deep = format!("{{\"critical\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000)).into_bytes();
    let signature = STANDARD.encode(support::signature(&key, &deep));
    let artifact = Artifact::SimpleSigning {
        payload: deep.clone(),
        signature,
        certificate: None,
        chain: None,
    };
    assert!(refused(&trusting(&key), artifact).contains("cannot read the signed document"));
    assert!(refused(&trusting(&key), Artifact::Bundle(deep)).contains("cannot read the bundle"));
}

#[test]
fn debug_output_does_not_show_the_content_of_signatures() {
    let artifact = with_certificates(
        simple_signing(&key_pair(), &json!("hunter2-S3CRET")),
        "hunter2-S3CRET",
        "hunter2-S3CRET",
    );
    assert_eq!(
        format!("{artifact:?}"),
        "SimpleSigning { bytes: 16, has_certificate: true, .. }"
    );
    assert_eq!(
        format!("{:?}", Artifact::Bundle(b"hunter2-S3CRET".to_vec())),
        "Bundle { bytes: 14, .. }"
    );
}

#[test]
fn signatures_survive_a_round_trip_through_json() {
    for artifact in support::in_both_forms(&key_pair(), &manifest()) {
        let text = serde_json::to_string(&artifact).unwrap();
        assert_eq!(serde_json::from_str::<Artifact>(&text).unwrap(), artifact);
    }
    assert!(serde_json::from_str::<Artifact>(r#"{"bundle":"?"}"#).is_err());
}

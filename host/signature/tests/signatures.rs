//! Signatures by keys, in both forms: which ones are accepted, and why others are refused.

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use podweave_signature::{Artifact, Key, Policy, SignatureError, verify};
use serde_json::json;
use support::{
    bundle, bundle_document, bundle_of, in_both_forms, key_pair, manifest, now, other_manifest, payload,
    refused, signed_by, simple_signing, statement, trusting,
};

#[test]
fn a_signature_by_a_trusted_key_is_verified_and_names_the_key() {
    let key = key_pair();
    for artifact in in_both_forms(&key, &manifest()) {
        assert_eq!(signed_by(&trusting(&key), artifact), "release");
    }
}

#[test]
fn one_signature_by_one_of_the_keys_suffices() {
    let (theirs, ours) = (key_pair(), key_pair());
    let named = |name, key: &rcgen::KeyPair| Key::from_pem(name, key.public_key_pem().as_bytes()).unwrap();
    let policy = Policy {
        keys: vec![named("first", &key_pair()), named("second", &ours)],
        certificates: None,
    };
    let artifacts: Vec<Artifact> = in_both_forms(&theirs, &manifest())
        .into_iter()
        .chain(in_both_forms(&ours, &manifest()))
        .collect();
    assert_eq!(
        verify(&policy, &manifest(), &artifacts, now()).unwrap().by,
        "second"
    );
}

#[test]
fn a_signature_by_another_key_is_refused_naming_the_trusted_keys() {
    for artifact in in_both_forms(&key_pair(), &manifest()) {
        let message = refused(&trusting(&key_pair()), artifact);
        assert!(
            message.starts_with(&format!("the signature of {} is not acceptable: ", manifest())),
            "{message}"
        );
        assert!(
            message.ends_with("no trusted key made it (\"release\")"),
            "{message}"
        );
    }
}

#[test]
fn a_signature_of_another_manifest_is_refused_naming_it() {
    let key = key_pair();
    for artifact in in_both_forms(&key, &other_manifest()) {
        let message = refused(&trusting(&key), artifact);
        assert!(
            message.contains(&format!(
                "it is valid, but for another manifest ({})",
                other_manifest()
            )),
            "{message}"
        );
    }
}

#[test]
fn an_altered_payload_is_refused() {
    let key = key_pair();
    let Artifact::SimpleSigning { signature, .. } = simple_signing(&key, &payload(&other_manifest())) else {
        unreachable!()
    };
    let altered = Artifact::SimpleSigning {
        payload: serde_json::to_vec(&payload(&manifest())).unwrap(),
        signature,
        certificate: None,
        chain: None,
    };
    assert!(refused(&trusting(&key), altered).contains("no trusted key made it"));
}

#[test]
fn an_altered_statement_is_refused() {
    let key = key_pair();
    let mut document = bundle_document(&key, &statement(&other_manifest()), json!({}));
    document["dsseEnvelope"]["payload"] =
        json!(STANDARD.encode(serde_json::to_vec(&statement(&manifest())).unwrap()));
    assert!(refused(&trusting(&key), bundle_of(&document)).contains("no trusted key made it"));
}

#[test]
fn the_message_about_an_unsigned_manifest_says_how_to_sign() {
    let error = verify(&trusting(&key_pair()), &manifest(), &[], now()).unwrap_err();
    assert_eq!(error, SignatureError::Unsigned { manifest: manifest() });
    assert_eq!(
        error.to_string(),
        format!(
            "{0} is not signed; sign it: cosign sign --key KEY REPOSITORY@{0}",
            manifest()
        )
    );
}

#[test]
fn a_policy_without_signers_accepts_nothing() {
    let error = verify(
        &Policy::default(),
        &manifest(),
        &in_both_forms(&key_pair(), &manifest()),
        now(),
    )
    .unwrap_err();
    assert_eq!(error, SignatureError::NobodyTrusted);
}

#[test]
fn an_attestation_by_a_trusted_key_is_not_a_signature() {
    let key = key_pair();
    let mut attestation = statement(&manifest());
    attestation["predicateType"] = json!("https://cosign.sigstore.dev/attestation/vuln/v1");
    let message = refused(&trusting(&key), bundle(&key, &attestation));
    assert!(
        message.contains("it is not a cosign signature but https://cosign.sigstore.dev/attestation/vuln/v1"),
        "{message}"
    );
}

#[test]
fn a_signed_document_of_another_type_is_not_a_signature() {
    let key = key_pair();
    let mut document = payload(&manifest());
    document["critical"]["type"] = json!("atomic container signature");
    let message = refused(&trusting(&key), simple_signing(&key, &document));
    assert!(
        message.contains("it is not a cosign signature but atomic container signature"),
        "{message}"
    );

    let mut document = statement(&manifest());
    document["_type"] = json!("https://in-toto.io/Link/v1");
    let message = refused(&trusting(&key), bundle(&key, &document));
    assert!(
        message.contains("it is not a cosign signature but https://in-toto.io/Link/v1"),
        "{message}"
    );
}

#[test]
fn a_statement_with_several_subjects_is_for_each_of_them() {
    let key = key_pair();
    let mut document = statement(&other_manifest());
    document["subject"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "name": "web-config", "digest": { "sha512": "00", "sha256": manifest().hex() } }));
    assert_eq!(signed_by(&trusting(&key), bundle(&key, &document)), "release");
    document["subject"] = json!([]);
    assert!(refused(&trusting(&key), bundle(&key, &document)).contains("for another manifest"));
}

#[test]
fn a_bare_signature_of_a_blob_is_refused_with_a_remedy() {
    let key = key_pair();
    let mut document = bundle_document(&key, &statement(&manifest()), json!({}));
    let envelope = document.as_object_mut().unwrap().remove("dsseEnvelope").unwrap();
    document["messageSignature"] = json!({ "messageDigest": { "algorithm": "SHA2_256", "digest": "" }, "signature": envelope["signatures"][0]["sig"] });
    let message = refused(&trusting(&key), bundle_of(&document));
    assert!(message.contains("it is a signature without a statement (messageSignature); sign the plugin in the registry: cosign sign"), "{message}");
}

#[test]
fn bundles_of_another_kind_are_refused() {
    let key = key_pair();
    let document = bundle_document(&key, &statement(&manifest()), json!({}));
    let changed = |pointer: &str, value: serde_json::Value| {
        let mut document = document.clone();
        *document.pointer_mut(pointer).unwrap() = value;
        refused(&trusting(&key), bundle_of(&document))
    };
    assert!(
        changed(
            "/mediaType",
            json!("application/vnd.dev.sigstore.bundle.v0.4+json")
        )
        .contains("a bundle of another kind than v0.3")
    );
    assert!(
        changed("/dsseEnvelope/payloadType", json!("text/plain"))
            .contains("it is not a cosign signature but text/plain")
    );
    assert!(changed("/dsseEnvelope/signatures", json!([])).contains("0 signatures instead of one"));
    assert!(
        changed("/dsseEnvelope/signatures/0/sig", json!("?"))
            .contains("cannot read the signature: it is not base64")
    );
    assert!(changed("/dsseEnvelope", json!(null)).contains("it has no dsseEnvelope"));
    let message = refused(&trusting(&key), Artifact::Bundle(b"\x1b[2J".to_vec()));
    assert!(message.contains("cannot read the bundle: "), "{message}");
}

#[test]
fn the_older_media_type_of_bundles_is_supported() {
    let key = key_pair();
    let mut document = bundle_document(
        &key,
        &statement(&manifest()),
        json!({ "publicKey": { "hint": "" } }),
    );
    document["mediaType"] = json!("application/vnd.dev.sigstore.bundle+json;version=0.3");
    assert_eq!(signed_by(&trusting(&key), bundle_of(&document)), "release");
}

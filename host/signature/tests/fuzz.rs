//! Arbitrary content of a registry causes no panic, is not verified unless it was signed, and gives messages
//! that a terminal can show.
//!
//! `BOLERO_RANDOM_ITERATIONS` and `BOLERO_RANDOM_TEST_TIME_MS` make it run longer; `BOLERO_RANDOM_SEED`
//! repeats a failure.

mod support;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use podweave_signature::{Artifact, CertificatePolicy, Identity, Key, Policy, Roots, verify};
use serde_json::Value;
use support::{
    Authority, IDENTITY, bundle, bundle_of, bundle_with_certificate, key_pair, manifest, now, payload,
    simple_signing, statement, trusting, with_certificates,
};

/// How long each target runs, unless the environment sets another time.
const TIME: Duration = Duration::from_millis(700);

/// A policy that trusts a key and an authority, and valid signatures by both, in both forms.
fn scene() -> (Policy, Vec<Artifact>) {
    let (key, root) = (key_pair(), Authority::root("Acme"));
    let (holder, certificate) = root.signer();
    let certificates = CertificatePolicy {
        roots: Roots::from_pem(root.pem().as_bytes()).unwrap(),
        identities: vec![Identity::parse(IDENTITY).unwrap()],
    };
    let policy = Policy {
        certificates: Some(certificates),
        ..trusting(&key)
    };
    let artifacts = vec![
        simple_signing(&key, &payload(&manifest())),
        bundle(&key, &statement(&manifest())),
        with_certificates(
            simple_signing(&holder, &payload(&manifest())),
            &certificate.pem(),
            &root.pem(),
        ),
        bundle_with_certificate(&holder, &statement(&manifest()), &certificate),
    ];
    (policy, artifacts)
}

/// Changes bytes as the input says: each change is four bytes with place, kind and value.
fn altered(bytes: &[u8], changes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for change in changes.chunks_exact(4) {
        let at = usize::from(u16::from_be_bytes([change[0], change[1]])) % bytes.len().max(1);
        match change[2] % 4 {
            _ if bytes.is_empty() => bytes.push(change[3]),
            0 => bytes.insert(at, change[3]),
            1 => drop(bytes.remove(at)),
            2 => bytes.truncate(at),
            _ => bytes[at] = change[3],
        }
    }
    bytes
}

fn assert_refused_in_print(policy: &Policy, artifact: Artifact) {
    let message = verify(policy, &manifest(), &[artifact], now())
        .expect_err("this is not signed")
        .to_string();
    assert!(
        message.len() < 1024 && !message.chars().any(podweave_core::text::is_unprintable),
        "{message:?}"
    );
}

#[test]
fn arbitrary_bytes_are_not_a_signature() {
    let (policy, _) = scene();
    bolero::check!()
        .with_test_time(TIME)
        .with_max_len(512)
        .for_each(|bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            assert_refused_in_print(&policy, Artifact::Bundle(bytes.to_vec()));
            let certificate = Some(format!(
                "-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"
            ));
            assert_refused_in_print(
                &policy,
                Artifact::SimpleSigning {
                    payload: bytes.to_vec(),
                    signature: text.clone(),
                    certificate,
                    chain: Some(text.clone()),
                },
            );
            assert!(Roots::from_pem(bytes).is_err() && Key::from_pem("release", bytes).is_err());
            let _ = Identity::parse(&text);
        });
}

#[test]
fn altered_signed_content_is_not_verified() {
    let (policy, artifacts) = scene();
    for artifact in &artifacts {
        assert!(verify(&policy, &manifest(), std::slice::from_ref(artifact), now()).is_ok());
    }
    bolero::check!()
        .with_test_time(TIME)
        .with_max_len(16)
        .for_each(|bytes: &[u8]| {
            let Some((choice, changes)) = bytes.split_first() else {
                return;
            };
            match &artifacts[usize::from(*choice) % artifacts.len()] {
                Artifact::SimpleSigning {
                    payload,
                    signature,
                    certificate,
                    chain,
                } => {
                    let changed = altered(payload, changes);
                    if changed != *payload {
                        assert_refused_in_print(
                            &policy,
                            Artifact::SimpleSigning {
                                payload: changed,
                                signature: signature.clone(),
                                certificate: certificate.clone(),
                                chain: chain.clone(),
                            },
                        );
                    }
                }
                Artifact::Bundle(bundle) => {
                    // Parts of a bundle that are not signed may be changed.
                    let _ = verify(
                        &policy,
                        &manifest(),
                        &[Artifact::Bundle(altered(bundle, changes))],
                        now(),
                    );
                    let mut document: Value = serde_json::from_slice(bundle).unwrap();
                    let statement = STANDARD
                        .decode(document["dsseEnvelope"]["payload"].as_str().unwrap())
                        .unwrap();
                    let changed = altered(&statement, changes);
                    if changed != statement {
                        document["dsseEnvelope"]["payload"] = STANDARD.encode(changed).into();
                        assert_refused_in_print(&policy, bundle_of(&document));
                    }
                }
            }
        });
}

#[test]
fn an_altered_certificate_is_not_trusted() {
    let root = Authority::root("Acme");
    let (holder, certificate) = root.signer();
    let policy = support::trusting_certificates(&root.pem(), &[IDENTITY]);
    let signature = simple_signing(&holder, &payload(&manifest()));
    bolero::check!()
        .with_test_time(TIME)
        .with_max_len(16)
        .for_each(|changes: &[u8]| {
            let der = altered(certificate.der(), changes);
            if der != certificate.der().as_ref() {
                assert_refused_in_print(&policy, with_certificates(signature.clone(), &pem(&der), ""));
            }
        });
}

fn pem(der: &[u8]) -> String {
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        STANDARD.encode(der)
    )
}

//! Which kinds of keys are supported, and the messages for others.

mod support;

use podweave_signature::{Key, KeyError};
use rcgen::{KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_ED25519};
use support::{in_both_forms, key_pair, manifest, refused, rsa_key_pair, signed_by, trusting};

fn error(pem: &str) -> String {
    Key::from_pem("release", pem.as_bytes())
        .expect_err("no key")
        .to_string()
}

#[test]
fn signatures_by_all_kinds_of_cosign_keys_are_verified() {
    let of = |algorithm| KeyPair::generate_for(algorithm).unwrap();
    for key in [
        key_pair(),
        of(&PKCS_ECDSA_P384_SHA384),
        of(&PKCS_ED25519),
        rsa_key_pair(),
    ] {
        for artifact in in_both_forms(&key, &manifest()) {
            assert_eq!(signed_by(&trusting(&key), artifact.clone()), "release");
            assert!(refused(&trusting(&of(&PKCS_ED25519)), artifact).contains("no trusted key made it"));
        }
    }
}

#[test]
fn with_an_ed25519_key_the_message_mentions_ed25519ph() {
    let ed25519 = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    for artifact in in_both_forms(&key_pair(), &manifest()) {
        assert!(refused(&trusting(&ed25519), artifact.clone()).contains(
            "cosign 3 signs in a form that is not verified here, Ed25519ph; use an ECDSA or RSA key"
        ));
        assert!(!refused(&trusting(&key_pair()), artifact).contains("Ed25519"));
    }
}

#[test]
fn a_private_key_is_refused_and_not_shown() {
    let key = key_pair();
    let message = error(&format!("{}{}", key.public_key_pem(), key.serialize_pem()));
    assert_eq!(message, KeyError::Private.to_string());
    assert_eq!(
        error(
            "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAA==\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n"
        ),
        message
    );
}

#[test]
fn weak_and_unknown_keys_are_refused_with_the_supported_kinds() {
    for (pem, what) in [
        (
            include_str!("support/keys/rsa-1024.pub"),
            "it is an RSA key of 1024 bits; ",
        ),
        (
            include_str!("support/keys/p-521.pub"),
            "it is an ECDSA key on the curve 1.3.132.0.35; ",
        ),
        (
            include_str!("support/keys/ed448.pub"),
            "it is a key of the algorithm 1.3.101.113; ",
        ),
    ] {
        let message = error(pem);
        assert!(
            message.starts_with(what) && message.contains("podweave verifies with ECDSA P-256 and P-384"),
            "{message}"
        );
    }
}

#[test]
fn files_without_one_public_key_are_refused() {
    assert_eq!(error(""), KeyError::NoKey.to_string());
    assert_eq!(
        error("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"),
        KeyError::NoKey.to_string()
    );
    assert!(
        error("-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n")
            .starts_with("cannot read its public key: ")
    );
    assert!(error("-----BEGIN PUBLIC KEY-----\n\x1b[2J\n").starts_with("cannot read its public key: "));
    assert_eq!(
        error(&format!(
            "{}{}",
            key_pair().public_key_pem(),
            key_pair().public_key_pem()
        )),
        KeyError::Several.to_string()
    );
    assert_eq!(
        error(&" ".repeat(2 * 1024 * 1024)),
        KeyError::TooLarge.to_string()
    );
}

#[test]
fn a_key_shows_its_name_and_kind_only() {
    let key = key_pair();
    let key = Key::from_pem("release", key.public_key_pem().as_bytes()).unwrap();
    assert_eq!(format!("{key:?}"), "Key { name: \"release\", kind: P256, .. }");
}

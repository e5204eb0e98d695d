//! Identities in certificates.

use super::*;

#[test]
fn identities_match_only_names_of_their_own_kind() {
    let root = Authority::root("Acme");
    let named = |name: SanType| {
        signatures(&root, |params| {
            params.subject_alt_names = vec![SanType::IpAddress([192, 0, 2, 1].into()), name]
        })
    };
    let text = |text: &str| text.try_into().unwrap();
    for (name, identity) in [
        (
            SanType::URI(text("spiffe://acme.example/ci")),
            "spiffe://acme.example/ci",
        ),
        (
            SanType::Rfc822Name(text("release@acme.example")),
            "release@acme.example",
        ),
        (SanType::DnsName(text("ci.acme.example")), "ci.acme.example"),
    ] {
        for artifact in named(name) {
            assert_eq!(
                signed_by(&trusting_certificates(&root.pem(), &[identity]), artifact),
                identity
            );
        }
    }
    for (name, identity) in [
        (SanType::URI(text("release@acme.example")), "release@acme.example"),
        (SanType::URI(text("ci.acme.example")), "ci.acme.example"),
        (SanType::Rfc822Name(text("ci.acme.example")), "ci.acme.example"),
        (
            SanType::DnsName(text("release@acme.example")),
            "release@acme.example",
        ),
        (
            SanType::Rfc822Name(text("https://acme.example")),
            "https://acme.example",
        ),
    ] {
        for artifact in named(name) {
            let message = refused(&trusting_certificates(&root.pem(), &[identity]), artifact);
            assert!(
                message.contains(&format!(
                    "the policy allows none of the certificate's identities ({identity:?})"
                )),
                "{message}"
            );
        }
    }
}

#[test]
fn identities_are_compared_exactly() {
    let root = Authority::root("Acme");
    for identity in [
        "https://ci.acme.example/release/",
        "https://ci.acme.example",
        "https://ci.acme.example/Release",
        "https://ci.acme.example/releas",
    ] {
        for artifact in signatures(&root, |_| {}) {
            let message = refused(&trusting_certificates(&root.pem(), &[identity]), artifact);
            assert!(
                message.contains(&format!(
                    "the policy allows none of the certificate's identities ({IDENTITY:?})"
                )),
                "{message}"
            );
        }
    }
    let without_identity = refusals(|params| params.subject_alt_names = vec![]);
    assert!(
        without_identity
            .iter()
            .all(|message| message.contains("the policy allows none of the certificate's identities (none)")),
        "{without_identity:?}"
    );
}

#[test]
fn identities_have_no_patterns_and_no_blanks() {
    assert!(
        Identity::parse("https://ci.acme.example/*")
            .unwrap_err()
            .contains("identities have no patterns")
    );
    for identity in ["", "a b", "caf\u{e9}", "\u{1b}[2J", &"a".repeat(2049)] {
        assert!(
            Identity::parse(identity)
                .unwrap_err()
                .contains("is not an identity; write it as the certificate has it"),
            "{identity:?}"
        );
    }
}

#[test]
fn a_policy_with_roots_but_without_identities_accepts_nothing() {
    let root = Authority::root("Acme");
    for artifact in signatures(&root, |_| {}) {
        let error = support::verified(&trusting_certificates(&root.pem(), &[]), artifact)
            .unwrap_err()
            .to_string();
        assert!(error.contains("no signer is trusted"), "{error}");
    }
}

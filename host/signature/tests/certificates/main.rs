//! Signatures by holders of certificates: issuer, identity, usage and validity are verified.

mod identities;
#[path = "../support/mod.rs"]
mod support;

use podweave_signature::{Artifact, Identity, Policy, Roots, RootsError, verify};
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose, SanType,
    date_time_ymd,
};
use support::{
    Authority, IDENTITY, at, bundle_with_certificate, bundle_with_certificates, key_pair, manifest,
    other_manifest, payload, refused, rsa_key_pair, signed_by, simple_signing, statement, trusting,
    trusting_certificates, with_certificates,
};

/// A signature, in both forms, by a signer with a certificate of this root.
fn signatures(root: &Authority, change: impl FnOnce(&mut CertificateParams)) -> [Artifact; 2] {
    let (key, certificate) = root.signer_with(change);
    [
        with_certificates(
            simple_signing(&key, &payload(&manifest())),
            &certificate.pem(),
            &root.pem(),
        ),
        bundle_with_certificate(&key, &statement(&manifest()), &certificate),
    ]
}

fn refusals(change: impl FnOnce(&mut CertificateParams)) -> [String; 2] {
    let root = Authority::root("Acme");
    signatures(&root, change)
        .map(|artifact| refused(&trusting_certificates(&root.pem(), &[IDENTITY]), artifact))
}

#[test]
fn a_trusted_certificate_is_verified_and_names_its_identity() {
    let root = Authority::root("Acme");
    for artifact in signatures(&root, |_| {}) {
        assert_eq!(
            signed_by(
                &trusting_certificates(&root.pem(), &["ci.acme.example", IDENTITY]),
                artifact
            ),
            IDENTITY
        );
    }
}

#[test]
fn an_unknown_root_with_the_same_name_is_refused() {
    let (ours, theirs) = (Authority::root("Acme"), Authority::root("Acme"));
    for artifact in signatures(&theirs, |_| {}) {
        let message = refused(&trusting_certificates(&ours.pem(), &[IDENTITY]), artifact.clone());
        assert!(
            message.contains("the certificate was not issued by a trusted root"),
            "{message}"
        );
        assert!(
            refused(
                &trusting_certificates(&Authority::root("Ours").pem(), &[IDENTITY]),
                artifact
            )
            .contains("are missing: unknown issuer")
        );
    }
}

#[test]
fn a_certificate_is_valid_from_its_first_second_to_its_last() {
    let root = Authority::root("Acme");
    let policy = trusting_certificates(&root.pem(), &[IDENTITY]);
    for artifact in signatures(&root, |_| {}) {
        let outcome = |time| {
            verify(&policy, &manifest(), std::slice::from_ref(&artifact), time)
                .map_err(|error| error.to_string())
        };
        let second = std::time::Duration::from_secs(1);
        assert!(outcome(at(2026, 1, 1)).is_ok() && outcome(at(2027, 1, 1)).is_ok());
        assert!(
            outcome(at(2026, 1, 1) - second)
                .unwrap_err()
                .contains("the certificate is not valid before 2026-01-01T00:00:00Z")
        );
        assert!(
            outcome(at(2027, 1, 1) + second)
                .unwrap_err()
                .contains("the certificate expired 2027-01-01T00:00:00Z")
        );
        assert!(
            outcome(std::time::UNIX_EPOCH - second)
                .unwrap_err()
                .contains("check the clock of this machine")
        );
    }
}

#[test]
fn an_expired_keyless_certificate_is_refused_with_the_reason() {
    let messages = refusals(|params| {
        (params.not_before, params.not_after) = (date_time_ymd(2026, 11, 24), date_time_ymd(2026, 11, 25))
    });
    assert!(
        messages.iter().all(|message| message.contains(
            "keyless signing, whose certificates last ten minutes, is not supported: sign with a key"
        )),
        "{messages:?}"
    );
}

#[test]
fn a_certificate_that_is_not_for_code_signing_is_refused() {
    let usage = "the certificate is not for code signing";
    for usages in [
        vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ],
        vec![ExtendedKeyUsagePurpose::Any],
        vec![],
    ] {
        let messages = refusals(|params| params.extended_key_usages = usages);
        assert!(
            messages.iter().all(|message| message.contains(usage)),
            "{messages:?}"
        );
    }
    let messages = refusals(|params| params.key_usages = vec![KeyUsagePurpose::KeyEncipherment]);
    assert!(
        messages.iter().all(|message| message.contains(usage)),
        "{messages:?}"
    );
}

#[test]
fn an_authoritys_certificate_cannot_sign_plugins() {
    let messages = refusals(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    assert!(
        messages
            .iter()
            .all(|message| message.contains("the certificate was not issued by a trusted root")),
        "{messages:?}"
    );
}

#[test]
fn a_signature_not_made_with_the_certificates_key_is_refused() {
    let root = Authority::root("Acme");
    let (_, certificate) = root.signer();
    let policy = trusting_certificates(&root.pem(), &[IDENTITY]);
    for artifact in [
        with_certificates(
            simple_signing(&key_pair(), &payload(&manifest())),
            &certificate.pem(),
            "",
        ),
        bundle_with_certificate(&key_pair(), &statement(&manifest()), &certificate),
    ] {
        assert!(refused(&policy, artifact).contains("it was not made with the certificate's key"));
    }
}

#[test]
fn a_certificate_holders_signature_is_for_one_manifest_only() {
    let root = Authority::root("Acme");
    let (key, certificate) = root.signer();
    let policy = trusting_certificates(&root.pem(), &[IDENTITY]);
    for artifact in [
        with_certificates(
            simple_signing(&key, &payload(&other_manifest())),
            &certificate.pem(),
            "",
        ),
        bundle_with_certificate(&key, &statement(&other_manifest()), &certificate),
    ] {
        assert!(refused(&policy, artifact).contains("it is valid, but for another manifest"));
    }
}

#[test]
fn intermediate_certificates_come_with_the_signature() {
    let root = Authority::root("Acme");
    let between = root.intermediate("Acme CI", |_| {});
    let (key, certificate) = between.signer();
    let signature = simple_signing(&key, &payload(&manifest()));
    let policy = trusting_certificates(&root.pem(), &[IDENTITY]);
    assert_eq!(
        signed_by(
            &policy,
            with_certificates(
                signature.clone(),
                &certificate.pem(),
                &format!("{}{}", between.pem(), root.pem())
            )
        ),
        IDENTITY
    );
    assert!(
        refused(
            &policy,
            with_certificates(signature.clone(), &certificate.pem(), &root.pem())
        )
        .contains("the certificates between them are missing")
    );
    let bundle = bundle_with_certificates(
        &key,
        &statement(&manifest()),
        &[&certificate, &between.certificate, &root.certificate],
    );
    assert_eq!(signed_by(&policy, bundle), IDENTITY);
    // If it is missing, the policy can trust the intermediate certificate itself.
    let bundle = bundle_with_certificate(&key, &statement(&manifest()), &certificate);
    assert!(refused(&policy, bundle.clone()).contains("the certificates between them are missing"));
    assert_eq!(
        signed_by(&trusting_certificates(&between.pem(), &[IDENTITY]), bundle),
        IDENTITY
    );
}

#[test]
fn an_intermediate_that_must_not_issue_such_certificates_is_refused() {
    let root = Authority::root("Acme");
    let policy = trusting_certificates(&root.pem(), &[IDENTITY]);
    let changes: [fn(&mut CertificateParams); 4] = [
        |params| params.is_ca = IsCa::NoCa,
        |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth],
        |params| params.not_after = date_time_ymd(2026, 6, 1),
        |params| params.not_before = date_time_ymd(2027, 6, 1),
    ];
    for change in changes {
        let between = root.intermediate("Acme CI", change);
        let (key, certificate) = between.signer();
        let artifact = with_certificates(
            simple_signing(&key, &payload(&manifest())),
            &certificate.pem(),
            &between.pem(),
        );
        let message = refused(&policy, artifact);
        assert!(
            message.contains("the certificate was not issued by a trusted root"),
            "{message}"
        );
    }
}

#[test]
fn an_expired_root_is_not_trusted() {
    let old = Authority::root_with("Acme", |params| params.not_after = date_time_ymd(2026, 6, 1));
    for artifact in signatures(&old, |_| {}) {
        assert!(
            refused(&trusting_certificates(&old.pem(), &[IDENTITY]), artifact.clone())
                .contains("none of the trusted roots is valid now")
        );
        let roots = format!("{}{}", old.pem(), Authority::root("Acme").pem());
        assert!(
            refused(&trusting_certificates(&roots, &[IDENTITY]), artifact)
                .contains("the certificate was not issued by a trusted root")
        );
    }
}

#[test]
fn a_trusted_key_suffices_whatever_the_certificate() {
    let root = Authority::root("Acme");
    let key = key_pair();
    let policy = Policy {
        certificates: trusting_certificates(&root.pem(), &[IDENTITY]).certificates,
        ..trusting(&key)
    };
    let (_, certificate) = root.signer();
    for certificate in [certificate.pem(), "-----BEGIN CERTIFICATE-----\n???".to_owned()] {
        assert_eq!(
            signed_by(
                &policy,
                with_certificates(simple_signing(&key, &payload(&manifest())), &certificate, "")
            ),
            "release"
        );
    }
    let message = refused(&policy, simple_signing(&key_pair(), &payload(&manifest())));
    assert!(
        message.contains("no trusted key made it (\"release\"), and it has no certificate"),
        "{message}"
    );
}

#[test]
fn certificates_are_ignored_if_only_keys_are_trusted() {
    let root = Authority::root("Acme");
    for artifact in signatures(&root, |_| {}) {
        assert!(refused(&trusting(&key_pair()), artifact).ends_with("no trusted key made it (\"release\")"));
    }
}

#[test]
fn a_signer_may_have_an_rsa_key() {
    let root = Authority::root("Acme");
    let (mut params, key) = (CertificateParams::default(), rsa_key_pair());
    params.subject_alt_names = vec![SanType::URI(IDENTITY.try_into().unwrap())];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
    let certificate = params.signed_by(&key, &root.issuer).unwrap();
    let artifact = bundle_with_certificate(&key, &statement(&manifest()), &certificate);
    assert_eq!(
        signed_by(&trusting_certificates(&root.pem(), &[IDENTITY]), artifact),
        IDENTITY
    );
}

#[test]
fn roots_are_authorities_in_pem() {
    let root = Authority::root("Acme");
    let (key, certificate) = root.signer();
    let error = |pem: &str| Roots::from_pem(pem.as_bytes()).unwrap_err();
    assert_eq!(error(""), RootsError::None);
    assert_eq!(error(&key.public_key_pem()), RootsError::None);
    assert_eq!(
        error(&format!("{}{}", root.pem(), certificate.pem())),
        RootsError::NoAuthority {
            number: 2,
            subject: "CN=signer".to_owned()
        }
    );
    assert!(
        error("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n")
            .to_string()
            .starts_with("cannot read its certificate 1: ")
    );
    assert_eq!(error(&" ".repeat(2 * 1024 * 1024)), RootsError::TooLarge);
}

//! The edges of each limit: the last size that is taken, and the first that is not.

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use podweave_signature::limits::{ARTIFACT_BYTES, CERTIFICATE_BYTES, PEM_BYTES};
use podweave_signature::{Artifact, Identity, Key, KeyError, Roots, RootsError, verify};
use serde_json::json;
use support::{
    Authority, IDENTITY, bundle_document, bundle_of, key_pair, manifest, now, payload, refused,
    simple_signing, statement, trusting, trusting_certificates, with_certificates,
};

const MEBIBYTE: usize = 1024 * 1024;

/// A PEM file of this many bytes: what is before the first block does not count.
fn padded(pem: &str, bytes: usize) -> Vec<u8> {
    let mut padded = "#".repeat(bytes - pem.len() - 1).into_bytes();
    padded.push(b'\n');
    padded.extend(pem.as_bytes());
    padded
}

#[test]
fn files_of_keys_and_authorities_have_a_mebibyte_at_most() {
    assert_eq!((PEM_BYTES, ARTIFACT_BYTES), (MEBIBYTE, MEBIBYTE));
    let key = key_pair().public_key_pem();
    assert!(Key::from_pem("release", &padded(&key, PEM_BYTES)).is_ok());
    assert_eq!(
        Key::from_pem("release", &padded(&key, PEM_BYTES + 1)),
        Err(KeyError::TooLarge)
    );
    let root = Authority::root("Acme").pem();
    let roots = Roots::from_pem(&padded(&root, PEM_BYTES)).unwrap();
    assert_eq!(format!("{roots:?}"), "Roots(1)", "no content");
    assert_eq!(
        Roots::from_pem(&padded(&root, PEM_BYTES + 1)).err(),
        Some(RootsError::TooLarge)
    );
}

#[test]
fn all_parts_of_a_signature_count_together() {
    let key = key_pair();
    let policy = trusting(&key);
    let signed = simple_signing(&key, &payload(&manifest()));
    let Artifact::SimpleSigning {
        payload, signature, ..
    } = &signed
    else {
        panic!("the classic form");
    };
    let left = ARTIFACT_BYTES - payload.len() - signature.len();
    let verified = |certificate: usize, chain: usize| {
        let artifact = with_certificates(signed.clone(), &"x".repeat(certificate), &"x".repeat(chain));
        verify(&policy, &manifest(), &[artifact], now()).is_ok()
    };
    assert!(verified(left, 0) && verified(0, left) && verified(1, left - 1));
    assert!(!verified(left + 1, 0) && !verified(0, left + 1) && !verified(1, left));

    let bundle = |bytes: usize| {
        let mut document = bundle_document(&key, &statement(&manifest()), json!({ "publicKey": {} }));
        document["padding"] = json!("");
        let bare = serde_json::to_vec(&document).unwrap().len();
        document["padding"] = json!("x".repeat(bytes - bare));
        let artifact = bundle_of(&document);
        assert!(matches!(&artifact, Artifact::Bundle(document) if document.len() == bytes));
        artifact
    };
    assert!(verify(&policy, &manifest(), &[bundle(ARTIFACT_BYTES)], now()).is_ok());
    assert!(refused(&policy, bundle(ARTIFACT_BYTES + 1)).contains("it has more than 1024 KiB"));
}

#[test]
fn a_certificate_of_the_largest_size_is_read() {
    let root = Authority::root("Acme");
    let (key, certificate) = root.signer();
    let policy = trusting_certificates(&root.pem(), &[IDENTITY]);
    let with = |bytes: usize| {
        // webpki takes no other certificate than it needs, so a useless one does no harm.
        let chain = [certificate.der().to_vec(), vec![0x30; bytes]];
        let chain = chain
            .iter()
            .map(|der| json!({ "rawBytes": STANDARD.encode(der) }));
        let material = json!({ "x509CertificateChain": { "certificates": chain.collect::<Vec<_>>() } });
        let artifact = bundle_of(&bundle_document(&key, &statement(&manifest()), material));
        verify(&policy, &manifest(), &[artifact], now()).map_err(|error| error.to_string())
    };
    assert!(with(CERTIFICATE_BYTES).is_ok());
    let refusal = with(CERTIFICATE_BYTES + 1).unwrap_err();
    assert!(
        refusal.contains("a certificate has more than 16 KiB"),
        "{refusal}"
    );
}

#[test]
fn identities_have_2048_bytes_at_most() {
    let longest = format!("https://{}", "x".repeat(2040));
    assert_eq!(Identity::parse(&longest).unwrap().to_string(), longest);
    assert!(Identity::parse(&format!("{longest}x")).is_err());
}

/// An RSA public key whose modulus begins with these bytes and has this many. No private key belongs to it.
fn rsa_key(first: u8, bytes: usize) -> String {
    fn der(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x82], &length[..], content].concat()
    }
    let mut modulus = vec![first];
    modulus.resize(bytes, 0xa5);
    if first >= 0x80 {
        modulus.insert(0, 0);
    }
    let key = der(0x30, &[der(0x02, &modulus), vec![0x02, 3, 1, 0, 1]].concat());
    // rsaEncryption, NULL
    let algorithm = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    let info = der(
        0x30,
        &[&algorithm[..], &der(0x03, &[&[0], &key[..]].concat())].concat(),
    );
    format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        STANDARD.encode(info)
    )
}

#[test]
fn rsa_keys_have_2048_to_8192_bits_without_leading_zeros() {
    let bits = |pem: &str| {
        Key::from_pem("release", pem.as_bytes())
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    assert_eq!(bits(&rsa_key(0x80, 256)), Ok(()));
    assert!(
        bits(&rsa_key(0x7f, 256))
            .unwrap_err()
            .contains("an RSA key of 2047 bits")
    );
    assert_eq!(bits(&rsa_key(0xff, 1024)), Ok(()));
    assert!(
        bits(&rsa_key(0x01, 1025))
            .unwrap_err()
            .contains("an RSA key of 8193 bits")
    );
}

#[test]
fn refusals_of_several_signatures_are_separated() {
    let (key, other) = (key_pair(), key_pair());
    let malformed = Artifact::SimpleSigning {
        payload: b"{}".to_vec(),
        signature: "?".to_owned(),
        certificate: None,
        chain: None,
    };
    let artifacts = [simple_signing(&other, &payload(&manifest())), malformed];
    let message = verify(&trusting(&key), &manifest(), &artifacts, now())
        .unwrap_err()
        .to_string();
    let (_, reasons) = message.split_once("is acceptable: ").expect("the reasons follow");
    assert!(
        !reasons.starts_with(';') && reasons.contains("; cannot read the signature"),
        "{message}"
    );
}

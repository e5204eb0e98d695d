//! Reading a manifest's signatures, as cosign stores them.

use podweave_core::digest::Digest;
use podweave_registry::Failure;
use podweave_signature::Artifact;
use serde_json::{Value, json};

use crate::client::{access, checked, client, component, reference};
use crate::server::{Server, answer};
use crate::shelf::{Shelf, refused};

const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

fn classic_layer(shelf: &Shelf, payload: &[u8], signature: &str) -> Value {
    json!({
        "mediaType": "application/vnd.dev.cosign.simplesigning.v1+json",
        "digest": shelf.put_blob(payload).to_string(),
        "size": payload.len(),
        "annotations": { "dev.cosignproject.cosign/signature": signature, "dev.sigstore.cosign/certificate": "PEM" },
    })
}

fn put_classic(shelf: &Shelf, subject: Digest, layers: &[Value]) {
    shelf.put_manifest(
        &format!("sha256-{}.sig", subject.hex()),
        &json!({ "schemaVersion": 2, "layers": layers }).to_string(),
    );
}

fn put_bundle(shelf: &Shelf, bundle: &[u8]) -> Value {
    let manifest = json!({
        "schemaVersion": 2, "artifactType": BUNDLE,
        "layers": [{ "mediaType": BUNDLE, "digest": shelf.put_blob(bundle).to_string(), "size": bundle.len() }],
    })
    .to_string();
    let digest = shelf.put_manifest("unused", &manifest);
    json!({ "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest.to_string(), "size": manifest.len(), "artifactType": BUNDLE })
}

fn index(manifests: &[Value]) -> String {
    json!({ "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": manifests }).to_string()
}

async fn signatures(shelf: Shelf, subject: Digest) -> Vec<Artifact> {
    let server = Server::start(move |asked| shelf.answer(asked)).await;
    client()
        .signatures(&reference(&server), &subject, &access(&server))
        .await
        .unwrap()
}

#[tokio::test]
async fn an_unsigned_manifest_has_no_signatures() {
    let shelf = Shelf::default();
    let subject = shelf.put_component("1.4", &component(10));
    assert!(signatures(shelf, subject).await.is_empty());
}

#[tokio::test]
async fn classic_signatures_and_bundles_are_read() {
    for by_tag in [false, true] {
        let shelf = Shelf::default();
        let subject = shelf.put_component("1.4", &component(10));
        let layer = classic_layer(&shelf, b"payload", "c2ln");
        put_classic(&shelf, subject, &[layer]);
        let referrers = index(&[put_bundle(&shelf, b"{\"bundle\":1}")]);
        // In registries without the referrers API, the index is under a tag.
        match by_tag {
            true => drop(shelf.put_manifest(&format!("sha256-{}", subject.hex()), &referrers)),
            false => shelf.put_referrers(subject, &referrers),
        }
        let classic = Artifact::SimpleSigning {
            payload: b"payload".to_vec(),
            signature: "c2ln".to_owned(),
            certificate: Some("PEM".to_owned()),
            chain: None,
        };
        assert_eq!(
            signatures(shelf, subject).await,
            [classic, Artifact::Bundle(b"{\"bundle\":1}".to_vec())]
        );
    }
}

#[tokio::test]
async fn at_most_32_signatures_are_read() {
    let shelf = Shelf::default();
    let subject = shelf.put_component("1.4", &component(10));
    let layers: Vec<Value> = (0..40)
        .map(|index| classic_layer(&shelf, format!("payload {index}").as_bytes(), "c2ln"))
        .collect();
    put_classic(&shelf, subject, &layers);
    let bundle = put_bundle(&shelf, b"{}");
    shelf.put_referrers(subject, &index(&vec![bundle; 40]));
    assert_eq!(signatures(shelf, subject).await.len(), 32);
}

#[tokio::test]
async fn a_broken_signature_does_not_hide_the_others() {
    let shelf = Shelf::default();
    let subject = shelf.put_component("1.4", &component(10));
    let right = classic_layer(&shelf, b"payload", "c2ln");
    let missing = json!({
        "mediaType": "application/vnd.dev.cosign.simplesigning.v1+json", "digest": Digest::of(b"gone").to_string(), "size": 4,
        "annotations": { "dev.cosignproject.cosign/signature": "x" },
    });
    let mut large = missing.clone();
    large["size"] = json!(2 * 1024 * 1024);
    let mut unsigned = right.clone();
    unsigned["annotations"] = json!({});
    let lying = {
        let mut lying = classic_layer(&shelf, &vec![b'7'; 2 * 1024 * 1024], "x");
        lying["size"] = json!(10);
        lying
    };
    put_classic(&shelf, subject, &[missing, large, unsigned, lying, right]);
    let gone = json!({ "mediaType": "x", "digest": Digest::of(b"gone").to_string(), "size": 1, "artifactType": BUNDLE });
    let other = json!({ "mediaType": "x", "digest": Digest::of(b"gone").to_string(), "size": 1, "artifactType": "application/spdx+json" });
    let bundle = put_bundle(&shelf, b"{}");
    shelf.put_referrers(subject, &index(&[gone, other, bundle]));
    assert_eq!(signatures(shelf, subject).await.len(), 2);
}

#[tokio::test]
async fn a_refusal_is_an_error_and_not_an_empty_list() {
    let server = Server::start(|asked| {
        if asked.path == "/v2/" {
            answer(200, "")
        } else {
            refused(403, "DENIED")
        }
    })
    .await;
    let error = client()
        .signatures(&reference(&server), &Digest::of(b"x"), &access(&server))
        .await
        .unwrap_err();
    assert!(matches!(checked(error), Failure::Denied(_)));
}

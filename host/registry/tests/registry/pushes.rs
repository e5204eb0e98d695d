//! Pushing: what the registry has afterwards, and how a bad registry can interfere.

use std::collections::BTreeMap;
use std::sync::Mutex;

use podweave_core::digest::Digest;
use podweave_core::oci_reference::OciReference;
use podweave_registry::{Access, Endpoint, Failure, NewArtifact, RegistryError};
use serde_json::{Value, json};

use crate::client::{access, checked, client, component, endpoint, file_of, pull, reference};
use crate::server::{Server, answer, with};
use crate::shelf::{Shelf, refused};

fn artifact() -> NewArtifact {
    NewArtifact {
        title: Some("web.wasm".to_owned()),
        imports: vec!["podweave:plugin/inputs@0.1.0".to_owned()],
        exports: vec!["podweave:plugin/renderer@0.1.0".to_owned()],
        annotations: BTreeMap::from([("org.opencontainers.image.version".to_owned(), "1.4".to_owned())]),
    }
}

async fn push(server: &Server, component: &[u8]) -> Result<Digest, RegistryError> {
    client()
        .push(
            &reference(server),
            &file_of(component),
            &artifact(),
            &access(server),
            |_| (),
        )
        .await
}

#[tokio::test]
async fn a_pushed_component_has_the_wasm_layout_and_can_be_pulled() {
    let (shelf, component) = (Shelf::default(), component(700_000));
    let server = {
        let shelf = shelf.clone();
        Server::start(move |asked| shelf.answer(asked)).await
    };
    let digest = push(&server, &component).await.unwrap();
    let manifest = shelf.manifest("1.4").unwrap();
    assert_eq!(Digest::of(&manifest), digest);
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let layer = Digest::of(&component).to_string();
    assert_eq!(
        manifest["layers"],
        json!([{ "mediaType": "application/wasm", "digest": layer, "size": 700_000, "annotations": { "org.opencontainers.image.title": "web.wasm" } }])
    );
    assert_eq!(
        manifest["annotations"],
        json!({ "org.opencontainers.image.version": "1.4" })
    );
    assert_eq!(
        manifest["config"]["mediaType"],
        "application/vnd.wasm.config.v0+json"
    );
    let config: Value = serde_json::from_slice(
        &shelf
            .blob(manifest["config"]["digest"].as_str().unwrap())
            .unwrap(),
    )
    .unwrap();
    assert_eq!(
        (&config["architecture"], &config["os"], &config["layerDigests"]),
        (&json!("wasm"), &json!("wasip2"), &json!([layer]))
    );
    assert_eq!(
        config["component"]["exports"],
        json!(["podweave:plugin/renderer@0.1.0"])
    );
    let (pulled, bytes) = pull(&server, digest).await;
    pulled.unwrap();
    assert_eq!(bytes, component);
}

#[tokio::test]
async fn a_second_push_has_the_same_digest_and_sends_no_blobs() {
    let shelf = Shelf::default();
    let server = Server::start(move |asked| shelf.answer(asked)).await;
    let component = component(5000);
    let first = push(&server, &component).await.unwrap();
    let uploads = || server.count(|asked| asked.method == "PUT" && asked.path.contains("/blobs/"));
    assert_eq!(uploads(), 2);
    assert_eq!(push(&server, &component).await.unwrap(), first);
    assert_eq!(uploads(), 2);
}

#[tokio::test]
async fn push_progress_ends_with_the_whole() {
    let shelf = Shelf::default();
    let server = Server::start(move |asked| shelf.answer(asked)).await;
    let seen = Mutex::new(Vec::new());
    let component = file_of(&component(1_000_000));
    client()
        .push(
            &reference(&server),
            &component,
            &artifact(),
            &access(&server),
            |progress| seen.lock().unwrap().push(progress.done),
        )
        .await
        .unwrap();
    assert_eq!(seen.into_inner().unwrap().last(), Some(&1_000_000));
}

#[tokio::test]
async fn a_reference_with_a_digest_cannot_be_pushed() {
    let server = Server::start(|_| answer(500, "")).await;
    let reference =
        OciReference::parse(&format!("{}/acme/web:1@{}", server.address, Digest::of(b"x"))).unwrap();
    let error = client()
        .push(&reference, &file_of(b"x"), &artifact(), &access(&server), |_| ())
        .await
        .unwrap_err();
    assert!(
        matches!(*error.failure, Failure::Request(_))
            && error.to_string().contains("REGISTRY/REPOSITORY:TAG"),
        "{error}"
    );
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn mirrors_get_nothing() {
    let shelf = Shelf::default();
    let server = Server::start(move |asked| shelf.answer(asked)).await;
    let mirror = Server::start(|_| answer(500, "")).await;
    let access = Access {
        endpoints: vec![
            Endpoint {
                host: mirror.address.to_string(),
                ..endpoint(&server)
            },
            endpoint(&server),
        ],
        ..access(&server)
    };
    client()
        .push(
            &reference(&server),
            &file_of(b"component"),
            &artifact(),
            &access,
            |_| (),
        )
        .await
        .unwrap();
    assert!(mirror.asked().is_empty());
}

#[tokio::test]
async fn a_refused_push_does_not_move_the_tag() {
    let shelf = Shelf::default();
    let before = shelf.put_component("1.4", b"old");
    for (method, kind) in [
        ("POST", "/uploads/"),
        ("PUT", "/uploads/"),
        ("PUT", "/manifests/"),
    ] {
        let kept = shelf.clone();
        let server = Server::start(move |asked| {
            if asked.method == method && asked.path.contains(kind) {
                refused(403, "DENIED")
            } else {
                kept.answer(asked)
            }
        })
        .await;
        let failure = checked(push(&server, &component(100)).await.unwrap_err());
        assert!(
            matches!(failure, Failure::Denied(_)),
            "{method} {kind}: {failure:?}"
        );
        assert_eq!(Digest::of(&shelf.manifest("1.4").unwrap()), before);
    }
}

#[tokio::test]
async fn an_upload_with_an_invalid_location_is_an_error() {
    for location in [
        "",
        "nonsense",
        "//",
        "file:///etc/passwd",
        "http://[",
        "http://registry.invalid/x",
    ] {
        let server = Server::start(move |asked| match asked.method.as_str() {
            "POST" => with(answer(202, ""), "location", location),
            "HEAD" => answer(404, ""),
            _ => answer(200, ""),
        })
        .await;
        checked(push(&server, &component(100)).await.unwrap_err());
    }
}

#[tokio::test]
async fn an_upload_to_another_host_has_no_credentials() {
    let elsewhere = Server::start(|_| with(answer(201, ""), "location", "/x")).await;
    let other = elsewhere.address;
    let shelf = Shelf::default();
    let server = Server::start(move |asked| match (asked.method.as_str(), &asked.authorization) {
        (_, None) => with(answer(401, ""), "www-authenticate", "Basic realm=\"x\""),
        ("POST", _) => with(answer(202, ""), "location", &format!("http://{other}/upload")),
        _ => shelf.answer(asked),
    })
    .await;
    let access = crate::client::access_with(&server, crate::client::password());
    client()
        .push(
            &reference(&server),
            &file_of(b"component"),
            &artifact(),
            &access,
            |_| (),
        )
        .await
        .unwrap();
    assert_eq!(elsewhere.count(|asked| asked.authorization.is_none()), 2);
    assert_eq!(elsewhere.count(|_| true), 2);
}

#[tokio::test]
async fn a_component_that_is_too_large_is_not_sent() {
    let server = Server::start(|_| answer(500, "")).await;
    let file = tempfile::tempfile().unwrap();
    file.set_len(65 * 1024 * 1024).unwrap();
    let error = client()
        .push(&reference(&server), &file, &artifact(), &access(&server), |_| ())
        .await
        .unwrap_err();
    assert!(matches!(checked(error), Failure::TooLarge { .. }));
    assert!(server.asked().is_empty());
}

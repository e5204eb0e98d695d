//! Resolving and pulling from registries that work, or fail briefly.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use podweave_core::digest::Digest;
use podweave_core::oci_reference::OciReference;
use podweave_registry::Progress;
use serde_json::json;

use crate::client::{access, client, component, pull, reference};
use crate::server::{Server, answer, cut};
use crate::shelf::{Shelf, manifest_of, refused};

#[tokio::test]
async fn a_tag_is_resolved_and_its_component_is_pulled() {
    let (shelf, component) = (Shelf::default(), component(700_000));
    let manifest = shelf.put_component("1.4", &component);
    let server = Server::start(move |asked| shelf.answer(asked)).await;
    assert_eq!(
        client()
            .resolve(&reference(&server), &access(&server))
            .await
            .unwrap(),
        manifest
    );
    let (pulled, bytes) = pull(&server, manifest).await;
    let pulled = pulled.unwrap();
    assert_eq!((pulled.component, pulled.size), (Digest::of(&component), 700_000));
    assert_eq!(Digest::of(&pulled.manifest), manifest);
    assert_eq!(bytes, component);
}

#[tokio::test]
async fn a_reference_with_a_digest_needs_no_request() {
    let server = Server::start(|_| answer(500, "")).await;
    let digest = Digest::of(b"manifest");
    let reference = OciReference::parse(&format!("{}/acme/web:1.4@{digest}", server.address)).unwrap();
    assert_eq!(
        client().resolve(&reference, &access(&server)).await.unwrap(),
        digest
    );
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn pull_progress_ends_with_the_whole() {
    let (shelf, component) = (Shelf::default(), component(1_000_000));
    let manifest = shelf.put_component("1.4", &component);
    let server = Server::start(move |asked| shelf.answer(asked)).await;
    let seen = Mutex::new(Vec::new());
    let file = tempfile::tempfile().unwrap();
    client()
        .pull(
            &reference(&server),
            &manifest,
            &access(&server),
            &file,
            |progress| seen.lock().unwrap().push(progress),
        )
        .await
        .unwrap();
    let seen = seen.into_inner().unwrap();
    assert!(
        seen.len() > 1 && seen.windows(2).all(|pair| pair[0].done < pair[1].done),
        "{seen:?}"
    );
    assert_eq!(
        seen.last(),
        Some(&Progress {
            done: 1_000_000,
            total: 1_000_000
        })
    );
}

#[tokio::test]
async fn the_component_replaces_the_content_of_the_file() {
    let (shelf, component) = (Shelf::default(), component(1000));
    let manifest = shelf.put_component("1.4", &component);
    let server = Server::start(move |asked| shelf.answer(asked)).await;
    let file = crate::client::file_of(&[b'x'; 5000]);
    client()
        .pull(&reference(&server), &manifest, &access(&server), &file, |_| ())
        .await
        .unwrap();
    assert_eq!(file.metadata().unwrap().len(), 1000);
}

#[tokio::test]
async fn an_interrupted_download_is_resumed() {
    let (shelf, component) = (Shelf::default(), component(100_000));
    let manifest = shelf.put_component("1.4", &component);
    let first = Bytes::copy_from_slice(&component[..60_000]);
    let server = Server::start(
        move |asked| match asked.path.contains("/blobs/") && asked.range.is_none() {
            true => cut(200, first.clone(), 100_000),
            false => shelf.answer(asked),
        },
    )
    .await;
    let (pulled, bytes) = pull(&server, manifest).await;
    pulled.unwrap();
    assert_eq!(bytes, component);
    let ranges: Vec<String> = server
        .asked()
        .into_iter()
        .filter_map(|asked| asked.range)
        .collect();
    assert_eq!(ranges, ["bytes=60000-"]);
}

#[tokio::test]
async fn a_registry_without_ranges_sends_the_whole_again() {
    let (shelf, component) = (Shelf::default(), component(100_000));
    let manifest = shelf.put_component("1.4", &component);
    let (first, whole) = (
        Bytes::copy_from_slice(&component[..60_000]),
        Bytes::copy_from_slice(&component),
    );
    let asked_for_blob = AtomicUsize::new(0);
    let server = Server::start(move |asked| match asked.path.contains("/blobs/") {
        true if asked_for_blob.fetch_add(1, Ordering::SeqCst) == 0 => cut(200, first.clone(), 100_000),
        // This registry ignores the range.
        true => answer(200, whole.clone()),
        false => shelf.answer(asked),
    })
    .await;
    let (pulled, bytes) = pull(&server, manifest).await;
    pulled.unwrap();
    assert_eq!(bytes, component);
}

#[tokio::test]
async fn a_transient_failure_is_retried() {
    for status in [500, 502, 503, 429] {
        let (shelf, component) = (Shelf::default(), component(1000));
        let manifest = shelf.put_component("1.4", &component);
        let failures = Arc::new(AtomicUsize::new(2));
        let server = Server::start(move |asked| {
            let fails = asked.path.contains("/blobs/")
                && failures
                    .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
                    .is_ok();
            if fails {
                answer(status, "")
            } else {
                shelf.answer(asked)
            }
        })
        .await;
        let (pulled, bytes) = pull(&server, manifest).await;
        pulled.unwrap();
        assert_eq!(bytes, component);
    }
}

#[tokio::test]
async fn artifacts_of_wkg_and_oras_can_be_pulled() {
    let component = component(300);
    let layer = Digest::of(&component);
    let oras = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactType": "application/vnd.unknown.artifact.v1",
        "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": Digest::of(b"{}").to_string(), "size": 2, "data": "e30=" },
        "layers": [{
            "mediaType": "application/octet-stream", "digest": layer.to_string(), "size": 300,
            "annotations": { "org.opencontainers.image.title": "plugin.wasm" },
        }],
        "annotations": { "org.opencontainers.image.created": "2026-11-26T12:00:00Z" },
    })
    .to_string();
    for manifest in [
        oras,
        manifest_of("application/wasm", layer, 300),
        manifest_of("application/vnd.wasm.content.layer.v1+wasm", layer, 300),
    ] {
        let shelf = Shelf::default();
        shelf.put_blob(&component);
        let manifest = shelf.put_manifest("1.4", &manifest);
        let server = Server::start(move |asked| shelf.answer(asked)).await;
        let (pulled, bytes) = pull(&server, manifest).await;
        assert_eq!(pulled.unwrap().component, layer);
        assert_eq!(bytes, component);
    }
}

#[tokio::test]
async fn without_a_digest_header_the_manifest_is_requested() {
    let shelf = Shelf::default();
    let manifest = shelf.put_component("1.4", &component(10));
    let server = Server::start(move |asked| {
        let mut answer = shelf.answer(asked);
        answer.headers_mut().remove("docker-content-digest");
        answer
    })
    .await;
    assert_eq!(
        client()
            .resolve(&reference(&server), &access(&server))
            .await
            .unwrap(),
        manifest
    );
}

#[tokio::test]
async fn the_tags_of_a_repository_are_listed() {
    let shelf = Shelf::default();
    shelf.put_component("1.4", &component(10));
    shelf.put_component("1.5", &component(20));
    let server = Server::start(move |asked| shelf.answer(asked)).await;
    assert_eq!(
        client()
            .tags(&reference(&server), &access(&server))
            .await
            .unwrap(),
        ["1.4", "1.5"]
    );
}

#[tokio::test]
async fn a_repository_without_tags_has_none() {
    let server = Server::start(|asked| {
        if asked.path == "/v2/" {
            answer(200, "")
        } else {
            answer(200, r#"{"name":"acme/web","tags":null}"#)
        }
    })
    .await;
    assert!(
        client()
            .tags(&reference(&server), &access(&server))
            .await
            .unwrap()
            .is_empty()
    );
    let server = Server::start(|asked| {
        if asked.path == "/v2/" {
            answer(200, "")
        } else {
            refused(404, "NAME_UNKNOWN")
        }
    })
    .await;
    let error = client()
        .tags(&reference(&server), &access(&server))
        .await
        .unwrap_err();
    assert!(error.failure.is_not_found(), "{error}");
}

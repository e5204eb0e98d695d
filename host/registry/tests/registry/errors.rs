//! Refusals, and artifacts that are not plugins: each gives a clear error and is requested once.

use std::path::PathBuf;

use podweave_core::digest::Digest;
use podweave_core::oci_reference::OciReference;
use podweave_registry::{Access, Endpoint, Failure, RegistryClient, RegistryLimits};
use serde_json::json;

use crate::client::{access, checked, client, component, failure, limits, pull_with, reference, with_limits};
use crate::server::{Server, answer};
use crate::shelf::{Shelf, manifest_of, refused};

/// A server that has only this manifest.
async fn server_with(manifest: &str) -> (Server, Digest) {
    let shelf = Shelf::default();
    let digest = shelf.put_manifest("1.4", manifest);
    (Server::start(move |asked| shelf.answer(asked)).await, digest)
}

#[tokio::test]
async fn a_refusal_quotes_the_registry_and_is_final() {
    type Is = fn(&Failure) -> bool;
    let cases: [(u16, &str, Is); 5] = [
        (401, "UNAUTHORIZED", |failure| {
            matches!(
                failure,
                Failure::Unauthorized {
                    with_credentials: false,
                    ..
                }
            )
        }),
        (
            403,
            "DENIED",
            |failure| matches!(failure, Failure::Denied(said) if said.contains("DENIED")),
        ),
        (
            404,
            "MANIFEST_UNKNOWN",
            |failure| matches!(failure, Failure::NotFound { what, .. } if what == "manifest"),
        ),
        (404, "NAME_UNKNOWN", Failure::is_not_found),
        (400, "NAME_INVALID", |failure| {
            matches!(failure, Failure::Unexpected(_))
        }),
    ];
    for (status, code, is) in cases {
        let server = Server::start(move |asked| {
            if asked.path == "/v2/" {
                answer(200, "")
            } else {
                refused(status, code)
            }
        })
        .await;
        let pulled = failure(&server, Digest::of(b"x")).await;
        assert!(is(&pulled), "{code}: {pulled:?}");
        assert_eq!(
            server.count(|asked| asked.path.contains("/manifests/")),
            1,
            "{code}"
        );
        let resolved = checked(
            client()
                .resolve(&reference(&server), &access(&server))
                .await
                .unwrap_err(),
        );
        assert!(is(&resolved), "{code}: {resolved:?}");
    }
}

#[tokio::test]
async fn attempts_at_a_failing_registry_are_limited() {
    for (status, words) in [(429, "429"), (503, "HTTP 503")] {
        let server = Server::start(move |asked| {
            if asked.path == "/v2/" {
                answer(200, "")
            } else {
                answer(status, "come back later")
            }
        })
        .await;
        let failure = failure(&server, Digest::of(b"x")).await;
        assert!(
            failure.may_pass()
                && failure.to_string().contains(words)
                && failure.to_string().contains("come back later"),
            "{failure}"
        );
        assert_eq!(server.count(|asked| asked.path.contains("/manifests/")), 3);
    }
}

#[tokio::test]
async fn a_registry_that_is_down_is_reported_as_unreachable() {
    let server = Server::start(|_| answer(200, "")).await;
    let (reference, access) = (reference(&server), access(&server));
    drop(server);
    tokio::task::yield_now().await;
    let failure = checked(client().resolve(&reference, &access).await.unwrap_err());
    assert!(
        matches!(failure, Failure::Unreachable(_)) && failure.may_pass(),
        "{failure:?}"
    );
    assert!(failure.to_string().contains("HTTPS_PROXY"), "{failure}");
}

#[tokio::test]
async fn an_unknown_host_is_reported_as_unreachable() {
    let reference = OciReference::parse("registry.invalid/acme/web:1").unwrap();
    let failure = checked(
        client()
            .resolve(&reference, &Access::of(&reference))
            .await
            .unwrap_err(),
    );
    // A machine without certificate authorities reports that first.
    assert!(
        matches!(failure, Failure::Unreachable(_) | Failure::NoAuthorities),
        "{failure:?}"
    );
}

#[tokio::test]
async fn other_kinds_of_artifacts_are_named() {
    let of = |config: &str, layer: &str| {
        json!({
            "schemaVersion": 2,
            "config": { "mediaType": config, "digest": Digest::of(b"{}").to_string(), "size": 2 },
            "layers": [{ "mediaType": layer, "digest": Digest::of(b"x").to_string(), "size": 1 }],
        })
        .to_string()
    };
    let index = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [{ "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": Digest::of(b"x").to_string(), "size": 2 }],
    });
    for (manifest, words) in [
        (
            of(
                "application/vnd.oci.image.config.v1+json",
                "application/vnd.oci.image.layer.v1.tar+gzip",
            ),
            "a container image",
        ),
        (
            of(
                "application/vnd.docker.container.image.v1+json",
                "application/vnd.docker.image.rootfs.diff.tar.gzip",
            ),
            "a container image",
        ),
        (
            of(
                "application/vnd.cncf.helm.config.v1+json",
                "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
            ),
            "a Helm chart",
        ),
        (
            of("application/x.strange\u{1b}[31m", "text/plain"),
            "application/x.strange",
        ),
        (index.to_string(), "an index"),
        (r#"{"schemaVersion":2}"#.to_owned(), "without a Wasm layer"),
    ] {
        let (server, digest) = server_with(&manifest).await;
        let failure = failure(&server, digest).await;
        assert!(
            matches!(failure, Failure::NotAPlugin(_)) && failure.to_string().contains(words),
            "{failure}"
        );
        assert_eq!(server.count(|asked| asked.path.contains("/blobs/")), 0);
    }
}

#[tokio::test]
async fn a_manifest_with_two_wasm_layers_is_refused() {
    let layer = json!({ "mediaType": "application/wasm", "digest": Digest::of(b"x").to_string(), "size": 1 });
    let (server, digest) =
        server_with(&json!({ "schemaVersion": 2, "layers": [layer, layer] }).to_string()).await;
    let failure = failure(&server, digest).await;
    assert!(failure.to_string().contains("2 Wasm layers"), "{failure}");
}

#[tokio::test]
async fn a_component_that_is_too_large_is_not_downloaded() {
    let (server, digest) = server_with(&manifest_of(
        "application/wasm",
        Digest::of(b"x"),
        65 * 1024 * 1024,
    ))
    .await;
    let failure = failure(&server, digest).await;
    assert!(
        matches!(failure, Failure::TooLarge { .. }) && failure.to_string().contains("64 MiB"),
        "{failure}"
    );
    assert_eq!(server.count(|asked| asked.path.contains("/blobs/")), 0);
}

#[tokio::test]
async fn a_malformed_manifest_is_refused() {
    for manifest in [
        "",
        "not JSON",
        "[]",
        r#"{"layers":[{"mediaType":"application/wasm","digest":"sha256:x","size":1}]}"#,
        r#"{"layers":[{"size":-1}]}"#,
    ] {
        let (server, digest) = server_with(manifest).await;
        let failure = failure(&server, digest).await;
        assert!(
            matches!(failure, Failure::Unexpected(_)),
            "{manifest}: {failure:?}"
        );
    }
}

#[tokio::test]
async fn a_missing_component_is_named() {
    let (server, digest) = server_with(&manifest_of("application/wasm", Digest::of(b"x"), 1)).await;
    let failure = failure(&server, digest).await;
    assert!(
        matches!(&failure, Failure::NotFound { what, .. } if what == "component"),
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_program_that_cannot_be_started_is_named() {
    let client = RegistryClient::new(
        PathBuf::from("/nowhere/podweave"),
        Vec::new(),
        RegistryLimits::default(),
    );
    let reference = OciReference::parse("registry.invalid/acme/web:1").unwrap();
    let failure = checked(
        client
            .resolve(&reference, &Access::of(&reference))
            .await
            .unwrap_err(),
    );
    assert!(
        matches!(failure, Failure::Spawn(_)) && failure.to_string().contains("/nowhere/podweave"),
        "{failure}"
    );
}

#[tokio::test]
async fn a_program_that_does_not_speak_the_protocol_is_an_error() {
    let reference = OciReference::parse("registry.invalid/acme/web:1").unwrap();
    for program in ["/bin/true", "/bin/cat", "/bin/false"] {
        let client = RegistryClient::new(PathBuf::from(program), Vec::new(), limits());
        let failure = checked(
            client
                .resolve(&reference, &Access::of(&reference))
                .await
                .unwrap_err(),
        );
        assert!(matches!(failure, Failure::Crashed(_)), "{program}: {failure:?}");
    }
}

#[tokio::test]
async fn a_full_disk_is_reported_as_an_error_of_the_file() {
    let shelf = Shelf::default();
    let manifest = shelf.put_component("1.4", &component(100_000));
    let server = Server::start(move |asked| shelf.answer(asked)).await;
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let error = client()
        .pull(&reference(&server), &manifest, &access(&server), &full, |_| ())
        .await
        .unwrap_err();
    assert!(matches!(checked(error), Failure::File(_)));
}

#[tokio::test]
async fn plain_http_is_used_only_where_it_is_allowed() {
    let shelf = Shelf::default();
    let manifest = shelf.put_component("1.4", &component(10));
    let server = Server::start(move |asked| shelf.answer(asked)).await;
    let mut access = access(&server);
    access.endpoints = vec![Endpoint::of(&reference(&server))];
    let (pulled, _) = pull_with(&with_limits(limits()), &server, manifest, &access).await;
    let failure = checked(pulled.unwrap_err());
    assert!(
        matches!(failure, Failure::NotTls(_)) && failure.to_string().contains("plain HTTP"),
        "{failure:?}"
    );
    assert!(server.asked().is_empty());
}

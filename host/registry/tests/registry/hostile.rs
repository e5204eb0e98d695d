//! Hostile registries: they cause an error within bounded time, memory and disk space, and never a wrong
//! component.

use std::time::Duration;

use bytes::Bytes;
use podweave_core::digest::Digest;
use podweave_registry::{Failure, RegistryLimits};
use serde_json::json;
use tokio::net::TcpListener;

use crate::client::{access, checked, client, component, failure, limits, pull_with, reference, with_limits};
use crate::server::{Server, answer, endless, silent, with};
use crate::shelf::{Shelf, manifest_of};

const PART: &[u8] = &[b'7'; 64 * 1024];

#[tokio::test]
async fn a_manifest_of_another_digest_is_refused() {
    let shelf = Shelf::default();
    shelf.put_component("1.4", &component(10));
    let other = Digest::of(b"other");
    for lies in [false, true] {
        let manifest = shelf.manifest("1.4").unwrap();
        let server = Server::start(move |asked| match asked.path.contains("/manifests/") {
            true if lies => with(
                answer(200, manifest.clone()),
                "docker-content-digest",
                &Digest::of(b"other").to_string(),
            ),
            true => answer(200, manifest.clone()),
            false => answer(200, ""),
        })
        .await;
        let failure = failure(&server, other).await;
        assert!(
            matches!(&failure, Failure::WrongDigest { what, .. } if what == "manifest"),
            "{failure:?}"
        );
        assert_eq!(
            server.count(|asked| asked.path.contains("/manifests/")),
            1,
            "a wrong digest is not retried"
        );
    }
}

#[tokio::test]
async fn a_component_of_another_digest_is_refused() {
    let (shelf, right) = (Shelf::default(), component(5000));
    let manifest = shelf.put_component("1.4", &right);
    for change in [0, 4999] {
        let mut wrong = right.clone();
        wrong[change] ^= 1;
        let shelf = shelf.clone();
        let server = Server::start(move |asked| {
            if asked.path.contains("/blobs/") {
                answer(200, wrong.clone())
            } else {
                shelf.answer(asked)
            }
        })
        .await;
        let failure = failure(&server, manifest).await;
        assert!(
            matches!(&failure, Failure::WrongDigest { what, .. } if what == "component"),
            "{failure:?}"
        );
        assert_eq!(
            server.count(|asked| asked.path.contains("/blobs/")),
            1,
            "a wrong digest is not retried"
        );
    }
}

#[tokio::test]
async fn a_resumed_download_with_wrong_bytes_is_refused() {
    let (shelf, right) = (Shelf::default(), component(5000));
    let manifest = shelf.put_component("1.4", &right);
    let first = Bytes::copy_from_slice(&right[..2000]);
    let server = Server::start(
        move |asked| match (asked.path.contains("/blobs/"), &asked.range) {
            (true, None) => crate::server::cut(200, first.clone(), 5000),
            (true, Some(_)) => answer(206, vec![b'x'; 3000]),
            _ => shelf.answer(asked),
        },
    )
    .await;
    let failure = failure(&server, manifest).await;
    assert!(
        matches!(&failure, Failure::WrongDigest { what, .. } if what == "component"),
        "{failure:?}"
    );
}

#[tokio::test]
async fn attempts_at_a_download_that_is_always_cut_are_limited() {
    let (shelf, right) = (Shelf::default(), component(5000));
    let manifest = shelf.put_component("1.4", &right);
    let server = Server::start(move |asked| match asked.path.contains("/blobs/") {
        true => crate::server::cut(
            if asked.range.is_some() { 206 } else { 200 },
            Bytes::from_static(b"x"),
            5000,
        ),
        false => shelf.answer(asked),
    })
    .await;
    let failure = failure(&server, manifest).await;
    assert!(matches!(failure, Failure::Cut(_)), "{failure:?}");
    assert_eq!(server.count(|asked| asked.path.contains("/blobs/")), 3);
}

#[tokio::test]
async fn an_endless_component_is_read_up_to_its_size() {
    let shelf = Shelf::default();
    let manifest = shelf.put_manifest(
        "1.4",
        &manifest_of("application/wasm", Digest::of(b"x"), 1_000_000),
    );
    let server = Server::start(move |asked| {
        if asked.path.contains("/blobs/") {
            endless(200, PART)
        } else {
            shelf.answer(asked)
        }
    })
    .await;
    let (pulled, bytes) = pull_with(&client(), &server, manifest, &access(&server)).await;
    let failure = checked(pulled.unwrap_err());
    assert!(
        matches!(failure, Failure::TooLarge { .. } | Failure::WrongDigest { .. }),
        "{failure:?}"
    );
    assert!(bytes.len() <= 1_000_000);
}

#[tokio::test]
async fn an_endless_manifest_ends_only_the_child() {
    let server = Server::start(|asked| {
        if asked.path == "/v2/" {
            answer(200, "")
        } else {
            endless(200, PART)
        }
    })
    .await;
    let failure = failure(&server, Digest::of(b"x")).await;
    assert!(matches!(failure, Failure::Memory(_)), "{failure:?}");
    // The parent read almost nothing of the answer, and the next operation works.
    let (shelf, component) = (Shelf::default(), component(10));
    let manifest = shelf.put_component("1.4", &component);
    let good = Server::start(move |asked| shelf.answer(asked)).await;
    assert_eq!(
        client().resolve(&reference(&good), &access(&good)).await.unwrap(),
        manifest
    );
}

#[tokio::test]
async fn an_endless_error_page_is_an_error_too() {
    let server = Server::start(|asked| {
        if asked.path == "/v2/" {
            answer(200, "")
        } else {
            endless(500, PART)
        }
    })
    .await;
    let failure = failure(&server, Digest::of(b"x")).await;
    assert!(matches!(failure, Failure::Memory(_)), "{failure:?}");
}

#[tokio::test]
async fn an_endless_answer_to_a_tag_is_read_up_to_4_mib() {
    let server = Server::start(|asked| match asked.method.as_str() {
        "GET" if asked.path != "/v2/" => endless(200, PART),
        _ => answer(200, ""),
    })
    .await;
    let failure = checked(
        client()
            .resolve(&reference(&server), &access(&server))
            .await
            .unwrap_err(),
    );
    assert!(matches!(failure, Failure::TooLarge { .. }), "{failure:?}");
}

#[tokio::test]
async fn a_giant_manifest_is_refused_even_with_the_right_digest() {
    let layer = json!({ "mediaType": "application/wasm", "digest": Digest::of(b"x").to_string(), "size": 1 });
    for (manifest, words) in [
        (
            json!({ "schemaVersion": 2, "layers": vec![layer.clone(); 100_000] }).to_string(),
            "4 MiB",
        ),
        (
            json!({ "schemaVersion": 2, "layers": vec![layer; 20_000] }).to_string(),
            "20000 Wasm layers",
        ),
        (
            json!({ "schemaVersion": 2, "annotations": { "x": "y".repeat(5_000_000) } }).to_string(),
            "4 MiB",
        ),
        (
            format!("{{\"schemaVersion\":2,\"layers\":{}", "[".repeat(1_000_000)),
            "cannot parse its manifest",
        ),
    ] {
        let shelf = Shelf::default();
        let digest = shelf.put_manifest("1.4", &manifest);
        let server = Server::start(move |asked| shelf.answer(asked)).await;
        let failure = failure(&server, digest).await;
        assert!(failure.to_string().contains(words), "{failure}");
    }
}

#[tokio::test]
async fn a_silent_registry_is_an_error_after_the_time_limit() {
    // It accepts connections and never sends anything.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let holding = tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            held.push(connection);
        }
    });
    let reference =
        podweave_core::oci_reference::OciReference::parse(&format!("{address}/acme/web:1")).unwrap();
    let mut access = podweave_registry::Access::of(&reference);
    access.endpoints[0].plain_http = true;
    let limits = RegistryLimits {
        time: Duration::from_millis(700),
        idle: Duration::from_secs(60),
        ..limits()
    };
    let failure = checked(
        with_limits(limits)
            .resolve(&reference, &access)
            .await
            .unwrap_err(),
    );
    assert!(
        matches!(failure, Failure::Time { .. } | Failure::NoAuthorities),
        "{failure:?}"
    );
    // The limit on silence within an answer applies, too.
    let limits = RegistryLimits {
        idle: Duration::from_millis(200),
        ..crate::client::limits()
    };
    let failure = checked(
        with_limits(limits)
            .resolve(&reference, &access)
            .await
            .unwrap_err(),
    );
    assert!(
        matches!(failure, Failure::Cut(_) | Failure::NoAuthorities),
        "{failure:?}"
    );
    holding.abort();
}

#[tokio::test]
async fn a_stalled_download_is_an_error_after_the_time_limit() {
    let (shelf, right) = (Shelf::default(), component(5000));
    let manifest = shelf.put_component("1.4", &right);
    let server = Server::start(move |asked| match asked.path.contains("/blobs/") {
        true => silent(200, Bytes::from_static(b"x")),
        false => shelf.answer(asked),
    })
    .await;
    let limits = RegistryLimits {
        idle: Duration::from_millis(500),
        ..limits()
    };
    let (pulled, _) = pull_with(&with_limits(limits.clone()), &server, manifest, &access(&server)).await;
    let failure = checked(pulled.unwrap_err());
    assert!(matches!(failure, Failure::Cut(_)), "{failure:?}");
    let limits = RegistryLimits {
        time: Duration::from_millis(700),
        attempts: 1000,
        ..limits
    };
    let (pulled, _) = pull_with(&with_limits(limits), &server, manifest, &access(&server)).await;
    let failure = checked(pulled.unwrap_err());
    assert!(
        matches!(failure, Failure::Time { .. } | Failure::Cut(_)),
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_dropped_pull_ends() {
    let (shelf, right) = (Shelf::default(), component(5000));
    let manifest = shelf.put_component("1.4", &right);
    let (sender, mut dropped) = tokio::sync::mpsc::unbounded_channel();
    let server = Server::start(move |asked| match asked.path.contains("/blobs/") {
        true => {
            let _ = sender.send(());
            silent(200, Bytes::from_static(b"x"))
        }
        false => shelf.answer(asked),
    })
    .await;
    let (client, access, reference, file) = (
        client(),
        access(&server),
        reference(&server),
        tempfile::tempfile().unwrap(),
    );
    let pulling = client.pull(&reference, &manifest, &access, &file, |_| ());
    tokio::select! {
        ended = pulling => panic!("it ended: {ended:?}"),
        asked = dropped.recv() => assert!(asked.is_some()),
    }
}

#[tokio::test]
async fn garbage_instead_of_http_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let talking = tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let _ =
                tokio::io::AsyncWriteExt::write_all(&mut connection, b"SSH-2.0-OpenSSH_9.2\r\n\x1b[31m\0")
                    .await;
        }
    });
    let reference =
        podweave_core::oci_reference::OciReference::parse(&format!("{address}/acme/web:1")).unwrap();
    let mut access = podweave_registry::Access::of(&reference);
    access.endpoints[0].plain_http = true;
    checked(client().resolve(&reference, &access).await.unwrap_err());
    talking.abort();
}

#[tokio::test]
async fn messages_of_a_registry_are_truncated_and_printable() {
    let said = format!("\u{1b}]0;owned\u{7}\u{202e}{}", "x".repeat(10_000));
    for status in [403, 404, 429, 500, 418] {
        let said = said.clone();
        let server = Server::start(move |asked| {
            if asked.path == "/v2/" {
                answer(200, "")
            } else {
                answer(status, said.clone())
            }
        })
        .await;
        let shown = failure(&server, Digest::of(b"x")).await.to_string();
        assert!(
            shown.contains("owned") && !shown.contains('\u{202e}') && shown.len() < 800,
            "{shown}"
        );
    }
}

#[tokio::test]
async fn wrong_content_types_are_ignored() {
    let (shelf, right) = (Shelf::default(), component(5000));
    let manifest = shelf.put_component("1.4", &right);
    let server =
        Server::start(move |asked| with(shelf.answer(asked), "content-type", "text/html; charset=utf-7"))
            .await;
    let (pulled, bytes) = pull_with(&client(), &server, manifest, &access(&server)).await;
    pulled.unwrap();
    assert_eq!(bytes, right);
}

//! Mirrors are asked first, and a bad mirror never changes the result.

use std::time::Duration;

use podweave_core::digest::Digest;
use podweave_core::oci_reference::OciReference;
use podweave_registry::{Access, Endpoint, Failure, RegistryLimits};

use crate::client::{
    access, checked, client, component, endpoint, limits, pull_with, reference, with_limits,
};
use crate::server::{Answer, Asked, Server, answer, endless, silent};
use crate::shelf::{Shelf, refused};

fn through(mirror: &Server, server: &Server) -> Access {
    let mirror = Endpoint {
        host: mirror.address.to_string(),
        ..endpoint(server)
    };
    Access {
        endpoints: vec![mirror, endpoint(server)],
        ..access(server)
    }
}

#[tokio::test]
async fn a_mirror_suffices_and_is_given_the_registrys_name() {
    let (shelf, right) = (Shelf::default(), component(1000));
    let manifest = shelf.put_component("1.4", &right);
    let mirror = Server::start(move |asked| shelf.answer(asked)).await;
    let server = Server::start(|_| answer(500, "")).await;
    let access = through(&mirror, &server);
    assert_eq!(
        client().resolve(&reference(&server), &access).await.unwrap(),
        manifest
    );
    let (pulled, bytes) = pull_with(&client(), &server, manifest, &access).await;
    pulled.unwrap();
    assert_eq!(bytes, right);
    assert!(server.asked().is_empty());
    let of = format!("ns={}", server.address);
    assert!(
        mirror
            .asked()
            .iter()
            .filter(|asked| asked.path != "/v2/")
            .all(|asked| asked.query == of),
        "{:?}",
        mirror.asked()
    );
}

#[tokio::test]
async fn a_mirror_with_a_prefix_has_the_repository_below_it() {
    let shelf = Shelf::default();
    let manifest = shelf.put_component("1.4", &component(10));
    let mirror = Server::start(move |asked| shelf.answer(asked)).await;
    let server = Server::start(|_| answer(500, "")).await;
    let mut access = through(&mirror, &server);
    access.endpoints[0].prefix = Some("/proxy-cache/".to_owned());
    assert_eq!(
        client().resolve(&reference(&server), &access).await.unwrap(),
        manifest
    );
    assert!(
        mirror
            .asked()
            .iter()
            .any(|asked| asked.is("HEAD", "/v2/proxy-cache/acme/web/manifests/1.4")),
        "{:?}",
        mirror.asked()
    );
}

#[tokio::test]
async fn a_mirror_of_docker_hub_gets_the_normalized_repository() {
    for name in ["docker.io/foo", "docker.io/library/foo", "index.docker.io/foo"] {
        let mirror = Server::start(|_| refused(404, "MANIFEST_UNKNOWN")).await;
        let access = Access {
            endpoints: vec![endpoint(&mirror)],
            ..access(&mirror)
        };
        client()
            .resolve(&OciReference::parse(&format!("{name}:1.4")).unwrap(), &access)
            .await
            .unwrap_err();
        let manifests: Vec<String> = mirror
            .asked()
            .into_iter()
            .map(|asked| asked.path)
            .filter(|path| path.contains("/manifests/"))
            .collect();
        assert!(
            !manifests.is_empty()
                && manifests
                    .iter()
                    .all(|path| path == "/v2/library/foo/manifests/1.4"),
            "{name}: {manifests:?}"
        );
    }
}

#[tokio::test]
async fn after_a_bad_mirror_the_registry_itself_is_asked() {
    type Does = fn(&Asked) -> Answer;
    let bad: [Does; 9] = [
        |_| answer(500, ""),
        |_| answer(403, ""),
        |_| refused(404, "MANIFEST_UNKNOWN"),
        |_| answer(200, "garbage"),
        |_| endless(200, &[b'7'; 64 * 1024]),
        |_| silent(200, "x".into()),
        |asked| {
            if asked.path == "/v2/" {
                answer(200, "")
            } else {
                endless(200, &[b'7'; 64 * 1024])
            }
        },
        |asked| {
            if asked.path.contains("/blobs/") {
                answer(200, vec![b'7'; 1000])
            } else {
                answer(404, "")
            }
        },
        |asked| {
            if asked.path == "/v2/" {
                answer(401, "")
            } else {
                answer(200, "")
            }
        },
    ];
    for (index, bad) in bad.into_iter().enumerate() {
        let (shelf, right) = (Shelf::default(), component(1000));
        let manifest = shelf.put_component("1.4", &right);
        let mirror = Server::start(bad).await;
        let server = Server::start(move |asked| shelf.answer(asked)).await;
        let client = with_limits(RegistryLimits {
            idle: Duration::from_secs(1),
            ..limits()
        });
        let (pulled, bytes) = pull_with(&client, &server, manifest, &through(&mirror, &server)).await;
        assert!(pulled.is_ok(), "{index}: {pulled:?}");
        assert_eq!(bytes, right);
        assert!(mirror.count(|_| true) > 0);
    }
}

#[tokio::test]
async fn a_mirror_with_a_wrong_component_is_detected() {
    let (shelf, right) = (Shelf::default(), component(1000));
    let manifest = shelf.put_component("1.4", &right);
    let wrong = {
        let shelf = shelf.clone();
        Server::start(move |asked| {
            if asked.path.contains("/blobs/") {
                answer(200, vec![b'7'; 1000])
            } else {
                shelf.answer(asked)
            }
        })
        .await
    };
    let server = Server::start(move |asked| shelf.answer(asked)).await;
    let (pulled, bytes) = pull_with(&client(), &server, manifest, &through(&wrong, &server)).await;
    pulled.unwrap();
    assert_eq!(bytes, right);
}

#[tokio::test]
async fn if_all_endpoints_fail_the_error_names_the_mirrors() {
    let mirror = Server::start(|_| answer(503, "")).await;
    let server = Server::start(|asked| {
        if asked.path == "/v2/" {
            answer(200, "")
        } else {
            refused(404, "MANIFEST_UNKNOWN")
        }
    })
    .await;
    let (pulled, _) = pull_with(&client(), &server, Digest::of(b"x"), &through(&mirror, &server)).await;
    let error = pulled.unwrap_err();
    assert_eq!(error.host, server.address.to_string());
    assert!(
        error
            .to_string()
            .contains(&format!("the mirror {}: it failed (HTTP 503)", mirror.address)),
        "{error}"
    );
    assert!(matches!(checked(error), Failure::NotFound { .. }));
}

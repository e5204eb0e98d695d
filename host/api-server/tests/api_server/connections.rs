//! Checks how requests share connections.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use podweave_api_server::{ApiServer, ApiServerError, ApiServerOptions};
use podweave_config_maps::source::{FailureKind, Read, Source, Start};
use tokio::sync::Semaphore;

use crate::client::{AFTER_5, Watching, client, client_with, config, figure, name, soon, told, until};
use crate::server::{Answer, Asked, Command, Server, plain};

#[tokio::test]
async fn watches_share_as_few_connections_as_the_stream_limit_allows() {
    let open = Arc::new(Mutex::new(HashMap::<usize, usize>::new()));
    let server = Server::with_streams(10, {
        let open = open.clone();
        move |asked: Asked, answer| {
            *open.lock().unwrap().entry(asked.connection).or_default() += 1;
            plain(asked, answer)
        }
    })
    .await;
    let client = client(&server);
    let mut watches: Vec<_> = (0..35)
        .map(|index| Watching::start(&client, &format!("cm-{index}"), AFTER_5))
        .collect();
    for watch in &mut watches {
        watch.live().await;
    }
    assert_eq!(server.accepted(), 4);
    assert!(open.lock().unwrap().values().all(|&streams| streams <= 10));
    assert_eq!(figure(&client, "podweave_api_server_connections"), 4);
    assert_eq!(figure(&client, "podweave_api_server_streams"), 35);
    drop(watches);
    until(&client, "podweave_api_server_streams", 0).await;
    // Their places are free again.
    let mut watches: Vec<_> = (0..40)
        .map(|index| Watching::start(&client, &format!("cm-{index}"), AFTER_5))
        .collect();
    for watch in &mut watches {
        watch.live().await;
    }
    assert_eq!(server.accepted(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn five_hundred_fresh_watches_at_once_need_few_connections() {
    let server = Server::start(plain).await;
    let client = client_with(
        &server,
        ApiServerOptions {
            qps: None,
            ..ApiServerOptions::default()
        },
    );
    let mut watches: Vec<_> = (0..500)
        .map(|index| Watching::start(&client, &format!("cm-{index}"), Start::Fresh))
        .collect();
    for watch in &mut watches {
        assert_eq!(told(watch.next().await), "current 5");
        watch.live().await;
    }
    assert!(server.accepted() <= 8, "{} connections", server.accepted());
    until(
        &client,
        r#"podweave_api_server_requests_total{verb="get",outcome="ok"}"#,
        500,
    )
    .await;
    until(
        &client,
        r#"podweave_api_server_requests_total{verb="watch",outcome="ok"}"#,
        500,
    )
    .await;
    // All connections are cut, and all watches come back.
    server.tell(Command::Cut);
    for watch in watches {
        assert_eq!(watch.end().await.unwrap_err().kind, FailureKind::Unreachable);
    }
    let mut watches: Vec<_> = (0..500)
        .map(|index| Watching::start(&client, &format!("cm-{index}"), AFTER_5))
        .collect();
    for watch in &mut watches {
        watch.live().await;
    }
    assert!(server.accepted() <= 16, "{} connections", server.accepted());
    drop(watches);
    until(&client, "podweave_api_server_streams", 0).await;
}

#[tokio::test]
async fn a_waiting_request_takes_the_place_of_a_stream_that_ends() {
    let server = Server::with_streams(1, plain).await;
    let client = client(&server);
    let mut first = Watching::start(&client, "a", AFTER_5);
    first.live().await;
    for _ in 0..20 {
        assert!(
            soon(client.get(&name("b"), Read::Quorum))
                .await
                .unwrap()
                .is_some()
        );
    }
    assert_eq!(server.accepted(), 2);
}

#[tokio::test]
async fn few_requests_are_in_flight_at_the_same_time() {
    let gate = Arc::new(Semaphore::new(0));
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let server = Server::start({
        let (gate, now, most) = (gate.clone(), now.clone(), most.clone());
        move |asked: Asked, answer: Answer| {
            let (gate, now, most) = (gate.clone(), now.clone(), most.clone());
            async move {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                gate.acquire().await.unwrap().forget();
                now.fetch_sub(1, Ordering::SeqCst);
                plain(asked, answer).await;
            }
        }
    })
    .await;
    let client = client_with(
        &server,
        ApiServerOptions {
            in_flight: 3,
            ..ApiServerOptions::default()
        },
    );
    let reads: Vec<_> = (0..20)
        .map(|index| {
            let client = client.clone();
            tokio::spawn(async move { client.get(&name(&format!("cm-{index}")), Read::Quorum).await })
        })
        .collect();
    until(&client, "podweave_api_server_requests_in_flight", 3).await;
    gate.add_permits(20);
    for read in reads {
        assert!(soon(read).await.unwrap().unwrap().is_some());
    }
    assert_eq!(most.load(Ordering::SeqCst), 3);
    // An open watch does not count.
    gate.add_permits(10);
    let mut watches: Vec<_> = (0..10)
        .map(|index| Watching::start(&client, &format!("cm-{index}"), AFTER_5))
        .collect();
    for watch in &mut watches {
        watch.live().await;
    }
    assert_eq!(figure(&client, "podweave_api_server_requests_in_flight"), 0);
}

#[tokio::test]
async fn an_unused_connection_is_closed_unless_it_is_the_last_one() {
    let server = Server::with_streams(1, plain).await;
    let client = client_with(
        &server,
        ApiServerOptions {
            idle_timeout: Duration::from_millis(50),
            ..ApiServerOptions::default()
        },
    );
    let mut watches: Vec<_> = (0..3)
        .map(|index| Watching::start(&client, &format!("cm-{index}"), AFTER_5))
        .collect();
    for watch in &mut watches {
        watch.live().await;
    }
    drop(watches);
    until(&client, "podweave_api_server_connections", 1).await;
    assert!(client.get(&name("a"), Read::Quorum).await.unwrap().is_some());
    assert_eq!(server.accepted(), 3);
}

#[tokio::test]
async fn dropping_the_client_closes_its_connections() {
    let server = Server::start(plain).await;
    let client = client(&server);
    client.get(&name("a"), Read::Quorum).await.unwrap();
    let metrics = client.metrics().clone();
    drop(client);
    let mut registry = prometheus_client::registry::Registry::default();
    metrics.register(&mut registry);
    soon(async {
        loop {
            let mut text = String::new();
            prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
            if text.contains("podweave_api_server_connections 0") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn typed_requests_go_over_the_same_connections() {
    let server = Server::start(plain).await;
    let client = client(&server);
    let mut watch = Watching::start(&client, "a", AFTER_5);
    watch.live().await;
    let api: kube::Api<k8s_openapi::api::core::v1::ConfigMap> =
        kube::Api::namespaced(client.client().clone(), "web");
    let typed = soon(api.get("b")).await.unwrap();
    assert_eq!(typed.metadata.resource_version.as_deref(), Some("5"));
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn a_proxy_is_refused_with_a_reason() {
    let server = Server::start(plain).await;
    let mut config = config(&server);
    config.proxy_url = Some("http://proxy:3128".parse().unwrap());
    assert!(matches!(
        ApiServer::new(config, ApiServerOptions::default()),
        Err(ApiServerError::Proxy)
    ));
}

#[test]
fn outside_of_a_runtime_there_is_an_error_and_no_panic() {
    let config = kube::Config::new("https://127.0.0.1:6443".parse().unwrap());
    assert!(matches!(
        ApiServer::new(config, ApiServerOptions::default()),
        Err(ApiServerError::NoRuntime)
    ));
}

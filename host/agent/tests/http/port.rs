//! What every pod of the cluster can reach.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use crate::bench::*;
use podweave_agent::configuration::AgentConfiguration;
use podweave_agent::for_tests::http::{self, Health};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::registry::Registry;
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread")]
async fn probes_say_what_is_wrong() {
    let bench = Bench::new().await;
    for path in ["/healthz", "/readyz"] {
        for answer in [bench.port(&get(path)).await, bench.over_socket(&get(path)).await] {
            assert!(
                answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\nok\n"),
                "{answer}"
            );
        }
    }
    *bench.told.dead.lock().unwrap() = Some("a task has ended".to_owned());
    *bench.told.missing.lock().unwrap() = vec!["no runtime".to_owned(), "no pods yet".to_owned()];
    let (health, ready) = (
        bench.port(&get("/healthz")).await,
        bench.port(&get("/readyz")).await,
    );
    assert!(
        health.starts_with("HTTP/1.1 503 ") && health.ends_with("\r\n\r\na task has ended\n"),
        "{health}"
    );
    assert!(
        ready.starts_with("HTTP/1.1 503 ") && ready.ends_with("\r\n\r\nno runtime\nno pods yet\n"),
        "{ready}"
    );
}

/// A collector that waits, as for a disk, until the other end of `go` is dropped. It gives up in the end, so
/// that the test fails instead of waiting for ever.
#[derive(Debug)]
struct Waiting {
    entered: tokio::sync::mpsc::UnboundedSender<()>,
    go: Mutex<mpsc::Receiver<()>>,
}

impl Collector for Waiting {
    fn encode(&self, _encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let _ = self.entered.send(());
        let _ = self.go.lock().unwrap().recv_timeout(Duration::from_secs(10));
        Ok(())
    }
}

// With one thread: a collection on it would hold up everything else.
#[tokio::test]
async fn a_collection_that_waits_holds_up_nothing_else() {
    let (entered, mut has_entered) = tokio::sync::mpsc::unbounded_channel();
    let (go, waiting) = mpsc::channel();
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Waiting {
        entered,
        go: Mutex::new(waiting),
    }));
    let bench = Bench::with(registry).await;
    let request = get("/metrics");
    let mut metrics = std::pin::pin!(bench.port(&request));
    tokio::select! {
        biased;
        answer = &mut metrics => panic!("it does not wait: {answer}"),
        health = async {
            has_entered.recv().await;
            bench.port(&get("/healthz")).await
        } => assert!(health.starts_with("HTTP/1.1 200 OK\r\n"), "{health}"),
    }
    drop(go);
    assert!(metrics.await.ends_with("# EOF\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_those_of_the_registry_and_of_http() {
    let bench = Bench::new().await;
    bench.port(&get("/healthz")).await;
    bench.port(&get("/secret-looking-path")).await;
    let answer = bench.port(&get("/metrics")).await;
    assert!(
        answer.contains("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"),
        "{answer}"
    );
    for line in [
        "answer_total 42\n",
        "podweave_http_requests_total{side=\"port\",route=\"/healthz\",code=\"200\"} 1\n",
        "podweave_http_requests_total{side=\"port\",route=\"other\",code=\"404\"} 1\n",
        "# EOF\n",
    ] {
        assert!(answer.contains(line), "{line}{answer}");
    }
    assert!(
        !answer.contains("secret-looking-path"),
        "paths do not become series"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_get_is_answered() {
    let bench = Bench::new().await;
    let post = bench
        .port("POST /healthz HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello")
        .await;
    assert!(post.starts_with("HTTP/1.1 405 "), "{post}");
    let head = bench.port("HEAD /healthz HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(
        head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"),
        "{head}"
    );
    let garbage = bench.port("\x16\x03\x01 garbage\r\n\r\n").await;
    assert!(
        garbage.is_empty() || garbage.starts_with("HTTP/1.1 400 "),
        "{garbage}"
    );
    let large = bench
        .port(&format!(
            "GET /healthz HTTP/1.1\r\nx: {}\r\n\r\n",
            "x".repeat(100_000)
        ))
        .await;
    assert!(!large.contains("200 OK"), "{large}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_open_connections_do_not_block_probes() {
    let bench = Bench::new().await;
    let address = bench.address();
    let held = blocking(move || {
        let connect = |_| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(b"GET /healthz HT").unwrap();
            stream
        };
        (0..200).map(connect).collect::<Vec<_>>()
    })
    .await;
    let answer = bench.port(&get("/healthz")).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    let cut = blocking(move || {
        let mut first = held.into_iter().next().unwrap();
        first.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        first.read(&mut [0; 1])
    });
    assert!(matches!(cut.await, Ok(0) | Err(_)), "the oldest was closed");
    let metrics = bench.port(&get("/metrics")).await;
    assert!(
        metrics.contains("podweave_http_cut_connections_total{side=\"port\"} 1"),
        "{metrics}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_an_error_with_a_remedy() {
    let bench = Bench::new().await;
    let configuration = AgentConfiguration {
        status_socket: bench.directory.path().join("other.sock"),
        ..bench.configuration.clone()
    };
    let error = http::serve(
        &mut JoinSet::new(),
        &configuration,
        Registry::default(),
        Arc::clone(&bench.told) as Arc<dyn Health>,
    )
    .await
    .unwrap_err()
    .to_string();
    assert!(
        error.starts_with(&format!("cannot listen on {}: ", bench.address()))
            && error.contains("set listenAddress"),
        "{error}"
    );
}

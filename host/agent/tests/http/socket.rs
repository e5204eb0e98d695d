//! What only podweave's user can reach, and the document that it gets.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::bench::*;
use podweave_agent::configuration::AgentConfiguration;
use podweave_agent::for_tests::http::{self, Health, HttpError};
use podweave_agent::status::{FetchError, fetch};
use prometheus_client::registry::Registry;
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread")]
async fn the_status_is_on_the_socket_only() {
    let bench = Bench::new().await;
    assert_eq!(fetch(&bench.socket()).await.unwrap(), status());
    let answer = bench.port(&get("/v1/status")).await;
    assert!(
        answer.starts_with("HTTP/1.1 404 ") && !answer.contains("shop"),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_socket_is_private_and_removed_with_the_agent() {
    let mut bench = Bench::new().await;
    let metadata = fs::symlink_metadata(bench.socket()).unwrap();
    assert!(metadata.file_type().is_socket());
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    let parent = bench.socket().parent().unwrap().to_owned();
    assert_eq!(fs::metadata(&parent).unwrap().permissions().mode() & 0o777, 0o700);
    bench.tasks.shutdown().await;
    assert!(!bench.socket().exists());
    assert_eq!(fs::read_dir(&parent).unwrap().count(), 1, "the lock's file stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_agent_is_refused_and_a_stale_socket_replaced() {
    let mut bench = Bench::new().await;
    let mut second = JoinSet::new();
    let configuration = AgentConfiguration {
        listen_address: "127.0.0.1:0".parse().unwrap(),
        ..bench.configuration.clone()
    };
    let error = http::serve(
        &mut second,
        &configuration,
        Registry::default(),
        Arc::clone(&bench.told) as Arc<dyn Health>,
    )
    .await
    .unwrap_err();
    assert!(matches!(error, HttpError::Another { .. }), "{error}");
    assert!(
        error
            .to_string()
            .contains("another agent of this node is running"),
        "{error}"
    );
    assert_eq!(
        fetch(&bench.socket()).await.unwrap(),
        status(),
        "the first one goes on"
    );

    bench.tasks.shutdown().await;
    // As a killed agent leaves it.
    drop(std::os::unix::net::UnixListener::bind(bench.socket()).unwrap());
    bench.serve(Registry::default()).await.unwrap();
    assert_eq!(fetch(&bench.socket()).await.unwrap(), status());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absent_agent_is_an_error_with_a_remedy() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("agent.sock");
    let error = fetch(&path).await.unwrap_err();
    assert!(matches!(error, FetchError::Connect { .. }));
    assert!(
        error.to_string().ends_with("agent.sock: there is no such socket")
            && error.remedy().contains("kubectl exec -n podweave"),
        "{error}"
    );
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let error = fetch(&path).await.unwrap_err().to_string();
    assert!(error.contains("no process listens there any more"), "{error}");

    for (answer, reason) in [
        (
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
            "it answers 404 Not Found",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
            "not a NodeStatus",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}",
            "is not an agent of this podweave version",
        ),
        (
            "SSH-2.0-OpenSSH_9.2\r\n",
            "is not an agent of this podweave version",
        ),
    ] {
        fs::remove_file(&path).unwrap();
        let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let served = blocking(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]);
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let (error, ()) = tokio::join!(fetch(&path), served);
        let error = error.unwrap_err().to_string();
        assert!(error.contains(reason), "{answer}: {error}");
    }
}

#[test]
fn the_document_has_the_shape_that_is_documented() {
    let status = status();
    let counts = status.counts;
    assert_eq!(
        (
            counts.pods,
            counts.containers,
            counts.rendered,
            counts.skipped,
            counts.ignored,
            counts.failed,
            counts.waiting
        ),
        (2, 5, 1, 1, 1, 2, 1)
    );
    let json = serde_json::to_value(&status).unwrap();
    assert_eq!(
        (json["apiVersion"].as_str(), json["kind"].as_str()),
        (Some("podweave.dev/v1alpha1"), Some("NodeStatus"))
    );
    assert_eq!(json["agent"]["startedAt"], "2026-09-21T14:13:20Z");
    assert_eq!(json["pods"][0]["name"], "api", "sorted");
    assert_eq!(
        json["pods"][1]["containers"][0]["plugins"][0]["ref"],
        "handlebars"
    );
    assert!(
        json["agent"]["runtime"].get("failure").is_none(),
        "what is not known is left out"
    );
    let time: SystemTime = status.agent.started_at.into();
    assert_eq!(time, UNIX_EPOCH + Duration::from_secs(1_790_000_000));
}

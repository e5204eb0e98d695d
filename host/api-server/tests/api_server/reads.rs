//! Checks reads, and what failure answers mean.

use std::fs;
use std::future::ready;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http::StatusCode;
use podweave_api_server::{ApiServer, ApiServerOptions, Qps};
use podweave_config_maps::object::ResourceVersion;
use podweave_config_maps::source::{FailureKind, Read, Source, SourceError, Start};

use crate::client::{Watching, client, client_with, config, figure, name, soon, told};
use crate::server::{Answer, Asked, Server, bookmark, config_map};

/// The error of a read that the API server answers like this.
async fn failure(answer: impl Fn(Answer) + Send + Sync + 'static) -> SourceError {
    let server = Server::start(move |_, back| {
        answer(back);
        ready(())
    })
    .await;
    soon(client(&server).get(&name("app"), Read::Quorum))
        .await
        .unwrap_err()
}

#[tokio::test]
async fn a_read_requests_the_freshness_that_it_needs() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let server = Server::start({
        let asked = asked.clone();
        move |request: Asked, answer: Answer| {
            asked.lock().unwrap().push((
                request.path.clone(),
                request.query.get("resourceVersion").cloned(),
            ));
            answer.json(config_map(&request.name(), 5));
            ready(())
        }
    })
    .await;
    let client = client(&server);
    let object = client.get(&name("app"), Read::Quorum).await.unwrap().unwrap();
    assert_eq!(
        (object.resource_version, &*object.uid, object.immutable),
        (ResourceVersion(5), "u1", false)
    );
    assert_eq!(object.config_map.get("key").unwrap().as_text(), Some("v5"));
    client.get(&name("app"), Read::Cached).await.unwrap();
    let path = "/api/v1/namespaces/web/configmaps/app".to_owned();
    assert_eq!(
        *asked.lock().unwrap(),
        [(path.clone(), None), (path, Some("0".to_owned()))]
    );
}

#[tokio::test]
async fn a_config_map_that_does_not_exist_is_none() {
    let server = Server::start(|_, answer: Answer| async {
        answer.status(404, "NotFound", r#"configmaps "app" not found"#)
    })
    .await;
    let client = client(&server);
    assert_eq!(client.get(&name("app"), Read::Quorum).await, Ok(None));
    assert_eq!(
        figure(
            &client,
            r#"podweave_api_server_requests_total{verb="get",outcome="not_found"}"#
        ),
        1
    );
}

#[tokio::test]
async fn a_404_of_another_server_is_not_an_absent_config_map() {
    let error = failure(|answer| answer.full(StatusCode::NOT_FOUND, &[], "<html>no such page</html>")).await;
    assert_eq!(
        (error.kind, error.message.as_str()),
        (FailureKind::Broken, "the API server answers 404")
    );
}

#[tokio::test]
async fn a_refusal_says_what_is_missing_and_how_to_grant_it() {
    let error = failure(|answer| {
        let said = "configmaps \"app\" is forbidden: User \"system:serviceaccount:podweave:agent\" cannot get resource \"configmaps\" in API group \"\" in the namespace \"web\"\u{1b}[2J";
        answer.status(403, "Forbidden", said);
    })
    .await;
    assert_eq!(error.kind, FailureKind::Refused);
    assert_eq!(
        error.message,
        "the API server refuses (403): User \"system:serviceaccount:podweave:agent\" cannot get resource \"configmaps\" in API group \"\" in the namespace \"web\"\\u{1b}[2J; \
         bind a Role with get, list and watch on configmaps in that namespace to the agent's ServiceAccount (docs/rbac.md), or to the kubeconfig's user"
    );
}

#[tokio::test]
async fn a_server_that_is_busy_says_when_to_come_back() {
    let error =
        failure(|answer| answer.full(StatusCode::TOO_MANY_REQUESTS, &[("retry-after", "7")], "")).await;
    assert_eq!(
        (error.kind, error.retry_after),
        (FailureKind::Busy, Some(Duration::from_secs(7)))
    );
    let error =
        failure(|answer| answer.full(StatusCode::SERVICE_UNAVAILABLE, &[("retry-after", "never")], "")).await;
    assert_eq!((error.kind, error.retry_after), (FailureKind::Busy, None));
    let body = r#"{"kind":"Status","code":504,"reason":"Timeout","message":"Too large resource version: 9, current: 8","details":{"retryAfterSeconds":1}}"#;
    let error = failure(move |answer| answer.full(StatusCode::GATEWAY_TIMEOUT, &[], body)).await;
    assert_eq!(
        (error.kind, error.retry_after),
        (FailureKind::Busy, Some(Duration::from_secs(1)))
    );
}

#[tokio::test]
async fn a_server_that_fails_inside_is_broken() {
    let error = failure(|answer| answer.status(500, "InternalError", "etcdserver: leader changed")).await;
    assert_eq!(
        (error.kind, error.message.as_str()),
        (
            FailureKind::Broken,
            "the API server answers 500: etcdserver: leader changed"
        )
    );
}

#[tokio::test]
async fn an_invalid_answer_is_described_without_its_values() {
    for answer in [
        r#"{"kind": "ConfigMap", "metadata": "s3cret"}"#,
        "s3cret",
        r#"{"metadata":{"name":"app","uid":"u","resourceVersion":"s3cret"}}"#,
    ] {
        let error = failure(move |back| back.json(answer)).await;
        assert_eq!(error.kind, FailureKind::Broken);
        assert!(!error.message.contains("s3cret"), "{}", error.message);
    }
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let error = failure(|answer| answer.json("x".repeat(17 * 1024 * 1024))).await;
    assert_eq!(
        (error.kind, error.message.as_str()),
        (
            FailureKind::Broken,
            "the API server's answer is longer than 16777216 bytes"
        )
    );
}

#[tokio::test]
async fn a_body_that_does_not_end_times_out() {
    let server = Server::start(|_, answer: Answer| answer.open().given_up()).await;
    let client = client_with(
        &server,
        ApiServerOptions {
            attempt_timeout: Duration::from_millis(50),
            ..ApiServerOptions::default()
        },
    );
    assert_eq!(
        soon(client.get(&name("app"), Read::Quorum))
            .await
            .unwrap_err()
            .kind,
        FailureKind::Unreachable
    );
}

#[tokio::test]
async fn an_invalid_name_is_not_sent() {
    let server = Server::start(|_, _| async { panic!("nothing should be asked") }).await;
    let error = client(&server)
        .get(&name("../secrets/x?"), Read::Quorum)
        .await
        .unwrap_err();
    assert_eq!(error.kind, FailureKind::Broken);
}

#[tokio::test]
async fn a_replaced_token_is_used_after_the_first_refusal() {
    let accepted = Arc::new(Mutex::new("Bearer old"));
    let server = Server::start({
        let accepted = accepted.clone();
        move |asked: Asked, answer: Answer| {
            if asked.token.as_deref() == Some(*accepted.lock().unwrap()) {
                answer.json(config_map(&asked.name(), 5));
            } else {
                answer.status(401, "Unauthorized", "Unauthorized");
            }
            ready(())
        }
    })
    .await;
    let directory = tempfile::tempdir().unwrap();
    let token = directory.path().join("token");
    fs::write(&token, "old").unwrap();
    let mut config = config(&server);
    config.auth_info.token_file = Some(token.to_str().unwrap().to_owned());
    let client = ApiServer::new(config, ApiServerOptions::default()).unwrap();
    assert!(client.get(&name("app"), Read::Quorum).await.unwrap().is_some());

    *accepted.lock().unwrap() = "Bearer new";
    fs::write(&token, "new").unwrap();
    assert!(
        soon(client.get(&name("app"), Read::Quorum))
            .await
            .unwrap()
            .is_some()
    );

    *accepted.lock().unwrap() = "Bearer newer";
    let error = soon(client.get(&name("app"), Read::Quorum)).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Refused);
    assert!(
        error
            .message
            .starts_with("the API server does not accept the credentials (401)"),
        "{}",
        error.message
    );
}

#[tokio::test]
async fn short_requests_keep_to_their_rate_and_fresh_watches_stream_instead() {
    let server = Server::start(|asked: Asked, answer: Answer| async move {
        if asked.is_streaming_list() {
            let mut events = answer.open();
            events.line(&bookmark(9, true));
            events.given_up().await;
        } else if asked.is_watch() {
            answer.open().given_up().await;
        } else {
            answer.json(config_map(&asked.name(), 5));
        }
    })
    .await;
    let qps = Qps {
        per_second: NonZeroU32::MIN,
        burst: NonZeroU32::MIN,
    };
    let begin = Instant::now();
    let client = client_with(
        &server,
        ApiServerOptions {
            qps: Some(qps),
            ..ApiServerOptions::default()
        },
    );
    assert!(client.get(&name("app"), Read::Quorum).await.unwrap().is_some());
    let mut watch = Watching::start(&client, "app", Start::Fresh);
    assert_eq!(told(watch.next().await), "current none at 9");
    assert_eq!(told(watch.next().await), "live");
    assert!(
        soon(client.get(&name("app"), Read::Quorum))
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        begin.elapsed() >= Duration::from_secs(1),
        "the second should have waited"
    );
}

//! Checks what happens when connections break, and when there are none.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use podweave_api_server::{ApiServer, ApiServerOptions};
use podweave_config_maps::source::{FailureKind, Read, Source};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::client::{AFTER_5, Watching, client, client_with, figure, name, soon, told, until};
use crate::server::{Answer, Asked, Command, Server, config_map, event, plain};

/// Options that detect a silent connection fast.
fn impatient() -> ApiServerOptions {
    ApiServerOptions {
        ping_interval: Duration::from_millis(50),
        ping_timeout: Duration::from_millis(100),
        ..ApiServerOptions::default()
    }
}

#[tokio::test]
async fn after_a_goaway_open_watches_go_on_and_requests_take_another_connection() {
    let more = Arc::new(Semaphore::new(0));
    let server = Server::start({
        let more = more.clone();
        move |asked: Asked, answer: Answer| {
            let more = more.clone();
            async move {
                if !asked.is_watch() {
                    return answer.json(config_map(&asked.name(), 5));
                }
                let mut events = answer.open();
                more.acquire().await.unwrap().forget();
                events.line(&event("MODIFIED", "a", 6));
                events.given_up().await;
            }
        }
    })
    .await;
    let client = client(&server);
    let mut watch = Watching::start(&client, "a", AFTER_5);
    watch.live().await;
    server.tell(Command::GoAway);
    // Some of them may find the connection before they learn of the GOAWAY. They must not fail either.
    for _ in 0..50 {
        assert!(
            soon(client.get(&name("a"), Read::Quorum))
                .await
                .unwrap()
                .is_some()
        );
    }
    soon(async {
        while server.accepted() < 2 {
            client.get(&name("a"), Read::Quorum).await.unwrap();
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
    more.add_permits(1);
    assert_eq!(told(watch.next().await), "applied 6");
    drop(watch);
    // Without streams the old connection closes.
    until(&client, "podweave_api_server_connections", 1).await;
}

#[tokio::test]
async fn a_cut_connection_fails_its_watches_with_the_time_last_heard() {
    let server = Server::start(plain).await;
    let client = client(&server);
    let mut watch = Watching::start(&client, "a", AFTER_5);
    watch.live().await;
    server.tell(Command::Cut);
    let error = watch.end().await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Unreachable);
    assert!(error.last_received.is_some());
    assert!(
        soon(client.get(&name("a"), Read::Quorum))
            .await
            .unwrap()
            .is_some(),
        "the next request should find a new connection"
    );
}

#[tokio::test]
async fn a_connection_cut_within_an_event_is_not_a_complete_watch() {
    let server = Server::start(|_, answer: Answer| async move {
        let mut events = answer.open();
        events.send(&format!(
            "{}\n{}",
            event("MODIFIED", "a", 6),
            &event("MODIFIED", "a", 7)[..40]
        ));
        events.given_up().await;
    })
    .await;
    let client = client(&server);
    let mut watch = Watching::start(&client, "a", AFTER_5);
    assert_eq!(
        [told(watch.next().await), told(watch.next().await)],
        ["live", "applied 6"]
    );
    server.tell(Command::Cut);
    let error = watch.end().await.unwrap_err();
    assert_eq!(
        (error.kind, error.last_received),
        (FailureKind::Unreachable, None)
    );
}

#[tokio::test]
async fn a_silent_connection_is_closed_with_its_watches() {
    let server = Server::start(plain).await;
    let client = client_with(&server, impatient());
    let mut watch = Watching::start(&client, "a", AFTER_5);
    watch.live().await;
    server.tell(Command::Freeze);
    let error = watch.end().await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Unreachable);
    let heard = error.last_received.expect("nothing was missing before");
    assert!(heard.elapsed() >= impatient().ping_timeout);
    until(&client, "podweave_api_server_connections", 0).await;
}

#[tokio::test]
async fn a_silent_idle_connection_is_closed_too() {
    let server = Server::start(plain).await;
    let client = client_with(&server, impatient());
    client.get(&name("a"), Read::Quorum).await.unwrap();
    server.tell(Command::Freeze);
    until(&client, "podweave_api_server_connections", 0).await;
}

#[tokio::test]
async fn a_request_without_an_answer_times_out() {
    let server = Server::start(|_, answer: Answer| answer.given_up()).await;
    let client = client_with(
        &server,
        ApiServerOptions {
            attempt_timeout: Duration::from_millis(50),
            ..ApiServerOptions::default()
        },
    );
    let error = soon(client.get(&name("a"), Read::Quorum)).await.unwrap_err();
    assert_eq!(
        (error.kind, error.message.as_str()),
        (
            FailureKind::Unreachable,
            "the API server did not answer within 50ms"
        )
    );
    assert_eq!(
        figure(
            &client,
            r#"podweave_api_server_requests_total{verb="get",outcome="unreachable"}"#
        ),
        1
    );
}

#[tokio::test]
async fn all_requests_wait_for_one_dial_and_get_its_failure() {
    // It accepts connections, and does not speak HTTP/2.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = kube::Config::new(
        format!("http://{}", silent.local_addr().unwrap())
            .parse()
            .unwrap(),
    );
    let options = ApiServerOptions {
        dial_timeout: Duration::from_millis(200),
        ..ApiServerOptions::default()
    };
    let client = ApiServer::new(config, options).unwrap();
    let of = name("a");
    let failed = soon(join_all((0..50).map(|_| client.get(&of, Read::Quorum)))).await;
    for failed in failed {
        let error = failed.unwrap_err();
        assert_eq!(error.kind, FailureKind::Unreachable);
        assert!(
            error.message.ends_with("no HTTP/2 connection within 200ms"),
            "{}",
            error.message
        );
    }
    assert_eq!(
        figure(&client, r#"podweave_api_server_dials_total{outcome="failed"}"#),
        1
    );
}

#[tokio::test]
async fn failed_dials_back_off_up_to_a_limit() {
    let server = Server::start(plain).await;
    let address = server.address;
    let options = ApiServerOptions {
        dial_back_off: Duration::from_millis(40)..=Duration::from_millis(80),
        ..ApiServerOptions::default()
    };
    let client = client_with(&server, options);
    server.close().await;
    let begin = Instant::now();
    for _ in 0..4 {
        let error = soon(client.get(&name("a"), Read::Quorum)).await.unwrap_err();
        assert!(
            error
                .message
                .starts_with(&format!("no connection to the API server at {address}: ")),
            "{}",
            error.message
        );
    }
    // 40, 80 and 80 ms, each up to a quarter less.
    assert!(begin.elapsed() >= Duration::from_millis(150));
    assert_eq!(
        figure(&client, r#"podweave_api_server_dials_total{outcome="failed"}"#),
        4
    );
}

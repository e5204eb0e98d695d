//! Checks how watches start.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use podweave_api_server::ApiServerOptions;
use podweave_config_maps::source::{FailureKind, Start};

use crate::client::{Watching, all, client, client_with, figure, told, until};
use crate::server::{Answer, Asked, Server, bookmark, config_map, event, status};

#[tokio::test]
async fn a_fresh_watch_reads_a_quorum_and_continues_from_that_version() {
    let asked = Arc::new(Mutex::new(None));
    let server = Server::start({
        let asked = asked.clone();
        move |request: Asked, answer: Answer| {
            let asked = asked.clone();
            async move {
                if !request.is_watch() {
                    return answer.json(config_map(&request.name(), 5));
                }
                *asked.lock().unwrap() = Some(request.query);
                let mut events = answer.open();
                events.line(&event("MODIFIED", "app", 6));
                events.line(&bookmark(7, false));
                events.line(&event("DELETED", "app", 8));
                events.line(&event("ADDED", "app", 9));
                events.line(&event("FROBNICATED", "app", 10));
                events.line(&event("ADDED", "another", 11));
                events.line("");
                events.end();
            }
        }
    })
    .await;
    let (events, end) = all(&server, Start::Fresh).await;
    assert_eq!(
        events,
        [
            "current 5",
            "live",
            "applied 6",
            "bookmark 7",
            "deleted 8",
            "applied 9"
        ]
    );
    assert_eq!(end, Ok(()));
    let query = asked.lock().unwrap().take().unwrap();
    assert_eq!(query["resourceVersion"], "5");
    assert_eq!(query["allowWatchBookmarks"], "true");
    assert_eq!(query["fieldSelector"], "metadata.name%3Dapp");
    assert!((1800..=3600).contains(&query["timeoutSeconds"].parse::<u64>().unwrap()));
}

/// A server with version 5 of each ConfigMap, at version 90 of the store. It answers watches from earlier
/// versions with 410.
async fn long_unchanged(asked: Asked, answer: Answer) {
    if asked.is_streaming_list() {
        let mut events = answer.open();
        events.line(&event("ADDED", &asked.name(), 5));
        events.line(&bookmark(91, true));
        events.given_up().await;
    } else if asked.is_watch() {
        if asked.query["resourceVersion"].parse::<u64>().unwrap() < 90 {
            // After a head with status 200, as the API server does.
            let mut events = answer.open();
            events.line(&format!(
                r#"{{"type":"ERROR","object":{}}}"#,
                status(410, "Expired", "too old resource version: 5 (90)")
            ));
            events.end();
        } else {
            answer.open().given_up().await;
        }
    } else if asked.query.contains_key("fieldSelector") {
        assert_eq!(asked.query["resourceVersion"], "0");
        answer.json(format!(
            r#"{{"metadata":{{"resourceVersion":"90"}},"items":[{}]}}"#,
            config_map(&asked.name(), 5)
        ));
    } else {
        answer.json(config_map(&asked.name(), 5));
    }
}

#[tokio::test]
async fn an_old_config_map_is_watched_from_a_version_seen_before_the_read() {
    let server = Server::start(long_unchanged).await;
    let client = client(&server);
    let mut watches: Vec<_> = (0..50)
        .map(|index| Watching::start(&client, &format!("cm-{index}"), Start::Fresh))
        .collect();
    for watch in &mut watches {
        assert_eq!(
            [told(watch.next().await), told(watch.next().await)],
            ["current 5", "live"]
        );
    }
    until(
        &client,
        r#"podweave_api_server_requests_total{verb="watch",outcome="ok"}"#,
        50,
    )
    .await;
    assert_eq!(
        figure(
            &client,
            r#"podweave_api_server_requests_total{verb="list",outcome="ok"}"#
        ),
        1
    );
}

#[tokio::test]
async fn a_fresh_watch_from_an_expired_version_uses_a_streaming_list() {
    // The server forbids lists.
    let server = Server::start(|asked: Asked, answer: Answer| async move {
        if !asked.is_watch() && asked.query.contains_key("fieldSelector") {
            answer.status(403, "Forbidden", "no");
        } else {
            long_unchanged(asked, answer).await;
        }
    })
    .await;
    let client = client(&server);
    let mut watch = Watching::start(&client, "app", Start::Fresh);
    assert_eq!(
        [
            told(watch.next().await),
            told(watch.next().await),
            told(watch.next().await)
        ],
        ["current 5", "current 5 at 91", "live"]
    );
    // The bookmark contains a version.
    let mut watch = Watching::start(&client, "another", Start::Fresh);
    assert_eq!(
        [told(watch.next().await), told(watch.next().await)],
        ["current 5", "live"]
    );
}

#[tokio::test]
async fn a_watch_of_an_absent_config_map_uses_a_streaming_list() {
    let server = Server::start(|asked: Asked, answer: Answer| async move {
        if !asked.is_watch() {
            return answer.status(404, "NotFound", "not found");
        }
        assert!(asked.is_streaming_list());
        assert_eq!(
            (
                asked.query["resourceVersion"].as_str(),
                asked.query["resourceVersionMatch"].as_str()
            ),
            ("", "NotOlderThan")
        );
        let mut events = answer.open();
        // It was created meanwhile; the event behind the bookmark arrives with it.
        events.line(&event("ADDED", "app", 6));
        events.line(&bookmark(6, false));
        events.send(&format!(
            "{}\n{}\n",
            bookmark(7, true),
            event("MODIFIED", "app", 8)
        ));
        events.end();
    })
    .await;
    let (events, end) = all(&server, Start::Fresh).await;
    assert_eq!(
        (events, end),
        (
            ["current none", "current 6 at 7", "live", "applied 8"]
                .map(str::to_owned)
                .to_vec(),
            Ok(())
        )
    );
}

#[tokio::test]
async fn without_streaming_lists_a_list_gives_the_version_to_start_from() {
    let tries = Arc::new(AtomicUsize::new(0));
    let server = Server::start({
        let tries = tries.clone();
        move |asked: Asked, answer: Answer| {
            let tries = tries.clone();
            async move {
                if asked.is_streaming_list() {
                    tries.fetch_add(1, Ordering::SeqCst);
                    answer.status(
                        422,
                        "Invalid",
                        "ListOptions.meta.k8s.io \"\" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch",
                    );
                } else if asked.is_watch() {
                    assert_eq!(asked.query["resourceVersion"], "12");
                    answer.open().end();
                } else if asked.query.contains_key("fieldSelector") {
                    answer.json(r#"{"kind":"ConfigMapList","metadata":{"resourceVersion":"12"},"items":[]}"#);
                } else {
                    answer.status(404, "NotFound", "not found");
                }
            }
        }
    })
    .await;
    let client = client(&server);
    for _ in 0..3 {
        let mut watch = Watching::start(&client, "app", Start::Fresh);
        assert_eq!(told(watch.next().await), "current none");
        assert_eq!(told(watch.next().await), "current none at 12");
        assert_eq!(told(watch.next().await), "live");
        assert_eq!(watch.end().await, Ok(()));
    }
    assert_eq!(
        tries.load(Ordering::SeqCst),
        1,
        "that the server has none is remembered"
    );
}

#[tokio::test]
async fn after_an_unfinished_streaming_list_lists_are_used_for_a_while() {
    let server = Server::start(|asked: Asked, answer: Answer| async move {
        if asked.is_streaming_list() || asked.is_watch() {
            answer.open().given_up().await;
        } else if asked.query.contains_key("fieldSelector") {
            answer.json(r#"{"metadata":{"resourceVersion":"12"},"items":null}"#);
        } else {
            answer.status(404, "NotFound", "not found");
        }
    })
    .await;
    let client = client_with(
        &server,
        ApiServerOptions {
            attempt_timeout: Duration::from_millis(100),
            ..ApiServerOptions::default()
        },
    );
    let mut watch = Watching::start(&client, "app", Start::Fresh);
    assert_eq!(told(watch.next().await), "current none");
    let error = watch.end().await.unwrap_err();
    assert_eq!(
        (error.kind, error.last_received),
        (FailureKind::Unreachable, None)
    );
    let mut watch = Watching::start(&client, "app", Start::Fresh);
    watch.live().await;
}

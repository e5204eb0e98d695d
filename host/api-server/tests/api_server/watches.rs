//! Checks watches: how they start, what they report, and how they end.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use podweave_api_server::ApiServerOptions;
use podweave_config_maps::object::ResourceVersion;
use podweave_config_maps::source::{FailureKind, Source, SourceError, Start};
use proptest::prelude::*;

use crate::client::{Watching, client, client_with, figure, name, soon, told, until};
use crate::server::{Answer, Asked, Events, Server, bookmark, config_map, event, status};

const AFTER_5: Start = Start::After(ResourceVersion(5));

/// A server whose watches send this text, and then end.
async fn telling(text: impl Into<String>) -> Server {
    let text = text.into();
    Server::start(move |asked: Asked, answer: Answer| {
        let text = text.clone();
        async move {
            if !asked.is_watch() {
                return answer.json(config_map(&asked.name(), 5));
            }
            let mut events = answer.open();
            events.send(&text);
            events.end();
        }
    })
    .await
}

/// Returns everything that a watch reports, and how it ends.
async fn all(server: &Server, start: Start) -> (Vec<String>, Result<(), SourceError>) {
    let client = client(server);
    let mut watch = Watching::start(&client, "app", start);
    let mut events = Vec::new();
    while let Some(event) = watch.next().await {
        events.push(told(Some(event)));
    }
    (events, watch.end().await)
}

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
    assert_eq!((error.kind, error.last_heard), (FailureKind::Unreachable, None));
    let mut watch = Watching::start(&client, "app", Start::Fresh);
    watch.live().await;
}

#[tokio::test]
async fn a_version_that_is_too_old_is_expired_in_every_form() {
    let server = Server::start(|_, answer: Answer| async {
        answer.status(410, "Expired", "too old resource version: 5 (9)")
    })
    .await;
    let (events, end) = all(&server, AFTER_5).await;
    assert_eq!((events.len(), end.unwrap_err().kind), (0, FailureKind::Expired));
    let server = telling(format!(
        "{{\"type\":\"ERROR\",\"object\":{}}}\n",
        status(410, "Expired", "too old resource version: 5 (9)")
    ))
    .await;
    let (events, end) = all(&server, AFTER_5).await;
    assert_eq!(
        (events.len(), end.unwrap_err().kind),
        (0, FailureKind::Expired),
        "it never was live"
    );
    let server = telling(format!(
        "{}\n{{\"type\":\"ERROR\",\"object\":{}}}\n",
        event("MODIFIED", "app", 6),
        status(410, "Gone", "")
    ))
    .await;
    let (events, end) = all(&server, AFTER_5).await;
    assert_eq!(
        (events, end.unwrap_err().kind),
        (
            vec!["live".to_owned(), "applied 6".to_owned()],
            FailureKind::Expired
        )
    );
}

#[tokio::test]
async fn a_server_that_is_behind_is_busy() {
    let error = r#"{"kind":"Status","code":504,"reason":"Timeout","message":"Too large resource version","details":{"retryAfterSeconds":1}}"#;
    let server = telling(format!("{{\"type\":\"ERROR\",\"object\":{error}}}\n")).await;
    let error = all(&server, AFTER_5).await.1.unwrap_err();
    assert_eq!(
        (error.kind, error.retry_after),
        (FailureKind::Busy, Some(Duration::from_secs(1)))
    );
}

#[tokio::test]
async fn a_stream_that_ends_within_an_event_is_a_failure() {
    let text = format!(
        "{}\n{}",
        event("MODIFIED", "app", 6),
        &event("MODIFIED", "app", 7)[..40]
    );
    let (events, end) = all(&telling(text).await, AFTER_5).await;
    assert_eq!(events, ["live", "applied 6"]);
    let error = end.unwrap_err();
    assert_eq!((error.kind, error.last_heard), (FailureKind::Unreachable, None));
}

#[tokio::test]
async fn an_event_without_end_is_cut_off() {
    let server = telling("x".repeat(17 * 1024 * 1024)).await;
    assert_eq!(
        all(&server, AFTER_5).await.1.unwrap_err().kind,
        FailureKind::Broken
    );
}

#[tokio::test]
async fn an_invalid_event_is_described_without_its_values() {
    for line in [
        "s3cret",
        r#"{"type":"ADDED","object":{"metadata":{"name":"app","uid":7,"resourceVersion":"s3cret"}}}"#,
        r#"{"type":{"a":"s3cret"}}"#,
    ] {
        let error = all(&telling(format!("{line}\n")).await, AFTER_5)
            .await
            .1
            .unwrap_err();
        assert_eq!(error.kind, FailureKind::Broken);
        assert!(!error.message.contains("s3cret"), "{}", error.message);
    }
}

#[tokio::test]
async fn an_observer_that_breaks_ends_the_watch_and_its_stream() {
    let server = Server::start(|_, answer: Answer| async move {
        let mut events: Events = answer.open();
        events.line(&event("MODIFIED", "app", 6));
        events.line(&event("MODIFIED", "app", 7));
        events.given_up().await;
    })
    .await;
    let client = client(&server);
    for after in 1..=3 {
        let mut seen = 0;
        let mut observe = |_| {
            seen += 1;
            if seen == after {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        assert_eq!(
            soon(client.watch(&name("app"), AFTER_5, &mut observe)).await,
            Ok(())
        );
        assert_eq!(seen, after);
        until(&client, "podweave_api_server_streams", 0).await;
    }
    assert_eq!(
        figure(
            &client,
            r#"podweave_api_server_requests_total{verb="watch",outcome="ok"}"#
        ),
        3
    );
}

#[tokio::test]
async fn the_future_of_an_open_watch_is_small() {
    let server = telling("").await;
    let client = client(&server);
    let name = name("app");
    let mut observe = |_| ControlFlow::Continue(());
    let watch = client.watch(&name, AFTER_5, &mut observe);
    let size = size_of_val(watch.as_ref().get_ref());
    assert!(size <= 700, "{size} bytes");
}

/// What a watch reports when its stream arrives in these pieces.
async fn told_in_pieces(pieces: Vec<Vec<u8>>) -> (Vec<String>, Option<FailureKind>) {
    let server = Server::start(move |_, answer: Answer| {
        let pieces = pieces.clone();
        async move {
            let mut events = answer.open();
            for piece in pieces {
                events.bytes(piece);
                tokio::task::yield_now().await;
            }
            events.end();
        }
    })
    .await;
    let (events, end) = all(&server, AFTER_5).await;
    (events, end.err().map(|error| error.kind))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_stream_split_anywhere_reports_the_same(cuts in prop::collection::vec(0..1000_usize, 0..12)) {
        let text: String = (6..10).map(|version| event("MODIFIED", "app", version) + "\n").collect();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).chain([0, text.len()]).collect();
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|pair| text.as_bytes()[pair[0]..pair[1]].to_vec()).collect();
        let (events, end) = block_on(told_in_pieces(pieces));
        prop_assert_eq!(events, ["live", "applied 6", "applied 7", "applied 8", "applied 9"]);
        prop_assert_eq!(end, None);
    }

    #[test]
    fn any_stream_ends_or_fails(pieces in prop::collection::vec(prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'{'), Just(b'"'), any::<u8>()], 0..40), 0..6)) {
        let (_, end) = block_on(told_in_pieces(pieces));
        prop_assert!(matches!(end, None | Some(FailureKind::Broken | FailureKind::Unreachable)));
    }
}

//! Checks what watches report, and how they end.

use std::ops::ControlFlow;
use std::time::Duration;

use podweave_config_maps::source::{FailureKind, Source};
use proptest::prelude::*;

use crate::client::{AFTER_5, all, client, figure, name, soon, until};
use crate::server::{Answer, Asked, Events, Server, config_map, event, status};

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
    assert_eq!(
        (error.kind, error.last_received),
        (FailureKind::Unreachable, None)
    );
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

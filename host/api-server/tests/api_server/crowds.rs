//! Opens many fresh watches at once: what one of them requests, the others need not request again.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use podweave_api_server::{ApiServer, ApiServerOptions, Qps};
use podweave_config_maps::source::{Event, Read, Source, Start};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::client::{Watching, client_with, name, told, until};
use crate::server::{Answer, Asked, Server, bookmark, config_map, event};

const MANY: usize = 100;

/// The requests that a server received.
#[derive(Default)]
struct Counts {
    streaming_lists: AtomicUsize,
    quorum_reads: AtomicUsize,
    /// The versions that later requests must not be older than, or started from.
    streaming_lists_from: Mutex<Vec<String>>,
    reads_from: Mutex<Vec<String>>,
    watches_from: Mutex<Vec<String>>,
}

/// A server with version 5 of each ConfigMap, at version 91 of the store. It answers reads from etcd only
/// after the first streaming list.
async fn server() -> (Server, Arc<Counts>) {
    let counts = Arc::new(Counts::default());
    let listed = watch::Sender::new(false);
    let server = Server::start({
        let counts = counts.clone();
        move |asked: Asked, answer: Answer| {
            let (counts, listed) = (counts.clone(), listed.clone());
            async move {
                let version = asked.query.get("resourceVersion").cloned().unwrap_or_default();
                if asked.is_streaming_list() {
                    let mut events = answer.open();
                    events.line(&event("ADDED", &asked.name(), 5));
                    events.line(&bookmark(91, true));
                    if version.is_empty() {
                        counts.streaming_lists.fetch_add(1, Ordering::SeqCst);
                    } else {
                        counts.streaming_lists_from.lock().unwrap().push(version);
                    }
                    listed.send_replace(true);
                    events.given_up().await;
                } else if asked.is_watch() {
                    counts.watches_from.lock().unwrap().push(version);
                    answer.open().given_up().await;
                } else if asked.query.contains_key("fieldSelector") {
                    answer.json(format!(
                        r#"{{"metadata":{{"resourceVersion":"93"}},"items":[{}]}}"#,
                        config_map(&asked.name(), 5)
                    ));
                } else {
                    if version.is_empty() {
                        counts.quorum_reads.fetch_add(1, Ordering::SeqCst);
                        listed.subscribe().wait_for(|listed| *listed).await.unwrap();
                    } else {
                        counts.reads_from.lock().unwrap().push(version);
                    }
                    answer.json(config_map(&asked.name(), 5));
                }
            }
        }
    })
    .await;
    (server, counts)
}

fn unlimited(server: &Server) -> Arc<ApiServer> {
    client_with(
        server,
        ApiServerOptions {
            qps: None,
            ..ApiServerOptions::default()
        },
    )
}

/// Opens many watches at once. Returns when all are live, with the first event of each, and when it was
/// requested.
async fn open(client: &Arc<ApiServer>) -> (Vec<Watching>, Vec<String>, Vec<Instant>) {
    let mut watches: Vec<_> = (0..MANY)
        .map(|index| Watching::start(client, &format!("cm-{index}"), Start::Fresh))
        .collect();
    let (mut first, mut asked) = (Vec::new(), Vec::new());
    for watch in &mut watches {
        let event = watch.next().await;
        if let Some(Event::Current { sent, .. }) = &event {
            asked.push(*sent);
        }
        first.push(told(event));
        watch.live().await;
    }
    (watches, first, asked)
}

#[tokio::test]
async fn after_a_streaming_list_cache_reads_are_as_fresh_as_a_quorum() {
    let (server, counts) = server().await;
    let began = Instant::now();
    let (_watches, first, asked) = open(&unlimited(&server)).await;
    assert_eq!(
        first.iter().filter(|told| *told == "current 5").count(),
        MANY - 1,
        "{first:?}"
    );
    assert_eq!(counts.streaming_lists.load(Ordering::SeqCst), 1);
    let (quorum_reads, reads) = (
        counts.quorum_reads.load(Ordering::SeqCst),
        counts.reads_from.lock().unwrap(),
    );
    assert!(
        quorum_reads <= MANY / 2,
        "{quorum_reads} quorum reads: there should be those under way, and few that followed"
    );
    assert_eq!(quorum_reads + reads.len(), MANY - 1);
    assert!(reads.iter().all(|version| version == "91"), "{reads:?}");
    assert!(
        asked.len() == MANY && asked.iter().all(|asked| *asked >= began),
        "a quorum was asked before the watch was wanted"
    );
    // The cache was seen at 93 before, but the answers can be from 91.
    let from_91 = counts
        .watches_from
        .lock()
        .unwrap()
        .iter()
        .filter(|version| *version == "91")
        .count();
    assert_eq!(from_91, reads.len());
}

#[tokio::test]
async fn few_watches_wait_for_no_streaming_list() {
    let (server, counts) = server().await;
    let client = unlimited(&server);
    // As many as are sent at a time. They get no answer before there is a streaming list.
    let _watches: Vec<_> = (0..16)
        .map(|index| Watching::start(&client, &format!("cm-{index}"), Start::Fresh))
        .collect();
    until(&client, "podweave_api_server_requests_in_flight", 16).await;
    assert_eq!(counts.streaming_lists.load(Ordering::SeqCst), 0);
}

/// A client that has used up its short requests for a second.
async fn limited(server: &Server) -> Arc<ApiServer> {
    let qps = Qps {
        per_second: NonZeroU32::MIN,
        burst: NonZeroU32::MIN,
    };
    let client = client_with(
        server,
        ApiServerOptions {
            qps: Some(qps),
            ..ApiServerOptions::default()
        },
    );
    assert!(
        client
            .get(&name("another"), Read::Cached)
            .await
            .unwrap()
            .is_some()
    );
    client
}

#[tokio::test]
async fn beyond_the_rate_limit_streaming_lists_use_the_confirmed_version() {
    let (server, counts) = server().await;
    let client = limited(&server).await;
    for told in open(&client).await.1 {
        assert_eq!(told, "current 5 at 91");
    }
    let (quorums, from) = (
        counts.streaming_lists.load(Ordering::SeqCst),
        counts.streaming_lists_from.lock().unwrap(),
    );
    assert!(
        quorums <= 2,
        "{quorums}: one for the watches before it, one for those that came meanwhile"
    );
    assert_eq!(quorums + from.len(), MANY);
    assert!(from.iter().all(|version| version == "91"), "{from:?}");
}

#[tokio::test]
async fn an_earlier_confirmation_does_not_count_for_a_watch() {
    let (server, counts) = server().await;
    let client = limited(&server).await;
    for quorums in [1, 2] {
        let mut watch = Watching::start(&client, "app", Start::Fresh);
        watch.live().await;
        assert_eq!(counts.streaming_lists.load(Ordering::SeqCst), quorums);
    }
    assert!(counts.streaming_lists_from.lock().unwrap().is_empty());
}

//! Checks the limit on the memory of all ConfigMaps.

use std::sync::Arc;

use podweave_api_server::{ApiServer, ApiServerOptions};
use podweave_config_maps::object::ResourceVersion;
use podweave_config_maps::source::{FailureKind, Read, Source, Start};
use podweave_config_maps::{ConfigMaps, GetError, NamespacedName, Options, PodIdentity, Strategy, Want};

use crate::client::{Watching, client_with, name, soon, told};
use crate::server::{Answer, Asked, Server, config_map, event};

/// Above what a namespace always has, so that three large ConfigMaps have room.
const MEMORY: usize = 3 << 19;

/// Makes the value of a ConfigMap, or of an event, a megabyte long.
fn large(text: &str) -> String {
    text.replace(r#""key":""#, &format!(r#""key":"{}"#, "v".repeat(1_000_000)))
}

/// A server whose ConfigMaps are all large, and whose watched ones become large.
async fn server() -> Server {
    Server::start(|asked: Asked, answer: Answer| async move {
        if !asked.is_watch() {
            return answer.json(large(&config_map(&asked.name(), 5)));
        }
        let mut events = answer.open();
        events.line(&event("MODIFIED", &asked.name(), 6));
        events.line(&large(&event("MODIFIED", &asked.name(), 7)));
        events.given_up().await;
    })
    .await
}

fn with_memory(server: &Server, memory_bytes: usize) -> Arc<ApiServer> {
    client_with(
        server,
        ApiServerOptions {
            memory_bytes,
            ..ApiServerOptions::default()
        },
    )
}

#[tokio::test]
async fn a_config_map_without_room_is_refused_until_another_is_gone() {
    let server = server().await;
    let client = with_memory(&server, MEMORY);
    let mut kept = Vec::new();
    for number in 0..3 {
        kept.push(
            soon(client.get(&name(&format!("app-{number}")), Read::Quorum))
                .await
                .unwrap(),
        );
    }
    let error = soon(client.get(&name("app-3"), Read::Quorum)).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Refused);
    assert!(
        error.message.contains("there is no room for the 976")
            && error.message.contains("raise configMaps.memory"),
        "{error}"
    );
    kept.pop();
    assert!(soon(client.get(&name("app-3"), Read::Quorum)).await.is_ok());
}

#[tokio::test]
async fn a_change_without_room_ends_the_watch() {
    let server = server().await;
    let client = with_memory(&server, 0);
    let _others = [
        client.get(&name("one"), Read::Quorum).await.unwrap(),
        client.get(&name("two"), Read::Quorum).await.unwrap(),
    ];
    let mut watch = Watching::start(&client, "app", Start::After(ResourceVersion(5)));
    let mut events = Vec::new();
    while let Some(event) = watch.next().await {
        events.push(told(Some(event)));
    }
    assert_eq!(events, ["live", "applied 6"]);
    assert_eq!(watch.end().await.unwrap_err().kind, FailureKind::Refused);
}

#[tokio::test]
async fn a_pod_gets_the_reason_and_later_the_config_map() {
    let server = server().await;
    let manager = ConfigMaps::new(
        with_memory(&server, MEMORY) as _,
        Options {
            strategy: Strategy::Get,
            ..Options::default()
        },
    );
    let pod = |uid: &str, names: std::ops::Range<usize>| {
        let identity = PodIdentity {
            namespace: "web".into(),
            name: uid.into(),
            uid: uid.into(),
        };
        (
            identity.clone(),
            manager.register(
                identity,
                names.map(|number| NamespacedName::new("web", format!("app-{number}"))),
            ),
        )
    };
    let (greedy, of_greedy) = pod("greedy", 0..3);
    for number in 0..3 {
        soon(of_greedy.get("web", &format!("app-{number}"), Want::default()))
            .await
            .unwrap();
    }
    let (_, of_late) = pod("late", 7..8);
    let error = soon(of_late.get("web", "app-7", Want::default()))
        .await
        .err()
        .unwrap();
    assert!(matches!(&error, GetError::Refused { .. }), "{error}");
    assert!(
        error
            .to_string()
            .starts_with("ConfigMap web/app-7: there is no room"),
        "{error}"
    );
    manager.unregister(&greedy);
    drop(of_greedy);
    let answer = soon(async {
        loop {
            match of_late.get("web", "app-7", Want::default()).await {
                Ok(answer) => break answer,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    })
    .await;
    assert!(answer.config_map().is_some());
}

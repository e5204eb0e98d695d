//! Checks what is read of an object's metadata beside its version.

use podweave_config_maps::object::{Object, Writer};
use podweave_config_maps::source::{Event, Read, Source};

use crate::client::{AFTER_5, Watching, client, name, soon};
use crate::server::{Answer, Asked, Server, config_map, event};

/// Adds a hold and managed fields to the metadata of a ConfigMap, or of an event.
fn noted(text: &str) -> String {
    let notes = r#""annotations":{"podweave.dev/hold":"migration\u0007","other":"x"},"managedFields":[
        {"manager":"helm","operation":"Update","apiVersion":"v1","time":"2026-11-29T10:31:05Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{".":{},"f:key":{}}}},
        {"manager":"kubectl-edit","operation":"Update","apiVersion":"v1","time":"2026-11-29T10:31:06Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:key":{}}}},
        {"manager":"kubectl-client-side-apply","operation":"Update","apiVersion":"v1","time":"2026-11-28T23:59:59Z"}],"uid""#;
    text.replace(r#""uid""#, notes).replace('\n', "")
}

/// Checks that the notes of the object are those of [`noted`].
fn assert_noted(object: &Object) {
    assert_eq!(object.hold.as_deref(), Some(r"migration\u{7}"));
    let expected = Writer {
        manager: "kubectl-edit".into(),
        at: "2026-11-29T10:31:06Z".into(),
    };
    assert_eq!(object.writer, Some(expected));
}

#[tokio::test]
async fn hold_and_last_writer_arrive_with_a_read() {
    let server = Server::start(|asked: Asked, answer: Answer| async move {
        let object = config_map(&asked.name(), 5);
        answer.json(if asked.name() == "app" {
            noted(&object)
        } else {
            object
        });
    })
    .await;
    let client = client(&server);
    let read = |of: &'static str| {
        let client = &client;
        async move { soon(client.get(&name(of), Read::Quorum)).await.unwrap().unwrap() }
    };
    assert_noted(&read("app").await);
    let plain = read("plain").await;
    assert_eq!((plain.hold, plain.writer), (None, None));
}

#[tokio::test]
async fn hold_and_last_writer_arrive_with_a_watch() {
    let server = Server::start(|asked: Asked, answer: Answer| async move {
        let mut events = answer.open();
        events.line(&noted(&event("MODIFIED", &asked.name(), 6)));
        events.line(&event("MODIFIED", &asked.name(), 7));
        events.given_up().await;
    })
    .await;
    let client = client(&server);
    let mut watch = Watching::start(&client, "app", AFTER_5);
    watch.live().await;
    match (watch.next().await, watch.next().await) {
        (Some(Event::Applied(held)), Some(Event::Applied(released))) => {
            assert_noted(&held);
            assert_eq!((released.hold, released.writer), (None, None));
        }
        other => panic!("{other:?}"),
    }
}

//! Provides tests with an API server's client.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use podweave_api_server::{ApiServer, ApiServerOptions};
use podweave_config_maps::NamespacedName;
use podweave_config_maps::object::ResourceVersion;
use podweave_config_maps::source::{Event, Source, SourceError, Start};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::server::Server;

/// Everything that a test waits for comes within this time, or the test fails.
const DEADLINE: Duration = Duration::from_secs(20);

/// Watches from version 5, which is that of each ConfigMap in these tests.
pub const AFTER_5: Start = Start::After(ResourceVersion(5));

pub fn name(name: &str) -> NamespacedName {
    NamespacedName::new("web", name)
}

pub fn config(server: &Server) -> kube::Config {
    kube::Config::new(format!("http://{}", server.address).parse().unwrap())
}

pub fn client(server: &Server) -> Arc<ApiServer> {
    client_with(server, ApiServerOptions::default())
}

pub fn client_with(server: &Server, options: ApiServerOptions) -> Arc<ApiServer> {
    Arc::new(ApiServer::new(config(server), options).unwrap())
}

pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(DEADLINE, future)
        .await
        .expect("it should not take so long")
}

/// A watch whose events are read one by one. It ends when it is dropped.
pub struct Watching {
    events: mpsc::UnboundedReceiver<Event>,
    task: JoinHandle<Result<(), SourceError>>,
}

impl Watching {
    pub fn start(client: &Arc<ApiServer>, of: &str, start: Start) -> Self {
        let (client, of) = (client.clone(), name(of));
        let (tell, events) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            client
                .watch(&of, start, &mut move |event| {
                    if tell.send(event).is_ok() {
                        ControlFlow::Continue(())
                    } else {
                        ControlFlow::Break(())
                    }
                })
                .await
        });
        Self { events, task }
    }

    /// Returns the next event; `None` at the end.
    pub async fn next(&mut self) -> Option<Event> {
        soon(self.events.recv()).await
    }

    pub async fn live(&mut self) {
        while self.next().await.expect("the watch should become live") != Event::Live {}
    }

    /// Returns the result of the watch.
    pub async fn end(mut self) -> Result<(), SourceError> {
        soon(&mut self.task).await.unwrap()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Writes an event in the short form: `current 5`, `live`, `applied 6`.
pub fn told(event: Option<Event>) -> String {
    match event {
        Some(Event::Current { object, at, .. }) => {
            let object = object.map_or("none".to_owned(), |object| object.resource_version.to_string());
            format!(
                "current {object}{}",
                at.map_or(String::new(), |at| format!(" at {at}"))
            )
        }
        Some(Event::Live) => "live".to_owned(),
        Some(Event::Applied(object)) => format!("applied {}", object.resource_version),
        Some(Event::Deleted(version)) => format!("deleted {version}"),
        Some(Event::Bookmark(version)) => format!("bookmark {version}"),
        None => "end".to_owned(),
    }
}

/// Returns the value of an exported metric, by its name and labels.
pub fn figure(client: &ApiServer, name: &str) -> i64 {
    let mut registry = Registry::default();
    client.metrics().register(&mut registry);
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0, |value| value.parse().unwrap())
}

/// Waits until a metric has a value.
pub async fn until(client: &ApiServer, name: &str, value: i64) {
    soon(async {
        while figure(client, name) != value {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}

/// Returns everything that a watch reports, and how it ends.
pub async fn all(server: &Server, start: Start) -> (Vec<String>, Result<(), SourceError>) {
    let client = client(server);
    let mut watch = Watching::start(&client, "app", start);
    let mut events = Vec::new();
    while let Some(event) = watch.next().await {
        events.push(told(Some(event)));
    }
    (events, watch.end().await)
}

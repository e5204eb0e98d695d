//! Runs an HTTP/2 server that a test controls.

use std::collections::HashMap;
use std::future::{Future, pending, poll_fn};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use h2::SendStream;
use h2::server::{Builder, SendResponse};
use http::{Response, StatusCode};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

/// What happens to all open connections.
#[derive(Debug, Clone, Copy)]
pub enum Command {
    GoAway,
    /// Nothing is read or written any more, but the connection stays open.
    Freeze,
    Cut,
}

pub struct Server {
    pub address: SocketAddr,
    pub accepted: Arc<AtomicUsize>,
    commands: broadcast::Sender<Command>,
    listening: JoinHandle<()>,
}

/// A request.
pub struct Asked {
    /// Which connection it came on.
    pub connection: usize,
    pub path: String,
    pub query: HashMap<String, String>,
    pub token: Option<String>,
}

/// The answer to a request.
pub struct Answer(SendResponse<Bytes>);

/// The events of a streamed answer.
pub struct Events(SendStream<Bytes>);

type Handler = Arc<dyn Fn(Asked, Answer) -> BoxFuture<'static, ()> + Send + Sync>;

impl Server {
    pub async fn start<F>(handle: impl Fn(Asked, Answer) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::with_streams(100, handle).await
    }

    /// Starts a server that allows so many streams on a connection.
    pub async fn with_streams<F>(
        streams: u32,
        handle: impl Fn(Asked, Answer) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::listen(streams, None, handle).await
    }

    /// Starts a server that speaks TLS.
    pub async fn with_tls<F>(
        tls: ServerConfig,
        handle: impl Fn(Asked, Answer) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::listen(100, Some(TlsAcceptor::from(Arc::new(tls))), handle).await
    }

    async fn listen<F>(
        streams: u32,
        tls: Option<TlsAcceptor>,
        handle: impl Fn(Asked, Answer) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (commands, _) = broadcast::channel(16);
        let accepted = Arc::new(AtomicUsize::new(0));
        let handler: Handler = Arc::new(move |asked, answer| Box::pin(handle(asked, answer)));
        let listening = tokio::spawn({
            let (commands, accepted) = (commands.clone(), accepted.clone());
            async move {
                while let Ok((tcp, _)) = listener.accept().await {
                    let connection = accepted.fetch_add(1, Ordering::SeqCst);
                    let (tls, handler, commands) = (tls.clone(), handler.clone(), commands.subscribe());
                    tokio::spawn(async move {
                        match tls {
                            None => serve(tcp, connection, streams, handler, commands).await,
                            Some(tls) => {
                                let Ok(io) = tls.accept(tcp).await else { return };
                                serve(io, connection, streams, handler, commands).await;
                            }
                        }
                    });
                }
            }
        });
        Self {
            address,
            accepted,
            commands,
            listening,
        }
    }

    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    pub fn tell(&self, command: Command) {
        self.commands.send(command).unwrap();
    }

    /// Accepts no new connections any more: they are refused.
    pub async fn close(self) {
        self.listening.abort();
        let _ = self.listening.await;
        let _ = self.commands.send(Command::Cut);
    }
}

async fn serve(
    io: impl AsyncRead + AsyncWrite + Unpin,
    id: usize,
    streams: u32,
    handler: Handler,
    mut commands: broadcast::Receiver<Command>,
) {
    let Ok(mut connection) = Builder::new()
        .max_concurrent_streams(streams)
        .handshake::<_, Bytes>(io)
        .await
    else {
        return;
    };
    loop {
        tokio::select! {
            accepted = connection.accept() => {
                let Some(Ok((request, answer))) = accepted else { return };
                let query = request.uri().query().unwrap_or_default();
                let query = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
                let token = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
                let asked = Asked { connection: id, path: request.uri().path().to_owned(), query, token };
                tokio::spawn(handler(asked, Answer(answer)));
            }
            command = commands.recv() => match command {
                Ok(Command::GoAway) => connection.graceful_shutdown(),
                Ok(Command::Freeze) => pending().await,
                Ok(Command::Cut) | Err(_) => return,
            }
        }
    }
}

impl Asked {
    pub fn is_watch(&self) -> bool {
        self.query.contains_key("watch")
    }

    pub fn is_streaming_list(&self) -> bool {
        self.query.contains_key("sendInitialEvents")
    }

    pub fn name(&self) -> String {
        match self.query.get("fieldSelector") {
            Some(selector) => selector.strip_prefix("metadata.name%3D").unwrap().to_owned(),
            None => self.path.rsplit('/').next().unwrap().to_owned(),
        }
    }
}

impl Answer {
    pub fn json(self, body: impl Into<String>) {
        self.full(StatusCode::OK, &[], body);
    }

    pub fn status(self, code: u16, reason: &str, message: &str) {
        self.full(
            StatusCode::from_u16(code).unwrap(),
            &[],
            status(code, reason, message),
        );
    }

    pub fn full(
        mut self,
        status: StatusCode,
        headers: &[(&'static str, &'static str)],
        body: impl Into<String>,
    ) {
        let mut response = Response::new(());
        *response.status_mut() = status;
        for &(name, value) in headers {
            response.headers_mut().insert(name, value.parse().unwrap());
        }
        if let Ok(mut stream) = self.0.send_response(response, false) {
            let _ = stream.send_data(Bytes::from(body.into()), true);
        }
    }

    pub fn open(mut self) -> Events {
        Events(self.0.send_response(Response::new(()), false).unwrap())
    }

    /// Waits until the client cancels the request.
    pub async fn given_up(mut self) {
        let _ = poll_fn(|context| self.0.poll_reset(context)).await;
    }
}

impl Events {
    pub fn line(&mut self, line: &str) {
        self.send(&format!("{line}\n"));
    }

    pub fn send(&mut self, text: &str) {
        self.bytes(text.to_owned());
    }

    pub fn bytes(&mut self, bytes: impl Into<Bytes>) {
        // The reader may have gone away.
        let _ = self.0.send_data(bytes.into(), false);
    }

    pub fn end(mut self) {
        let _ = self.0.send_data(Bytes::new(), true);
    }

    /// Waits until the reader cancels the request.
    pub async fn given_up(mut self) {
        let _ = poll_fn(|context| self.0.poll_reset(context)).await;
    }
}

pub fn config_map(name: &str, version: u64) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"{name}","namespace":"web","uid":"u1","resourceVersion":"{version}"}},"data":{{"key":"v{version}"}}}}"#
    )
}

pub fn event(kind: &str, name: &str, version: u64) -> String {
    format!(r#"{{"type":"{kind}","object":{}}}"#, config_map(name, version))
}

pub fn bookmark(version: u64, ends_initial_events: bool) -> String {
    let annotations = if ends_initial_events {
        r#","annotations":{"k8s.io/initial-events-end":"true"}"#
    } else {
        ""
    };
    format!(
        r#"{{"type":"BOOKMARK","object":{{"kind":"ConfigMap","apiVersion":"v1","metadata":{{"resourceVersion":"{version}"{annotations}}}}}}}"#
    )
}

pub fn status(code: u16, reason: &str, message: &str) -> String {
    serde_json::json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message}).to_string()
}

/// Answers a GET with version 5, and keeps each watch open.
pub async fn plain(asked: Asked, answer: Answer) {
    if asked.is_watch() {
        answer.open().given_up().await
    } else {
        answer.json(config_map(&asked.name(), 5))
    }
}

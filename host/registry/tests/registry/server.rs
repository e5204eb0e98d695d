//! An HTTP server that answers as a test defines, and records its requests.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

pub type Answer = Response<BoxBody<Bytes, io::Error>>;
type Handler = Arc<dyn Fn(&Asked) -> Answer + Send + Sync>;

/// A received request.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub query: String,
    pub authorization: Option<String>,
    pub range: Option<String>,
    pub body: Bytes,
}

impl Asked {
    pub fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path == path
    }
}

pub struct Server {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    listening: JoinHandle<()>,
}

impl Server {
    pub async fn start(handle: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        Self::listen(None, handle).await
    }

    pub async fn with_tls(
        tls: ServerConfig,
        handle: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::listen(Some(TlsAcceptor::from(Arc::new(tls))), handle).await
    }

    async fn listen(
        tls: Option<TlsAcceptor>,
        handle: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let handler: Handler = Arc::new(handle);
        let listening = tokio::spawn({
            let asked = asked.clone();
            async move {
                while let Ok((tcp, _)) = listener.accept().await {
                    let (tls, handler, asked) = (tls.clone(), handler.clone(), asked.clone());
                    tokio::spawn(async move {
                        match tls {
                            None => serve(tcp, handler, asked).await,
                            Some(tls) => {
                                let Ok(io) = tls.accept(tcp).await else { return };
                                serve(io, handler, asked).await;
                            }
                        }
                    });
                }
            }
        });
        Self {
            address,
            asked,
            listening,
        }
    }

    /// All requests so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// How many requests match.
    pub fn count(&self, is: impl Fn(&Asked) -> bool) -> usize {
        self.asked().iter().filter(|asked| is(asked)).count()
    }

    /// Whether any request contained this text.
    pub fn saw(&self, secret: &str) -> bool {
        self.asked()
            .iter()
            .any(|asked| format!("{asked:?}").contains(secret))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn serve(
    io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    handler: Handler,
    remembered: Arc<Mutex<Vec<Asked>>>,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let (handler, remembered) = (handler.clone(), remembered.clone());
        async move {
            let asked = asked(request).await;
            remembered.lock().unwrap().push(asked.clone());
            Ok::<_, Infallible>(handler(&asked))
        }
    });
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(io), service)
        .await;
}

fn asked(request: Request<Incoming>) -> impl Future<Output = Asked> {
    let header = |name: &str| {
        request
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    let (authorization, range) = (header("authorization"), header("range"));
    let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
    let query = request.uri().query().unwrap_or_default().to_owned();
    async move {
        let body = request
            .into_body()
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes)
            .unwrap_or_default();
        Asked {
            method,
            path,
            query,
            authorization,
            range,
            body,
        }
    }
}

/// An answer with a whole body.
pub fn answer(status: u16, body: impl Into<Bytes>) -> Answer {
    let body = Full::new(body.into()).map_err(|never| match never {}).boxed();
    Response::builder()
        .status(StatusCode::from_u16(status).unwrap())
        .body(body)
        .unwrap()
}

/// An answer with a header.
pub fn with(mut answer: Answer, name: &'static str, value: &str) -> Answer {
    answer.headers_mut().insert(name, value.parse().unwrap());
    answer
}

/// An answer whose body never ends.
pub fn endless(status: u16, part: &'static [u8]) -> Answer {
    let mut answer = answer(status, "");
    *answer.body_mut() = Odd {
        part: Bytes::from_static(part),
        then: Then::Again,
    }
    .boxed();
    answer
}

/// An answer that sends its beginning and then stays open without sending more.
pub fn silent(status: u16, beginning: Bytes) -> Answer {
    let mut answer = answer(status, "");
    *answer.body_mut() = Odd {
        part: beginning,
        then: Then::Nothing,
    }
    .boxed();
    answer
}

/// An answer that is cut off after its beginning, though it promised `length` bytes.
pub fn cut(status: u16, beginning: Bytes, length: usize) -> Answer {
    let mut answer = with(answer(status, ""), "content-length", &length.to_string());
    *answer.body_mut() = Odd {
        part: beginning,
        then: Then::Pause,
    }
    .boxed();
    answer
}

enum Then {
    Again,
    Nothing,
    Pause,
    Break,
}

struct Odd {
    part: Bytes,
    then: Then,
}

impl Body for Odd {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let part = match self.then {
            Then::Again => self.part.clone(),
            _ => std::mem::take(&mut self.part),
        };
        match self.then {
            _ if !part.is_empty() => Poll::Ready(Some(Ok(Frame::data(part)))),
            // Returning Pending makes hyper send what it has buffered.
            Then::Pause => {
                self.then = Then::Break;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Then::Break => Poll::Ready(Some(Err(io::Error::other("cut")))),
            _ => Poll::Pending,
        }
    }
}

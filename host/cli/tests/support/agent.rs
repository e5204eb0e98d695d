//! A simulated agent, which serves a status.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::thread::JoinHandle;

use serde_json::Value;

/// Answers one request as an agent does.
pub fn agent(socket: &Path, status: &Value) -> JoinHandle<()> {
    let listener = UnixListener::bind(socket).expect("a socket");
    let body = status.to_string();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut request = vec![0; 4096];
        let length = stream.read(&mut request).expect("a request");
        assert!(request[..length].starts_with(b"GET /v1/status HTTP/1.1\r\n"));
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("it reads");
    })
}

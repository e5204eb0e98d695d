//! The minimum of Redis' protocol for the tests.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// An answer of Redis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// `+OK` and the text of a bulk string.
    Text(String),
    Integer(i64),
    /// `-ERR ...`
    Error(String),
    List(Vec<Reply>),
    Nothing,
}

impl Reply {
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// Whether it is an error with this code, the first word of its message.
    pub fn is_error(&self, code: &str) -> bool {
        matches!(self, Self::Error(message) if message.split(' ').next() == Some(code))
    }
}

/// A connection to Redis.
pub struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("Redis accepts a connection");
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .expect("a timeout can be set");
        Self {
            stream: BufReader::new(stream),
        }
    }

    /// A connection of a user.
    pub fn log_in(address: SocketAddr, user: &str, password: &str) -> Self {
        let mut client = Self::connect(address);
        assert_eq!(
            client.ask(&["AUTH", user, password]),
            Reply::text("OK"),
            "{user} cannot log in"
        );
        client
    }

    pub fn ask(&mut self, command: &[&str]) -> Reply {
        let mut request = format!("*{}\r\n", command.len());
        for word in command {
            request.push_str(&format!("${}\r\n{word}\r\n", word.len()));
        }
        self.stream
            .get_mut()
            .write_all(request.as_bytes())
            .expect("Redis takes a command");
        self.reply()
    }

    fn reply(&mut self) -> Reply {
        let line = self.line();
        let (kind, rest) = line
            .split_at_checked(1)
            .unwrap_or_else(|| panic!("Redis closed the connection"));
        let number = || {
            rest.parse::<i64>()
                .unwrap_or_else(|_| panic!("this is not a RESP number: {line:?}"))
        };
        match kind {
            "+" => Reply::text(rest),
            "-" => Reply::Error(rest.to_owned()),
            ":" => Reply::Integer(number()),
            "$" => usize::try_from(number()).map_or(Reply::Nothing, |length| self.bulk(length)),
            "*" => usize::try_from(number()).map_or(Reply::Nothing, |length| {
                Reply::List((0..length).map(|_| self.reply()).collect())
            }),
            _ => panic!("this is not a RESP reply: {line:?}"),
        }
    }

    fn bulk(&mut self, length: usize) -> Reply {
        let mut bytes = vec![0; length + 2];
        self.stream.read_exact(&mut bytes).expect("Redis answers");
        bytes.truncate(length);
        Reply::Text(String::from_utf8(bytes).expect("the test stores only text"))
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("Redis answers");
        line.trim_end_matches("\r\n").to_owned()
    }
}

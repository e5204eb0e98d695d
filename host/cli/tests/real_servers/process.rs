//! Runs servers for the duration of a test.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// The timeout of everything that a test waits for.
const DEADLINE: Duration = Duration::from_secs(20);

/// Returns an address on loopback on which nothing listens.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
    listener.local_addr().expect("a bound socket has an address")
}

/// Asks until there is an answer; on a timeout it panics with `what` and the last reason.
pub fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Result<T, String>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        match ask() {
            Ok(answer) => return answer,
            Err(reason) if Instant::now() > deadline => panic!("{what}: not within {DEADLINE:?}: {reason}"),
            Err(_) => thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// A running server, which is stopped when this is dropped.
pub struct Server {
    child: Child,
    log: PathBuf,
}

impl Server {
    /// Starts a program, and returns when it accepts connections.
    pub fn start(
        program: &Path,
        args: impl IntoIterator<Item: AsRef<OsStr>>,
        address: SocketAddr,
        directory: &Path,
    ) -> Self {
        let log = directory.join("server.log");
        let output = File::create(&log).expect("the log can be made");
        let mut command = Command::new(program);
        command.args(args).current_dir(directory).stdin(Stdio::null());
        command
            .stdout(output.try_clone().expect("the log can be shared"))
            .stderr(output);
        let child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{} cannot be started: {error}", program.display()));
        let mut server = Self { child, log };
        wait_for("the server accepts connections", || {
            if let Some(status) = server.child.try_wait().expect("a child can be waited for") {
                panic!("the server ended with {status}:\n{}", server.log());
            }
            TcpStream::connect(address).map_err(|error| format!("{error}; its log:\n{}", server.log()))
        });
        server
    }

    /// Returns its standard output and error.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Asks it to end, so that it ends its workers, too; SIGKILL would leave them behind. Redis refuses while
    /// it writes its first append-only file, so this asks again.
    fn end(&mut self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let deadline = Instant::now() + DEADLINE;
        while Instant::now() < deadline && pid.is_some_and(|pid| kill_process(pid, Signal::TERM).is_ok()) {
            thread::sleep(Duration::from_millis(10));
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

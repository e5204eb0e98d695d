//! Runs a command that runs until it is stopped.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// A timeout that only a hanging test reaches.
const DEADLINE: Duration = Duration::from_secs(60);

/// A running `podweave --watch`. It is killed when it is dropped.
pub struct Spawned {
    child: Child,
    lines: Receiver<String>,
}

impl Spawned {
    pub fn new(mut command: Command) -> Self {
        // One pipe for both, so that the lines have the order in which they were written.
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let child = command
            .stdout(writer.try_clone().expect("a handle"))
            .stderr(writer)
            .spawn()
            .expect("it starts");
        // Drop the command, which holds the writing end: reading ends when the child closes its own.
        drop(command);
        let (sender, lines) = channel();
        pass_on(reader, sender);
        Self { child, lines }
    }

    /// Reads up to a line with this text on standard output or standard error. Returns all lines, that one
    /// included.
    #[track_caller]
    pub fn until(&self, text: &str) -> String {
        let deadline = Instant::now() + DEADLINE;
        let mut seen = String::new();
        loop {
            let Ok(line) = self
                .lines
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            else {
                panic!("no line with {text:?} after:\n{seen}");
            };
            seen += &format!("{line}\n");
            if line.contains(text) {
                return seen;
            }
        }
    }

    /// Presses Ctrl-C and waits for the end.
    #[track_caller]
    pub fn interrupt(mut self) -> ExitStatus {
        kill_process(Pid::from_child(&self.child), Signal::INT).expect("it runs");
        let deadline = Instant::now() + DEADLINE;
        // The pipe is closed when it ends.
        while let Ok(line) = self
            .lines
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            assert!(!line.contains("error"), "{line}");
        }
        assert!(Instant::now() < deadline, "it does not end");
        self.child.wait().expect("it ended")
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pass_on(stream: impl Read + Send + 'static, sender: Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
}

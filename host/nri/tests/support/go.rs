//! Drives the runtime's implementation of NRI, in Go, by commands: see `tests/runtime`.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// The Go program, and the socket that it listens on.
pub struct GoRuntime {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    pub directory: tempfile::TempDir,
}

impl GoRuntime {
    pub fn launch(program: &str) -> Self {
        let program = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../target/nri-runtime")
            .join(program);
        let spawned = Command::new(&program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut child = spawned.unwrap_or_else(|error| {
            panic!(
                "{}: {error}; run tools/build-nri-runtime first",
                program.display()
            )
        });
        let (stdin, stdout) = (
            child.stdin.take().unwrap(),
            BufReader::new(child.stdout.take().unwrap()),
        );
        Self {
            child,
            stdin,
            stdout,
            directory: tempfile::tempdir().unwrap(),
        }
    }

    pub fn socket(&self) -> PathBuf {
        self.directory.path().join("nri.sock")
    }

    pub fn run(&mut self, command: &Value) -> Value {
        writeln!(self.stdin, "{command}").unwrap();
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    pub fn start(&mut self, more: Value) {
        let mut command =
            json!({"op": "start", "socket": self.socket(), "name": "containerd", "version": "v2.3.4"});
        command
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        assert_eq!(self.run(&command)["error"], "");
    }

    /// Creates a container whose variable DO tells the test plugin what to do.
    pub fn create(&mut self, what: &str) -> Value {
        self.run(&json!({"op": "create", "env": [format!("DO={what}")], "args": ["/bin/server"]}))
    }

    pub fn started(more: Value) -> Self {
        let mut runtime = Self::launch("current");
        runtime.start(more);
        runtime
    }
}

impl Drop for GoRuntime {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

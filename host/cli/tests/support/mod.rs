//! Runs the real binary in a directory with manifests.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod agent;
pub mod spawned;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Once;

use podweave_plugin_store::BuiltIn;
use tempfile::TempDir;

/// A part of values, which must never appear in a message.
pub const MARKER: &str = "hunter2-S3CRET";

/// A test's own directory.
pub struct Place {
    directory: TempDir,
}

/// The result of a run.
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Place {
    /// Creates an empty directory.
    pub fn new() -> Self {
        Self {
            directory: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory"),
        }
    }

    /// Adds a file, and creates its directories.
    pub fn with(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    /// Adds [`pod`] and [`config_map`] in `pod.yaml` and `configmaps.yaml` of a directory.
    pub fn with_case(self, directory: &str) -> Self {
        self.with(&format!("{directory}/pod.yaml"), &pod())
            .with(&format!("{directory}/configmaps.yaml"), &config_map())
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        fs::write(path, text).expect("a file");
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    /// Returns the relative paths of all files below, sorted.
    pub fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        collect(self.directory.path(), self.directory.path(), &mut files);
        files.sort();
        files
    }

    /// Returns a command that runs the binary in this directory, with a warm cache.
    pub fn command(&self, arguments: &[&str]) -> Command {
        static WARM: Once = Once::new();
        WARM.call_once(|| {
            let warm = Place::new()
                .with_case(".")
                .cold(&["render", "."])
                .output()
                .expect("it runs");
            assert!(warm.status.success(), "{}", String::from_utf8_lossy(&warm.stderr));
        });
        self.cold(arguments)
    }

    fn cold(&self, arguments: &[&str]) -> Command {
        self.command_of(Path::new(env!("CARGO_BIN_EXE_podweave")), arguments)
    }

    /// Runs another copy of podweave's program.
    pub fn command_of(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.directory.path())
            .stdin(Stdio::null());
        command.env_clear().env("PODWEAVE_CACHE_DIR", cache());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).output().expect("it runs"))
    }

    /// Runs with this text as standard input.
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Run {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        child
            .stdin
            .take()
            .expect("a pipe")
            .write_all(input.as_bytes())
            .expect("it reads");
        Run::of(child.wait_with_output().expect("it ends"))
    }
}

impl Run {
    pub fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints UTF-8");
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Returns its output; it must have succeeded without a message.
    #[track_caller]
    pub fn silent(self) -> String {
        assert_eq!(
            (self.code, self.stderr.as_str()),
            (Some(0), ""),
            "{}",
            self.stdout
        );
        self.stdout
    }

    /// Returns its output; it must have succeeded.
    #[track_caller]
    pub fn good(self) -> String {
        assert_eq!(self.code, Some(0), "{}{}", self.stdout, self.stderr);
        self.stdout
    }

    /// Returns its message; it must have ended with this code and an empty output.
    #[track_caller]
    pub fn refused(self, code: i32) -> String {
        assert_eq!(
            (self.code, self.stdout.as_str()),
            (Some(code), ""),
            "{}",
            self.stderr
        );
        self.stderr
    }

    /// Returns its output; it must have ended with 1.
    #[track_caller]
    pub fn failed(self) -> String {
        assert_eq!(self.code, Some(1), "{}{}", self.stdout, self.stderr);
        self.stdout
    }
}

/// The cache that all tests share, so that the plugin is compiled once.
pub fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache")
}

/// The component of the built-in plugin, for tests that need a file of one.
pub fn component() -> &'static [u8] {
    BuiltIn::find("handlebars").expect("it is built in").component
}

/// A component that calls each function of the contract.
pub fn everything() -> Vec<u8> {
    let text = include_str!("../../../sandbox/tests/compatibility/0.1.0/everything.wat");
    wat::parse_str(text).expect("it is WebAssembly text")
}

/// A pod and the ConfigMaps that [`everything`] reads.
pub fn pod_of_everything() -> String {
    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web-0\n  labels: {app: shop}\n  annotations:\n    note: a note\n    podweave.dev/plugin: everything\n    podweave.dev/config-maps: settings, site, absent?\n    \
     podweave.dev/params: '{\"a\": 1}'\nspec:\n  nodeName: node-a\n  containers:\n  - name: web\n    image: web:1\n    command: [/web]\n    args: [--listen]\n    ports: [{name: http, containerPort: 416}]\n    \
     resources: {requests: {memory: 64Mi}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {host: db.example.com}\nbinaryData: {blob: AP8B}\n---\n\
     apiVersion: v1\nkind: ConfigMap\nmetadata: {name: site}\n"
        .to_owned()
}

/// A pod `web` with a variable, a file and an argument from [`config_map`].
pub fn pod() -> String {
    pod_with(&[
        ("plugin", "handlebars"),
        ("config-maps", "app"),
        ("params", PARAMS),
    ])
}

/// The plugin's parameters in [`pod`].
pub const PARAMS: &str = r#"
env: {GREETING: "{{config.word}} {{default pod.name 'nobody'}}", ZONE: "{{default node.labels.zone 'nowhere'}}"}
args: {append: ["--word={{config.word}}"]}
files: {"app.conf": "word = {{config.word}}\n"}
"#;

/// A pod `web` with these podweave annotations.
pub fn pod_with(annotations: &[(&str, &str)]) -> String {
    format!("apiVersion: v1\nkind: Pod\n{}", template(annotations, "", "web"))
}

/// The metadata and spec of a pod, indented, with a container `web` that has arguments.
pub fn template(annotations: &[(&str, &str)], indent: &str, name: &str) -> String {
    let mut text = format!("metadata:\n  name: {name}\n  annotations:\n    example.com/other: kept\n");
    for (field, value) in annotations {
        text += &format!("    podweave.dev/{field}: {value:?}\n");
    }
    text += "spec:\n  containers:\n  - name: web\n    image: example.org/web:1\n    args: [serve]\n";
    text.lines().map(|line| format!("{indent}{line}\n")).collect()
}

/// A ConfigMap `app` with a word and something that must not reach a message.
pub fn config_map() -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: app}}\ndata: {{word: hello, secret: {MARKER:?}}}\n"
    )
}

fn collect(root: &Path, directory: &Path, files: &mut Vec<String>) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            files.push(path.strip_prefix(root).expect("below it").display().to_string());
        }
    }
}

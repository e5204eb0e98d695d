//! A plugin author's machine: the toolchains that tools/fetch-toolchains provides, and the commands that an
//! author types.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use podweave_plugin_project::Language;
use tempfile::TempDir;

/// An empty directory outside of this repository, with a way to run commands there as an author would.
pub struct Workshop(TempDir);

/// The files that builds and their tools leave behind in the examples of this repository.
const LEFT_BEHIND: &str = "sdk sdk.unfinished node_modules .venv build target __pycache__ *.wasm";

/// The result of a command.
pub struct Ended {
    pub is_good: bool,
    /// Its standard output, and then its standard error.
    pub said: String,
}

/// Variables of the cargo that runs this test: a project's own cargo must not see them.
const CONFUSING: [&str; 7] = [
    "CARGO",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_TARGET_DIR",
    "RUSTC",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTFLAGS",
    "RUSTUP_TOOLCHAIN",
];
const CONFUSING_PREFIXES: [&str; 6] = [
    "CARGO_BIN_",
    "CARGO_BUILD_",
    "CARGO_CFG_",
    "CARGO_MANIFEST_",
    "CARGO_PKG_",
    "CARGO_PROFILE_",
];

impl Workshop {
    /// `None` if the language is left out, which is reported.
    pub fn new(language: Language) -> Option<Self> {
        (!is_left_out(language)).then(|| Self(tempfile::tempdir().expect("a directory")))
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// Copies a directory of this repository, as a clone has it.
    #[track_caller]
    pub fn copy(&self, directory: &str, to: &str) {
        self.shell(
            ".",
            &format!(
                "cp -r '{}' {to}; cd {to}; rm -rf {LEFT_BEHIND}",
                repository().join(directory).display()
            ),
        );
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub fn write(&self, path: &str, text: &str) {
        fs::write(self.path(path), text).unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// Runs a script in a directory below this one; each command runs only if those before it succeeded.
    pub fn try_shell(&self, directory: &str, script: &str) -> Ended {
        let toolchains = repository().join("target/toolchains");
        let podweave = Path::new(env!("CARGO_BIN_EXE_podweave"))
            .parent()
            .expect("a directory");
        let ours = [
            podweave,
            &toolchains.join("clang/bin"),
            &toolchains.join("npm/project/node_modules/.bin"),
            &toolchains.join("pip/venv/bin"),
        ];
        let theirs = env::var_os("PATH").unwrap_or_default();
        let path = ours
            .into_iter()
            .map(Path::to_owned)
            .chain(env::split_paths(&theirs));
        let mut shell = Command::new("sh");
        shell
            .current_dir(self.path(directory))
            .args(["-euc", script])
            .stdin(Stdio::null());
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if CONFUSING.contains(&&*text) || CONFUSING_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
            {
                shell.env_remove(&name);
            }
        }
        let output = shell
            .env("PATH", env::join_paths(path).expect("no colon in a directory"))
            // Compiled plugins, and the crates that each plugin in Rust needs, are compiled once for all
            // tests.
            .env(
                "PODWEAVE_CACHE_DIR",
                Path::new(env!("CARGO_TARGET_TMPDIR")).join("languages-cache"),
            )
            .env(
                "CARGO_TARGET_DIR",
                Path::new(env!("CARGO_TARGET_TMPDIR")).join("languages-cargo"),
            )
            .env("npm_config_cache", toolchains.join("npm/cache"))
            .env("PIP_FIND_LINKS", toolchains.join("pip/wheels"))
            .output()
            .expect("a shell");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ended {
            is_good: output.status.success(),
            said: text(&output.stdout) + &text(&output.stderr),
        }
    }

    /// Runs a script that must succeed.
    #[track_caller]
    pub fn shell(&self, directory: &str, script: &str) -> String {
        let ended = self.try_shell(directory, script);
        assert!(
            ended.is_good,
            "{script}\n{}\n(tools/fetch-toolchains provides toolchains; PODWEAVE_SKIP_LANGUAGES=go,js leaves languages out)",
            ended.said
        );
        ended.said
    }

    /// Runs a script that must fail.
    #[track_caller]
    pub fn refused(&self, directory: &str, script: &str) -> String {
        let ended = self.try_shell(directory, script);
        assert!(!ended.is_good, "{script}\n{}", ended.said);
        ended.said
    }

    /// Runs all commands of a README, in its directory.
    #[track_caller]
    pub fn follow(&self, readme: &str) -> String {
        let directory = Path::new(readme)
            .parent()
            .and_then(Path::to_str)
            .expect("a path below the directory");
        let script = blocks(&self.read(readme), "sh");
        assert!(!script.is_empty(), "{readme} has no ```sh block");
        self.shell(directory, &script)
    }
}

/// Returns the blocks of a text with this mark.
pub fn blocks(markdown: &str, mark: &str) -> String {
    let mut is_inside = false;
    let mut text = String::new();
    for line in markdown.lines() {
        match line.strip_prefix("```") {
            Some(fence) => is_inside = fence == mark,
            None if is_inside => text = text + line + "\n",
            None => {}
        }
    }
    text
}

pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("host/cli lies in the repository")
        .to_owned()
}

/// Whether the tests run without a language. In CI they never do.
fn is_left_out(language: Language) -> bool {
    let left_out = env::var("PODWEAVE_SKIP_LANGUAGES").unwrap_or_default();
    let is_left_out = left_out.split(',').any(|name| name == language.name());
    if is_left_out {
        println!("SKIPPED: {language}, as PODWEAVE_SKIP_LANGUAGES says");
    }
    is_left_out
}

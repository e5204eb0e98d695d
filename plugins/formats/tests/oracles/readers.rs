//! Runs the other readers, as processes that read all documents at once.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The directory of `tools/fetch-oracles-formats`.
pub fn fetched(path: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("a directory in the target directory");
    let oracles = target.join("oracles/formats");
    assert!(
        oracles.join("complete").exists(),
        "{} is not complete: run tools/fetch-oracles-formats",
        oracles.display()
    );
    oracles.join(path)
}

/// A file beside these tests.
pub fn beside(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/oracles/readers")
        .join(path)
}

/// Returns what a program prints for this input.
pub fn answer(command: &mut Command, input: &[u8]) -> String {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut stdin = child.stdin.take().expect("it is piped");
    let output = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output()
    });
    let output = output.expect("it runs");
    assert!(output.status.success(), "{command:?}: {}", output.status);
    String::from_utf8(output.stdout).expect("it prints text")
}

/// Does the same with JSON as input and output.
pub fn answers(command: &mut Command, documents: &[String]) -> Vec<Value> {
    let input = serde_json::to_vec(documents).expect("text is JSON");
    let answers: Vec<Value> = serde_json::from_str(&answer(command, &input)).expect("it prints a list");
    assert_eq!(answers.len(), documents.len());
    answers
}

pub fn node(script: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(beside(script)).arg(fetched("npm/node_modules"));
    command
}

pub fn python(script: &str) -> Command {
    let mut command = Command::new(fetched("python/bin/python"));
    command.arg(beside(script));
    command
}

//! Runs the commands of docs/quick-start/application-owner.md, and compares their output with the document.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use support::Place;

/// A block of code: the language behind its fence, and its lines.
fn blocks(document: &str) -> Vec<(&str, String)> {
    let mut found = Vec::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            found.push((language, text.join("\n") + "\n"));
        }
    }
    found
}

/// Separates the outputs of two blocks.
const END_OF_BLOCK: &str = "\u{1}end of block\u{1}\n";

#[test]
fn the_quick_start_prints_what_it_shows() {
    let document = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/quick-start/application-owner.md"),
    )
    .unwrap();
    let blocks = blocks(&document);
    let script: String = blocks
        .iter()
        .filter(|(language, _)| *language == "sh")
        .map(|(_, text)| format!("{text}printf '{END_OF_BLOCK}'\n"))
        .collect();

    let place = Place::new();
    // Compile the plugin first: the message about it appears only once.
    place.run(&["--version"]).silent();
    let binary = Path::new(env!("CARGO_BIN_EXE_podweave")).parent().unwrap();
    let path = format!(
        "{}:{}",
        binary.display(),
        std::env::var("PATH").unwrap_or_default()
    );
    // One stream, as on a terminal.
    let mut shell = Command::new("bash");
    shell
        .args(["-c", &format!("exec 2>&1\n{script}")])
        .current_dir(place.path("."))
        .env("PATH", path)
        .env("PODWEAVE_CACHE_DIR", support::cache());
    let shell = shell.stdin(Stdio::null()).output().unwrap();
    let printed = String::from_utf8(shell.stdout).unwrap();
    let mut outputs = printed.split(END_OF_BLOCK);

    let mut output = "";
    for (language, text) in blocks {
        match language {
            "sh" => {
                assert_eq!(output, "", "the document shows all output");
                output = outputs.next().expect("each block ends");
            }
            "text" => {
                assert_eq!(output, text);
                output = "";
            }
            other => panic!("a block of {other:?}, which is neither a command nor its output"),
        }
    }
}

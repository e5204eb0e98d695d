//! docs/cookbook.md shows the golden cases in examples/cookbook word for word, so `podweave test .` runs what
//! it shows.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const BOOK: &str = "docs/cookbook.md";
const CASES: &str = "examples/cookbook";

/// A block of code in the book.
struct Snippet {
    /// The number of its first line.
    line: usize,
    /// The file that it is taken from, as the comment above it says.
    source: Option<String>,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn snippets(book: &str) -> Vec<Snippet> {
    let mut found = Vec::new();
    let mut above = "";
    let mut lines = book.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        if line.starts_with("```") {
            let source = above
                .strip_prefix("<!-- ")
                .and_then(|rest| rest.strip_suffix(" -->"))
                .map(str::to_owned);
            let text: Vec<&str> = lines
                .by_ref()
                .map(|(_, line)| line)
                .take_while(|line| *line != "```")
                .collect();
            found.push(Snippet {
                line: index + 1,
                source,
                text: text.join("\n"),
            });
        }
        above = line;
    }
    found
}

#[test]
fn every_snippet_is_the_text_of_its_case() {
    let snippets = snippets(&read(BOOK));
    assert!(!snippets.is_empty());
    for Snippet { line, source, text } in snippets {
        let source = source.unwrap_or_else(|| {
            panic!("{BOOK}, line {line}: the line above names no file: <!-- {CASES}/TASK/pod.yaml -->")
        });
        let file = read(&source);
        let stands_there = format!("\n{}\n", file.trim_end()).contains(&format!("\n{text}\n"));
        assert!(
            stands_there,
            "{BOOK}, line {line}: {source} does not have these lines:\n{text}"
        );
    }
}

#[test]
fn every_case_is_in_the_book_with_its_pod() {
    let shown: BTreeSet<String> = snippets(&read(BOOK))
        .into_iter()
        .filter_map(|snippet| snippet.source)
        .collect();
    let entries = fs::read_dir(root().join(CASES)).unwrap();
    let cases: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(cases.len() >= 15, "{cases:?}");
    for case in cases {
        let pod = format!("{CASES}/{case}/pod.yaml");
        assert!(shown.contains(&pod), "{BOOK} does not show {pod}");
    }
}

//! Runs Handlebars.js as a process that renders one template per line.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The result of a template, or why it has none.
pub type Answer = Result<String, String>;

pub struct Request<'r> {
    pub template: &'r str,
    pub partials: &'r [(String, String)],
    /// The `values` of the context.
    pub values: &'r serde_json::Value,
    /// Whether a name that does not exist is an error, as it is here.
    pub is_strict: bool,
}

fn modules() -> PathBuf {
    let built = std::env::current_exe().expect("a test has a path");
    // target/release/deps/interop-...
    let target = built.ancestors().nth(3).expect("a target directory").to_owned();
    let modules = target.join("oracles/handlebars/node_modules");
    assert!(
        modules.join("handlebars").is_dir(),
        "Handlebars.js is not in {}: run tools/fetch-oracles-handlebars",
        modules.display()
    );
    modules
}

/// Returns what Handlebars.js renders for each request.
pub fn render<'r>(requests: impl Iterator<Item = Request<'r>>) -> Vec<Answer> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/handlebars_js/oracle.js");
    let mut node = Command::new("node")
        .arg(script)
        .env("NODE_PATH", modules())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts: install Node.js 20 or newer");
    let mut input = node.stdin.take().expect("a pipe");
    let output = BufReader::new(node.stdout.take().expect("a pipe"));
    let reader = std::thread::spawn(move || {
        output
            .lines()
            .map(|line| answer(&line.expect("a line")))
            .collect::<Vec<_>>()
    });
    for Request {
        template,
        partials,
        values,
        is_strict,
    } in requests
    {
        let partials: serde_json::Map<_, _> = partials
            .iter()
            .map(|(name, text)| (name.clone(), text.as_str().into()))
            .collect();
        let request = serde_json::json!({"template": template, "partials": partials, "context": {"values": values}, "strict": is_strict});
        writeln!(input, "{request}").expect("node reads");
    }
    drop(input);
    let answers = reader.join().expect("all is read");
    assert!(node.wait().expect("node ends").success());
    answers
}

fn answer(line: &str) -> Answer {
    let answer: serde_json::Value = serde_json::from_str(line).expect("JSON");
    match (answer["output"].as_str(), answer["error"].as_str()) {
        (Some(output), _) => Ok(output.to_owned()),
        (None, Some(error)) => Err(error.to_owned()),
        (None, None) => panic!("{line}"),
    }
}

//! Compares `.env` with bash, python-dotenv, npm's dotenv and dotenv-expand, and Compose.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use podweave_formats::{Format, Mistake, Node, leaves};
use serde_json::Value;

use crate::readers::{answer, answers, fetched, node, python};
use crate::{count, no_differences, random};

type Read = BTreeMap<String, String>;

const WORDS: [&str; 58] = [
    "A",
    "x",
    "x",
    "y",
    "x y",
    "C:",
    " ",
    " ",
    "\t",
    "\n",
    "\r\n",
    "#",
    " #",
    " # ",
    "'",
    "'",
    "'x'",
    "\"",
    "\"",
    "\"x y\"",
    "`",
    "`x`",
    "\\",
    "\\\\",
    "\\n",
    "\\r",
    "\\t",
    "\\\"",
    "\\'",
    "\\$",
    "\\`",
    "\\q",
    "\\f",
    "\\\n",
    "$",
    "$A",
    "${A}",
    "${B}",
    "${A:-x}",
    "${B-y}",
    "${A:+x}",
    "${B+y}",
    "${A:?x}",
    "${A?x}",
    "${A:-${B}}",
    "$$",
    "$1",
    "}",
    "{",
    ": ",
    "=",
    ".",
    "-",
    "é",
    "\u{a0}",
    "(",
    "a/b:1",
    "%",
];

/// Documents of up to three assignments, with values that consist of these words.
fn documents(random: &mut fastrand::Rng, words: &[&str]) -> Vec<String> {
    let pick = |random: &mut fastrand::Rng, words: &[&str]| words[random.usize(..words.len())].to_owned();
    let mut assignment = |name: &str| {
        let front = pick(random, &["", "", "", "export ", " "]);
        let separator = pick(random, &["=", "=", "=", "=", " = ", "= ", ": ", ":"]);
        let value: String = (0..random.usize(..7)).map(|_| pick(random, words)).collect();
        format!("{front}{name}{separator}{value}\n")
    };
    (0..count())
        .map(|index| {
            ["A", "B", "C"][..(index % 3) as usize + 1]
                .iter()
                .map(|name| assignment(name))
                .collect()
        })
        .collect()
}

fn ours(read: Result<Node, Mistake>) -> Result<Read, String> {
    let document = read.map_err(|mistake| mistake.message)?;
    Ok(leaves(&document)
        .iter()
        .map(|leaf| (leaf.name(), leaf.scalar.text.clone()))
        .collect())
}

fn theirs(answer: &Value) -> Option<Read> {
    serde_json::from_value(answer.clone()).ok()
}

/// Runs restricted bash: it runs no program, and ends at an unknown command. None of the words above is a
/// builtin.
fn bash(documents: &[String]) -> Vec<Option<Read>> {
    const SCRIPT: &str = r#"
        while IFS= read -r -d '' document; do
            (
                set -e
                eval "$document"
                for name in A B C; do
                    [[ -v $name ]] && printf '%s=%s\0' "$name" "${!name}"
                done
                printf 'end\0'
            ) 2>&-
            printf '\1\0'
        done"#;
    let input: String = documents.iter().map(|document| format!("{document}\0")).collect();
    let output = answer(
        Command::new("/bin/bash")
            .args(["--norc", "--noprofile", "-r", "-c", SCRIPT])
            .env_clear()
            .env("PATH", "/nonexistent")
            .env("LC_ALL", "C.UTF-8"),
        input.as_bytes(),
    );
    let results: Vec<Option<Read>> = output
        .split_terminator("\u{1}\0")
        .map(|text| text.strip_suffix("end\0").map(pairs))
        .collect();
    assert_eq!(results.len(), documents.len());
    results
}

fn pairs(text: &str) -> Read {
    text.split_terminator('\0')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The forms in which docs/plugins/dotenv.md differs from Compose.
fn is_a_documented_difference(text: &str) -> bool {
    let forms = [" #", "\t#", "`", "\\$"];
    forms.iter().any(|form| text.contains(form))
}

struct Counts(BTreeMap<&'static str, usize>);

impl Counts {
    fn add(&mut self, kind: &'static str) {
        *self.0.entry(kind).or_default() += 1;
    }
}

/// If all others agree, podweave agrees, too, or refuses a reference to nothing. Otherwise it follows Compose
/// or refuses, except as documented.
fn compare(
    texts: &[String],
    read: impl Fn(&str) -> Result<Node, Mistake>,
    kind: &str,
    compose: &[Option<Read>],
) {
    let npm = answers(&mut node("env.mjs"), texts);
    let python = answers(&mut python("env.py"), texts);
    let bash = bash(texts);
    let mut counts = Counts(BTreeMap::new());
    let mut differences = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let others = [
            theirs(&npm[index][kind]),
            theirs(&python[index][kind]),
            bash[index].clone(),
            compose[index].clone(),
        ];
        let ours = ours(read(text));
        let agreed = others[0]
            .as_ref()
            .filter(|first| others.iter().all(|other| other.as_ref() == Some(*first)));
        let is_right = match (&ours, agreed, &others[3]) {
            (Ok(ours), Some(agreed), _) => {
                counts.add("all agree");
                ours == agreed
            }
            (Err(message), Some(_), _) => {
                counts.add("all agree, refused here");
                message.starts_with("`$` refers to")
            }
            (Ok(ours), None, Some(compose)) if ours == compose => {
                counts.add("as Compose");
                true
            }
            (Ok(_), None, _) if is_a_documented_difference(text) => {
                counts.add("other than Compose, as documented");
                true
            }
            (Ok(_), None, _) => false,
            (Err(_), None, _) => {
                counts.add("they differ, refused here");
                true
            }
        };
        if !is_right {
            differences.push((text, ours, others));
        }
    }
    println!("{kind}: {:?}", counts.0);
    assert!(counts.0["all agree"] > texts.len() / 100);
    no_differences(&differences);
}

fn compose(texts: &[String]) -> Vec<Option<Read>> {
    answers(Command::new(fetched("compose-env")).stderr(Stdio::null()), texts)
        .iter()
        .map(theirs)
        .collect()
}

#[test]
fn references_are_read_as_by_the_others() {
    let texts = documents(&mut random(), &WORDS);
    compare(
        &texts,
        |text| Format::read_env_with_references(text, 0),
        "expanded",
        &compose(&texts),
    );
}

#[test]
fn documents_without_dollars_are_read_as_by_the_others() {
    let words: Vec<&str> = WORDS.into_iter().filter(|word| !word.contains('$')).collect();
    let texts = documents(&mut random(), &words);
    compare(
        &texts,
        |text| Format::Env.read(text, 0),
        "plain",
        &compose(&texts),
    );
}

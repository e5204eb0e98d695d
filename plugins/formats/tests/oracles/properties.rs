//! Compares `.properties` with `java.util.Properties`.

use std::collections::BTreeMap;
use std::process::Command;

use podweave_formats::{Format, leaves};

use crate::readers::{answer, beside};
use crate::{documents, no_differences, random};

const WORDS: [&str; 40] = [
    "a",
    "b",
    "c",
    "d.e",
    "f[0]",
    "é",
    "😀",
    "=",
    "=",
    ":",
    " ",
    " ",
    "\t",
    "\u{c}",
    "\n",
    "\n",
    "\n",
    "\r",
    "\r\n",
    "\\",
    "\\",
    "\\\n",
    "\\\\",
    "#",
    "!",
    "\\u00e9",
    "\\u12",
    "\\uD83D\\uDE00",
    "\\ud83d",
    "\\n",
    "\\t",
    "\\f",
    "\\r",
    "\\=",
    "\\:",
    "\\ ",
    "\\#",
    "\u{85}",
    "\u{2028}",
    "\u{0}",
];

/// Arbitrary bytes, as a reader passes them on that replaces invalid UTF-8.
fn bytes(random: &mut fastrand::Rng) -> String {
    let bytes: Vec<u8> = (0..random.usize(..40)).map(|_| random.u8(..)).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(units: impl Iterator<Item = u16>) -> String {
    units.map(|unit| format!("{unit:04x}")).collect()
}

/// Returns what podweave reads, in the form that the Java program prints.
fn ours(text: &str) -> Result<String, String> {
    let document = Format::Properties
        .read(text, 0)
        .map_err(|mistake| mistake.message)?;
    let read: BTreeMap<Vec<u16>, String> = leaves(&document)
        .iter()
        .map(|leaf| {
            (
                leaf.name().encode_utf16().collect(),
                hex(leaf.scalar.text.encode_utf16()),
            )
        })
        .collect();
    Ok(read.iter().fold("ok".to_owned(), |line, (name, value)| {
        format!("{line} {}={value}", hex(name.iter().copied()))
    }))
}

#[test]
fn documents_are_read_as_java_util_properties_reads_them() {
    let mut random = random();
    let mut texts = documents(&mut random, &WORDS, 24);
    texts.extend((0..texts.len()).map(|_| bytes(&mut random)).collect::<Vec<_>>());
    // podweave skips a byte order mark.
    texts.retain(|text| !text.starts_with('\u{feff}'));
    let input: String = texts
        .iter()
        .map(|text| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n")
        .collect();
    let output = answer(
        Command::new("java").arg(beside("LoadProperties.java")),
        input.as_bytes(),
    );
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut differences = Vec::new();
    for (text, theirs) in texts.iter().zip(output.lines()) {
        let (kind, is_same) = match (ours(text), theirs) {
            (Ok(ours), theirs) => ("the same", ours == theirs),
            (Err(_), "malformed") => ("refused by both", true),
            (Err(message), "duplicate") => (
                "refused, a duplicate",
                message.starts_with("duplicate key") || message.contains("half of a character"),
            ),
            (Err(message), _) => (
                "refused, half of a character",
                message == "a `\\u` escape is half of a character",
            ),
        };
        *counts.entry(kind).or_default() += 1;
        if !is_same {
            differences.push((text, ours(text), theirs));
        }
    }
    println!("{counts:?}");
    assert_eq!(output.lines().count(), texts.len());
    assert!(counts["the same"] > texts.len() / 4);
    no_differences(&differences);
}

//! Reads arbitrary untrusted text: there is no panic, the time is limited, and messages are printable and
//! contain no value.
//!
//! A few seconds by default. `BOLERO_RANDOM_ITERATIONS` and `BOLERO_RANDOM_TEST_TIME_MS` let it run longer,
//! `BOLERO_RANDOM_SEED` repeats a failure.

use std::time::Duration;

use podweave_formats::{Format, Layer, Lists, Mistake, Node, indices_to_lists, leaves, merge};

/// The time for each target, unless the environment sets another.
const TIME: Duration = Duration::from_millis(700);

/// Text that must never be in a message. It is never part of a name: it follows what separates a name from a
/// value.
const MARKER: &str = "qvqvqv";

const WORDS: [&str; 68] = [
    "a",
    "b",
    "a.b",
    "a[0]",
    "[",
    "]",
    "{",
    "}",
    ":",
    ": ",
    "=",
    " = ",
    "\n",
    "\n  ",
    "- ",
    ",",
    "\"",
    "'",
    "\\",
    "\\u00e9",
    "\\ud83d",
    "#",
    " #",
    ";",
    "!",
    "&x ",
    "*x",
    "<<: ",
    "!!int ",
    "!!str ",
    "|",
    ">",
    "---",
    "...",
    "%",
    "null",
    "~",
    "true",
    "yes",
    "0440",
    "0x1F",
    "1.10",
    "1e3",
    ".inf",
    "nan",
    "1_000",
    "1979-05-27",
    "07:32:00",
    "[s]",
    "[[l]]",
    "\"\"\"",
    "'''",
    "export ",
    "$A",
    "${A}",
    "${A:-b}",
    "\r\n",
    "\t",
    "\u{feff}",
    "\u{2028}",
    "é",
    "😀",
    "\u{7f}",
    " ",
    "a.b: ",
    "\nspring.config.activate.on-profile: ",
    "\n#---\n",
    "\n---\n",
];

fn near(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| {
            WORDS
                .get(usize::from(*byte))
                .map_or_else(|| char::from(*byte).to_string(), |word| (*word).to_owned())
        })
        .collect()
}

fn texts(bytes: &[u8]) -> [String; 2] {
    [near(bytes), String::from_utf8_lossy(bytes).into_owned()]
}

fn check(mistake: &Mistake) {
    let text = mistake.text();
    assert!(!text.is_empty() && text.len() < 1000, "{text}");
    assert!(
        !text
            .contains(|next: char| next.is_control() || matches!(next, '\u{2028}' | '\u{2029}' | '\u{202e}')),
        "{text:?}"
    );
}

fn read(format: Format, text: &str) -> Option<Node> {
    format.read(text, 0).inspect_err(check).ok()
}

#[test]
fn documents_of_any_text_are_read_or_refused_in_print() {
    bolero::check!()
        .with_test_time(TIME)
        .with_max_len(400)
        .for_each(|bytes: &[u8]| {
            for text in texts(bytes) {
                for (_, format) in Format::ALL {
                    let Some(node) = read(format, &text) else { continue };
                    leaves(&node)
                        .iter()
                        .for_each(|leaf| assert!(leaf.name().len() < 100_000));
                    for (_, format) in Format::ALL {
                        let Ok(written) = format.write(&node).inspect_err(check) else {
                            continue;
                        };
                        let again = read(format, &written);
                        assert!(again.is_some(), "{format:?} reads what it wrote: {written:?}");
                    }
                }
            }
        });
}

#[test]
fn references_in_any_text_are_followed_or_refused_in_print() {
    bolero::check!()
        .with_test_time(TIME)
        .with_max_len(200)
        .for_each(|bytes: &[u8]| {
            for text in texts(bytes) {
                let _ = Format::read_env_with_references(&text, 0).inspect_err(check);
            }
        });
}

#[test]
fn documents_of_any_text_are_chosen_by_profiles() {
    bolero::check!()
        .with_test_time(TIME)
        .with_max_len(300)
        .for_each(|bytes: &[u8]| {
            for text in texts(bytes) {
                for format in [Format::Yaml, Format::Properties] {
                    let Ok(node) = format
                        .read_for_profiles(&text, 0, &["a".to_owned()])
                        .inspect_err(check)
                    else {
                        continue;
                    };
                    let _ = Format::Yaml.write(&node).inspect_err(check);
                    let _ = Format::Properties.write(&node).inspect_err(check);
                }
            }
        });
}

#[test]
fn documents_of_any_text_are_merged() {
    bolero::check!()
        .with_test_time(TIME)
        .with_max_len(300)
        .for_each(|bytes: &[u8]| {
            let (below, over) = bytes.split_at(bytes.len() / 2);
            for (_, format) in Format::ALL {
                let (Some(below), Some(over)) =
                    (read(format, &near(below)), read(Format::Properties, &near(over)))
                else {
                    continue;
                };
                for is_flat in [true, false] {
                    let mut result = below.clone();
                    merge(
                        &mut result,
                        over.clone(),
                        Layer {
                            lists: Lists::Append,
                            is_flat,
                        },
                    );
                    indices_to_lists(&mut result);
                    let _ = Format::Yaml.write(&result).inspect_err(check);
                }
            }
        });
}

#[test]
fn values_never_show_in_a_message() {
    bolero::check!()
        .with_test_time(TIME)
        .with_max_len(64)
        .for_each(|bytes: &[u8]| {
            // The fuzzed text stays inside the value, whatever it contains: a message may show a name.
            let fuzzed = near(bytes).replace(['\n', '\r', '{', '?', ',', '#', ':', '=', '.', '['], "");
            for (format, text) in [
                (Format::Yaml, format!("a:\n  password: {fuzzed}{MARKER}")),
                (Format::Json, format!("{{\"password\": {fuzzed}{MARKER}}}")),
                (Format::Toml, format!("password = {fuzzed}{MARKER}")),
                (Format::Properties, format!("password={fuzzed}{MARKER}")),
                (Format::Env, format!("PASSWORD={fuzzed}{MARKER}")),
                (Format::Ini, format!("password={fuzzed}{MARKER}")),
            ] {
                match format.read(&text, 0) {
                    Err(mistake) => assert!(!mistake.text().contains(MARKER), "{}", mistake.text()),
                    Ok(node) => {
                        assert!(!format!("{node:?}").contains(MARKER));
                        for (_, other) in Format::ALL {
                            let _ = other.write(&node).inspect_err(|mistake| {
                                assert!(!mistake.text().contains(MARKER), "{}", mistake.text())
                            });
                        }
                    }
                }
            }
        });
}

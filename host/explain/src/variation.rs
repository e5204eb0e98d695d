//! Computes other values for a value that are similar to it, so that a plugin that checks its inputs accepts
//! at least some of them. The same value always has the same variations.

use serde_json::Value as Json;

/// The most places of a document that are changed one at a time: its lines, or its values if it has one line.
pub const MAX_PLACES: usize = 200;

/// The most values of a list or a map in one of the lines that are changed one at a time.
const MAX_PLACES_IN_LINE: usize = 8;

/// The largest document, in bytes, whose lines are changed one at a time.
const MAX_DOCUMENT_BYTES: usize = 256 * 1024;

/// Words that often replace each other.
const FAMILIES: [&[&str]; 5] = [
    &["true", "false"],
    &["yes", "no"],
    &["on", "off"],
    &["enabled", "disabled"],
    &["info", "debug", "warn", "error", "warning", "trace"],
];

/// Values to try for a missing input: a word, and texts that look like numbers, switches and documents.
pub const GUESSES: [&str; 6] = ["podweave", "1", "true", "0", "false", "{}"];

/// Another value: one part of the original is replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variation {
    /// The changed line, counted from 1, if the value has several lines.
    pub line: Option<usize>,
    from: usize,
    to: usize,
    with: String,
}

impl Variation {
    /// Returns the other value. `text` is the value that this is a variation of.
    pub fn of(&self, text: &str) -> String {
        format!("{}{}{}", &text[..self.from], self.with, &text[self.to..])
    }
}

/// Returns other values for a value.
pub fn variations(text: &str) -> Vec<Variation> {
    let body = text.trim_end_matches('\n');
    let whole = |with: String| Variation {
        line: None,
        from: 0,
        to: body.len(),
        with,
    };
    let is_small = text.len() <= MAX_DOCUMENT_BYTES;
    let mut variations: Vec<Variation> = match serde_json::from_str(body) {
        _ if body.contains('\n') && is_small => by_line(text),
        Ok(document @ (Json::Object(_) | Json::Array(_))) if is_small => (0..MAX_PLACES)
            .map_while(|place| with_other_leaf(&document, place))
            .map(whole)
            .collect(),
        _ => of_word(body).into_iter().map(whole).collect(),
    };
    if body.contains('\n') {
        variations.push(whole(format!("{body}x")));
    }
    match body.as_bytes() {
        [] => {}
        [b'{', ..] if body != "{}" => variations.push(whole("{}".to_owned())),
        [b'[', ..] if body != "[]" => variations.push(whole("[]".to_owned())),
        _ => variations.push(whole(String::new())),
    }
    variations
}

/// Changes one line of the document at a time, for each line that has content.
fn by_line(text: &str) -> Vec<Variation> {
    let mut start = 0;
    let lines = text.split_inclusive('\n').enumerate().map(|(index, line)| {
        start += line.len();
        (index + 1, start - line.len(), line)
    });
    let places = lines
        .filter_map(|(number, start, line)| Some((number, start, line, value_in_line(line)?)))
        .take(MAX_PLACES);
    let others = places.flat_map(|(number, start, line, (from, to))| {
        let others = of_value(&line[from..to]).into_iter();
        others.map(move |with| Variation {
            line: Some(number),
            from: start + from,
            to: start + to,
            with,
        })
    });
    others.collect()
}

/// Finds the value in a line of YAML, TOML, INI, properties or indented JSON, without quotes, commas and
/// opening brackets; the whole line if it has no key. `None` for a line that only closes or separates
/// something.
fn value_in_line(line: &str) -> Option<(usize, usize)> {
    let said = line.trim_end();
    if said.starts_with("---")
        || said
            .trim_start_matches([' ', '\t'])
            .chars()
            .all(|c| "{}[](),;".contains(c))
    {
        return None;
    }
    let mut to = said
        .trim_end_matches(',')
        .trim_end_matches(['{', '[', '|', '>'])
        .trim_end()
        .len();
    let separators = [": ", "=", ":"]
        .into_iter()
        .filter_map(|separator| said[..to].find(separator).map(|at| at + separator.len()));
    let mut from = separators.min().unwrap_or(0);
    from += said[from..to].len() - said[from..to].trim_start().len();
    if said[from..to].starts_with("- ") {
        from += 2;
    }
    for quote in ['"', '\''] {
        if to - from >= 2 && said[from..to].starts_with(quote) && said[from..to].ends_with(quote) {
            (from, to) = (from + 1, to - 1);
        }
    }
    (from < to).then_some((from, to))
}

/// Returns other values for a value in a line, which can be a list or a map in brackets.
fn of_value(value: &str) -> Vec<String> {
    let inner = [('{', '}'), ('[', ']')]
        .into_iter()
        .find_map(|(open, close)| value.strip_prefix(open)?.strip_suffix(close));
    match (inner, serde_json::from_str(value)) {
        (Some(_), Ok(document)) => (0..MAX_PLACES_IN_LINE)
            .map_while(|place| with_other_leaf(&document, place))
            .collect(),
        (Some(inner), Err(_)) => {
            let (before, body) = (&value[..1 + inner.len() - inner.trim_start().len()], inner.trim());
            let after = &value[before.len() + body.len()..];
            of_word(body)
                .into_iter()
                .map(|other| format!("{before}{other}{after}"))
                .collect()
        }
        (None, _) => of_word(value),
    }
}

/// Returns the document with the leaf of this number changed.
fn with_other_leaf(document: &Json, mut place: usize) -> Option<String> {
    let mut document = document.clone();
    let changed = change_leaf(&mut document, &mut place);
    changed.then(|| document.to_string())
}

fn change_leaf(node: &mut Json, place: &mut usize) -> bool {
    match node {
        Json::Object(fields) => fields.values_mut().any(|field| change_leaf(field, place)),
        Json::Array(elements) => elements.iter_mut().any(|element| change_leaf(element, place)),
        _ if *place > 0 => {
            *place -= 1;
            false
        }
        leaf => {
            *leaf = match leaf {
                Json::Bool(is) => (!*is).into(),
                Json::Number(number) => number.as_i64().map_or_else(
                    || Json::from(number.as_f64().unwrap_or_default() / 2.0 + 0.25),
                    |n| n.wrapping_add(1).into(),
                ),
                Json::String(text) => of_word(text).into_iter().next().unwrap_or_default().into(),
                _ => "podweave".into(),
            };
            true
        }
    }
}

/// Returns other words for a word: the rest of its family; otherwise with its last and its first number up
/// and down by one, and, unless it is a number, with an additional letter.
fn of_word(word: &str) -> Vec<String> {
    if word.is_empty() {
        return GUESSES.iter().map(|guess| (*guess).to_owned()).collect();
    }
    let lower = word.to_lowercase();
    if let Some(family) = FAMILIES.iter().find(|family| family.contains(&lower.as_str())) {
        return family
            .iter()
            .filter(|other| **other != lower)
            .map(|other| in_case_of(word, other))
            .collect();
    }
    let mut others: Vec<String> = Vec::new();
    let mut add = |other: Option<String>| others.extend(other.filter(|other| other != word));
    let numbers = numbers_in(word);
    for place in [numbers.last(), numbers.first().filter(|_| numbers.len() > 1)]
        .into_iter()
        .flatten()
    {
        add(stepped(word, *place, |number| number.checked_add(1)));
        add(stepped(word, *place, |number| number.checked_sub(1)));
    }
    if word.parse::<f64>().is_ok_and(f64::is_finite) {
        // With an additional letter it would not be a number.
        add(Some("0".to_owned()));
        return others;
    }
    add(Some(format!("{word}x")));
    // A plugin that cuts its input, or checks only the first letter, sees a difference here.
    add(word
        .chars()
        .next()
        .filter(char::is_ascii_lowercase)
        .map(|first| format!("{}{}", if first == 'x' { 'y' } else { 'x' }, &word[1..])));
    others.dedup();
    others
}

fn in_case_of(word: &str, other: &str) -> String {
    let is_upper = |text: &str| text.chars().all(char::is_uppercase);
    match word.chars().next() {
        Some(_) if is_upper(word) => other.to_uppercase(),
        Some(first) if first.is_uppercase() => format!("{}{}", other[..1].to_uppercase(), &other[1..]),
        _ => other.to_owned(),
    }
}

/// Finds the numbers in a word.
fn numbers_in(word: &str) -> Vec<(usize, usize)> {
    let mut numbers: Vec<(usize, usize)> = Vec::new();
    for (at, _) in word.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit()) {
        match numbers.last_mut() {
            Some((_, end)) if *end == at => *end += 1,
            _ => numbers.push((at, at + 1)),
        }
    }
    numbers
}

fn stepped(word: &str, (from, to): (usize, usize), step: impl Fn(u64) -> Option<u64>) -> Option<String> {
    let number = step(word[from..to].parse().ok()?)?;
    Some(format!(
        "{}{number:0width$}{}",
        &word[..from],
        &word[to..],
        width = to - from
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        variations(text)
            .iter()
            .map(|variation| variation.of(text))
            .collect()
    }

    #[test]
    fn a_switch_is_thrown_and_keeps_its_case() {
        assert_eq!(texts("true"), ["false", ""]);
        assert_eq!(texts("No"), ["Yes", ""]);
        assert_eq!(texts("OFF\n"), ["ON\n", "\n"]);
    }

    #[test]
    fn a_number_becomes_another_number_with_its_unit() {
        for (text, other) in [
            ("8080", "8081"),
            ("65535", "65534"),
            ("512Mi", "513Mi"),
            ("10.0.0.9", "10.0.0.10"),
            ("007", "008"),
            ("0.5", "0.6"),
            ("-1", "-2"),
        ] {
            assert!(
                texts(text).contains(&other.to_owned()),
                "{text}: {:?}",
                texts(text)
            );
        }
    }

    #[test]
    fn a_document_in_one_line_stays_one() {
        let others = texts(r#"{"a":1,"b":["x",true,null],"c":1.5}"#);
        assert_eq!(others.len(), 6, "{others:?}");
        for other in &others {
            assert!(serde_json::from_str::<Json>(other).is_ok(), "{other}");
        }
    }

    #[test]
    fn lines_of_a_document_change_one_at_a_time_and_say_which() {
        let properties = "# comment\nport=80\n\n[section]\nname = \"web\"\n";
        let lines: Vec<Option<usize>> = variations(properties)
            .iter()
            .map(|variation| variation.line)
            .collect();
        assert!(lines.contains(&Some(2)) && lines.contains(&Some(5)), "{lines:?}");
        assert!(!lines.contains(&Some(3)), "{lines:?}");
        assert!(texts(properties).contains(&properties.replace("80", "81")));
        assert!(texts(properties).contains(&properties.replace("web", "webx")));
    }

    #[test]
    fn yaml_and_indented_json_can_still_be_read() {
        let yaml =
            "list:\n  - one\n  - \"two\"\nnested:\n  on: true\n  text: 'a b'\nflow: [a, b]\nmap: {a: 1}\n";
        let json = "{\n  \"a\": \"x\",\n  \"b\": [\n    1,\n    \"y\"\n  ],\n  \"c\": { \"d\": true }\n}\n";
        for text in [yaml, json] {
            for variation in variations(text)
                .iter()
                .filter(|variation| variation.line.is_some())
            {
                let other = variation.of(text);
                assert!(podweave_core::yaml::document(&other).is_ok(), "{other}");
            }
        }
        for variation in variations(json)
            .iter()
            .filter(|variation| variation.line.is_some())
        {
            let other = variation.of(json);
            assert!(serde_json::from_str::<Json>(&other).is_ok(), "{other}");
        }
    }

    #[test]
    fn no_variation_is_the_value_itself() {
        for text in [
            "",
            "x",
            "0",
            "true",
            "ä",
            "üx9",
            "a\nb\n",
            "=\n:\n",
            "\"\n'\n,\n",
            "{}",
            "[1]",
            "18446744073709551615",
            "- \n-\n",
            "a: \"\n\n",
        ] {
            assert!(
                texts(text).iter().all(|other| other != text),
                "{text:?}: {:?}",
                texts(text)
            );
        }
    }
}

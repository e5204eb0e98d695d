//! From YAML to values: the 1.2 core schema, one document, with a bound on what aliases can blow up.
//!
//! serde-saphyr would do this, too, but its reader makes the component three times as big; this stands on the same parser.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::Number;

use crate::value::{Data, Value};

/// How many values a document may stand for once its aliases are followed.
const MAX_VALUES: usize = 100_000;
const MAX_DEPTH: usize = 64;

/// Reads a document. The error says what is wrong and where, without repeating what the document says.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    let mut loader = Loader { open: Vec::new(), anchors: BTreeMap::new(), document: None, budget: MAX_VALUES };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| format!("{} is not well-formed", place(error.marker())))?;
        loader.event(event).map_err(|message| format!("{} {message}", place(&span.start)))?;
    }
    Ok(loader.document.map_or(Data::Null.into(), |sized| sized.value))
}

fn place(marker: &granit_parser::Marker) -> String {
    format!("its line {}, column {}", marker.line(), marker.col() + 1)
}

/// A value, and how many values it stands for.
#[derive(Clone)]
struct Sized {
    value: Value,
    size: usize,
}

/// A list or a map whose end was not seen yet.
enum Open {
    List { anchor: usize, size: usize, items: Vec<Value> },
    Map { anchor: usize, size: usize, members: BTreeMap<String, Value>, merged: Vec<Value>, key: Option<String> },
}

struct Loader {
    open: Vec<Open>,
    anchors: BTreeMap<usize, Sized>,
    document: Option<Sized>,
    budget: usize,
}

impl Loader {
    fn event(&mut self, event: Event<'_>) -> Result<(), &'static str> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar(&text, style, tag.as_deref())?;
                self.finish(anchor, Sized { value, size: 1 })
            }
            Event::Alias(anchor) => {
                let target = self.anchors.get(&anchor).cloned().ok_or("refers to an anchor inside of itself")?;
                self.finish(0, target)
            }
            Event::SequenceStart(_, anchor, tag) => {
                collection(tag.as_deref(), "seq")?;
                self.enter(Open::List { anchor, size: 1, items: Vec::new() })
            }
            Event::MappingStart(_, anchor, tag) => {
                collection(tag.as_deref(), "map")?;
                self.enter(Open::Map { anchor, size: 1, members: BTreeMap::new(), merged: Vec::new(), key: None })
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List { anchor, size, items }) => self.finish(anchor, Sized { value: Value::list(items), size }),
                Some(Open::Map { anchor, size, members, merged, .. }) => {
                    let value = Value::map(merge(members, merged)?);
                    self.finish(anchor, Sized { value, size })
                }
                None => Ok(()),
            },
            Event::DocumentStart(..) if self.document.is_some() => Err("begins a second document"),
            _ => Ok(()),
        }
    }

    fn enter(&mut self, open: Open) -> Result<(), &'static str> {
        if self.open.len() == MAX_DEPTH {
            return Err("nests too deep");
        }
        self.open.push(open);
        Ok(())
    }

    /// A value is complete: it goes where it belongs.
    fn finish(&mut self, anchor: usize, sized: Sized) -> Result<(), &'static str> {
        if anchor != 0 {
            self.anchors.insert(anchor, sized.clone());
        }
        let Sized { value, size: added } = sized;
        match self.open.last_mut() {
            None => self.document = Some(Sized { value, size: added }),
            Some(Open::List { size, items, .. }) => {
                *size += added;
                items.push(value);
            }
            Some(Open::Map { size, members, merged, key, .. }) => {
                *size += added;
                match key.take() {
                    None => *key = Some(value.as_scalar().ok_or("has a key that is no scalar")?.into_owned()),
                    Some(key) if key == "<<" => merged.push(value),
                    Some(key) => {
                        if members.insert(key, value).is_some() {
                            return Err("has a key a second time");
                        }
                    }
                }
            }
        }
        self.budget = self.budget.checked_sub(added).ok_or("makes too many values of its aliases")?;
        Ok(())
    }
}

/// `<<: *defaults`: what a map takes from others unless it has it itself; an earlier one wins.
fn merge(mut members: BTreeMap<String, Value>, merged: Vec<Value>) -> Result<BTreeMap<String, Value>, &'static str> {
    for value in merged {
        let sources = match &value.data {
            Data::List(items) => items.as_slice(),
            _ => std::slice::from_ref(&value),
        };
        for source in sources {
            let Data::Map(source) = &source.data else { return Err("merges (`<<`) what is no map") };
            for (key, value) in &**source {
                members.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    Ok(members)
}

fn collection(tag: Option<&Tag>, wanted: &str) -> Result<(), &'static str> {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema_tag(wanted) => Err("has a tag that is not supported"),
        _ => Ok(()),
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, &'static str> {
    match tag.map(Tag::core_suffix) {
        None if style != ScalarStyle::Plain => Ok(Value::text(text)),
        None => plain(text),
        Some(Some("str")) => Ok(Value::text(text)),
        Some(Some(wanted @ ("null" | "bool" | "int" | "float"))) => {
            let value = plain(text)?;
            let fits = match (&value.data, wanted) {
                (Data::Null, "null") | (Data::Bool(_), "bool") | (Data::Number(_), "float") => true,
                (Data::Number(number), "int") => !number.is_f64(),
                _ => false,
            };
            if fits { Ok(value) } else { Err("has a tag that its text does not fit") }
        }
        Some(_) => Err("has a tag that is not supported"),
    }
}

/// What text without quotes is.
fn plain(text: &str) -> Result<Value, &'static str> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Data::Null.into(),
        "true" | "True" | "TRUE" => true.into(),
        "false" | "False" | "FALSE" => false.into(),
        _ => match number(text)? {
            Some(number) => Data::Number(number).into(),
            None => Value::text(text),
        },
    })
}

fn number(text: &str) -> Result<Option<Number>, &'static str> {
    let integer = |digits: &str, radix| i64::from_str_radix(digits, radix).map(Number::from).map_err(|_| "has a number that is too big");
    let is = |digits: &str, radix| !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    if let Some(digits) = text.strip_prefix("0o").filter(|digits| is(digits, 8)) {
        return integer(digits, 8).map(Some);
    }
    if let Some(digits) = text.strip_prefix("0x").filter(|digits| is(digits, 16)) {
        return integer(digits, 16).map(Some);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if is(unsigned, 10) {
        // YAML 1.2 reads 0440 as 440, YAML 1.1 and Kubernetes as 288: nobody can tell what was meant.
        if unsigned.len() > 1 && unsigned.starts_with('0') {
            return Err("has a number that begins with 0: write 0o440 for octal, or put it in quotes");
        }
        return integer(text, 10).map(Some);
    }
    if [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(&unsigned) {
        return Err("has a number that is not finite");
    }
    if !unsigned.starts_with(|next: char| next == '.' || next.is_ascii_digit()) || !unsigned.contains(|next: char| next.is_ascii_digit()) {
        return Ok(None);
    }
    let looks = unsigned.chars().all(|next| next.is_ascii_digit() || matches!(next, '.' | 'e' | 'E' | '+' | '-'));
    Ok(if looks { text.parse().ok().and_then(Number::from_f64) } else { None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(yaml: &str) -> String {
        parse(yaml).map_or_else(|error| error, |value| serde_json::to_string(&value).unwrap())
    }

    #[test]
    fn scalars_are_those_of_the_core_schema() {
        let yaml = "[~, true, False, no, 12, -3, +4, 0o17, 0x1F, 1.5, 1e3, .5, 1.2.3, '1', !!str 1, a b, \"\"]";
        assert_eq!(json(yaml), r#"[null,true,false,"no",12,-3,4,15,31,1.5,1000.0,0.5,"1.2.3","1","1","a b",""]"#);
    }

    #[test]
    fn maps_are_sorted_and_may_merge() {
        assert_eq!(json("d: &d {b: 1, a: 2}\nx:\n  <<: *d\n  b: 3\n"), r#"{"d":{"a":2,"b":1},"x":{"a":2,"b":3}}"#);
    }

    #[test]
    fn nothing_is_null() {
        assert_eq!(json(""), "null");
    }

    #[test]
    fn mistakes_are_named_by_their_place_only() {
        assert_eq!(json("a: 1\n b: 2"), "its line 2, column 3 is not well-formed");
        assert_eq!(json("a: 1\na: 2"), "its line 2, column 4 has a key a second time");
        assert_eq!(json("a: !x 1"), "its line 1, column 7 has a tag that is not supported");
        assert_eq!(json("a\n---\nb"), "its line 2, column 1 begins a second document");
        assert_eq!(json("a: .inf"), "its line 1, column 4 has a number that is not finite");
        assert_eq!(json("a: 0440"), "its line 1, column 4 has a number that begins with 0: write 0o440 for octal, or put it in quotes");
        assert_eq!(json("a: 99999999999999999999"), "its line 1, column 4 has a number that is too big");
    }

    #[test]
    fn aliases_cannot_blow_up() {
        let mut bomb = String::from("a0: &a0 [x]\n");
        for level in 1..30 {
            bomb.push_str(&format!("a{level}: &a{level} [*a{0}, *a{0}]\n", level - 1));
        }
        assert!(json(&bomb).ends_with("makes too many values of its aliases"));
    }

    #[test]
    fn depth_is_bounded() {
        assert!(json(&format!("{}{}", "[".repeat(100), "]".repeat(100))).ends_with("nests too deep"));
    }
}

//! Converts between documents and values. [`podweave_formats`] reads and writes them, so this reads the same
//! as `dotenv` and `layers`.

use std::rc::Rc;

use podweave_formats::{Format, Kind, Map, Mistake, Node, Place, Scalar, Value as Tree, read_yaml};

use crate::number::Number;
use crate::value::{Data, Members, Name, Value};

/// Reads JSON, written by hand or by a program.
pub(crate) fn parse_json(text: &str) -> Result<Value, Mistake> {
    Format::Json.read(text, 0).map(|node| value(&node, true))
}

/// Reads one document of YAML.
pub(crate) fn parse_yaml(text: &str) -> Result<Value, Mistake> {
    read_yaml(text, 0).map(|node| value(&node, false))
}

/// Converts a node of a document. `is_json` says whether its numbers are as JSON writes them.
pub(crate) fn value(node: &Node, is_json: bool) -> Value {
    match &node.value {
        Tree::Scalar(scalar) => self::scalar(scalar, is_json),
        Tree::List(items) => Value::list(items.iter().map(|item| value(item, is_json)).collect()),
        Tree::Map(map) => {
            let member = |(name, node)| (Name::new(name, map.is_bare(name)), value(node, is_json));
            Value::map(map.members().into_iter().map(member).collect())
        }
    }
}

fn scalar(scalar: &Scalar, is_json: bool) -> Value {
    match scalar.kind {
        Kind::Null => Data::Null.into(),
        Kind::Boolean => scalar.text.eq_ignore_ascii_case("true").into(),
        Kind::Integer | Kind::Float => Data::Number(Rc::new(Number::new(scalar.clone(), is_json))).into(),
        Kind::Text | Kind::Date => Value::text(&*scalar.text),
        Kind::Bare => Value {
            is_bare: true,
            ..Value::text(&*scalar.text)
        },
    }
}

/// Writes JSON on one line.
pub(crate) fn json(value: &Value) -> Result<String, Mistake> {
    let mut out = String::new();
    compact(&mut out, value)?;
    Ok(out)
}

/// Writes JSON on several lines, indented by two spaces.
pub(crate) fn pretty_json(value: &Value) -> Result<String, Mistake> {
    write(Format::Json, &node(value))
}

/// Writes YAML in block style.
pub(crate) fn yaml(value: &Value) -> Result<String, Mistake> {
    write(Format::Yaml, &node(value))
}

/// Writes a map as TOML.
pub(crate) fn toml(value: &Value) -> Result<String, Mistake> {
    match null(value, "") {
        Some(path) => Err(Mistake {
            place: Place::default(),
            message: format!("TOML has no null, which `{path}` is: leave it out, or give it a value"),
        }),
        None => write(Format::Toml, &node(value)),
    }
}

/// Writes text in double quotes, as JSON and YAML read it.
pub(crate) fn quote(text: &str) -> Result<String, Mistake> {
    json(&Value::text(text))
}

fn write(format: Format, node: &Node) -> Result<String, Mistake> {
    format
        .write(node)
        .map(|text| text.trim_end_matches('\n').to_owned())
}

fn compact(out: &mut String, value: &Value) -> Result<(), Mistake> {
    match &value.data {
        Data::List(items) => {
            for (index, item) in items.iter().enumerate() {
                out.push(if index == 0 { '[' } else { ',' });
                compact(out, item)?;
            }
            out.push_str(if items.is_empty() { "[]" } else { "]" });
        }
        Data::Map(members) => {
            for (index, (name, member)) in members.iter().enumerate() {
                out.push(if index == 0 { '{' } else { ',' });
                out.push_str(&quote(name.as_str())?);
                out.push(':');
                compact(out, member)?;
            }
            out.push_str(if members.is_empty() { "{}" } else { "}" });
        }
        _ => out.push_str(&write(Format::Json, &node(value))?),
    }
    Ok(())
}

/// Converts the value to a document. Parts of the context must be read before:
/// [`crate::render::Facts::whole`].
fn node(value: &Value) -> Node {
    let tree = match &value.data {
        Data::Null | Data::Fact(_) | Data::Overlay(_) => scalar_tree(Kind::Null, "null"),
        Data::Bool(flag) => scalar_tree(Kind::Boolean, if *flag { "true" } else { "false" }),
        Data::Number(number) => Tree::Scalar(number.scalar.clone()),
        Data::Text(text) => scalar_tree(if value.is_bare { Kind::Bare } else { Kind::Text }, text),
        Data::List(items) => Tree::List(items.iter().map(node).collect()),
        Data::Map(members) => Tree::Map(map(members)),
    };
    Node {
        value: tree,
        place: Place::default(),
    }
}

fn map(members: &Members) -> Map {
    let mut map = Map::default();
    for (name, member) in members {
        if name.is_bare {
            map.set_bare(name.as_str(), node(member));
        } else {
            map.set(name.as_str(), node(member));
        }
    }
    map
}

fn scalar_tree(kind: Kind, text: &str) -> Tree {
    Tree::Scalar(Scalar::new(kind, text))
}

/// Finds the path of the first null in a value.
fn null(value: &Value, path: &str) -> Option<String> {
    match &value.data {
        Data::Null => Some(path.to_owned()),
        Data::List(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| null(item, &format!("{path}[{index}]"))),
        Data::Map(members) => members
            .iter()
            .find_map(|(name, member)| null(member, &podweave_formats::params::member(path, name.as_str()))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json_of(yaml: &str) -> String {
        parse_yaml(yaml)
            .and_then(|value| json(&value))
            .unwrap_or_else(|mistake| mistake.text())
    }

    fn yaml_of(yaml: &str) -> String {
        parse_yaml(yaml)
            .and_then(|value| self::yaml(&value))
            .unwrap_or_else(|mistake| mistake.text())
    }

    #[test]
    fn scalars_are_those_of_the_core_schema() {
        let yaml =
            "[~, true, False, maybe, 12, -3, +4, 0o17, 0x1F, 1.50, 1e3, .5, 1.2.3, '1', !!str 1, a b, \"\"]";
        assert_eq!(
            json_of(yaml),
            r#"[null,true,false,"maybe",12,-3,4,15,31,1.50,1e3,0.5,"1.2.3","1","1","a b",""]"#
        );
    }

    #[test]
    fn maps_are_sorted_and_may_merge() {
        assert_eq!(
            json_of("d: &d {b: 1, a: 2}\nx:\n  <<: *d\n  b: 3\n"),
            r#"{"d":{"a":2,"b":1},"x":{"a":2,"b":3}}"#
        );
    }

    #[test]
    fn nothing_is_null() {
        assert_eq!(json_of(""), "null");
    }

    #[test]
    fn what_versions_of_yaml_disagree_about_is_refused_in_json() {
        for yaml in [
            "tls: no",
            "on: push",
            "port: 0440",
            "mode: 0o17",
            "a: .inf",
            "8080: x",
            "a: 1.10",
            "- yes\n- 'yes'",
        ] {
            let written = yaml.replace("'yes'", "\"yes\"");
            assert_eq!(yaml_of(yaml), written);
        }
        for yaml in ["tls: no", "a: [Off]", "port: 0440", "a: .inf"] {
            assert!(
                json_of(yaml).starts_with("JSON cannot hold "),
                "{yaml}: {}",
                json_of(yaml)
            );
        }
    }

    #[test]
    fn numbers_of_any_size_keep_their_digits() {
        assert_eq!(
            json_of("a: 123456789012345678901234567890"),
            r#"{"a":123456789012345678901234567890}"#
        );
        assert_eq!(
            json(&parse_json("[1.10,1e6,12345678901234567890.0]").unwrap()).unwrap(),
            "[1.10,1e6,12345678901234567890.0]"
        );
    }

    #[test]
    fn toml_says_where_null_is() {
        let value = parse_yaml("a: 1\nb:\n- c.d: ~\n").unwrap();
        assert_eq!(
            toml(&value).unwrap_err().text(),
            "TOML has no null, which `b[0][\"c.d\"]` is: leave it out, or give it a value"
        );
    }
}

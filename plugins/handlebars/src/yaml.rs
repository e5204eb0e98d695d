//! From YAML to values: one document, the 1.2 core schema, within the limits of [`podweave_formats`].

use podweave_formats::{Kind, Mistake, Node, Place, Scalar, Value as Document, read_yaml};
use serde_json::Number;

use crate::value::{Data, Value};

/// Reads a document.
pub(crate) fn parse(text: &str) -> Result<Value, Mistake> {
    value(&read_yaml(text, 0)?)
}

fn value(node: &Node) -> Result<Value, Mistake> {
    match &node.value {
        Document::Scalar(scalar) => self::scalar(scalar, node.place),
        Document::List(items) => Ok(Value::list(items.iter().map(value).collect::<Result<_, _>>()?)),
        Document::Map(map) => {
            let members = map.members().into_iter().map(|(name, node)| Ok((name.to_owned(), value(node)?)));
            Ok(Value::map(members.collect::<Result<_, _>>()?))
        }
    }
}

fn scalar(scalar: &Scalar, place: Place) -> Result<Value, Mistake> {
    let number = |parse: fn(&str) -> Option<Number>| {
        let decimal = scalar.decimal().map_err(|reason| Mistake { place, message: format!("it has {reason}") })?;
        parse(&decimal).map(|number| Data::Number(number).into()).ok_or_else(|| Mistake { place, message: "it has a number that is too big".to_owned() })
    };
    match scalar.kind {
        Kind::Null => Ok(Data::Null.into()),
        Kind::Boolean => Ok(scalar.text.eq_ignore_ascii_case("true").into()),
        Kind::Integer => number(|text| text.parse::<i64>().ok().map(Number::from)),
        Kind::Float => number(|text| text.parse().ok().and_then(Number::from_f64)),
        Kind::Text | Kind::Bare | Kind::Date => Ok(Value::text(&*scalar.text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(yaml: &str) -> String {
        parse(yaml).map_or_else(|mistake| mistake.text(), |value| serde_json::to_string(&value).unwrap())
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
    fn numbers_that_no_template_can_have_are_refused_with_their_line() {
        assert_eq!(json("a: .inf"), "line 1: it has a number that is not finite");
        assert_eq!(json("a: 1\nb: 99999999999999999999"), "line 2: it has a number that is too big");
        assert_eq!(json("a: 1e999"), "line 1: it has a number that is too big");
        assert!(json("a: 0440").starts_with("line 1: it has a number that begins with 0"));
    }
}

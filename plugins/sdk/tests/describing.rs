//! Checks a plugin's description of itself.

use podweave_plugin::Description;

#[test]
fn a_description_is_one_json_object_of_the_given_fields() {
    let description = Description {
        name: "web",
        summary: "says \"hi\"",
        params: "{\"type\":\"object\"}\n",
        ..Description::default()
    };
    assert_eq!(
        description.to_json(),
        r#"{"name":"web","summary":"says \"hi\"","params":{"type":"object"}}"#
    );
}

#[test]
fn missing_fields_of_a_description_come_from_the_package() {
    let own = Description {
        summary: "own",
        ..Description::default()
    };
    let package = Description {
        name: "package",
        summary: "other",
        ..Description::default()
    };
    assert_eq!(own.or(package).to_json(), r#"{"name":"package","summary":"own"}"#);
}

#[test]
fn nothing_is_an_empty_object() {
    assert_eq!(Description::default().to_json(), "{}");
}

//! Reads the templates by the chapters of the specification of Handlebars.js: cases.json has ours,
//! recorded.json has the results of Handlebars.js.

use std::path::{Path, PathBuf};

use serde_json::Value;

#[allow(dead_code, reason = "the interop tests do not use our own results")]
pub struct Case {
    /// The chapter and the name.
    pub title: String,
    pub template: String,
    pub partials: Vec<(String, String)>,
    /// Our result, if it differs.
    pub ours: Option<String>,
    /// The message of our failure.
    pub fails: Option<String>,
    /// The words of the manual that document the difference.
    pub difference: Option<String>,
}

pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/handlebars_js")
        .join(name)
}

pub fn read_json(name: &str) -> Value {
    let path = path(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the values that all cases use, and the cases.
pub fn all() -> (Value, Vec<Case>) {
    let document = read_json("cases.json");
    let cases = document["cases"]
        .as_array()
        .expect("a list")
        .iter()
        .map(case)
        .collect();
    (document["values"].clone(), cases)
}

fn case(value: &Value) -> Case {
    let text = |name: &str| value[name].as_str().map(str::to_owned);
    let partials = value["partials"].as_object().into_iter().flatten();
    Case {
        title: format!(
            "{}: {}",
            value["chapter"].as_str().expect("a chapter"),
            value["name"].as_str().expect("a name")
        ),
        template: text("template").expect("a template"),
        partials: partials
            .map(|(name, text)| (name.clone(), text.as_str().expect("text").to_owned()))
            .collect(),
        ours: text("ours"),
        fails: text("fails"),
        difference: text("difference"),
    }
}

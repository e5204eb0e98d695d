//! The values that all templates use.

/// How many levels a body may assume below its own.
pub const LEVELS: usize = 3;

/// The values that all templates use: each level has the same names.
pub fn values() -> serde_json::Value {
    level(LEVELS)
}

fn level(levels: usize) -> serde_json::Value {
    let mut value = serde_json::json!({
        "name": format!("n{levels}"), "yes": true, "no": false, "zero": 0, "num": 42, "empty": "", "word": "w",
        "list": ["a", "b", "c"], "none": [], "map": { "j": 1, "k": "v" }, "my key": "spaced", "my-key": "dashed",
    });
    if levels > 0 {
        value["items"] = serde_json::json!([level(levels - 1), level(levels - 1)]);
        value["sub"] = level(levels - 1);
    }
    value
}

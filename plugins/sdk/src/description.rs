//! Defines a plugin's description of itself.

/// A plugin's description for `podweave plugin inspect`.
///
/// [`plugin!`](crate::plugin!) fills `name`, `version` and `summary` from the author's Cargo.toml where they
/// are left empty.
#[derive(Debug, Clone, Copy, Default)]
pub struct Description {
    /// The plugin's name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Says in one line what it does.
    pub summary: &'static str,
    /// A JSON Schema of its parameters, without references to other documents; `include_str!` it. Empty:
    /// none.
    pub params: &'static str,
    /// Example parameters, as JSON. Empty: none.
    pub example: &'static str,
}

impl Description {
    /// Returns this description, with missing fields taken from another.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        fn pick(this: &'static str, other: &'static str) -> &'static str {
            if this.is_empty() { other } else { this }
        }
        Self {
            name: pick(self.name, other.name),
            version: pick(self.version, other.version),
            summary: pick(self.summary, other.summary),
            params: pick(self.params, other.params),
            example: pick(self.example, other.example),
        }
    }

    /// Returns the JSON object that the contract's `describe` returns.
    pub fn to_json(&self) -> String {
        let text = |text: &str| serde_json::Value::from(text).to_string();
        let fields = [
            ("name", text(self.name), self.name.is_empty()),
            ("version", text(self.version), self.version.is_empty()),
            ("summary", text(self.summary), self.summary.is_empty()),
            // These two are already JSON: parsing them only to print them again would add code to every
            // plugin.
            ("params", self.params.trim().to_owned(), self.params.is_empty()),
            ("example", self.example.trim().to_owned(), self.example.is_empty()),
        ];
        let fields: Vec<String> = fields
            .iter()
            .filter(|field| !field.2)
            .map(|(name, json, _)| format!("\"{name}\":{json}"))
            .collect();
        format!("{{{}}}", fields.join(","))
    }
}

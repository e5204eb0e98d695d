//! The helpers of the handlebars plugin that the examples use, for handlebars-rust.

use handlebars::{
    Context, Handlebars, Helper, HelperDef, RenderContext, RenderError, ScopedJson, handlebars_helper,
};
use serde_json::Value;

/// Adds the helpers to an engine.
pub fn register(engine: &mut Handlebars<'_>) {
    engine.register_helper("bool", Box::new(bool_of));
    engine.register_helper("default", Box::new(FirstThere));
    engine.register_helper("parse-yaml", Box::new(parse_yaml));
    engine.register_helper("quote", Box::new(quote));
    engine.register_helper("split", Box::new(split));
    engine.register_helper("trim", Box::new(trim));
}

handlebars_helper!(bool_of: |text: str| matches!(text.trim(), "true" | "yes" | "on" | "1"));
handlebars_helper!(parse_yaml: |text: str| serde_saphyr::from_str::<Value>(text).unwrap_or_default());
handlebars_helper!(quote: |value: Json| value.to_string());
handlebars_helper!(split: |text: str, separator: str| text.split(separator).collect::<Vec<_>>());
handlebars_helper!(trim: |text: str| text.trim());

/// `default`. It does not use the macro, because helpers of the macro fail for missing values before they are
/// called.
struct FirstThere;

impl HelperDef for FirstThere {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let first = helper
            .params()
            .iter()
            .map(|param| param.value())
            .find(|value| !value.is_null());
        Ok(first.cloned().map_or(ScopedJson::Missing, ScopedJson::Derived))
    }
}

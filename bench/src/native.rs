//! Renders like the handlebars plugin, with native handlebars-rust: without sandbox, validation and record of
//! reads.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use handlebars::{Handlebars, no_escape};
use serde_json::{Value, json};

pub use crate::helpers::register as register_helpers;

/// The values of the bound ConfigMaps by alias, in order.
pub type Maps<'a> = [(&'a str, &'a BTreeMap<String, String>)];

/// The rendered result for a container.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// Variables.
    pub env: BTreeMap<String, String>,
    /// Arguments.
    pub args: Vec<String>,
    /// Files by their path.
    pub files: BTreeMap<String, String>,
}

/// handlebars-rust with the plugin's settings: no escaping, and a missing name is an error.
#[must_use]
pub fn engine() -> Handlebars<'static> {
    let mut engine = Handlebars::new();
    engine.register_escape_fn(no_escape);
    engine.set_strict_mode(true);
    engine
}

/// Renders what `params` ask for, with the ConfigMaps and `facts`, further members of the templates' context.
///
/// # Errors
/// A template or the parameters are invalid.
pub fn render(
    engine: &Handlebars<'_>,
    params: &str,
    maps: &Maps<'_>,
    facts: &[(&str, Value)],
) -> Result<Rendered> {
    let params: Value = serde_json::from_str(params)?;
    let config: BTreeMap<&String, &String> = maps.iter().flat_map(|(_, values)| values.iter()).collect();
    let mut context = json!({ "config": config, "values": params["values"] });
    for (name, fact) in facts {
        context[*name] = fact.clone();
    }
    // The engine compiles the template and wraps the context again for each text, as in any such program.
    let text = |template: &str| Ok::<_, anyhow::Error>(engine.render_template(template, &context)?);
    let mut rendered = Rendered::default();
    for (name, template) in params["env"].as_object().into_iter().flatten() {
        rendered.env.insert(
            name.clone(),
            text(template.as_str().context("a template must be text")?)?,
        );
    }
    for template in params["args"]["append"].as_array().into_iter().flatten() {
        rendered
            .args
            .push(text(template.as_str().context("a template must be text")?)?);
    }
    for (path, file) in params["files"].as_object().into_iter().flatten() {
        let template = match file["key"].as_str() {
            Some(reference) => key(maps, reference).with_context(|| format!("unknown key {reference}"))?,
            None => file.as_str().context("a template must be text")?,
        };
        rendered.files.insert(path.clone(), text(template)?);
    }
    Ok(rendered)
}

fn key<'a>(maps: &Maps<'a>, reference: &str) -> Option<&'a str> {
    let (alias, key) = reference.split_once('/')?;
    maps.iter()
        .find(|(name, _)| *name == alias)?
        .1
        .get(key)
        .map(String::as_str)
}

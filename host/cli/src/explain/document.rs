//! Builds the document of `podweave explain -o json`, an `Explanation`.

use podweave_core::api::API_VERSION;
use podweave_core::text::printable;
use podweave_explain::{Dependency, Effect, Input, OutputValue};
use serde_json::{Map, Value, json};

use super::Explained;

/// The maximum length of a plugin's name or message that is shown.
const SHOWN_BYTES: usize = 2000;

pub fn document(name: &str, explained: &[Explained<'_>]) -> Value {
    json!({ "apiVersion": API_VERSION, "kind": "Explanation", "name": name, "items": explained.iter().map(item).collect::<Vec<_>>() })
}

fn item(explained: &Explained<'_>) -> Value {
    let of = explained.explainer.item();
    let explanation = &explained.explanation;
    let made_by = |number: &usize| json!({ "render": number, "plugin": plugin(explained, *number), "overridden": explanation.made_by.last() != Some(number) });
    json!({
        "namespace": of.namespace,
        "pod": of.pod,
        "container": of.container,
        "output": explained.output.to_string(),
        "value": value(&explanation.value),
        "madeBy": explanation.made_by.iter().map(made_by).collect::<Vec<_>>(),
        "inputs": explanation.dependencies.iter().map(|dependency| input(explained, dependency)).collect::<Vec<_>>(),
    })
}

fn plugin<'a>(explained: &'a Explained<'_>, number: usize) -> &'a str {
    explained
        .explainer
        .binding()
        .renders
        .get(number)
        .map_or("", |render| render.plugin.as_str())
}

/// Formats a text, a list, or a file as in the `RenderList`.
fn value(value: &OutputValue) -> Value {
    match value {
        OutputValue::Text(text) => text.as_str().into(),
        OutputValue::List(list) => list.as_slice().into(),
        OutputValue::File(file) => json!(file),
    }
}

fn input(explained: &Explained<'_>, dependency: &Dependency) -> Value {
    let mut fields = what(&dependency.input);
    let readers: Vec<Value> = dependency
        .read_by
        .iter()
        .map(|number| json!({ "render": number, "plugin": plugin(explained, *number) }))
        .collect();
    let reason = |text: &Option<String>| text.as_ref().map(|text| printable(text, SHOWN_BYTES));
    fields.insert("found".to_owned(), dependency.is_found.into());
    fields.insert("readBy".to_owned(), readers.into());
    fields.insert("effect".to_owned(), effect(dependency.effect).into());
    fields.insert("lines".to_owned(), dependency.lines.iter().copied().collect());
    fields.insert(
        "failsWithout".to_owned(),
        reason(&dependency.fails_without).into(),
    );
    fields.insert(
        "failsWithAnother".to_owned(),
        reason(&dependency.fails_with_another).into(),
    );
    fields.into()
}

/// Describes an input: a `type`, and the fields that identify it.
fn what(input: &Input) -> Map<String, Value> {
    let shown = |text: &str| printable(text, SHOWN_BYTES);
    let fields = match input {
        Input::Key { namespace, name, key } => {
            json!({ "type": "key", "namespace": namespace, "configMap": name, "key": shown(key) })
        }
        Input::Keys { namespace, name } => {
            json!({ "type": "keys", "namespace": namespace, "configMap": name })
        }
        Input::ConfigMaps => json!({ "type": "config-maps" }),
        Input::Fact(fact) => json!({ "type": fact.name() }),
        Input::NamedFact(fact, name) => json!({ "type": fact.name(), "name": shown(name) }),
    };
    match fields {
        Value::Object(fields) => fields,
        _ => unreachable!("each input is an object"),
    }
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Changes => "changes",
        Effect::Undecided => "undecided",
        Effect::Needed => "needed",
        Effect::None => "none",
    }
}

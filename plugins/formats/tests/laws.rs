//! Checks properties that hold for every document.

mod common;

use common::shown;
use podweave_formats::{Format, Kind, Layer, Lists, Node, Value, indices_to_lists, merge};
use proptest::prelude::*;

/// JSON of any shape, with text that is special in some format.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let text = prop_oneof![
        any::<String>(),
        "[ -~\n\t]{0,12}",
        proptest::sample::select(vec![
            "yes", "null", "~", "0x1F", "1e3", "- a", "? a", "# a", "a: b", "'", "\"", "\\", "|", "%", "@",
            "`", "&a", "*a", "!a", ".inf", "=", "<<"
        ])
        .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        (-100_000..100_000).prop_map(|number| (f64::from(number) / 8.0).into()),
        text.clone().prop_map(serde_json::Value::from),
    ];
    let value = leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            proptest::collection::btree_map(text.clone(), inner, 0..4)
                .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    });
    proptest::collection::btree_map("[a-e]|[a-z .]{0,4}", value, 0..5)
        .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into())
}

fn tree(json: &serde_json::Value) -> Node {
    Format::Json
        .read(&json.to_string(), 0)
        .expect("serde_json writes JSON")
}

fn without_nulls(node: &mut serde_json::Value) {
    match node {
        serde_json::Value::Array(items) => {
            items.retain(|item| !item.is_null());
            items.iter_mut().for_each(without_nulls);
        }
        serde_json::Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(without_nulls);
        }
        _ => {}
    }
}

/// RFC 7396, section 2, word for word.
fn merge_patch(target: &mut serde_json::Value, patch: &serde_json::Value) {
    let serde_json::Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = serde_json::json!({});
    }
    let target = target.as_object_mut().expect("it has just been made one");
    for (name, value) in patch {
        if value.is_null() {
            target.remove(name);
        } else {
            merge_patch(target.entry(name).or_insert(serde_json::Value::Null), value);
        }
    }
}

fn over(below: &Node, layer: &Node) -> Node {
    let mut result = below.clone();
    merge(&mut result, layer.clone(), Layer::default());
    result
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn serde_json_reads_what_is_written(json in json()) {
        let text = Format::Json.write(&tree(&json)).unwrap();
        prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), json);
    }

    #[test]
    fn yaml_is_read_as_it_was_written(json in json()) {
        let node = tree(&json);
        let text = Format::Yaml.write(&node).unwrap();
        let again = Format::Yaml.read(&text, 0).map_err(|mistake| TestCaseError::fail(format!("{}\n{text}", mistake.text())))?;
        // Text without quotes is text here, too.
        prop_assert_eq!(shown(&bare_as_text(again)), shown(&node), "{}", text);
    }

    #[test]
    fn another_reader_of_yaml_sees_the_same(json in json()) {
        let text = Format::Yaml.write(&tree(&json)).unwrap();
        let options = serde_saphyr::options! { legacy_octal_numbers: true };
        let again: serde_json::Value = serde_saphyr::from_str_with_options(&text, options).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        prop_assert_eq!(again, json, "{}", text);
    }

    #[test]
    fn toml_is_read_as_it_was_written(mut json in json()) {
        without_nulls(&mut json);
        let node = tree(&json);
        let text = Format::Toml.write(&node).unwrap();
        let again = Format::Toml.read(&text, 0).map_err(|mistake| TestCaseError::fail(format!("{}\n{text}", mistake.text())))?;
        // Tables come behind plain values, so the order may differ.
        prop_assert_eq!(sorted(&again), sorted(&node), "{}", text);
    }

    #[test]
    fn properties_are_read_as_they_were_written(map in proptest::collection::btree_map(any::<String>(), any::<String>(), 0..6)) {
        let json: serde_json::Map<String, serde_json::Value> = map.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        let text = Format::Properties.write(&tree(&json.into())).unwrap();
        prop_assert!(text.is_ascii());
        let again = Format::Properties.read(&text, 0).unwrap();
        let read: std::collections::BTreeMap<String, String> =
            podweave_formats::leaves(&again).iter().map(|leaf| (leaf.name(), leaf.scalar.text.clone())).collect();
        prop_assert_eq!(read, map);
    }

    #[test]
    fn env_is_read_as_it_was_written(map in proptest::collection::btree_map("[A-Za-z_][A-Za-z0-9_]{0,5}", "([^\r]|[ -~]){0,8}", 0..6)) {
        let json: serde_json::Map<String, serde_json::Value> = map.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        let node = tree(&json.into());
        let text = Format::Env.write(&node).unwrap();
        prop_assert_eq!(shown(&Format::Env.read(&text, 0).unwrap()), shown(&node), "{}", &text);
        prop_assert_eq!(shown(&Format::read_env_with_references(&text, 0).unwrap()), shown(&node), "{}", text);
    }

    #[test]
    fn ini_is_read_as_it_was_written_or_refused(json in json()) {
        let node = tree(&json);
        if let Ok(text) = Format::Ini.write(&node) {
            let again = Format::Ini.read(&text, 0).map_err(|mistake| TestCaseError::fail(format!("{}\n{text}", mistake.text())))?;
            prop_assert_eq!(Format::Ini.write(&again).unwrap(), text);
        }
    }

    #[test]
    fn merging_is_rfc_7396(below in json(), layer in json()) {
        let mut wanted = below.clone();
        merge_patch(&mut wanted, &layer);
        prop_assert_eq!(sorted(&over(&tree(&below), &tree(&layer))), sorted(&tree(&wanted)));
    }

    #[test]
    fn a_layer_twice_is_the_layer_once(below in json(), layer in json()) {
        let (below, layer) = (tree(&below), tree(&layer));
        let once = over(&below, &layer);
        prop_assert_eq!(shown(&over(&once, &layer)), shown(&once));
    }

    #[test]
    fn an_empty_layer_changes_nothing(below in json()) {
        let below = tree(&below);
        prop_assert_eq!(shown(&over(&below, &tree(&serde_json::json!({})))), shown(&below));
    }

    #[test]
    fn flat_layers_can_be_merged_before_or_after(a in properties(), b in properties(), c in properties()) {
        let flat = |below: &Node, layer: &Node| {
            let mut result = below.clone();
            merge(&mut result, layer.clone(), Layer { lists: Lists::Replace, is_flat: true });
            result
        };
        let [a, b, c] = [a, b, c].map(|text| Format::Properties.read(&text, 0).unwrap());
        prop_assert_eq!(sorted(&flat(&flat(&a, &b), &c)), sorted(&flat(&a, &flat(&b, &c))));
    }

    #[test]
    fn indices_become_lists_once(text in properties()) {
        let mut node = Format::Properties.read(&text, 0).unwrap();
        indices_to_lists(&mut node);
        let once = shown(&node);
        indices_to_lists(&mut node);
        prop_assert_eq!(shown(&node), once);
    }
}

/// Properties with names that conflict with each other.
fn properties() -> impl Strategy<Value = String> {
    proptest::collection::btree_map("[ab](\\.[ab]|\\[[01]\\]){0,3}", "[xyz]", 0..6).prop_map(|map| {
        map.iter()
            .map(|(name, value)| format!("{name}={value}\n"))
            .collect()
    })
}

fn bare_as_text(mut node: Node) -> Node {
    match &mut node.value {
        Value::Scalar(scalar) if scalar.kind == Kind::Bare => scalar.kind = Kind::Text,
        Value::Scalar(_) => {}
        Value::List(items) => *items = std::mem::take(items).into_iter().map(bare_as_text).collect(),
        Value::Map(map) => {
            let members: Vec<(String, Node)> = map
                .members()
                .into_iter()
                .map(|(name, node)| (name.to_owned(), node.clone()))
                .collect();
            members
                .into_iter()
                .for_each(|(name, node)| map.set(name, bare_as_text(node)));
        }
    }
    node
}

/// Shows a document in a form in which the order does not matter.
fn sorted(node: &Node) -> String {
    match &node.value {
        Value::Map(map) => {
            let mut members: Vec<String> = map
                .members()
                .into_iter()
                .map(|(name, node)| format!("{name:?}: {}", sorted(node)))
                .collect();
            members.sort();
            format!(
                "{{{:?} {}}}",
                map.own.as_ref().map(|own| sorted(own)),
                members.join(", ")
            )
        }
        Value::List(items) => format!("[{}]", items.iter().map(sorted).collect::<Vec<_>>().join(", ")),
        Value::Scalar(_) => shown(node),
    }
}

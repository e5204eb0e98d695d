//! Generates docs/contract.md from wit/plugin.wit, and checks that it is up to date.

mod support;

use std::fmt::Write as _;
use std::fs;

use podweave_core::component_limits;
use support::contract;
use wit_parser::{Docs, InterfaceId, Resolve, TypeDefKind, World, WorldItem, WorldKey};

const DOCUMENT: &str = "docs/contract.md";

const HEAD: &str = "\
# The contract

<!-- Made from wit/plugin.wit and host/core/src/component_limits.rs. Do not edit: UPDATE_DOCUMENTS=1 cargo test --release -p podweave-sandbox --test contract_document -->

What a plugin and podweave say to each other, made from [wit/plugin.wit](../wit/plugin.wit). What may change in it, and what never does, is in
[compatibility.md](compatibility.md); how to write a plugin is in [plugin-authors.md](plugin-authors.md).

";

const LANGUAGES: &str = "
## In the SDKs

The SDKs have the same functions, spelt as their language does. `inputs.config-maps` and what it returns:

| contract | Rust | Go | JavaScript | Python | C |
|---|---|---|---|---|---|
| `inputs.config-maps` | `inputs::config_maps` | `inputs.ConfigMaps` | `inputs.configMaps` | `inputs.config_maps` | `podweave_config_maps` |
| `list<string>` | `Vec<String>` | `[]string` | `string[]` | `list[str]` | `podweave_list` |
| `list<u8>` | `Vec<u8>` | `[]byte` | `Uint8Array` | `bytes` | `podweave_bytes` |
| `option<string>` | `Option<String>` | `(string, bool)` | `string` or `null` | `str` or `None` | `const char *` or `NULL` |
| `params` | a type of the plugin's | a type of the plugin's | a value | a `dict` | `podweave_param` |
| `failure` | `Err(Error)` | an `error` | an exception | an exception | `return podweave_invalid_value(...)` |

All text is UTF-8. Texts and names have no limit but those that are given here and the bytes that are copied.
";

const LIMITS: &str = "
## What a component may take

Beside its memory, which `limits.memory` counts together with its tables. These are the same on every machine and cannot be changed: a component that takes more
is refused as it is compiled, on a laptop as on a node.

| what | at most | why |
|---|---|---|
";

fn paragraphs(documentation: &Docs) -> &str {
    documentation.contents.as_deref().unwrap_or_default().trim_end()
}

/// Writes a heading, the item from the WIT, and its documentation.
fn section(document: &mut String, name: &str, item: &str, documentation: &Docs) {
    let _ = writeln!(
        document,
        "\n### `{name}`\n\n```wit\n{item}\n```\n\n{}",
        paragraphs(documentation)
    );
}

fn interface(document: &mut String, resolve: &Resolve, id: InterfaceId) {
    let interface = &resolve.interfaces[id];
    let name = interface
        .name
        .as_deref()
        .expect("an interface of a package has a name");
    let _ = writeln!(document, "\n## `{name}`\n\n{}", paragraphs(&interface.docs));
    let items = contract::items(resolve, id);
    let item = |begins: &[String]| {
        items
            .iter()
            .find(|item| begins.iter().any(|begin| item.starts_with(begin)))
            .expect("every item is printed")
    };
    for (kind, id) in &interface.types {
        let definition = &resolve.types[*id];
        let begins = ["record", "variant"].map(|keyword| format!("{keyword} {kind} "));
        section(
            document,
            &format!("{name}.{kind}"),
            item(&begins),
            &definition.docs,
        );
        let parts: Vec<(&str, &Docs)> = match &definition.kind {
            TypeDefKind::Record(record) => record
                .fields
                .iter()
                .map(|field| (field.name.as_str(), &field.docs))
                .collect(),
            TypeDefKind::Variant(variant) => variant
                .cases
                .iter()
                .map(|case| (case.name.as_str(), &case.docs))
                .collect(),
            _ => Vec::new(),
        };
        for (index, (part, documentation)) in parts.into_iter().enumerate() {
            let _ = writeln!(
                document,
                "{}- `{part}`: {}",
                if index == 0 { "\n" } else { "" },
                paragraphs(documentation).replace('\n', " ")
            );
        }
    }
    for (function, definition) in &interface.functions {
        section(
            document,
            &format!("{name}.{function}"),
            item(&[format!("{function}: ")]),
            &definition.docs,
        );
    }
}

fn world(document: &mut String, resolve: &Resolve, world: &World) {
    let names = |items: &mut dyn Iterator<Item = (&WorldKey, &WorldItem)>| -> String {
        let names: Vec<String> = items
            .filter_map(|(_, item)| match item {
                WorldItem::Interface { id, .. } => resolve.interfaces[*id]
                    .name
                    .as_ref()
                    .map(|name| format!("`{name}`")),
                _ => None,
            })
            .collect();
        names.join(", ")
    };
    let (imports, exports) = (names(&mut world.imports.iter()), names(&mut world.exports.iter()));
    let _ = writeln!(
        document,
        "- `{}`: {} It imports {imports}, and exports {exports}.",
        world.name,
        paragraphs(&world.docs)
    );
}

fn document() -> String {
    let (resolve, package) = contract::current();
    let package = &resolve.packages[package];
    let mut document = HEAD.to_owned();
    let _ = writeln!(
        document,
        "```wit\npackage {};\n```\n\n{}",
        package.name,
        paragraphs(&package.docs)
    );
    document.push_str(LANGUAGES);
    for id in package.interfaces.values() {
        interface(&mut document, &resolve, *id);
    }
    document.push_str("\n## Worlds\n\nWhat a component is built for:\n\n");
    for id in package.worlds.values() {
        world(&mut document, &resolve, &resolve.worlds[*id]);
    }
    document.push_str(LIMITS);
    for limit in component_limits::ALL {
        let _ = writeln!(
            document,
            "| {} | {} | {} |",
            limit.name,
            limit.shown(),
            limit.reason
        );
    }
    document
}

#[test]
fn it_is_what_the_wit_says() {
    let path = contract::repository().join(DOCUMENT);
    let made = document();
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        fs::write(&path, &made).expect("it can be written");
    }
    assert!(
        fs::read_to_string(&path).ok().as_deref() == Some(made.as_str()),
        "{DOCUMENT} is not what wit/plugin.wit and the limits say. Update it: UPDATE_DOCUMENTS=1 cargo test --release -p podweave-sandbox --test contract_document"
    );
}

#[test]
fn it_has_every_function_once() {
    let document = document();
    let (resolve, package) = contract::current();
    for id in resolve.packages[package].interfaces.values() {
        let interface = &resolve.interfaces[*id];
        for function in interface.functions.keys() {
            let heading = format!(
                "\n### `{}.{function}`\n",
                interface.name.as_deref().unwrap_or_default()
            );
            assert_eq!(document.matches(&heading).count(), 1, "{heading}");
        }
    }
}

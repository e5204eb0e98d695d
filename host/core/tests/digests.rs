//! Checks the digests of inputs and outputs: the same on every machine, and different exactly if what they
//! cover is different.

mod support;

use std::sync::Arc;

use podweave_core::binding::{FileMount, Render};
use podweave_core::config_map::{ConfigMap, Value};
use podweave_core::digest::{Digest, DigestBuilder};
use podweave_core::inputs::Inputs;
use podweave_core::limits::Limits;
use podweave_core::merge::{RenderResult, merge};
use podweave_core::reads::Reads;
use support::{Set, inputs, merged, pod_with, render, rendered};

fn settings(url: &str) -> Arc<ConfigMap> {
    Arc::new(
        ConfigMap::new("shop", "settings")
            .with("url", Value::text(url))
            .with("unread", Value::text(url)),
    )
}

fn read(url: &str, and: impl FnOnce(&mut Inputs)) -> Reads {
    let mut inputs = inputs(&pod_with("    image: app"), &[settings(url)]);
    assert!(inputs.find("settings", "url").is_ok() && inputs.find("settings", "none").is_ok());
    and(&mut inputs);
    inputs.into_reads()
}

fn digest(reads: &Reads) -> Digest {
    reads.inputs_digest(Digest::of(b"plugin"), "{}")
}

fn output(set: Set) -> Digest {
    rendered(set).output_digest
}

#[test]
fn digests_are_known_values_on_every_machine() {
    assert_eq!(
        Digest::of(b"").to_string(),
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    let fields = DigestBuilder::new("a").field(b"bc").finish();
    assert_eq!(
        fields,
        Digest::of(b"\0\0\0\0\0\0\0\x01a\0\0\0\0\0\0\0\x02bc"),
        "the length of each field is hashed"
    );
    let known = [
        digest(&read("http://x", |inputs| drop(inputs.keys("settings")))).hex(),
        output(Set::default()).hex(),
        output(everything()).hex(),
    ];
    assert_eq!(known, KNOWN);
}

/// Computed by a script in another language, from the definition.
const KNOWN: [&str; 3] = [
    "1202120e690c08ba3b918cb02ebbac06e3fb0b95232d5e264a06ca1d85e64ef8",
    "fda92b9026bcaaa4a550964a534f8d2fe1a505beb68652056b3e29d019838be4",
    "de0eb3a8d9c00d7ea760955c7c80147ac3ac545272c1f45e67b784429c879f4c",
];

fn everything() -> Set {
    Set::default()
        .env("A", "1")
        .expand_env("B", "$(X)")
        .append("-v")
        .file("dir/f", "hi")
        .mode("dir/f", 0o400)
}

#[test]
fn fields_do_not_run_into_each_other() {
    let of = |fields: &[&str]| {
        fields
            .iter()
            .fold(DigestBuilder::new("x"), |builder, field| {
                builder.field(field.as_bytes())
            })
            .finish()
    };
    assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
    assert_ne!(of(&["a", ""]), of(&["a"]));
    assert_ne!(
        output(Set::default().env("A", "B").env("C", "D")),
        output(Set::default().env("A", "BCD"))
    );
    assert_ne!(
        output(Set::default().append("a").append("b")),
        output(Set::default().append("ab"))
    );
}

#[test]
fn the_inputs_digest_follows_what_was_read_and_nothing_else() {
    let base = digest(&read("http://x", |_| ()));
    let again = read("http://x", |inputs| {
        assert!(inputs.find("settings", "url").is_ok())
    });
    assert_eq!(base, digest(&again), "a second read of the same changes nothing");
    assert_ne!(base, digest(&read("http://y", |_| ())), "a value");
    assert_ne!(
        base,
        digest(&read("http://x", |inputs| assert!(
            inputs.find("settings", "other").is_ok()
        ))),
        "a miss"
    );
    assert_ne!(
        base,
        digest(&read("http://x", |inputs| drop(inputs.pod_name()))),
        "a fact"
    );
    assert_ne!(
        base,
        digest(&read("http://x", |inputs| drop(inputs.pod_uid()))),
        "an unknown fact"
    );
    assert_ne!(
        base,
        read("http://x", |_| ()).inputs_digest(Digest::of(b"other"), "{}"),
        "the plugin"
    );
    assert_ne!(
        base,
        read("http://x", |_| ()).inputs_digest(Digest::of(b"plugin"), "{\"a\":1}"),
        "the params"
    );
}

#[test]
fn an_edit_of_what_was_not_read_changes_no_digest() {
    let of = |unread: &str| {
        let map = ConfigMap::new("shop", "settings")
            .with("url", Value::text("x"))
            .with("unread", Value::text(unread));
        let mut inputs = inputs(&pod_with("    image: app"), &[Arc::new(map)]);
        assert!(inputs.find("settings", "url").is_ok());
        digest(inputs.reads())
    };
    assert_eq!(of("1"), of("2"));
}

#[test]
fn a_miss_is_not_an_empty_value() {
    let of = |map: ConfigMap| {
        let mut inputs = inputs(&pod_with("    image: app"), &[Arc::new(map)]);
        assert!(inputs.find("a", "k").is_ok());
        digest(inputs.reads())
    };
    assert_ne!(
        of(ConfigMap::new("shop", "a")),
        of(ConfigMap::new("shop", "a").with("k", Value::text("")))
    );
}

#[test]
fn the_output_digest_covers_every_part_of_a_result() {
    let file_mount = |target: &str| Render {
        file_mounts: vec![FileMount {
            rendered: "f".to_owned(),
            target: target.to_owned(),
        }],
        ..render()
    };
    let elsewhere = Render {
        files_directory: "/etc/other".to_owned(),
        ..render()
    };
    let file = || Set::default().file("f", "hi");
    let of = |render: &Render, set: Set| merged(&[(render, set)]).expect("a result").output_digest;
    let different = [
        output(Set::default()),
        output(Set::default().env("A", "1")),
        output(Set::default().env("A", "2")),
        output(Set::default().env("B", "1")),
        output(Set::default().expand_env("A", "1")),
        output(Set::default().append("1")),
        output(Set::default().replace(&["1"])),
        output(Set::default().replace(&[])),
        output(file()),
        output(file().mode("f", 0o400)),
        output(Set::default().file("f", "ho")),
        output(Set::default().file("g", "hi")),
        of(&elsewhere, file()),
        of(&file_mount("/app/f"), file()),
        of(&file_mount("/app/g"), file()),
    ];
    for (index, one) in different.iter().enumerate() {
        assert!(
            !different[..index].contains(one),
            "number {index} differs from those before it"
        );
    }
}

#[test]
fn the_output_digest_depends_only_on_the_result() {
    let set = || Set::default().env("A", "1").env("B", "2");
    assert_eq!(
        output(set()),
        output(Set::default().env("B", "2").env("A", "1")),
        "the order of the calls"
    );
    let one = render();
    let two_renders = merged(&[
        (&one, Set::default().env("A", "0").env("B", "2")),
        (&one, Set::default().env("A", "1")),
    ])
    .expect("a result");
    assert_eq!(
        output(set()),
        two_renders.output_digest,
        "the number of the renders"
    );
}

#[test]
fn the_inputs_digest_follows_the_order_of_the_renders() {
    let render = render();
    let of = |plugins: [&str; 2]| {
        let result = |plugin: &str| RenderResult {
            render: &render,
            plugin: Digest::of(plugin.as_bytes()),
            outputs: Set::default().0,
            reads: Reads::default(),
        };
        merge(plugins.map(result).into(), &Limits::default())
            .expect("a result")
            .inputs_digest
    };
    assert_ne!(of(["a", "b"]), of(["b", "a"]), "the later one overrides");
    assert_eq!(of(["a", "b"]), of(["a", "b"]));
}

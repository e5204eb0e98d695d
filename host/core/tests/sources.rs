//! Checks what a result depends on, by the names that users know: aliases become ConfigMaps, each ConfigMap
//! that comes or goes has its name, and what is kept is bounded and read strictly.

mod support;

use std::sync::Arc;

use podweave_core::binding::Render;
use podweave_core::change::{MAX_SOURCES, Source, Sources};
use podweave_core::config_map::{ConfigMap, Value};
use podweave_core::identity::NamespacedName;
use podweave_core::inputs::{Bound, Inputs};
use podweave_core::reads::Reads;
use podweave_core::reference::ConfigMapReference;
use support::{MARKER, pod_with, render};

/// A render that binds these, and what it reads of those that exist.
struct One {
    render: Arc<Render>,
    inputs: Inputs,
}

impl One {
    fn new(references: &[&str], existing: &[ConfigMap]) -> Self {
        let config_maps: Vec<_> = references
            .iter()
            .map(|text| ConfigMapReference::parse(text, "shop").expect("a reference"))
            .collect();
        let bound = config_maps.iter().map(|reference| Bound {
            alias: reference.alias.clone(),
            identity: reference.identity(),
            config_map: existing
                .iter()
                .find(|map| map.namespace == reference.namespace && map.name == reference.name)
                .map(|map| Arc::new(map.clone())),
        });
        let mut pod = pod_with("    image: app");
        pod.node_labels.insert("zone".to_owned(), "a".to_owned());
        let inputs = Inputs::new(Arc::new(pod), 0, bound.collect(), "{}".into());
        let render = Arc::new(Render {
            config_maps,
            ..render()
        });
        Self { render, inputs }
    }

    fn reading(mut self, read: impl FnOnce(&mut Inputs)) -> Self {
        read(&mut self.inputs);
        self
    }
}

fn sources(renders: Vec<One>) -> Sources {
    let (renders, reads): (Vec<Arc<Render>>, Vec<Reads>) = renders
        .into_iter()
        .map(|one| (one.render, one.inputs.into_reads()))
        .unzip();
    Sources::of(&reads, &renders)
}

fn named(sources: &Sources) -> Vec<String> {
    sources
        .0
        .iter()
        .map(|(source, found)| format!("{source}{}", if found.is_some() { "" } else { " (missing)" }))
        .collect()
}

fn changed(one: &Sources, other: &Sources) -> Vec<String> {
    one.changed(other).map(Source::to_string).collect()
}

fn config_map(name: &str) -> ConfigMap {
    ConfigMap::new("shop", name).with("k", Value::text(MARKER))
}

#[test]
fn every_read_has_its_name() {
    let one = One::new(&["a=web", "b=other/base?"], &[config_map("web")]).reading(|inputs| {
        inputs.config_maps();
        assert!(inputs.keys("a").is_ok() && inputs.keys("b").is_err());
        assert!(inputs.find("a", "k").is_ok() && inputs.find("a", "none").is_ok());
        assert!(inputs.find("b", "k").is_ok());
        inputs.node_label("zone");
        inputs.label("app");
        inputs.pod_name();
    });
    assert_eq!(
        named(&sources(vec![one])),
        [
            "config-map other/base (missing)",
            "config-map shop/web",
            "keys other/base (missing)",
            "keys shop/web",
            "key other/base k (missing)",
            "key shop/web k",
            "key shop/web none (missing)",
            "node-label zone",
            "fact label/app",
            "fact pod-name",
        ]
    );
}

#[test]
fn an_alias_means_something_in_its_own_render_only() {
    let read = |inputs: &mut Inputs| assert!(inputs.find("a", "k").is_ok());
    let all = sources(vec![
        One::new(&["a=web"], &[config_map("web")]).reading(read),
        One::new(&["a=other"], &[config_map("other")]).reading(read),
    ]);
    assert_eq!(named(&all), ["key shop/other k", "key shop/web k"]);
}

#[test]
fn a_config_map_that_comes_is_a_change_of_this_one() {
    let list = |existing: &[ConfigMap]| {
        let one = One::new(&["web", "extra?", "more?"], existing).reading(|inputs| {
            for alias in inputs.config_maps() {
                assert!(inputs.find(&alias, "k").is_ok());
            }
        });
        sources(vec![one])
    };
    let (without, with) = (
        list(&[config_map("web")]),
        list(&[config_map("web"), config_map("extra")]),
    );
    assert_eq!(changed(&without, &with), ["config-map shop/extra"]);
    assert_eq!(changed(&with, &without), ["config-map shop/extra"]);
}

/// An upgrade can make a second render list its ConfigMaps, too. None of them has changed then.
#[test]
fn a_list_that_another_render_reads_is_no_change() {
    let render = |name: &str, is_listing: bool| {
        One::new(&[name], &[config_map("a"), config_map("b")]).reading(|inputs| {
            if is_listing {
                inputs.config_maps();
            }
        })
    };
    let before = sources(vec![render("a", true), render("b", false)]);
    let after = sources(vec![render("a", true), render("b", true)]);
    assert_eq!(changed(&before, &after), [""; 0]);
    assert_eq!(after.0.len(), 2);
}

#[test]
fn keys_and_values_change_by_their_names() {
    let of = |map: ConfigMap| {
        let one = One::new(&["web"], &[map]).reading(|inputs| {
            assert!(inputs.keys("web").is_ok() && inputs.find("web", "k").is_ok());
        });
        sources(vec![one])
    };
    let before = of(config_map("web"));
    assert_eq!(changed(&before, &of(config_map("web"))), [""; 0]);
    let added = of(config_map("web").with("new", Value::text("")));
    assert_eq!(changed(&before, &added), ["keys shop/web"]);
    let edited = of(config_map("web").with("k", Value::text("")));
    assert_eq!(changed(&before, &edited), ["key shop/web k"]);
    let removed = of(config_map("web").without("k"));
    assert_eq!(changed(&before, &removed), ["keys shop/web", "key shop/web k"]);
}

#[test]
fn what_only_one_result_read_is_no_change() {
    let of = |key: &str| {
        let one = One::new(&["web"], &[config_map("web")])
            .reading(|inputs| assert!(inputs.find("web", key).is_ok()));
        sources(vec![one])
    };
    assert_eq!(changed(&of("k"), &of("other")), [""; 0]);
}

#[test]
fn names_that_no_object_can_have_are_not_kept() {
    let long = "x".repeat(600);
    let one = One::new(&["web"], &[config_map("web")]).reading(|inputs| {
        for key in ["", "..", "a b", "a\nb", &long] {
            assert!(inputs.find("web", key).is_ok());
        }
        inputs.node_label(&long);
        inputs.node_label("a\u{1b}b");
        inputs.annotation(&long);
    });
    assert_eq!(named(&sources(vec![one])), [""; 0]);
}

#[test]
fn found_values_are_kept_before_misses() {
    let one = One::new(&["web"], &[config_map("web").with("z", Value::text(""))]).reading(|inputs| {
        for number in 0..MAX_SOURCES {
            assert!(inputs.find("web", &format!("a{number}")).is_ok());
        }
        assert!(inputs.find("web", "z").is_ok());
    });
    let sources = sources(vec![one]);
    assert_eq!(sources.0.len(), MAX_SOURCES);
    let name = NamespacedName::new("shop", "web");
    assert!(sources.0[&Source::Key(name, "z".to_owned())].is_some());
    assert!(sources.bytes() > MAX_SOURCES * "shopweba0".len());
}

#[test]
fn sources_are_read_as_they_are_written_and_hold_no_value() {
    let one = One::new(&["a=web", "none?"], &[config_map("web")]).reading(|inputs| {
        inputs.config_maps();
        assert!(
            inputs.keys("a").is_ok() && inputs.find("a", "k").is_ok() && inputs.find("a", "none").is_ok()
        );
        inputs.node_label("zone");
        inputs.node_label("with blank");
        inputs.pod_name();
    });
    let sources = sources(vec![one]);
    let json = serde_json::to_string(&sources).expect("JSON");
    assert!(!json.contains(MARKER), "{json}");
    assert!(json.contains(r#""key shop/web none":null"#), "{json}");
    assert_eq!(serde_json::from_str::<Sources>(&json).expect("sources"), sources);
    for source in sources.0.keys() {
        assert_eq!(Source::parse(&source.to_string()).as_ref(), Some(source));
    }
}

#[test]
fn anything_else_is_not_read() {
    for wrong in [
        "",
        "key",
        "key shop/web",
        "key shop/web ",
        "key shop/web a b",
        "key shop/web ..",
        "key web port",
        "key Shop/web port",
        "keys shop/web/x",
        "config-map shop",
        "colour x",
        "node-label \u{202e}",
    ] {
        assert_eq!(Source::parse(wrong), None, "{wrong:?}");
        let json = serde_json::json!({ wrong: null });
        assert!(serde_json::from_value::<Sources>(json).is_err(), "{wrong:?}");
    }
    assert!(serde_json::from_str::<Sources>(r#"{"keys shop/web": "sha256:x"}"#).is_err());
}

//! A container whose render depends on one ConfigMap, the node and the plugin's version.

use std::sync::Arc;

use podweave_core::binding::Render;
use podweave_core::change::{Decision, Delivered, Follow, Latest, Policy, Running, decide};
use podweave_core::config_map::{ConfigMap, Value};
use podweave_core::digest::Digest;
use podweave_core::identity::NamespacedName;
use podweave_core::inputs::{Bound, Inputs};
use podweave_core::limits::Limits;
use podweave_core::merge::{RenderResult, merge};
use podweave_core::reference::ConfigMapReference;

use crate::support::{Set, pod_with, render};

/// What a render depends on. The variable `PORT` is made of the ConfigMap's key `port`, and the file `f` of
/// its key `text`, the node's label and the pod's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct World {
    pub port: u8,
    pub text: u8,
    pub node: u8,
    pub pod: u8,
    /// A key that the plugin does not read.
    pub unread: u8,
    /// The version of the plugin, which is in the variable, the file or neither.
    pub plugin: u8,
    pub plugin_in_port: bool,
    pub plugin_in_text: bool,
}

pub const START: World = World {
    port: 1,
    text: 1,
    node: 1,
    pod: 1,
    unread: 1,
    plugin: 1,
    plugin_in_port: true,
    plugin_in_text: true,
};

pub fn web() -> NamespacedName {
    NamespacedName::new("shop", "web")
}

impl World {
    pub fn render(self) -> Delivered {
        let config_map = ConfigMap::new("shop", "web")
            .with("port", Value::text(self.port.to_string()))
            .with("text", Value::text(self.text.to_string()))
            .with("unread", Value::text(self.unread.to_string()));
        let mut pod = pod_with("    image: app");
        pod.node_labels.insert("zone".to_owned(), self.node.to_string());
        pod.labels.insert("app".to_owned(), self.pod.to_string());
        let bound = vec![Bound {
            alias: "alias".to_owned(),
            identity: "shop/web".to_owned(),
            config_map: Some(Arc::new(config_map)),
        }];
        let mut inputs = Inputs::new(Arc::new(pod), 0, bound, "{}".into());
        let mut read = |key: &str| {
            let found = inputs.find_text("alias", key).expect("it is bound");
            found.expect("it is there").to_owned()
        };
        let (mut port, mut text) = (read("port"), read("text"));
        text += &inputs.node_label("zone").expect("it is there");
        text += &inputs.label("app").expect("it is there");
        let version = format!(" {}", self.plugin);
        if self.plugin_in_port {
            port += &version;
        }
        if self.plugin_in_text {
            text += &version;
        }
        let render = Arc::new(Render {
            config_maps: vec![ConfigMapReference::parse("alias=web", "shop").expect("a reference")],
            ..render()
        });
        let result = RenderResult {
            render: &render,
            plugin: Digest::of(&[self.plugin]),
            outputs: Set::default().env("PORT", &port).file("f", &text).0,
            reads: inputs.into_reads(),
        };
        let rendered = merge(vec![result], &Limits::default()).expect("a result");
        Delivered::of(&rendered, &[Arc::clone(&render)])
    }
}

/// A container that has this.
pub fn running(started: &Delivered, in_place: &Delivered) -> Running {
    Running {
        started: Some(started.clone()),
        in_place: Some(in_place.clone()),
        fixed: Some(started.outline.fixed()),
    }
}

pub fn decided(running: &Running, latest: &Latest<'_>, follow: Follow, is_held: bool) -> Decision {
    let held = |name: &NamespacedName| is_held && *name == web();
    let policy = Policy { follow, held: &held };
    decide(running, latest, &policy)
}

/// The decision about a container that was created in [`START`].
pub fn after(latest: World, follow: Follow, is_held: bool) -> Decision {
    let start = START.render();
    let latest = latest.render();
    decided(
        &running(&start, &start),
        &Latest::Rendered(&latest),
        follow,
        is_held,
    )
}

pub const ALL: [Follow; 3] = [Follow::Together, Follow::Files, Follow::None];

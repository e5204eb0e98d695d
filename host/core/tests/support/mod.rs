//! Builds pods, ConfigMaps and rendered results for the tests.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::sync::Arc;

use podweave_core::binding::{Binding, Render, bindings};
use podweave_core::completion::{Completed, CompletionError, Environment, complete};
use podweave_core::config_map::ConfigMap;
use podweave_core::digest::Digest;
use podweave_core::inputs::{Bound, Inputs};
use podweave_core::limits::{Limits, Usage};
use podweave_core::manifest::Manifests;
use podweave_core::merge::{MergeError, RenderResult, Rendered, merge};
use podweave_core::outputs::Outputs;
use podweave_core::own_environment::OwnEnvironment;
use podweave_core::pod::Pod;
use podweave_core::reads::Reads;
use podweave_core::reference::PluginReference;

/// The marker in values and params; no error may contain it.
pub const MARKER: &str = "hunter2-S3CRET";

/// Reads the manifests in a text, with the namespace `shop`.
pub fn manifests(yaml: &str) -> Manifests {
    let mut manifests = Manifests::default();
    manifests
        .add("shop.yaml", yaml, "shop")
        .unwrap_or_else(|error| panic!("{error}\n{yaml}"));
    manifests
}

/// Returns the message that refuses a manifest.
pub fn manifest_error(yaml: &str) -> String {
    Manifests::default()
        .add("shop.yaml", yaml, "shop")
        .expect_err("the manifest is wrong")
        .to_string()
}

/// Returns the one pod of a manifest.
pub fn pod(yaml: &str) -> Pod {
    let mut pods = manifests(yaml).pods;
    assert_eq!(pods.len(), 1, "one pod");
    pods.remove(0)
}

/// Returns the one ConfigMap of a manifest.
pub fn config_map(yaml: &str) -> Arc<ConfigMap> {
    Arc::clone(manifests(yaml).config_maps().next().expect("a ConfigMap"))
}

/// A pod with the init container `migrate`, the sidecar `proxy`, the apps `web` and `worker`, and the
/// ephemeral `debugger`.
pub fn annotated(annotations: &[(&str, &str)]) -> Pod {
    let mut pod = pod("
kind: Pod
metadata: {name: web-0, namespace: shop}
spec:
  initContainers:
  - {name: migrate, image: app}
  - {name: proxy, image: proxy, restartPolicy: Always}
  containers:
  - {name: web, image: app}
  - {name: worker, image: app}
  ephemeralContainers:
  - {name: debugger, image: busybox}
");
    pod.annotations = annotations
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    pod
}

/// The bindings of [`annotated`].
pub fn bound(annotations: &[(&str, &str)]) -> Vec<Binding> {
    bindings(&annotated(annotations)).unwrap_or_else(|error| panic!("{error}"))
}

/// The message that refuses annotations of [`annotated`].
pub fn refusal(annotations: &[(&str, &str)]) -> String {
    bindings(&annotated(annotations))
        .expect_err("the annotations are wrong")
        .to_string()
}

/// A pod with one container `web`, whose spec continues with `container`, in flow or block style, indented by
/// four.
pub fn pod_with(container: &str) -> Pod {
    pod(&format!(
        "kind: Pod\nmetadata: {{name: web-0, namespace: shop, labels: {{app: web}}}}\nspec:\n  containers:\n  - name: web\n{container}"
    ))
}

/// The inputs of the first container of a pod that binds these ConfigMaps by their names.
pub fn inputs(pod: &Pod, maps: &[Arc<ConfigMap>]) -> Inputs {
    let bound = maps.iter().map(|map| Bound {
        alias: map.name.clone(),
        identity: format!("{}/{}", map.namespace, map.name),
        config_map: Some(Arc::clone(map)),
    });
    Inputs::new(Arc::new(pod.clone()), 0, bound.collect(), "{}".into())
}

/// A render as a pod's annotations ask for it.
pub fn render() -> Render {
    let plugin = PluginReference::parse("handlebars").expect("a reference");
    Render {
        plugin,
        config_maps: Vec::new(),
        params: "{}".into(),
        files_directory: "/etc/podweave".to_owned(),
        file_mounts: Vec::new(),
    }
}

/// Sets outputs as a plugin would.
#[derive(Default)]
pub struct Set(pub Outputs);

impl Set {
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.0
            .env(name.to_owned(), value.to_owned(), false, &Limits::default())
            .expect("a variable");
        self
    }

    pub fn expand_env(mut self, name: &str, value: &str) -> Self {
        self.0
            .env(name.to_owned(), value.to_owned(), true, &Limits::default())
            .expect("a variable");
        self
    }

    pub fn append(mut self, arg: &str) -> Self {
        self.0
            .append_arg(arg.to_owned(), &Limits::default())
            .expect("an argument");
        self
    }

    pub fn replace(mut self, args: &[&str]) -> Self {
        self.0
            .replace_args(strings(args), true, &Limits::default())
            .expect("arguments");
        self
    }

    pub fn file(mut self, path: &str, contents: &str) -> Self {
        self.0
            .file(
                path.to_owned(),
                contents.into(),
                &Limits::default(),
                &Usage::default(),
            )
            .expect("a file");
        self
    }

    pub fn mode(mut self, path: &str, mode: u32) -> Self {
        self.0.file_mode(path, mode).expect("a mode");
        self
    }
}

/// Merges renders that read nothing.
pub fn merged(renders: &[(&Render, Set)]) -> Result<Rendered, MergeError> {
    merged_within(renders, &Limits::default())
}

/// As [`merged`], with limits.
pub fn merged_within(renders: &[(&Render, Set)], limits: &Limits) -> Result<Rendered, MergeError> {
    let results = renders.iter().map(|(render, set)| RenderResult {
        render,
        plugin: Digest::of(b"plugin"),
        outputs: set.0.clone(),
        reads: Reads::default(),
    });
    merge(results.collect(), limits)
}

/// The result of one render.
pub fn rendered(set: Set) -> Rendered {
    merged(&[(&render(), set)]).unwrap_or_else(|error| panic!("{error}"))
}

/// Completes a render for the first container of a pod, with an environment that the kubelet knew.
pub fn completed(pod: &Pod, set: Set, own: &[(&str, &str)]) -> Result<Completed, CompletionError> {
    complete(
        &pod.containers[0],
        &rendered(set),
        OwnEnvironment::OfSpec(&environment(own)),
        &Limits::default(),
    )
}

/// As [`completed`], with the environment of the process, which contains more than the kubelet knew.
pub fn completed_of_process(pod: &Pod, set: Set, own: &[(&str, &str)]) -> Completed {
    let own = environment(own);
    complete(
        &pod.containers[0],
        &rendered(set),
        OwnEnvironment::OfProcess(&own),
        &Limits::default(),
    )
    .unwrap_or_else(|error| panic!("{error}"))
}

/// An environment.
pub fn environment(variables: &[(&str, &str)]) -> Environment {
    variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// Owned strings.
pub fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

/// Checks a message that a user may see: one line without anything that a terminal would obey.
pub fn assert_printable(message: &str) {
    assert!(!message.is_empty(), "a message says something");
    assert!(
        message.len() < 20_000,
        "a message is short enough to read: {} bytes",
        message.len()
    );
    let bad = message.chars().find(|c| podweave_core::text::is_unprintable(*c));
    assert!(bad.is_none(), "{bad:?} in {message:?}");
}

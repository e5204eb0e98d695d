//! Checks that what is recorded of pods and ConfigMaps means the same as the original, and contains nothing
//! else.

mod support;

use podweave_core::config_map::{ConfigMap, Value};
use podweave_core::manifest::Manifests;
use podweave_core::node::Node;
use podweave_core::yaml;
use proptest::prelude::*;
use serde_json::json;
use support::{config_map, manifests};

/// A pod as the API server has it, abridged, under some path, with parts that must not be recorded.
const LIVE: &str = r#"
apiVersion: v1
kind: Pod
metadata:
  name: web-0
  namespace: live
  uid: 0b6c2d4e
  resourceVersion: "1"
  creationTimestamp: "2026-01-01T00:00:00Z"
  managedFields: [{manager: kubectl}]
  ownerReferences: [{kind: ReplicaSet, name: web}]
  labels: {app: web}
  annotations:
    podweave.dev/plugin: handlebars
    kubectl.kubernetes.io/last-applied-configuration: "{}"
spec:
  nodeName: n1
  serviceAccountName: web
  serviceAccount: web
  tolerations: [{key: a}]
  volumes: [{name: s, secret: {secretName: db}}]
  initContainers:
  - {name: proxy, image: p, restartPolicy: Always, volumeMounts: [{name: s, mountPath: /s}]}
  containers:
  - name: web
    image: example.org/web:1
    imagePullPolicy: Always
    command: [web]
    args: [serve]
    env:
    - {name: A, value: plain}
    - {name: B, valueFrom: {secretKeyRef: {name: db, key: password}}}
    - {name: C, valueFrom: {configMapKeyRef: {name: app, key: c, optional: true}}}
    envFrom: [{secretRef: {name: db}}, {prefix: X_, configMapRef: {name: app}}]
    ports: [{name: http, containerPort: 80, protocol: TCP}]
    resources: {limits: {cpu: "1"}, requests: {cpu: 500m}, claims: [{name: x}]}
    securityContext: {runAsUser: 0}
  ephemeralContainers: [{name: debugger, image: busybox, targetContainerName: web}]
status: {podIP: 10.0.0.1}
"#;

fn cleaned(manifests: &Manifests) -> serde_json::Value {
    manifests.cleaned_pods().next().expect("a pod")
}

/// Reads the pods of a recorded manifest, with another default namespace.
fn read_again(document: serde_json::Value) -> Manifests {
    let mut manifests = Manifests::default();
    manifests
        .add_document("pod.yaml", document, "elsewhere")
        .unwrap_or_else(|error| panic!("{error}"));
    manifests
}

#[test]
fn only_what_podweave_reads_is_left_of_a_live_pod() {
    assert_eq!(
        cleaned(&manifests(LIVE)),
        json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": "web-0", "namespace": "live", "uid": "0b6c2d4e",
                "labels": { "app": "web" },
                "annotations": { "podweave.dev/plugin": "handlebars" },
            },
            "spec": {
                "nodeName": "n1",
                "serviceAccountName": "web",
                "initContainers": [{ "name": "proxy", "image": "p", "restartPolicy": "Always" }],
                "containers": [{
                    "name": "web", "image": "example.org/web:1", "command": ["web"], "args": ["serve"],
                    "env": [
                        { "name": "A", "value": "plain" },
                        { "name": "B", "valueFrom": { "secretKeyRef": { "name": "db", "key": "password" } } },
                        { "name": "C", "valueFrom": { "configMapKeyRef": { "name": "app", "key": "c", "optional": true } } },
                    ],
                    "envFrom": [{ "secretRef": { "name": "db" } }, { "prefix": "X_", "configMapRef": { "name": "app" } }],
                    "ports": [{ "name": "http", "containerPort": 80 }],
                    "resources": { "limits": { "cpu": "1" }, "requests": { "cpu": "500m" } },
                }],
                "ephemeralContainers": [{ "name": "debugger", "image": "busybox" }],
            },
        })
    );
}

#[test]
fn a_recorded_pod_of_any_kind_reads_as_the_original() {
    let pod = manifests(LIVE).cleaned_pods().next().expect("a pod");
    let mut template = pod.clone();
    template
        .as_object_mut()
        .expect("an object")
        .retain(|field, _| field == "spec" || field == "metadata");
    template["metadata"]
        .as_object_mut()
        .expect("an object")
        .retain(|field, _| field != "name" && field != "namespace" && field != "uid");
    let workload = |api_version: &str, kind: &str, spec: serde_json::Value| json!({ "apiVersion": api_version, "kind": kind, "metadata": { "name": "web" }, "spec": spec, "status": {} });
    let mut generated = pod.clone();
    generated["metadata"] = json!({ "generateName": "web-", "namespace": "shop" });
    let all = [
        yaml::document(LIVE).expect("YAML"),
        workload(
            "apps/v1",
            "Deployment",
            json!({ "replicas": 3, "template": template }),
        ),
        workload(
            "batch/v1",
            "CronJob",
            json!({ "schedule": "@daily", "jobTemplate": { "spec": { "template": template } } }),
        ),
        generated,
    ];
    for document in all {
        let mut before = Manifests::default();
        before.add_document("live", document, "shop").expect("a pod");
        let recorded = cleaned(&before);
        let after = read_again(recorded.clone());
        // This is the only annotation that is not recorded.
        before.pods[0]
            .annotations
            .remove("kubectl.kubernetes.io/last-applied-configuration");
        assert_eq!(after.pods, before.pods);
        assert_eq!(cleaned(&after), recorded, "nothing is left to clean");
        assert!(
            !recorded.to_string().contains("replicas") && !recorded.to_string().contains("status"),
            "{recorded}"
        );
    }
}

#[test]
fn an_owners_consent_is_recorded() {
    let shared = config_map(
        "kind: ConfigMap\nmetadata: {name: app, annotations: {podweave.dev/share-with: 'b, a', other: x}}\ndata: {k: v}",
    );
    let manifest = shared.to_manifest();
    assert_eq!(
        manifest["metadata"],
        json!({ "name": "app", "namespace": "shop", "annotations": { "podweave.dev/share-with": "a,b" } })
    );
    assert!(
        ConfigMap::from_manifest(Node::root(&manifest), "elsewhere")
            .expect("a ConfigMap")
            .is_readable_from("b")
    );
}

fn any_config_map() -> impl Strategy<Value = ConfigMap> {
    let value = prop_oneof![
        any::<String>().prop_map(Value::text),
        prop::collection::vec(any::<u8>(), 0..50).prop_map(Value::bytes)
    ];
    let values = prop::collection::btree_map("[-_a-zA-Z0-9][-._a-zA-Z0-9]{0,20}", value, 0..6);
    let shared_with = prop::collection::vec("[a-z]{1,8}", 0..3);
    ("[a-z]{1,8}", "[a-z]{1,8}(\\.[a-z]{1,8})?", values, shared_with).prop_map(
        |(namespace, name, values, shared_with)| {
            let config_map = values
                .into_iter()
                .fold(ConfigMap::new(namespace, name), |map, (key, value)| {
                    map.with(key, value)
                });
            shared_with.into_iter().fold(config_map, ConfigMap::shared_with)
        },
    )
}

proptest! {
    #[test]
    fn a_recorded_config_map_reads_as_the_original(config_map in any_config_map()) {
        let text = yaml::to_string(&config_map.to_manifest()).expect("YAML");
        let document = yaml::document(&text).expect("the same YAML");
        let read = ConfigMap::from_manifest(Node::root(&document), "elsewhere").expect("a ConfigMap");
        prop_assert_eq!(&read, &config_map);
        for key in config_map.keys() {
            prop_assert_eq!(read.get(key).and_then(Value::as_data), config_map.get(key).and_then(Value::as_data), "data stays data");
        }
    }
}

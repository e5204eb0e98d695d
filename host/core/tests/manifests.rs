//! Checks what is read from typical manifests. Mistakes are in manifest_mistakes.rs.

mod support;

use podweave_core::pod::{ContainerKind, EnvFrom, EnvSource, Pod};
use support::{manifests, pod, pod_with};

#[test]
fn every_workload_with_a_pod_template_is_read() {
    let template = "template: {metadata: {labels: {app: web}}, spec: {nodeName: n1, containers: [{name: web, image: app:1}]}}";
    for kind in [
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "ReplicationController",
        "Job",
        "CronJob",
    ] {
        let spec = if kind == "CronJob" {
            format!("jobTemplate: {{spec: {{{template}}}}}")
        } else {
            template.to_owned()
        };
        let pod = pod(&format!(
            "kind: {kind}\nmetadata: {{name: web, uid: 1-2}}\nspec: {{{spec}}}"
        ));
        assert_eq!((pod.kind.as_str(), pod.identity().as_str()), (kind, "shop/web"));
        assert_eq!((&pod.name, &pod.uid), (&None, &None), "a template is not a pod");
        assert_eq!(pod.labels["app"], "web");
        assert_eq!(pod.service_account, "default");
        assert_eq!(pod.containers[0].image, "app:1");
    }
}

#[test]
fn a_pod_has_the_facts_that_its_manifest_says() {
    let pod = pod("
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: prod, uid: 1-2, labels: {app: web, empty: null}, annotations: {note: hello}}
spec:
  nodeName: n1
  serviceAccountName: robot
  containers:
  - name: web
    image: app:1
    command: [serve]
    args: []
    ports: [{name: http, containerPort: 8080}, {containerPort: 9}]
    resources: {requests: {cpu: 0.5}, limits: {cpu: 2, memory: 1024Mi}}
");
    assert_eq!(
        (pod.name.as_deref(), pod.uid.as_deref(), pod.node_name.as_deref()),
        (Some("web-0"), Some("1-2"), Some("n1"))
    );
    assert_eq!(
        (
            pod.namespace.as_str(),
            pod.service_account.as_str(),
            pod.annotations["note"].as_str()
        ),
        ("prod", "robot", "hello")
    );
    assert_eq!(
        pod.labels["empty"], "",
        "a null among texts is empty text, as in the API server"
    );
    let web = &pod.containers[0];
    assert_eq!(
        (web.command.clone(), web.args.clone()),
        (Some(vec!["serve".to_owned()]), None),
        "an empty list means what a missing one means"
    );
    assert_eq!(
        web.ports.iter().collect::<Vec<_>>(),
        [(&"http".to_owned(), &8080)]
    );
    assert_eq!(
        (web.requests["cpu"].as_str(), web.limits["cpu"].as_str()),
        ("500m", "2"),
        "quantities are as the API server writes them"
    );
    assert_eq!(
        (web.requests["memory"].as_str(), web.limits["memory"].as_str()),
        ("1Gi", "1Gi"),
        "a limit is a request unless there is one"
    );
}

#[test]
fn generate_name_replaces_a_missing_name() {
    assert_eq!(
        pod("kind: Pod\nmetadata: {generateName: web-}\nspec: {containers: [{name: web}]}").manifest_name,
        "web-"
    );
}

#[test]
fn place_and_restart_policy_decide_the_kind_of_a_container() {
    let kinds: Vec<_> = support::annotated(&[])
        .containers
        .iter()
        .map(|container| (container.name.clone(), container.kind))
        .collect();
    let expected = [
        ("migrate", ContainerKind::Init),
        ("proxy", ContainerKind::Sidecar),
        ("web", ContainerKind::App),
        ("worker", ContainerKind::App),
        ("debugger", ContainerKind::Ephemeral),
    ];
    assert_eq!(kinds, expected.map(|(name, kind)| (name.to_owned(), kind)));
}

#[test]
fn the_sources_of_variables_are_distinguished() {
    let pod = pod_with(
        "    envFrom: [{prefix: P_, configMapRef: {name: a}}, {secretRef: {name: s}}]
    env:
    - {name: L, value: x}
    - {name: EMPTY}
    - {name: K, valueFrom: {configMapKeyRef: {name: a, key: k}}}
    - {name: F, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
    - {name: S, valueFrom: {secretKeyRef: {name: s, key: k}}}
    - {name: BOTH, value: '', valueFrom: {fieldRef: {fieldPath: metadata.name}}}",
    );
    let web = &pod.containers[0];
    let froms = [
        EnvFrom {
            prefix: "P_".to_owned(),
            config_map: Some("a".to_owned()),
        },
        EnvFrom {
            prefix: String::new(),
            config_map: None,
        },
    ];
    assert_eq!(web.env_from, froms);
    let field = EnvSource::Field("metadata.name".to_owned());
    let sources = [
        EnvSource::Literal("x".to_owned()),
        EnvSource::Literal(String::new()),
        EnvSource::ConfigMapKey {
            config_map: "a".to_owned(),
            key: "k".to_owned(),
        },
        field.clone(),
        EnvSource::Opaque,
        field,
    ];
    assert_eq!(
        web.env
            .iter()
            .map(|variable| variable.source.clone())
            .collect::<Vec<_>>(),
        sources
    );
}

#[test]
fn several_documents_and_lists_are_read_other_kinds_are_skipped() {
    let manifests = manifests(
        "
---
# nothing
---
kind: Service
metadata: {name: web}
---
apiVersion: batch.volcano.sh/v1alpha1
kind: Job
metadata: {name: of-another-group}
spec: {tasks: []}
---
apiVersion: v1
kind: List
items:
- {kind: ConfigMap, metadata: {name: b}}
- {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {template: {spec: {containers: [{name: web}]}}}}
---
{\"kind\": \"ConfigMapList\", \"items\": [{\"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"a\", \"namespace\": \"zoo\"}}]}
---
kind: ConfigMap
metadata: {name: c}
",
    );
    assert_eq!(
        manifests.pods.iter().map(Pod::identity).collect::<Vec<_>>(),
        ["shop/web"]
    );
    let maps: Vec<_> = manifests
        .config_maps()
        .map(|map| format!("{}/{}", map.namespace, map.name))
        .collect();
    assert_eq!(
        maps,
        ["shop/b", "shop/c", "zoo/a"],
        "sorted by namespace and name"
    );
    assert!(manifests.config_map("zoo", "a").is_some() && manifests.config_map("shop", "a").is_none());
}

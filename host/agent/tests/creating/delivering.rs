//! Rendered variables, arguments and files reach their containers.

use std::collections::BTreeMap;

use podweave_agent::mark::{MARK, SKIPPED};
use podweave_nri::api::ContainerAdjustment;

use crate::node::{Node, container, pod, web};

const PARAMS: &str = r#"
env: {PORT: "{{config.port}}", DSN: "postgres://app:$(PASSWORD)@{{config.db}}/shop", ZONE: '{{node.labels.zone}}'}
files: {app.conf: "port {{config.port}}\n", tls/ca.pem: "ca"}
"#;

const ANNOTATIONS: [(&str, &str); 4] = [
    ("podweave.dev/plugin", "handlebars"),
    ("podweave.dev/config-maps", "web"),
    ("podweave.dev/params", PARAMS),
    ("podweave.dev/file-mounts", "app.conf=/app/app.conf"),
];

fn env(adjust: &ContainerAdjustment) -> BTreeMap<&str, &str> {
    adjust
        .env
        .iter()
        .map(|variable| (variable.key.as_str(), variable.value.as_str()))
        .collect()
}

#[tokio::test]
async fn a_container_gets_variables_arguments_and_files() {
    let node = Node::new();
    node.put("web", &[("port", "8080"), ("db", "db:5432")]);
    node.apply(pod("u-1", &ANNOTATIONS));
    let adjust = node.create("u-1", &ANNOTATIONS, web()).await.unwrap();
    let expected = [
        ("DSN", "postgres://app:s3cret@db:5432/shop"),
        ("PORT", "8080"),
        ("URL", "http://localhost:8080"),
        ("ZONE", "a"),
    ];
    assert_eq!(env(&adjust), BTreeMap::from(expected));
    assert_eq!(
        adjust.args,
        ["serve", "--port=8080", "$(PORT)"],
        "$$(PORT) is left alone"
    );
    assert_eq!(Node::file(&adjust, "/etc/podweave", "app.conf"), "port 8080\n");
    assert_eq!(Node::file(&adjust, "/etc/podweave", "tls/ca.pem"), "ca");
    assert!(
        adjust
            .mounts
            .iter()
            .all(|mount| mount.options.iter().any(|option| option == "ro"))
    );
    let single = adjust
        .mounts
        .iter()
        .find(|mount| mount.destination == "/app/app.conf")
        .expect("the single file");
    assert!(
        !single.source.contains("..data"),
        "the mount would follow a link: {}",
        single.source
    );
    assert!(adjust.annotations[MARK].starts_with("sha256:"));
}

#[tokio::test]
async fn the_images_variables_are_not_expanded_in_the_specs_texts() {
    let node = Node::new();
    let annotations = [
        ("podweave.dev/plugin", "handlebars"),
        (
            "podweave.dev/params",
            "env: {A: '1', PATH: '$(PATH):/opt'}\nargs: {append: [more]}",
        ),
    ];
    let mut pod = pod("u-1", &annotations);
    pod["spec"]["containers"][0]["command"] = serde_json::json!(["sh", "-c"]);
    pod["spec"]["containers"][0]["args"] = serde_json::json!(["echo $(HOME) $(HOSTNAME) $(A)"]);
    pod["spec"]["containers"][0]["env"] = serde_json::json!([{"name": "E", "value": "$(HOME)/$(A)"}]);
    node.apply(pod);
    let env_of_process = ["PATH=/bin", "HOSTNAME=web-0", "HOME=/root", "E=$(HOME)/$(A)"];
    let adjust = node
        .create(
            "u-1",
            &annotations,
            container(
                "web",
                &env_of_process,
                &["sh", "-c", "echo $(HOME) $(HOSTNAME) $(A)"],
            ),
        )
        .await
        .unwrap();
    assert_eq!(adjust.args, ["sh", "-c", "echo $(HOME) $(HOSTNAME) 1", "more"]);
    assert_eq!(
        env(&adjust),
        BTreeMap::from([("A", "1"), ("E", "$(HOME)/1"), ("PATH", "/bin:/opt")])
    );
}

#[tokio::test]
async fn a_pod_that_has_not_opted_in_is_left_alone() {
    let node = Node::new();
    let annotations = [("example.org/plugin", "handlebars")];
    node.apply(pod("u-1", &annotations));
    assert_eq!(
        node.create("u-1", &annotations, web()).await.unwrap(),
        ContainerAdjustment::default()
    );
    assert_eq!(
        node.create("unknown", &[], web()).await.unwrap(),
        ContainerAdjustment::default()
    );
}

#[tokio::test]
async fn a_container_without_renders_is_only_marked() {
    let node = Node::new();
    node.put("web", &[("port", "8080"), ("db", "db")]);
    node.apply(pod("u-1", &ANNOTATIONS));
    let adjust = node
        .create(
            "u-1",
            &ANNOTATIONS,
            container("migrate", &[], &["entry", "migrate"]),
        )
        .await
        .unwrap();
    assert_eq!(adjust.annotations[MARK], SKIPPED);
    assert!(adjust.env.is_empty() && adjust.args.is_empty() && adjust.mounts.is_empty());
}

#[tokio::test]
async fn a_recreated_container_gets_the_current_config_maps() {
    let node = Node::new();
    node.put("web", &[("port", "8080"), ("db", "db")]);
    node.apply(pod("u-1", &ANNOTATIONS));
    let first = node.create("u-1", &ANNOTATIONS, web()).await.unwrap();
    let again = node.create("u-1", &ANNOTATIONS, web()).await.unwrap();
    assert_eq!(first, again, "nothing has changed");
    node.put("web", &[("port", "9090"), ("db", "db")]);
    let adjust = node.create("u-1", &ANNOTATIONS, web()).await.unwrap();
    assert_eq!(env(&adjust)["PORT"], "9090");
    assert_eq!(Node::file(&adjust, "/etc/podweave", "app.conf"), "port 9090\n");
    node.creations
        .renders
        .set_labels(BTreeMap::from([("zone".to_owned(), "b".to_owned())]));
    assert_eq!(
        env(&node.create("u-1", &ANNOTATIONS, web()).await.unwrap())["ZONE"],
        "b"
    );
}

#[tokio::test]
async fn the_sandboxs_annotations_override_the_api_servers() {
    let node = Node::new();
    node.put("web", &[("port", "8080"), ("db", "db")]);
    node.apply(pod(
        "u-1",
        &[
            ("podweave.dev/plugin", "handlebars"),
            ("podweave.dev/params", "env: {PORT: 'weakened'}"),
        ],
    ));
    assert_eq!(
        env(&node.create("u-1", &ANNOTATIONS, web()).await.unwrap())["PORT"],
        "8080"
    );
    // Removing all annotations does not help either.
    node.apply(pod("u-1", &[]));
    assert_eq!(
        env(&node.create("u-1", &ANNOTATIONS, web()).await.unwrap())["PORT"],
        "8080"
    );
}

#[tokio::test]
async fn a_private_file_belongs_to_the_containers_user() {
    use std::os::unix::fs::MetadataExt as _;
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let node = Node::new();
    let annotations = [
        ("podweave.dev/plugin", "handlebars"),
        ("podweave.dev/config-maps", "web"),
        (
            "podweave.dev/params",
            "files: {secretive: {key: web/port, mode: '0400'}}",
        ),
    ];
    node.put("web", &[("port", "8080")]);
    node.apply(pod("u-1", &annotations));
    let user = podweave_nri::api::User {
        uid: 1234,
        gid: 5678,
        additional_gids: Vec::new(),
    };
    let adjust = node
        .create(
            "u-1",
            &annotations,
            podweave_nri::api::Container {
                user: Some(user),
                ..web()
            },
        )
        .await
        .unwrap();
    let file = std::path::Path::new(&adjust.mounts[0].source)
        .join("secretive")
        .metadata()
        .unwrap();
    assert_eq!((file.uid(), file.gid(), file.mode() & 0o777), (1234, 5678, 0o400));
}

//! Changes of ConfigMaps while containers run: which files follow, and which stay.

use podweave_agent::for_tests::follow::FollowSettings;
use podweave_agent::status::{ChangeState, ChangeStatus};
use podweave_nri::api::{Container, ContainerAdjustment};

use crate::node::{Node, container, pod, web};

const UID: &str = "u-1";

const PARAMS: &str = "env: {PORT: '{{config.port}}'}\nfiles: {app.conf: 'name {{config.name}}'}";

/// A pod whose file shows the key `name`, and whose variable shows the key `port`.
fn annotations(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let mut all = vec![
        ("podweave.dev/plugin", "handlebars"),
        ("podweave.dev/config-maps", "web"),
        ("podweave.dev/params", PARAMS),
    ];
    all.retain(|(key, _)| more.iter().all(|(other, _)| other != key));
    all.extend(more);
    all
}

/// A node with a running container.
struct Scene {
    node: Node,
    annotations: Vec<(&'static str, &'static str)>,
    given: ContainerAdjustment,
}

impl Scene {
    async fn new(more: &[(&'static str, &'static str)]) -> Self {
        let node = Node::watching();
        node.put("web", &[("name", "one"), ("port", "1")]);
        let annotations = annotations(more);
        node.apply(pod(UID, &annotations));
        let given = node.create(UID, &annotations, web()).await.unwrap();
        Self {
            node,
            annotations,
            given,
        }
    }

    fn file(&self) -> String {
        Node::file(&self.given, "/etc/podweave", "app.conf")
    }

    fn change(&self) -> ChangeStatus {
        self.node
            .following
            .status(UID, "web")
            .expect("the container runs")
    }

    async fn until_file_is(&self, content: &str) {
        until(|| self.file() == content).await;
    }

    async fn until_state_is(&self, state: ChangeState) -> ChangeStatus {
        until(|| self.change().state == state).await;
        self.change()
    }

    /// The same node with a new agent, to which the runtime reports the running container.
    async fn restarted(self) -> Self {
        let scene = self.restarted_unlisted().await;
        scene.node.restore_api_server();
        scene.node.apply(pod(UID, &scene.annotations));
        scene
    }

    /// As [`Scene::restarted`], but the API server has not reported the pod yet.
    async fn restarted_unlisted(self) -> Self {
        let Self {
            node,
            annotations,
            given,
        } = self;
        let node = node.restarted_unlisted();
        let running = Container {
            annotations: given.annotations.clone().into_iter().collect(),
            ..web()
        };
        node.connect_to_runtime_with(UID, &annotations, running).await;
        Self {
            node,
            annotations,
            given,
        }
    }
}

/// Waits for an effect of another task.
async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn files_of_a_running_container_follow() {
    let scene = Scene::new(&[]).await;
    scene.node.put("web", &[("name", "two"), ("port", "1")]);
    scene.until_file_is("name two").await;
    let change = scene.until_state_is(ChangeState::Current).await;
    until(|| scene.change().history.len() == 2).await;
    let latest = &scene.change().history[0];
    assert_eq!(latest.causes[0].config_map, "web");
    assert_eq!(latest.causes[0].keys, ["name"]);
    assert_eq!(latest.resource_versions["shop/web"], "2");
    assert!(change.would.is_empty() && change.failure.is_none());
}

#[tokio::test]
async fn files_stay_together_with_the_variables() {
    let scene = Scene::new(&[]).await;
    scene.node.put("web", &[("name", "two"), ("port", "2")]);
    let change = scene.until_state_is(ChangeState::Outdated).await;
    assert_eq!(
        (change.would.env, change.would.files),
        (vec!["PORT".to_owned()], vec!["/etc/podweave/app.conf".to_owned()])
    );
    assert_eq!(change.causes[0].keys, ["name", "port"]);
    assert_eq!(scene.file(), "name one");
    // The variable is as it was at the start again: now the file follows.
    scene.node.put("web", &[("name", "two"), ("port", "1")]);
    scene.until_file_is("name two").await;
    scene.until_state_is(ChangeState::Current).await;
}

#[tokio::test]
async fn files_follow_in_any_case_if_the_pod_says_so() {
    let scene = Scene::new(&[("podweave.dev/follow", "files")]).await;
    scene.node.put("web", &[("name", "two"), ("port", "2")]);
    scene.until_file_is("name two").await;
    let change = scene.until_state_is(ChangeState::Outdated).await;
    assert_eq!(
        (change.would.env, change.would.files),
        (vec!["PORT".to_owned()], Vec::new())
    );
}

#[tokio::test]
async fn files_are_pinned_if_the_pod_says_so() {
    let scene = Scene::new(&[("web.podweave.dev/follow", "none")]).await;
    scene.node.put("web", &[("name", "two"), ("port", "1")]);
    // The other container follows, so the change is noticed.
    scene
        .node
        .create(UID, &scene.annotations, container("worker", &[], &[]))
        .await
        .unwrap();
    scene.until_state_is(ChangeState::Pinned).await;
    assert_eq!(scene.file(), "name one");
}

#[tokio::test]
async fn a_change_waits_for_its_turn_and_is_cancelled_by_its_revert() {
    let scene = Scene::new(&[("podweave.dev/spread", "1h")]).await;
    scene.node.put("web", &[("name", "two"), ("port", "1")]);
    let change = scene.until_state_is(ChangeState::Waiting).await;
    assert_eq!(change.causes[0].keys, ["name"]);
    assert_eq!(scene.file(), "name one");
    scene.node.put("web", &[("name", "one"), ("port", "1")]);
    let change = scene.until_state_is(ChangeState::Current).await;
    assert!(
        change.history.iter().all(|entry| entry.causes.is_empty()),
        "nothing followed"
    );
    // A turn that comes is taken.
    let scene = Scene::new(&[("podweave.dev/spread", "50ms")]).await;
    scene.node.put("web", &[("name", "two"), ("port", "1")]);
    scene.until_file_is("name two").await;
}

#[tokio::test]
async fn files_follow_a_label_of_the_node() {
    let params = "files: {app.conf: 'zone {{node.labels.zone}}'}";
    let scene = Scene::new(&[("podweave.dev/params", params)]).await;
    assert_eq!(scene.file(), "zone a");
    until(|| scene.change().history.len() == 1).await;
    scene.node.label("b");
    scene.until_file_is("zone b").await;
    // A variable needs a new container.
    let params = "env: {ZONE: '{{node.labels.zone}}'}\nfiles: {app.conf: x}";
    let scene = Scene::new(&[("podweave.dev/params", params)]).await;
    until(|| scene.change().history.len() == 1).await;
    scene.node.label("b");
    let change = scene.until_state_is(ChangeState::Outdated).await;
    assert_eq!(
        (change.would.env, change.node_labels),
        (vec!["ZONE".to_owned()], vec!["zone".to_owned()])
    );
}

#[tokio::test]
async fn an_init_container_keeps_its_files() {
    let scene = Scene::new(&[("podweave.dev/containers", "migrate, web")]).await;
    let migrate = container("migrate", &[], &[]);
    let given = scene.node.create(UID, &scene.annotations, migrate).await.unwrap();
    scene.node.put("web", &[("name", "two"), ("port", "1")]);
    scene.until_file_is("name two").await;
    assert!(scene.node.following.status(UID, "migrate").is_none());
    assert_eq!(Node::file(&given, "/etc/podweave", "app.conf"), "name one");
}

#[tokio::test]
async fn a_failing_render_changes_nothing_and_heals_by_itself() {
    let scene = Scene::new(&[]).await;
    scene.node.put("web", &[("port", "1")]);
    let change = scene.until_state_is(ChangeState::Failing).await;
    assert!(change.failure.unwrap().contains("name"));
    scene.node.delete("web");
    until(|| {
        scene
            .change()
            .failure
            .is_some_and(|failure| !failure.contains("config.name"))
    })
    .await;
    assert_eq!(scene.file(), "name one");
    // The same as before the failure: nothing to do.
    scene.node.put("web", &[("name", "one"), ("port", "1")]);
    let change = scene.until_state_is(ChangeState::Current).await;
    assert_eq!(change.history.len(), 1, "nothing followed");
    scene.node.put("web", &[("name", "two"), ("port", "1")]);
    scene.until_file_is("name two").await;
}

#[tokio::test]
async fn a_held_config_map_moves_nothing_until_it_is_released() {
    let scene = Scene::new(&[]).await;
    scene
        .node
        .put_held("web", &[("name", "two"), ("port", "1")], Some("migration"));
    let change = scene.until_state_is(ChangeState::Held).await;
    assert_eq!(change.causes[0].hold.as_deref(), Some("migration"));
    scene
        .node
        .put_held("web", &[("name", "three"), ("port", "1")], Some("migration"));
    until(|| scene.change().causes[0].resource_version.as_deref() == Some("3")).await;
    assert_eq!(scene.file(), "name one");
    scene.node.put("web", &[("name", "three"), ("port", "1")]);
    scene.until_file_is("name three").await;
}

#[tokio::test]
async fn follow_enabled_is_the_brake_of_the_node() {
    let scene = Scene::new(&[]).await;
    let settings = |is_enabled| FollowSettings {
        is_enabled,
        settle: std::time::Duration::ZERO,
        ..FollowSettings::default()
    };
    scene.node.following.configure(settings(false));
    scene.node.put("web", &[("name", "two"), ("port", "1")]);
    assert!(scene.node.following.status(UID, "web").is_none());
    // A container that is created now gets the latest, as always.
    let other = Scene::new(&[]).await;
    assert_eq!(
        (scene.file(), other.file()),
        ("name one".to_owned(), "name one".to_owned())
    );
    scene.node.following.configure(settings(true));
    scene.until_file_is("name two").await;
}

#[tokio::test]
async fn a_new_agent_catches_up_with_what_changed_meanwhile() {
    let scene = Scene::new(&[]).await;
    until(|| scene.change().history.len() == 1).await;
    until(|| scene.node.volumes.state(UID, "web").unwrap().is_some()).await;
    let mut scene = scene.restarted().await;
    scene.node.put("web", &[("name", "two"), ("port", "1")]);
    scene.until_file_is("name two").await;
    until(|| scene.change().history.len() == 2).await;
    scene = scene.restarted().await;
    scene.until_state_is(ChangeState::Current).await;
    assert_eq!(scene.change().history.len(), 2, "nothing moved");
    assert_eq!(scene.file(), "name two");
}

#[tokio::test]
async fn without_its_state_a_container_is_recognized_by_its_mark_or_left_alone() {
    for (name, expected) in [("one", ChangeState::Current), ("two", ChangeState::Unknown)] {
        let scene = Scene::new(&[]).await;
        until(|| scene.node.volumes.state(UID, "web").unwrap().is_some()).await;
        scene.node.remove_state(UID, "web");
        scene.node.put("web", &[("name", name), ("port", "1")]);
        let file = if name == "one" {
            scene.file()
        } else {
            "name one".to_owned()
        };
        let scene = scene.restarted().await;
        until(|| scene.change().state == expected && scene.change().failure.is_some() == (name == "two"))
            .await;
        assert_eq!(scene.file(), file);
        scene.node.put("web", &[("name", "three"), ("port", "1")]);
        if name == "one" {
            scene.until_file_is("name three").await;
        } else {
            let worker = scene
                .node
                .create(UID, &scene.annotations, container("worker", &[], &[]))
                .await
                .unwrap();
            until(|| Node::file(&worker, "/etc/podweave", "app.conf") == "name three").await;
            assert_eq!(
                scene.file(),
                "name one",
                "it is not known what it was created with"
            );
        }
    }
}

#[tokio::test]
async fn while_the_api_server_is_away_nothing_follows() {
    let scene = Scene::new(&[]).await;
    until(|| scene.node.volumes.state(UID, "web").unwrap().is_some()).await;
    scene.node.lose_api_server();
    let scene = scene.restarted_unlisted().await;
    scene.until_state_is(ChangeState::Unknown).await;
    assert_eq!(scene.file(), "name one");
    scene.node.restore_api_server();
    scene.node.apply(pod(UID, &scene.annotations));
    scene.node.put("web", &[("name", "two"), ("port", "1")]);
    scene.until_file_is("name two").await;
}

#[tokio::test]
async fn the_files_of_a_deleted_pod_do_not_come_back() {
    let scene = Scene::new(&[]).await;
    scene.node.lifecycle_deleted(UID);
    scene.node.put("web", &[("name", "two"), ("port", "1")]);
    assert!(scene.node.following.status(UID, "web").is_none());
    assert_eq!(scene.file(), "name one", "they stay as long as its sandbox does");
}

#[tokio::test]
async fn no_value_is_in_the_status_or_the_state() {
    let scene = Scene::new(&[]).await;
    scene
        .node
        .put("web", &[("name", "a-planted-value"), ("port", "a-planted-value")]);
    let change = scene.until_state_is(ChangeState::Outdated).await;
    scene
        .node
        .put("web", &[("name", "a-planted-value"), ("port", "1")]);
    scene.until_file_is("name a-planted-value").await;
    until(|| scene.change().history.len() == 2).await;
    let state = String::from_utf8(scene.node.volumes.state(UID, "web").unwrap().unwrap()).unwrap();
    for shown in [
        serde_json::to_string(&change).unwrap(),
        serde_json::to_string(&scene.change()).unwrap(),
        state,
    ] {
        assert!(!shown.contains("a-planted-value"), "{shown}");
    }
}

//! `podweave plugin push`, `pull`, `list`, `verify` and `inspect` with a registry.

mod scene;
#[allow(
    dead_code,
    reason = "made for the tests of podweave-registry, which use more of it"
)]
#[path = "../../../registry/tests/registry/server.rs"]
mod server;
#[allow(
    dead_code,
    reason = "made for the tests of podweave-registry, which use more of it"
)]
#[path = "../../../registry/tests/registry/shelf.rs"]
mod shelf;
#[path = "../support/mod.rs"]
mod support;

use podweave_core::digest::Digest;
use scene::Scene;
use serde_json::{Value, json};
use server::{Server, answer, with};
use shelf::Shelf;
use support::{PARAMS, Place, Run, component, config_map, pod_with};

const PASSWORD: &str = "correct-horse-battery";

#[tokio::test(flavor = "multi_thread")]
async fn a_pushed_plugin_is_pulled_and_inspected() {
    let scene = Scene::new().await;
    let pushed = scene.push();
    let manifest = Digest::of(&scene.shelf.manifest("1.4").expect("a manifest"));
    assert_eq!(pushed, format!("{}@{manifest}", scene.reference()));

    let pulled = scene
        .run_apart(&["plugin", "pull", "REF", "-o", "pulled.wasm"])
        .good();
    assert_eq!(pulled.trim(), pushed);
    assert_eq!(
        std::fs::read(scene.place.path("pulled.wasm")).expect("a file"),
        component()
    );

    let inspected = scene.run(&["plugin", "inspect", "REF"]).good();
    assert!(
        inspected.starts_with(&format!("plugin        {pushed}\n"))
            && inspected.contains("the sandbox runs it"),
        "{inspected}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pulled_plugins_are_listed_for_users_and_nodes() {
    let scene = Scene::new().await;
    scene.push();
    let manifest = Digest::of(&scene.shelf.manifest("1.4").expect("a manifest"));
    scene.run_apart(&["plugin", "pull", "REF"]).good();

    let listed = scene.run_apart(&["plugin", "list", "-o", "json"]).good();
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    let item = &listed["items"][0];
    assert_eq!(item["name"], format!("{}/acme/web", scene.server.address));
    assert_eq!(
        (&item["tags"], &item["manifest"]),
        (&json!(["1.4"]), &json!(manifest.to_string()))
    );
    assert_eq!(
        (&item["component"], &item["size"]),
        (
            &json!(Digest::of(component()).to_string()),
            &json!(component().len())
        )
    );
    assert_eq!(
        (&item["compiled"], listed["items"].as_array().map(Vec::len)),
        (&json!(false), Some(1))
    );
    let table = scene.run_apart(&["plugin", "list"]).good();
    for part in [
        "tags        1.4",
        "not for this version",
        "not looked for",
        &manifest.to_string(),
    ] {
        assert!(table.contains(part), "{part}\n{table}");
    }

    // The list of a node's agent is the same.
    let directory = |name: &str| scene.place.path(name).display().to_string();
    scene.place.write(
        "agent.yaml",
        format!(
            "apiVersion: podweave.dev/v1alpha1\nkind: AgentConfiguration\ndirectories:\n  code: {}\n  plugins: {}\n",
            directory("code"),
            directory("cache/plugins")
        ),
    );
    let of_node = scene
        .run(&["plugin", "list", "--node", "--config", "agent.yaml", "-o", "json"])
        .good();
    assert_eq!(
        serde_json::from_str::<Value>(&of_node).expect("JSON")["items"][0],
        *item
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pulled_plugin_renders_without_the_registry() {
    let scene = Scene::new().await;
    let pushed = scene.push();
    scene.run(&["plugin", "pull", "REF"]).good();
    let (reference, place) = (scene.reference(), scene.place);
    drop(scene.server);
    place.write("configmaps.yaml", config_map());
    for named in [&reference, &pushed] {
        place.write(
            "pod.yaml",
            pod_with(&[("plugin", named), ("config-maps", "app"), ("params", PARAMS)]),
        );
        let rendered: Value =
            serde_json::from_str(&place.run(&["render", ".", "-o", "json"]).good()).expect("JSON");
        assert_eq!(
            rendered["items"][0]["plugins"][0]["digest"],
            Digest::of(component()).to_string()
        );
    }
    place.write(
        "pod.yaml",
        pod_with(&[("plugin", &reference.replace(":1.4", ":1.5")), ("params", PARAMS)]),
    );
    let message = place.run(&["render", "."]).refused(1);
    assert!(
        message.contains(":1.5") && message.contains("podweave plugin pull"),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn json_of_a_push_has_the_digests() {
    let scene = Scene::new().await;
    let document = scene
        .run(&[
            "plugin",
            "push",
            "web.wasm",
            "REF",
            "-o",
            "json",
            "--annotation",
            "org.opencontainers.image.version=1.4",
        ])
        .good();
    let document: Value = serde_json::from_str(&document).expect("JSON");
    let manifest = scene.shelf.manifest("1.4").expect("a manifest");
    assert_eq!(document["manifest"], Digest::of(&manifest).to_string());
    assert_eq!(document["component"], Digest::of(component()).to_string());
    let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
    assert_eq!(
        manifest["annotations"],
        json!({ "org.opencontainers.image.version": "1.4" })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tags_of_a_repository_are_listed() {
    let scene = Scene::new().await;
    scene.push();
    assert_eq!(scene.run(&["plugin", "list", "REF"]).good(), "1.4\n");
    let document: Value =
        serde_json::from_str(&scene.run(&["plugin", "list", "REF", "-o", "json"]).good()).expect("JSON");
    assert_eq!(document["tags"], json!(["1.4"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_the_sandbox_refuses_is_not_pushed() {
    let scene = Scene::new().await;
    scene.place.write("empty.wasm", b"\0asm\x0d\0\x01\0");
    let message = scene.run(&["plugin", "push", "empty.wasm", "REF"]).refused(1);
    assert!(
        message.contains("did not push empty.wasm, because the sandbox would not run it"),
        "{message}"
    );
    assert!(scene.server.asked().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_reference_is_an_error_that_names_it() {
    let scene = Scene::new().await;
    for command in ["pull", "inspect"] {
        let message = scene.run(&["plugin", command, "REF"]).refused(1);
        assert!(
            message.contains(&scene.server.address.to_string()),
            "{command}: {message}"
        );
    }
    let reference = format!("{}/acme/web:1.4", scene.server.address);
    let message = scene.run(&["plugin", "pull", "REF"]).refused(1);
    assert!(
        message.contains(&reference) && message.contains("no such manifest"),
        "{message}"
    );
}

#[test]
fn wrong_usage_is_reported_before_any_request() {
    let place = Place::new();
    place.write("web.wasm", component());
    let digest = format!("ghcr.io/acme/web@{}", Digest::of(b"x"));
    for (arguments, part) in [
        (vec!["plugin", "pull", "acme/web"], "write the host before it"),
        (
            vec!["plugin", "push", "web.wasm", "ghcr.io/Acme/web:1"],
            "is not a repository",
        ),
        (
            vec!["plugin", "push", "web.wasm", &digest],
            "push to a tag instead of a digest",
        ),
        (
            vec![
                "plugin",
                "push",
                "web.wasm",
                "ghcr.io/acme/web:1",
                "--annotation",
                "x",
            ],
            "KEY=VALUE",
        ),
        (vec!["plugin", "verify", "ghcr.io/acme/web:1"], "--key"),
        (
            vec![
                "plugin",
                "verify",
                "ghcr.io/acme/web:1",
                "--certificate-roots",
                "ca.pem",
            ],
            "--identity",
        ),
    ] {
        let message = place.run(&arguments).refused(2);
        assert!(message.contains(part), "{arguments:?}: {message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsigned_plugin_is_not_verified() {
    let scene = Scene::new().await;
    scene.push();
    // A public key without an owner: made with `openssl genpkey -algorithm ed25519`, the private half
    // deleted.
    scene.place.write("cosign.pub", "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAb/5QLlEgxnJeVI0db8+YoWZcmVNNIhfHG+hdLSDKim8=\n-----END PUBLIC KEY-----\n");
    let message = scene
        .run(&["plugin", "verify", "REF", "--key", "cosign.pub"])
        .refused(1);
    assert!(
        message.contains("cannot verify") && message.contains("is not signed"),
        "{message}"
    );
    scene.place.write("cosign.pub", "no key");
    let message = scene
        .run(&["plugin", "verify", "REF", "--key", "cosign.pub"])
        .refused(1);
    assert!(message.contains("the key cosign.pub"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn docker_credentials_are_used_and_not_shown() {
    let shelf = Shelf::default();
    shelf.put_component("1.4", component());
    let answering = shelf.clone();
    // anna:correct-horse-battery
    let basic = "Basic YW5uYTpjb3JyZWN0LWhvcnNlLWJhdHRlcnk=";
    let server = Server::start(move |asked| match asked.authorization.as_deref() {
        Some(authorization) if authorization == basic => answering.answer(asked),
        _ => with(answer(401, ""), "www-authenticate", "Basic realm=\"registry\""),
    })
    .await;
    let scene = Scene::with(server, shelf);
    let config = |password: &str| {
        json!({ "auths": { scene.server.address.to_string(): { "username": "anna", "password": password } } })
            .to_string()
    };
    scene.place.write("docker.json", config(PASSWORD));
    scene
        .run_apart(&["plugin", "pull", "REF", "--docker-config", "docker.json"])
        .good();
    scene.place.write("docker.json", config("hunter2"));
    let message = scene
        .run_apart(&["plugin", "pull", "REF", "--docker-config", "docker.json"])
        .refused(1);
    assert!(
        message.contains("rejected the credentials") && !message.contains("hunter2"),
        "{message}"
    );
    let message = scene.run_apart(&["plugin", "pull", "REF"]).refused(1);
    assert!(message.contains("docker login"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_of_the_environment_is_asked() {
    let scene = Scene::new().await;
    scene.push();
    // Nothing listens at that address: only a proxy can answer.
    let reference = "registry.invalid/acme/web:1.4";
    let mut command = scene.place.command(&[
        "plugin",
        "pull",
        reference,
        "--plain-http",
        "--certificate-authority",
        "ca.pem",
    ]);
    command
        .env("PODWEAVE_CACHE_DIR", scene.place.path("cache"))
        .env("http_proxy", format!("http://{}", scene.server.address));
    let pulled = Run::of(command.output().expect("it runs")).good();
    assert!(pulled.starts_with(&format!("{reference}@sha256:")), "{pulled}");
}

#[test]
fn a_cache_without_plugins_has_none() {
    let place = Place::new();
    let run = Run::of(
        place
            .command(&["plugin", "list"])
            .env("PODWEAVE_CACHE_DIR", place.path("cache"))
            .output()
            .expect("it runs"),
    );
    assert!(
        run.stderr.contains("there are no pulled plugins in"),
        "{}",
        run.stderr
    );
    assert_eq!(run.good(), "");
}

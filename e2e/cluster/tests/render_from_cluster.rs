//! `podweave render --from-cluster` and `--record`: the real binary against a real API server.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams};
use podweave_cluster::{Cluster, Credentials, shared};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The binary: beside this test, where `make e2e` builds it, or the one that this variable names.
const PROGRAM_VARIABLE: &str = "PODWEAVE";

/// A part of values, which must not appear in a message.
const MARKER: &str = "hunter2-S3CRET";

/// A timeout that only a failing test reaches: existing clusters may take seconds; a render takes
/// milliseconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// A directory to run the binary in.
struct Place(TempDir);

/// The result of a run.
#[derive(Debug)]
struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn program() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(PROGRAM_VARIABLE) {
        return Ok(path.into());
    }
    // target/release/deps/render_from_cluster-...
    let own = std::env::current_exe()?;
    let program = own
        .ancestors()
        .nth(2)
        .context("this test is at the root")?
        .join("podweave");
    ensure!(
        program.is_file(),
        "there is no {}: run cargo build --release",
        program.display()
    );
    Ok(program)
}

impl Place {
    /// Creates an empty directory. The plugin is compiled already, because compiling would print a message.
    fn new() -> Result<Self> {
        static WARM: OnceLock<Option<i32>> = OnceLock::new();
        let place = Self(tempfile::tempdir()?);
        let mut warm = place.command(&["plugin", "inspect", "handlebars"])?;
        let code = *WARM.get_or_init(|| {
            warm.stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .ok()
                .and_then(|status| status.code())
        });
        ensure!(code.is_some(), "{} does not run", program()?.display());
        Ok(place)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, document: &Value) -> Result<()> {
        // JSON is YAML, too.
        Ok(fs::write(
            self.path(name),
            serde_json::to_string_pretty(document)?,
        )?)
    }

    fn command(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = Command::new(program()?);
        command
            .args(arguments)
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .env_clear();
        // A home directory without other files, so that no kubeconfig of this machine is used.
        command
            .env("HOME", self.0.path())
            .env("PODWEAVE_CACHE_DIR", std::env::temp_dir().join("podweave-cache"));
        Ok(command)
    }

    async fn run(&self, kubeconfig: Option<&Path>, arguments: &[&str]) -> Result<Run> {
        let mut command = self.command(arguments)?;
        command.envs(kubeconfig.map(|path| ("KUBECONFIG", OsStr::new(path))));
        let output = tokio::task::spawn_blocking(move || command.output());
        let output = tokio::time::timeout(PATIENCE, output)
            .await
            .context("it does not end")???;
        let run = Run {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout)?,
            stderr: String::from_utf8(output.stderr)?,
        };
        ensure!(
            !run.stderr.contains(MARKER),
            "a value in a message: {}",
            run.stderr
        );
        Ok(run)
    }

    /// Runs as the cluster's administrator.
    async fn render(&self, cluster: &Cluster, arguments: &[&str]) -> Result<Run> {
        let kubeconfig = cluster.kubeconfig(Credentials::Admin)?;
        self.run(
            Some(&kubeconfig),
            &[&["render", "--from-cluster"], arguments].concat(),
        )
        .await
    }
}

impl Run {
    #[track_caller]
    fn good(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }

    #[track_caller]
    fn silent(self) -> String {
        assert_eq!(
            (self.code, self.stderr.as_str()),
            (Some(0), ""),
            "{}",
            self.stdout
        );
        self.stdout
    }

    #[track_caller]
    fn refused(self, code: i32) -> String {
        assert_eq!(
            (self.code, self.stdout.as_str()),
            (Some(code), ""),
            "{}",
            self.stderr
        );
        self.stderr
    }
}

/// A pod `web` that renders a word of a ConfigMap.
fn pod(config_maps: &str) -> Value {
    let params = json!({ "env": { "GREETING": "{{config.word}} {{default pod.name 'nobody'}}", "ZONE": "{{default node.labels.zone 'nowhere'}}" } });
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "web",
            "labels": { "app": "web" },
            "annotations": { "podweave.dev/plugin": "handlebars", "podweave.dev/config-maps": config_maps, "podweave.dev/params": params.to_string() },
        },
        "spec": { "automountServiceAccountToken": false, "containers": [{ "name": "web", "image": "example.org/web:1", "args": ["serve"] }] },
    })
}

async fn create(cluster: &Cluster, namespace: &str, object: Value) -> Result<()> {
    let client = cluster.admin().await?;
    let (api_version, kind) = (
        object["apiVersion"].as_str().context("apiVersion")?,
        object["kind"].as_str().context("kind")?,
    );
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
    let api: Api<DynamicObject> = match kind {
        "Node" => Api::all_with(client, &resource),
        _ => Api::namespaced_with(client, namespace, &resource),
    };
    api.create(&PostParams::default(), &serde_json::from_value(object)?)
        .await?;
    Ok(())
}

async fn share(cluster: &Cluster, namespace: &str, name: &str, with: &str) -> Result<()> {
    let api: Api<core::ConfigMap> = Api::namespaced(cluster.admin().await?, namespace);
    let patch = json!({ "metadata": { "annotations": { "podweave.dev/share-with": with } } });
    api.patch(name, &PatchParams::default(), &Patch::Merge(&patch))
        .await?;
    Ok(())
}

#[tokio::test]
async fn config_maps_of_the_manifests_override_the_clusters() -> Result<()> {
    let (cluster, place) = (shared().await?, Place::new()?);
    let namespace = cluster.create_namespace("manifest").await?;
    let namespace = namespace.name();
    place.write("pod.yaml", &pod("app"))?;
    let error = place
        .render(cluster, &["-n", namespace, "pod.yaml"])
        .await?
        .refused(1);
    assert!(
        error.contains(&format!(
            "ConfigMap {namespace}/app (\"app\") does not exist; create it"
        )),
        "{error}"
    );

    cluster
        .put_config_map(namespace, "app", [("word", "hello"), ("secret", MARKER)])
        .await?;
    assert_eq!(
        place
            .render(cluster, &["-n", namespace, "pod.yaml", "-o", "env"])
            .await?
            .silent(),
        "GREETING='hello web'\nZONE=nowhere\n"
    );

    place.write("app.yaml", &json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "app" }, "data": { "word": "mine" } }))?;
    let run = place
        .render(cluster, &["-n", namespace, "pod.yaml", "app.yaml", "-o", "env"])
        .await?;
    assert_eq!(
        run.stderr,
        format!("note: from the manifests, not from the cluster: ConfigMap {namespace}/app\n")
    );
    assert_eq!(run.good(), "GREETING='mine web'\nZONE=nowhere\n");
    Ok(())
}

#[tokio::test]
async fn a_workload_comes_from_the_cluster_by_its_kind_and_name() -> Result<()> {
    let (cluster, place) = (shared().await?, Place::new()?);
    let namespace = cluster.create_namespace("workload").await?;
    let namespace = namespace.name();
    cluster
        .put_config_map(namespace, "app", [("word", "hello")])
        .await?;
    create(cluster, namespace, pod("app")).await?;
    let mut template = pod("app");
    template["metadata"]
        .as_object_mut()
        .context("an object")?
        .remove("name");
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "shop" },
        "spec": { "selector": { "matchLabels": { "app": "web" } }, "template": { "metadata": template["metadata"], "spec": template["spec"] } },
    });
    create(cluster, namespace, deployment).await?;

    for argument in ["pod/web", "po/web"] {
        assert_eq!(
            place
                .render(cluster, &["-n", namespace, argument, "-o", "env"])
                .await?
                .silent(),
            "GREETING='hello web'\nZONE=nowhere\n"
        );
    }
    for argument in ["deployment.apps/shop", "deploy/shop"] {
        assert_eq!(
            place
                .render(cluster, &["-n", namespace, argument, "-o", "env"])
                .await?
                .silent(),
            "GREETING='hello nobody'\nZONE=nowhere\n"
        );
    }
    let error = place
        .render(cluster, &["-n", namespace, "pod/wbe"])
        .await?
        .refused(1);
    assert!(
        error.contains(&format!(
            "there is no pod \"wbe\" in namespace {namespace} (did you mean \"web\"?)"
        )),
        "{error}"
    );
    Ok(())
}

#[tokio::test]
async fn node_labels_come_from_the_cluster_or_cause_a_warning() -> Result<()> {
    let (cluster, place) = (shared().await?, Place::new()?);
    let namespace = cluster.create_namespace("node").await?;
    let namespace = namespace.name();
    cluster
        .put_config_map(namespace, "app", [("word", "hello")])
        .await?;
    let mut bound = pod("app");
    bound["spec"]["nodeName"] = json!(namespace);
    place.write("pod.yaml", &bound)?;
    let run = place
        .render(cluster, &["-n", namespace, "pod.yaml", "-o", "env"])
        .await?;
    assert!(
        run.stderr.contains(&format!("warning: cannot read the labels of node {namespace}, to which pod {namespace}/web is bound: there is no such node")),
        "{run:?}"
    );
    assert_eq!(run.good(), "GREETING='hello web'\nZONE=nowhere\n");
    let given = place
        .render(
            cluster,
            &[
                "-n",
                namespace,
                "pod.yaml",
                "-o",
                "env",
                "--set",
                "node-label/zone=eu-2",
            ],
        )
        .await?;
    assert_eq!(given.silent(), "GREETING='hello web'\nZONE=eu-2\n");

    if cluster.skips("labels of a node that this test makes") {
        return Ok(());
    }
    let node = json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": namespace, "labels": { "zone": "eu-1" } } });
    create(cluster, namespace, node).await?;
    assert_eq!(
        place
            .render(cluster, &["-n", namespace, "pod.yaml", "-o", "env"])
            .await?
            .silent(),
        "GREETING='hello web'\nZONE=eu-1\n"
    );
    Ok(())
}

#[tokio::test]
async fn a_context_is_chosen_by_its_name_and_has_the_namespace() -> Result<()> {
    let (cluster, place) = (shared().await?, Place::new()?);
    let namespace = cluster.create_namespace("context").await?;
    let namespace = namespace.name();
    cluster
        .put_config_map(namespace, "app", [("word", "hello")])
        .await?;
    place.write("pod.yaml", &pod("app"))?;
    let mut kubeconfig: Value =
        serde_json::from_str(&fs::read_to_string(cluster.kubeconfig(Credentials::Admin)?)?)?;
    let current = kubeconfig["current-context"]
        .as_str()
        .context("a context")?
        .to_owned();
    let contexts = kubeconfig["contexts"].as_array_mut().context("contexts")?;
    let mut other = contexts
        .iter()
        .find(|context| context["name"] == current)
        .context("it is there")?
        .clone();
    other["name"] = json!("of-the-shop");
    other["context"]["namespace"] = json!(namespace);
    contexts.push(other);
    kubeconfig["current-context"] = json!(null);
    place.write("kubeconfig", &kubeconfig)?;
    let kubeconfig = place.path("kubeconfig");
    let render = async |context: &[&str]| {
        let arguments = [&["render", "--from-cluster", "pod.yaml", "-o", "env"], context].concat();
        place.run(Some(&kubeconfig), &arguments).await
    };
    assert_eq!(
        render(&["--context", "of-the-shop"]).await?.silent(),
        "GREETING='hello web'\nZONE=nowhere\n"
    );
    let error = render(&["--context", "of-the-shp"]).await?.refused(2);
    assert!(
        error.contains("no context \"of-the-shp\" (did you mean \"of-the-shop\"?)"),
        "{error}"
    );
    let error = render(&[]).await?.refused(2);
    assert!(
        error.contains("no current-context; choose one with --context") && error.contains("\"of-the-shop\""),
        "{error}"
    );
    Ok(())
}

#[tokio::test]
async fn a_refusal_of_rbac_names_the_user_and_the_permission() -> Result<()> {
    let (cluster, place) = (shared().await?, Place::new()?);
    if cluster.skips("a_refusal_of_rbac_names_the_user_and_the_permission") {
        return Ok(());
    }
    let namespace = cluster.create_namespace("rbac").await?;
    let namespace = namespace.name();
    cluster
        .put_config_map(namespace, "app", [("word", "hello"), ("secret", MARKER)])
        .await?;
    cluster.service_account(namespace, "reader").await?;
    let token = cluster
        .token(namespace, "reader", Duration::from_secs(600))
        .await?;
    let kubeconfig = cluster.kubeconfig(Credentials::Token(&token))?;
    let mut bound = pod("app");
    bound["spec"]["nodeName"] = json!("n1");
    bound["spec"]["containers"][0]["env"] =
        json!([{ "name": "A", "valueFrom": { "configMapKeyRef": { "name": "other", "key": "a" } } }]);
    place.write("pod.yaml", &bound)?;
    let render = async |argument| {
        place
            .run(
                Some(&kubeconfig),
                &["render", "--from-cluster", "-n", namespace, argument, "-o", "env"],
            )
            .await
    };
    let error = render("pod.yaml").await?.refused(1);
    assert!(
        error.contains(&format!(
            "error: cannot read ConfigMap {namespace}/app: the API server refuses (403)"
        )),
        "{error}"
    );
    assert!(
        error.contains(&format!(
            "User \"system:serviceaccount:{namespace}:reader\" cannot get resource \"configmaps\""
        )),
        "{error}"
    );
    assert!(error.contains("bind a Role with get"), "{error}");
    let error = render("pod/web").await?.refused(1);
    assert!(
        error.contains(&format!(
            "error: cannot read pod {namespace}/web: the API server refuses (403)"
        )) && error.contains("this needs get on pods"),
        "{error}"
    );

    cluster
        .allow(namespace, "reader", &["get"], &["configmaps"])
        .await?;
    let allowed = async {
        loop {
            let run = render("pod.yaml").await?;
            if run.code == Some(0) {
                return Ok::<_, anyhow::Error>(run);
            }
        }
    };
    let run = tokio::time::timeout(PATIENCE, allowed)
        .await
        .context("RBAC does not notice")??;
    assert!(
        run.stderr.contains("is bound: the API server refuses (403)")
            && run.stderr.contains("--set node-label/KEY=VALUE"),
        "{run:?}"
    );
    assert_eq!(run.good(), "GREETING='hello web'\nZONE=nowhere\n");
    Ok(())
}

#[tokio::test]
async fn another_namespaces_config_map_needs_its_owners_consent() -> Result<()> {
    let (cluster, place) = (shared().await?, Place::new()?);
    let (owner, namespace) = (
        cluster.create_namespace("owner").await?,
        cluster.create_namespace("guest").await?,
    );
    let (owner, namespace) = (owner.name(), namespace.name());
    cluster
        .put_config_map(owner, "app", [("word", "hello"), ("secret", MARKER)])
        .await?;
    place.write("pod.yaml", &pod(&format!("{owner}/app")))?;
    let refused = place
        .render(cluster, &["-n", namespace, "pod.yaml", "--record", "case"])
        .await?;
    let error = refused.refused(1);
    assert!(
        error.contains(&format!(
            "or its owner has not shared it with namespace {namespace} (podweave.dev/share-with)"
        )),
        "{error}"
    );
    // A ConfigMap that is not shared is not recorded either.
    assert!(!place.path("case/configmaps.yaml").exists() && place.path("case/expected-error.txt").exists());
    assert_eq!(
        place.run(None, &["test", "case"]).await?.silent(),
        "1 passed, 0 failed\n"
    );

    share(cluster, owner, "app", namespace).await?;
    let run = place
        .render(
            cluster,
            &["-n", namespace, "pod.yaml", "-o", "env", "--record", "shared"],
        )
        .await?;
    assert_eq!(run.good(), "GREETING='hello web'\nZONE=nowhere\n");
    assert_eq!(
        place.run(None, &["test", "shared"]).await?.silent(),
        "1 passed, 0 failed\n"
    );
    Ok(())
}

#[tokio::test]
async fn a_recorded_render_is_replayed_without_a_cluster() -> Result<()> {
    let (cluster, place) = (shared().await?, Place::new()?);
    let namespace = cluster.create_namespace("record").await?;
    let namespace = namespace.name();
    cluster
        .put_config_map(namespace, "app", [("word", "hello")])
        .await?;
    cluster
        .put_config_map(namespace, "env", [("name", "shop")])
        .await?;
    cluster
        .put_config_map(namespace, "unused", [("secret", MARKER)])
        .await?;
    let mut live = pod("app, absent?");
    let params = json!({ "env": { "GREETING": "{{config.word}} {{pod.uid}} {{node.labels.zone}}" }, "args": { "append": ["--greeting=$(GREETING)"] } });
    live["metadata"]["annotations"]["podweave.dev/params"] = json!(params.to_string());
    live["spec"]["containers"][0]["env"] = json!([
        { "name": "NAME", "valueFrom": { "configMapKeyRef": { "name": "env", "key": "name" } } },
        { "name": "WELCOME", "value": "$(NAME): $(GREETING)" },
        { "name": "PASSWORD", "valueFrom": { "secretKeyRef": { "name": "db", "key": "password" } } },
    ]);
    create(cluster, namespace, live).await?;
    let run = place
        .render(
            cluster,
            &[
                "-n",
                namespace,
                "pod/web",
                "--set",
                "node-label/zone=eu-1",
                "--record",
                "case",
            ],
        )
        .await?;
    assert!(
        run.stderr
            .contains("note: recorded in case: podweave test case\n"),
        "{run:?}"
    );
    let rendered = run.good();
    assert!(rendered.contains("WELCOME   shop: hello "), "{rendered}");

    let recorded = |name: &str| fs::read_to_string(place.path("case").join(name));
    let pod = recorded("pod.yaml")?;
    for left_out in [
        "managedFields",
        "resourceVersion",
        "creationTimestamp",
        "status",
        "tolerations",
        "terminationMessagePath",
        "imagePullPolicy",
    ] {
        assert!(!pod.contains(left_out), "{left_out} in\n{pod}");
    }
    assert!(
        pod.contains("secretKeyRef") && pod.contains(&format!("namespace: {namespace}")),
        "{pod}"
    );
    assert_eq!(recorded("case.yaml")?, "set:\n  node-label/zone: eu-1\n");
    let config_maps = recorded("configmaps.yaml")?;
    assert!(
        config_maps.contains("word: hello")
            && config_maps.contains("name: shop")
            && !config_maps.contains(MARKER),
        "{config_maps}"
    );

    assert_eq!(place.run(None, &["test"]).await?.silent(), "1 passed, 0 failed\n");
    assert_eq!(
        place
            .run(None, &["test", "-n", "elsewhere", "case"])
            .await?
            .silent(),
        "1 passed, 0 failed\n"
    );
    fs::write(
        place.path("case/configmaps.yaml"),
        config_maps.replace("hello", "goodbye"),
    )?;
    assert_eq!(place.run(None, &["test"]).await?.code, Some(1));
    Ok(())
}

#[tokio::test]
async fn an_unreachable_api_server_is_one_quick_error() -> Result<()> {
    let (cluster, place) = (shared().await?, Place::new()?);
    // A port on which nothing listens.
    let kubeconfig = cluster.kubeconfig_at("https://127.0.0.1:1", Credentials::Admin)?;
    place.write("pod.yaml", &pod("app, settings"))?;
    let began = std::time::Instant::now();
    let error = place
        .run(Some(&kubeconfig), &["render", "--from-cluster", "pod.yaml"])
        .await?
        .refused(1);
    assert_eq!(
        error,
        "error: cannot read ConfigMaps default/app, default/settings: no connection to the API server at 127.0.0.1:1: Connection refused (os error 111)\n"
    );
    let error = place
        .run(Some(&kubeconfig), &["render", "--from-cluster", "pod/web"])
        .await?
        .refused(1);
    assert_eq!(
        error,
        "error: cannot read pod default/web: no connection to the API server at 127.0.0.1:1: Connection refused (os error 111)\n"
    );
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    Ok(())
}

#[tokio::test]
async fn with_watch_a_changed_config_map_shows_the_new_result() -> Result<()> {
    use tokio::io::{AsyncBufReadExt as _, BufReader};

    let (cluster, place) = (shared().await?, Place::new()?);
    let namespace = cluster.create_namespace("watch").await?;
    let namespace = namespace.name();
    cluster
        .put_config_map(namespace, "app", [("word", "hello")])
        .await?;
    place.write("pod.yaml", &pod("app"))?;
    let mut command = place.command(&[
        "render",
        "--from-cluster",
        "--watch",
        "-n",
        namespace,
        "pod.yaml",
        "-o",
        "env",
    ])?;
    command.env("KUBECONFIG", cluster.kubeconfig(Credentials::Admin)?);
    let mut child = tokio::process::Command::from(command)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("a pipe")?).lines();
    let mut until = async |wanted: &str| {
        let found = async {
            while lines.next_line().await?.context("it ended")? != wanted {}
            anyhow::Ok(())
        };
        tokio::time::timeout(PATIENCE, found)
            .await
            .with_context(|| format!("no line {wanted:?}"))?
    };
    until("GREETING='hello web'").await?;
    cluster
        .put_config_map(namespace, "app", [("word", "goodbye")])
        .await?;
    until("+    value: goodbye web").await?;
    // After a deletion there is an error; after a recreation, the result is compared with the last good
    // render.
    cluster.delete_config_map(namespace, "app").await?;
    cluster
        .put_config_map(namespace, "app", [("word", "welcome")])
        .await?;
    until("+    value: welcome web").await?;
    Ok(())
}

//! `--from-cluster` without a cluster. With a real one: e2e/cluster/tests/render_from_cluster.rs.

mod support;

use support::{MARKER, Place, Run, pod};

const KUBECONFIG: &str = "
apiVersion: v1
kind: Config
clusters: [{name: shop, cluster: {server: \"https://127.0.0.1:1\"}}]
users: [{name: me, user: {token: hunter2-S3CRET}}]
contexts:
- {name: staging, context: {cluster: shop, user: me, namespace: shop}}
- {name: broken, context: {cluster: gone, user: me}}
";

fn place() -> Place {
    Place::new()
        .with("pod.yaml", &pod())
        .with("kubeconfig", KUBECONFIG)
}

/// Runs with this kubeconfig.
fn run_with(place: &Place, kubeconfig: &str, arguments: &[&str]) -> Run {
    Run::of(
        place
            .command(arguments)
            .env("KUBECONFIG", place.path(kubeconfig))
            .output()
            .expect("it runs"),
    )
}

/// The message of wrong usage.
fn wrong(place: &Place, arguments: &[&str]) -> String {
    run_with(place, "kubeconfig", arguments).refused(2)
}

#[test]
fn a_context_takes_a_cluster() {
    let message = wrong(&place(), &["render", "--context", "staging", "pod.yaml"]);
    assert!(message.contains("--from-cluster"), "{message}");
}

#[test]
fn an_unknown_context_is_an_error_that_lists_the_known_ones() {
    assert_eq!(
        wrong(
            &place(),
            &["render", "--from-cluster", "--context", "stagin", "pod.yaml"]
        ),
        "error: --context: the kubeconfig has no context \"stagin\" (did you mean \"staging\"?); available contexts are \"staging\", \"broken\"\n"
    );
    assert_eq!(
        wrong(&place(), &["render", "--from-cluster", "pod.yaml"]),
        "error: the kubeconfig has no current-context; choose one with --context: available contexts are \"staging\", \"broken\"\n"
    );
}

#[test]
fn an_unusable_kubeconfig_is_an_error_without_its_content() {
    let place = place()
        .with(
            "torn",
            &format!("users: [{{name: me, user: {{token: {MARKER}}}\ncontexts: []"),
        )
        .with("list", &format!("[{MARKER}]"));
    let refused = |kubeconfig: &str, arguments: &[&str]| {
        run_with(
            &place,
            kubeconfig,
            &[&["render", "--from-cluster", "pod.yaml"], arguments].concat(),
        )
        .refused(1)
    };
    assert_eq!(
        refused("absent", &[]),
        format!(
            "error: cannot read the kubeconfig {}: No such file or directory (os error 2)\n",
            place.path("absent").display()
        )
    );
    for kubeconfig in ["torn", "list"] {
        let message = refused(kubeconfig, &[]);
        assert!(
            message.starts_with("error: cannot use the kubeconfig: ")
                && message.contains("it is not YAML, or not a kubeconfig"),
            "{message}"
        );
        assert!(!message.contains(MARKER), "{message}");
    }
    assert_eq!(
        refused("kubeconfig", &["--context", "broken"]),
        "error: cannot use the kubeconfig: the context refers to the cluster \"gone\", which the kubeconfig does not have\n"
    );
}

#[test]
fn a_missing_kubeconfig_is_an_error_with_its_paths() {
    let place = place();
    let run = Run::of(
        place
            .command(&["render", "--from-cluster", "pod.yaml"])
            .env("HOME", place.path("home"))
            .output()
            .expect("it runs"),
    );
    assert_eq!(
        run.refused(1),
        "error: there is no kubeconfig, and this does not run in a cluster; set KUBECONFIG, or create ~/.kube/config\n"
    );
}

#[test]
fn a_failed_connection_is_one_error_with_the_config_map() {
    let message = run_with(
        &place(),
        "kubeconfig",
        &["render", "--from-cluster", "--context", "staging", "pod.yaml"],
    )
    .refused(1);
    assert_eq!(
        message,
        "error: cannot read ConfigMap shop/app: no connection to the API server at 127.0.0.1:1: Connection refused (os error 111)\n"
    );
}

#[test]
fn cluster_objects_are_named_by_kind_and_name() {
    for (arguments, message) in [
        (
            &["render", "--from-cluster", "--context", "staging", "web"][..],
            "error: there is no file \"web\"; for an object of the cluster write KIND/NAME, such as pod/web\n",
        ),
        (
            &["render", "--from-cluster", "--context", "staging", "service/web"],
            "error: there is no file \"service/web\", and \"service\" is not a kind that has pods; known kinds are \"pod\", \"deployment\", \"statefulset\", \
             \"daemonset\", \"replicaset\", \"replicationcontroller\", \"job\", \"cronjob\"\n",
        ),
    ] {
        assert_eq!(wrong(&place(), arguments), message);
    }
    assert_eq!(
        place().run(&["render", "deploy/web"]).refused(1),
        "error: there is no file \"deploy/web\"; to use deployment/web of the cluster, add --from-cluster\n"
    );
    // A missing file that is not KIND/NAME gets the usual error.
    assert_eq!(
        place().run(&["render", "pod.yml"]).refused(1),
        "error: cannot read pod.yml: No such file or directory (os error 2)\n"
    );
}

#[test]
fn without_the_flag_no_kubeconfig_is_read() {
    let place = Place::new().with_case(".").with("kubeconfig", "[");
    run_with(&place, "kubeconfig", &["render", "pod.yaml", "configmaps.yaml"]).silent();
}

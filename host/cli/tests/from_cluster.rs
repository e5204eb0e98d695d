//! `--from-cluster` where no cluster is needed to see what comes of it. With a real one: e2e/cluster/tests/render_from_cluster.rs.

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
    Place::new().with("pod.yaml", &pod()).with("kubeconfig", KUBECONFIG)
}

/// With this kubeconfig.
fn run_with(place: &Place, kubeconfig: &str, arguments: &[&str]) -> Run {
    Run::of(place.command(arguments).env("KUBECONFIG", place.path(kubeconfig)).output().expect("it runs"))
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
fn an_unknown_context_is_told_with_those_that_there_are() {
    assert_eq!(
        wrong(&place(), &["render", "--from-cluster", "--context", "stagin", "pod.yaml"]),
        "error: --context: the kubeconfig has no context \"stagin\" (did you mean \"staging\"?); available contexts are \"staging\", \"broken\"\n"
    );
    assert_eq!(
        wrong(&place(), &["render", "--from-cluster", "pod.yaml"]),
        "error: the kubeconfig has no current-context; choose one with --context: available contexts are \"staging\", \"broken\"\n"
    );
}

#[test]
fn a_kubeconfig_that_cannot_be_used_is_told_without_what_is_in_it() {
    let place = place().with("torn", &format!("users: [{{name: me, user: {{token: {MARKER}}}\ncontexts: []")).with("list", &format!("[{MARKER}]"));
    let refused =
        |kubeconfig: &str, arguments: &[&str]| run_with(&place, kubeconfig, &[&["render", "--from-cluster", "pod.yaml"], arguments].concat()).refused(1);
    assert_eq!(
        refused("absent", &[]),
        format!("error: cannot read the kubeconfig {}: No such file or directory (os error 2)\n", place.path("absent").display())
    );
    for kubeconfig in ["torn", "list"] {
        let message = refused(kubeconfig, &[]);
        assert!(message.starts_with("error: cannot use the kubeconfig: ") && message.contains("it is not YAML, or not a kubeconfig"), "{message}");
        assert!(!message.contains(MARKER), "{message}");
    }
    assert_eq!(
        refused("kubeconfig", &["--context", "broken"]),
        "error: cannot use the kubeconfig: the context refers to the cluster \"gone\", which the kubeconfig does not have\n"
    );
}

#[test]
fn without_any_kubeconfig_it_is_said_where_one_is_looked_for() {
    let place = place();
    let run = Run::of(place.command(&["render", "--from-cluster", "pod.yaml"]).env("HOME", place.path("home")).output().expect("it runs"));
    assert_eq!(run.refused(1), "error: there is no kubeconfig, and this does not run in a cluster; set KUBECONFIG, or create ~/.kube/config\n");
}

#[test]
fn no_connection_is_one_error_that_names_the_config_map_in_the_contexts_namespace() {
    let message = run_with(&place(), "kubeconfig", &["render", "--from-cluster", "--context", "staging", "pod.yaml"]).refused(1);
    assert_eq!(message, "error: cannot read ConfigMap shop/app: no connection to the API server at 127.0.0.1:1: Connection refused (os error 111)\n");
}

#[test]
fn what_the_cluster_has_is_named_by_kind_and_name() {
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
    // What is neither stays what it was.
    assert_eq!(place().run(&["render", "pod.yml"]).refused(1), "error: cannot read pod.yml: No such file or directory (os error 2)\n");
}

#[test]
fn without_the_flag_no_kubeconfig_is_looked_at() {
    let place = Place::new().with_case(".").with("kubeconfig", "[");
    run_with(&place, "kubeconfig", &["render", "pod.yaml", "configmaps.yaml"]).silent();
}

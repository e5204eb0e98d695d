//! Checks the completion of `$(NAME)` at delivery: which texts of the spec are expanded again, and with which
//! environment.

mod support;

use podweave_core::completion::{Environment, environment_of_manifest};
use podweave_core::limits::Limits;
use support::{MARKER, Set, completed, environment, manifests, pod_with, strings};

const KIB: usize = 1024;

fn set() -> Set {
    Set::default()
}

/// The environment that a delivery adds to a container with this spec.
fn env(container: &str, set: Set, own: &[(&str, &str)]) -> Environment {
    completed(&pod_with(container), set, own)
        .unwrap_or_else(|error| panic!("{error}"))
        .env
}

/// The command and the arguments that a container with this spec gets.
fn argv(container: &str, set: Set, own: &[(&str, &str)]) -> (Option<Vec<String>>, Option<Vec<String>>) {
    let completed = completed(&pod_with(container), set, own).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(completed.append_args, None);
    (completed.command, completed.args)
}

#[test]
fn texts_without_a_rendered_name_stay_as_they_are() {
    let spec = "    command: [serve, $(HOST)]\n    args: ['$$(PORT)']\n    env: [{name: HOST, value: h}, {name: URL, value: 'http://$(HOST)'}]";
    assert_eq!(
        argv(spec, set().env("PORT", "1"), &[("HOST", "h")]),
        (None, None),
        "$$(PORT) mentions nothing"
    );
    assert_eq!(
        env(spec, set().env("PORT", "1"), &[("HOST", "h")]),
        environment(&[("PORT", "1")])
    );
}

#[test]
fn arguments_with_a_rendered_name_are_expanded_from_the_spec() {
    let spec = "    command: [serve]\n    args: ['--port=$(PORT)', '$$(PORT)', '$(HOST)', '$(NOBODY)', '$(DB_PASSWORD)']";
    let expected = strings(&["--port=80", "$(PORT)", "h", "$(NOBODY)", "$(DB_PASSWORD)"]);
    assert_eq!(
        argv(spec, set().env("PORT", "80"), &[("HOST", "h")]),
        (None, Some(expected)),
        "a Secret that is not known stays"
    );
    let spec = "    command: ['$(BIN)', x]\n    args: [a]";
    assert_eq!(
        argv(spec, set().env("BIN", "/b"), &[]),
        (Some(strings(&["/b", "x"])), None),
        "the command alone"
    );
}

#[test]
fn a_rendered_value_is_not_expanded_a_second_time() {
    assert_eq!(
        argv("    args: ['$(A)']", set().env("A", "$(B)").env("B", "x"), &[]).1,
        Some(strings(&["$(B)"]))
    );
}

#[test]
fn a_rendered_variable_overrides_one_of_the_spec() {
    let spec = "    args: ['$(PORT)']\n    env: [{name: PORT, value: '1'}, {name: URL, value: 'h:$(PORT)'}]";
    let own = [("PORT", "1"), ("URL", "h:1")];
    assert_eq!(
        env(spec, set().env("PORT", "80"), &own),
        environment(&[("PORT", "80"), ("URL", "h:80")])
    );
    assert_eq!(
        argv(spec, set().env("PORT", "80"), &own).1,
        Some(strings(&["80"]))
    );
    let spec = "    env: [{name: URL, value: 'h:$(PORT)'}]";
    assert_eq!(
        env(spec, set().env("PORT", "80").env("URL", "rendered"), &own)["URL"],
        "rendered",
        "even if it mentions another"
    );
}

#[test]
fn variables_that_mention_a_rendered_name_pass_it_on() {
    let spec = "    args: ['$(C)']\n    env: [{name: A, value: 'a$(R)'}, {name: B, value: 'b$(A)'}, {name: C, value: 'c$(B)$(OWN)'}, {name: D, value: d}]";
    let own = [
        ("A", "a$(R)"),
        ("B", "ba$(R)"),
        ("C", "c?"),
        ("D", "d"),
        ("OWN", "o"),
    ];
    assert_eq!(
        env(spec, set().env("R", "1"), &own),
        environment(&[("R", "1"), ("A", "a1"), ("B", "ba1"), ("C", "cba1o")])
    );
    assert_eq!(argv(spec, set().env("R", "1"), &own).1, Some(strings(&["cba1o"])));
}

#[test]
fn a_variable_does_not_see_later_ones_as_in_the_kubelet() {
    let spec = "    env: [{name: A, value: '$(R)-$(LATER)-$(A)'}, {name: LATER, value: x}, {name: B, value: '$(R)-$(LATER)'}, {name: EARLY, value: '$(DUE)'}, {name: DUE, value: '$(R)'}]";
    let own = [("A", "?"), ("LATER", "x"), ("EARLY", "$(DUE)"), ("DUE", "$(R)")];
    let expected = [("R", "1"), ("A", "1-$(LATER)-$(A)"), ("B", "1-x"), ("DUE", "1")];
    assert_eq!(
        env(spec, set().env("R", "1"), &own),
        environment(&expected),
        "EARLY mentions DUE before it is there, and stays"
    );
}

#[test]
fn of_two_declarations_of_one_name_the_last_counts() {
    let spec = "    env: [{name: A, value: '$(R)'}, {name: A, value: plain}, {name: B, value: '$(R)$(A)'}]";
    assert_eq!(
        env(spec, set().env("R", "1"), &[("A", "plain")]),
        environment(&[("R", "1"), ("B", "1plain")])
    );
}

#[test]
fn a_variable_is_completed_with_what_the_plugin_never_sees() {
    let url = set()
        .expand_env("DB_URL", "postgres://app:$(DB_PASSWORD)@$(HOST)/shop")
        .env("HOST", "db");
    assert_eq!(
        env("    image: app", url, &[("DB_PASSWORD", MARKER), ("HOST", "old")])["DB_URL"],
        format!("postgres://app:{MARKER}@db/shop")
    );
    let url = set().expand_env("DB_URL", "postgres://app:$(DB_PASSWORD)@db");
    assert_eq!(
        env("    image: app", url, &[])["DB_URL"],
        "postgres://app:$(DB_PASSWORD)@db",
        "a laptop does not know it"
    );
}

#[test]
fn its_own_name_means_the_container_value() {
    let path = || set().expand_env("PATH", "$(PATH):/opt/bin");
    assert_eq!(
        env("    image: app", path(), &[("PATH", "/bin")])["PATH"],
        "/bin:/opt/bin"
    );
    assert_eq!(env("    image: app", path(), &[])["PATH"], "$(PATH):/opt/bin");
    assert_eq!(
        env(
            "    env: [{name: PATH, value: /bin}]",
            path(),
            &[("PATH", "/bin")]
        )["PATH"],
        "/bin:/opt/bin"
    );
    let spec = "    env: [{name: PATH, value: '$(ROOT)/bin'}]";
    assert_eq!(
        env(spec, path().env("ROOT", "/usr"), &[("PATH", "$(ROOT)/bin")])["PATH"],
        "/usr/bin:/opt/bin",
        "the spec's own mentions a rendered name"
    );
}

#[test]
fn completed_variables_and_the_spec_must_not_refer_in_a_circle() {
    let spec = "    args: ['$(URL)']\n    env: [{name: ADDRESS, value: 'h:$(PORT)'}, {name: BOTH, value: '$(URL)!'}]";
    let own = [("ADDRESS", "h:$(PORT)"), ("BOTH", "$(URL)!")];
    let expected = [
        ("PORT", "80"),
        ("ADDRESS", "h:80"),
        ("URL", "http://h:80"),
        ("BOTH", "http://h:80!"),
    ];
    assert_eq!(
        env(
            spec,
            set().env("PORT", "80").expand_env("URL", "http://$(ADDRESS)"),
            &own
        ),
        environment(&expected)
    );
    let circle = completed(&pod_with(spec), set().expand_env("URL", "x$(BOTH)"), &own).expect_err("a circle");
    let message = "environment variable \"URL\" refers to $(BOTH), which refers to a variable that is itself completed after the render; write out its parts instead";
    assert_eq!(circle.to_string(), message);
    let way_round = completed(
        &pod_with(spec),
        set().expand_env("URL", "x").expand_env("OTHER", "$(BOTH)"),
        &own,
    );
    assert!(way_round.is_err_and(|error| error.to_string().contains("\"OTHER\" refers to $(BOTH)")));
}

#[test]
fn appended_arguments_follow_the_specs_own_expanded() {
    let spec = "    command: [serve]\n    env: [{name: HOST, value: h}]";
    assert_eq!(
        argv(
            &format!("{spec}\n    args: ['$(HOST)']"),
            set().append("$(HOST)"),
            &[("HOST", "h")]
        )
        .1,
        Some(strings(&["h", "$(HOST)"])),
        "what a plugin says is said"
    );
    assert_eq!(
        argv(spec, set().append("-v"), &[]),
        (None, Some(strings(&["-v"])))
    );
    assert_eq!(
        argv("    args: [a]", set().replace(&["b"]), &[]),
        (None, Some(strings(&["b"])))
    );
    assert_eq!(
        argv("    args: [a]", set().replace(&[]), &[]),
        (None, Some(Vec::new()))
    );
}

#[test]
fn arguments_appended_to_those_of_the_image_are_separate() {
    let completed = completed(&pod_with("    image: app"), set().append("-v"), &[]).expect("a result");
    assert_eq!(
        (completed.command, completed.args, completed.append_args),
        (None, None, Some(strings(&["-v"])))
    );
}

#[test]
fn a_value_that_becomes_too_long_is_not_built() {
    let long = "x".repeat(100 * KIB);
    let refused = |container: &str, set: Set| {
        completed(&pod_with(container), set, &[("X", &long)])
            .expect_err("too long")
            .to_string()
    };
    let message = |what: &str| {
        format!(
            "{what} has 128 KiB or more once $(NAME) is completed, which Linux does not pass to a process; make it a file"
        )
    };
    assert_eq!(
        refused("    image: app", set().expand_env("A", "$(X)$(X)")),
        message("environment variable \"A\"")
    );
    assert_eq!(
        refused("    args: ['$(X)$(X)$(R)']", set().env("R", "")),
        message("an argument")
    );
    assert_eq!(
        refused("    env: [{name: A, value: '$(R)$(X)'}]", set().env("R", &long)),
        message("environment variable \"A\"")
    );
    // Building each of the 30,000 would take 12 GB.
    let bomb = set().expand_env("A", &"$(X)".repeat(30_000));
    assert_eq!(
        refused("    image: app", bomb),
        message("environment variable \"A\"")
    );
    let many = (0..100).fold(set(), |set, index| set.expand_env(&format!("A{index}"), "$(X)"));
    let total = "environment and arguments exceed the limit of 1.9 MiB for one container once $(NAME) is completed; make the largest a file";
    assert_eq!(refused("    image: app", many), total);
    // Each variable doubles the one before it.
    let doubling: String = (1..64)
        .map(|n| format!("    - {{name: A{n}, value: '$(A{0})$(A{0})'}}\n", n - 1))
        .collect();
    assert_eq!(
        refused(
            &format!("    env:\n    - {{name: A0, value: '$(R)'}}\n{doubling}"),
            set().env("R", "xx")
        ),
        message("environment variable \"A16\"")
    );
}

const MANIFEST: &str = "
kind: ConfigMap
metadata: {name: a}
data: {K: from-a, SHARED: from-a, REST: from-a}
---
kind: ConfigMap
metadata: {name: b}
data: {SHARED: from-b}
binaryData: {BIN: aGk=}
";

fn own(container: &str) -> Result<Environment, String> {
    let manifests = manifests(MANIFEST);
    let pod = pod_with(container);
    environment_of_manifest(&pod, &pod.containers[0], &Limits::default(), |name| {
        manifests.config_map("shop", name).map(AsRef::as_ref)
    })
    .map_err(|error| error.to_string())
}

#[test]
fn the_environment_of_a_manifest_is_resolved_as_by_the_kubelet() {
    let spec = "
    envFrom: [{configMapRef: {name: a}}, {prefix: P_, configMapRef: {name: b}}, {configMapRef: {name: b}}, {configMapRef: {name: nowhere}}, {secretRef: {name: s}}]
    env:
    - {name: L, value: '$(K)-$(LATER)-$$(K)'}
    - {name: LATER, value: x}
    - {name: REF, valueFrom: {configMapKeyRef: {name: a, key: K}}}
    - {name: USES, value: '$(REF)'}
    - {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
    - {name: LABEL, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['app']\"}}}
    - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
    - {name: K, value: over}";
    let expected = [
        ("K", "over"),
        ("L", "from-a-$(LATER)-$(K)"),
        ("LABEL", "web"),
        ("LATER", "x"),
        ("NAME", "web-0"),
        ("P_SHARED", "from-b"),
        ("REF", "from-a"),
        ("REST", "from-a"),
        ("SHARED", "from-b"),
        ("USES", "from-a"),
    ];
    assert_eq!(own(spec), Ok(environment(&expected)));
}

#[test]
fn binary_data_makes_no_variables() {
    let spec = "    envFrom: [{configMapRef: {name: b}}]\n    env: [{name: X, valueFrom: {configMapKeyRef: {name: b, key: BIN, optional: true}}}]";
    assert_eq!(own(spec), Ok(environment(&[("SHARED", "from-b")])));
}

#[test]
fn a_secret_hides_a_variable_and_a_missing_key_does_not() {
    let from = "    envFrom: [{configMapRef: {name: a}}]";
    let secret = own(&format!(
        "{from}\n    env: [{{name: K, valueFrom: {{secretKeyRef: {{name: s, key: k}}}}}}]"
    ))
    .expect("an environment");
    assert_eq!(secret.get("K"), None, "its value is unknown here");
    let missing =
        own(&format!("{from}\n    env: [{{name: K, valueFrom: {{configMapKeyRef: {{name: b, key: none, optional: true}}}}}}]")).expect("an environment");
    assert_eq!(missing["K"], "from-a", "the kubelet skips it");
}

#[test]
fn an_environment_that_expands_too_much_is_refused() {
    let doubling: String = (1..64)
        .map(|n| format!("    - {{name: A{n}, value: '$(A{0})$(A{0})'}}\n", n - 1))
        .collect();
    let message =
        own(&format!("    env:\n    - {{name: A0, value: xx}}\n{doubling}")).expect_err("2^64 bytes");
    assert!(
        message.starts_with("environment variable \"A16\" has 128 KiB or more"),
        "{message}"
    );
}

#[test]
fn fields_of_the_pod_are_resolved_as_far_as_the_manifest_has_them() {
    let pods = manifests(
        "kind: Pod\nmetadata: {name: web-0, namespace: shop, uid: u-1, labels: {app: web}, annotations: {team: a}}\nspec:\n  \
         nodeName: node-1\n  serviceAccountName: runner\n  containers:\n  - name: web\n    image: app\n    env:\n\
         \x20   - {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}\n\
         \x20   - {name: NAMESPACE, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}\n\
         \x20   - {name: UID, valueFrom: {fieldRef: {fieldPath: metadata.uid}}}\n\
         \x20   - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}\n\
         \x20   - {name: ACCOUNT, valueFrom: {fieldRef: {fieldPath: spec.serviceAccountName}}}\n\
         \x20   - {name: APP, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['app']\"}}}\n\
         \x20   - {name: TEAM, valueFrom: {fieldRef: {fieldPath: \"metadata.annotations['team']\"}}}\n\
         \x20   - {name: ADDRESS, valueFrom: {fieldRef: {fieldPath: status.podIP}}}\n",
    );
    let pod = &pods.pods[0];
    let own = environment_of_manifest(pod, &pod.containers[0], &Limits::default(), |_| None).unwrap();
    let expected = [
        ("ACCOUNT", "runner"),
        ("APP", "web"),
        ("NAME", "web-0"),
        ("NAMESPACE", "shop"),
        ("NODE", "node-1"),
        ("TEAM", "a"),
        ("UID", "u-1"),
    ];
    assert_eq!(own, environment(&expected));
}

//! Checks which part of a process's environment is put into the spec's own texts: only what the kubelet would
//! put there.

mod support;

use support::{Set, completed_of_process, environment, pod_with, strings};

/// What a runtime reports about a container: its own, the image's, a Service's and the kubelet's variables.
const PROCESS: [(&str, &str); 14] = [
    ("PATH", "/bin"),
    ("HOME", "/root"),
    ("HOSTNAME", "web-0"),
    ("TERM", "xterm"),
    ("NGINX_VERSION", "1.27"),
    ("APP_PORT", "80"),
    ("KUBERNETES_SERVICE_HOST", "10.0.0.1"),
    ("KUBERNETES_SERVICE_PORT", "443"),
    ("KUBERNETES_SERVICE_PORT_HTTPS", "443"),
    ("KUBERNETES_PORT", "tcp://10.0.0.1:443"),
    ("KUBERNETES_PORT_443_TCP", "tcp://10.0.0.1:443"),
    ("KUBERNETES_PORT_443_TCP_ADDR", "10.0.0.1"),
    ("KUBERNETES_PORT_OF_CALL", "x"),
    ("OWN", "o"),
];

/// The argument `$(NAME)$(R)` of a container, after a plugin has set R to `!`.
fn argument(name: &str, spec: &str) -> String {
    let pod = pod_with(&format!("    args: ['$({name})$(R)']\n{spec}"));
    let args = completed_of_process(&pod, Set::default().env("R", "!"), &PROCESS)
        .args
        .expect("it mentions a rendered name");
    args.into_iter().next().expect("one")
}

#[test]
fn references_to_variables_of_image_and_runtime_stay() {
    let spec = "    command: [sh, -c]\n    args: ['echo $(HOME) $(HOSTNAME) $(A)']\n    env: [{name: E, value: '$(HOME)/$(A)'}, {name: OWN, value: o}]";
    let own = [&PROCESS[..], &[("E", "$(HOME)/$(A)")]].concat();
    let completed = completed_of_process(&pod_with(spec), Set::default().env("A", "1").append("more"), &own);
    assert_eq!(
        completed.args,
        Some(strings(&["echo $(HOME) $(HOSTNAME) 1", "more"]))
    );
    assert_eq!(completed.env, environment(&[("A", "1"), ("E", "$(HOME)/1")]));
    for name in [
        "PATH",
        "HOME",
        "HOSTNAME",
        "TERM",
        "NGINX_VERSION",
        "APP_PORT",
        "UNKNOWN",
    ] {
        assert_eq!(argument(name, ""), format!("$({name})!"));
    }
}

#[test]
fn variables_of_the_spec_and_of_services_are_put_in() {
    assert_eq!(
        argument(
            "OWN",
            "    env: [{name: OWN, valueFrom: {secretKeyRef: {name: s, key: k}}}]"
        ),
        "o!"
    );
    assert_eq!(
        argument("HOME", "    env: [{name: HOME, value: /root}]"),
        "/root!",
        "the spec has one of its own"
    );
    for (name, value) in &PROCESS[6..12] {
        assert_eq!(argument(name, ""), format!("{value}!"));
    }
    for name in ["KUBERNETES_PORT_OF_CALL", "APP_PORT"] {
        assert_eq!(
            argument(name, ""),
            format!("$({name})!"),
            "a Service has no such variable, or there is no such Service"
        );
    }
}

#[test]
fn variables_that_may_come_from_env_from_are_put_in() {
    let prefixed = "    envFrom: [{prefix: NGINX_, configMapRef: {name: a}}]";
    assert_eq!(argument("NGINX_VERSION", prefixed), "1.27!");
    assert_eq!(argument("OWN", prefixed), "$(OWN)!");
    let several = "    envFrom: [{prefix: NGINX_VERSION, configMapRef: {name: a}}, {prefix: NGINX, configMapRef: {name: a}}, {prefix: OW, secretRef: {name: s}}, {prefix: OWN}]";
    for (name, argued) in [
        ("NGINX_VERSION", "1.27!"),
        ("OWN", "o!"),
        ("HOME", "$(HOME)!"),
        ("APP_PORT", "$(APP_PORT)!"),
    ] {
        assert_eq!(argument(name, several), argued);
    }
    assert_eq!(
        argument("OWN", "    envFrom: [{prefix: OWN, secretRef: {name: s}}]"),
        "$(OWN)!",
        "no key is empty"
    );
    let bare = "    envFrom: [{secretRef: {name: s}}]";
    assert_eq!(argument("OWN", bare), "o!");
    for name in ["PATH", "HOME", "HOSTNAME", "TERM"] {
        assert_eq!(
            argument(name, bare),
            format!("$({name})!"),
            "every runtime sets it"
        );
    }
}

#[test]
fn a_rendered_value_may_refer_to_the_whole_environment() {
    let completed = completed_of_process(
        &pod_with("    image: app"),
        Set::default().expand_env("PATH", "$(PATH):/opt/bin:$(HOME)"),
        &PROCESS,
    );
    assert_eq!(completed.env, environment(&[("PATH", "/bin:/opt/bin:/root")]));
}

/// Returns whether `$(NAME)` of a process's variable is put into the spec's texts without a declaration.
fn is_put_in(name: &str) -> bool {
    let own = [
        (name, "v"),
        ("REDIS_SERVICE_HOST", "h"),
        ("REDIS_SERVICE_PORT", "1"),
    ];
    let pod = pod_with(&format!("    args: ['$({name})$(R)']"));
    let args = completed_of_process(&pod, Set::default().env("R", "!"), &own).args;
    args.expect("it mentions a rendered name") == ["v!"]
}

#[test]
fn only_the_variables_that_a_service_has_are_put_in() {
    for of_service in [
        "REDIS_PORT",
        "REDIS_SERVICE_PORT_HTTP",
        "REDIS_PORT_6379_TCP",
        "REDIS_PORT_6379_UDP_PROTO",
        "REDIS_PORT_6379_SCTP_PORT",
    ] {
        assert!(is_put_in(of_service), "{of_service}");
    }
    for other in [
        "REDIS_PORT_",
        "REDIS_PORT__TCP",
        "REDIS_PORT_63x79_TCP",
        "REDIS_PORT_6379",
        "REDIS_PORT_6379_HTTP",
        "REDIS_PORT_x_HTTP",
        "REDIS_PORT_6379_TCP_HOST",
        "REDIS_PORT_6379_TCP_ADDR_X",
        "VALKEY_PORT_6379_TCP",
    ] {
        assert!(!is_put_in(other), "{other}");
    }
    // Two DNS labels of 63 characters and what is between them.
    let named = |length: usize| {
        format!(
            "REDIS_SERVICE_PORT_{}",
            "X".repeat(length - "REDIS_SERVICE_PORT_".len())
        )
    };
    assert!(is_put_in(&named(140)) && !is_put_in(&named(141)));
}

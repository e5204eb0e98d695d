//! examples/nginx with the real nginx.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use crate::example::{Container, Example};
use crate::http::{Upstream, get};
use crate::process::{Server, free_address};
use crate::program;

const CONTAINER: &str = "shop/edge/nginx";

/// The example adapted to this machine: another environment than production, with its own ConfigMap.
fn example(address: SocketAddr) -> Example {
    let example = Example::of("nginx");
    let state = example.state().display().to_string();
    example
        .set("nginx-environment", "listen-http", address)
        .set("nginx-environment", "state-directory", state)
        .set("nginx-environment", "worker-processes", 1)
        .set("nginx-environment", "worker-connections", 64)
        .set("nginx-environment", "tls", "off")
}

fn upstreams(storefront: &[&Upstream], api: &[&Upstream]) -> String {
    let servers = |servers: &[&Upstream]| {
        servers
            .iter()
            .map(|server| format!("{:?}", server.address.to_string()))
            .collect::<Vec<_>>()
            .join(", ")
    };
    format!("storefront: [{}]\napi: [{}]\n", servers(storefront), servers(api))
}

fn with_tls(example: Example, address: SocketAddr) -> Example {
    let file = |name: &str| {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/real_servers/tls")
            .join(name)
            .display()
            .to_string()
    };
    example
        .set("nginx-environment", "tls", "on")
        .set("nginx-environment", "listen-https", address)
        .set("nginx-environment", "tls-certificate", file("localhost.crt"))
        .set("nginx-environment", "tls-key", file("localhost.key"))
}

/// The arguments of the container after the program. Debian's nginx logs to a fixed path until it has read
/// its file.
fn arguments(container: &Container) -> Vec<String> {
    assert_eq!(container.argv[0], "nginx");
    [&container.argv[1..], &["-e".to_owned(), "stderr".to_owned()]].concat()
}

/// Starts nginx, after it has checked its configuration itself.
fn start(container: &Container, address: SocketAddr) -> Server {
    let checked = Command::new(program::nginx())
        .args(arguments(container))
        .arg("-t")
        .output()
        .expect("nginx can be started");
    assert!(
        checked.status.success(),
        "nginx -t: {}",
        String::from_utf8_lossy(&checked.stderr)
    );
    Server::start(
        &program::nginx(),
        arguments(container),
        address,
        &container.state(),
    )
}

#[test]
fn nginx_passes_each_path_to_its_upstream() {
    let (address, storefront, api) = (
        free_address(),
        Upstream::start("storefront"),
        Upstream::start("api"),
    );
    let container = example(address)
        .set(
            "nginx-environment",
            "upstreams",
            upstreams(&[&storefront], &[&api]),
        )
        .render(CONTAINER);
    let _nginx = start(&container, address);

    assert_eq!(get(address, "/cart").body, "storefront /cart");
    assert_eq!(get(address, "/api/orders").body, "api /api/orders");
}

#[test]
fn nginx_spreads_requests_over_all_servers_of_an_upstream() {
    let (address, first, second) = (
        free_address(),
        Upstream::start("first"),
        Upstream::start("second"),
    );
    let container = example(address)
        .set(
            "nginx-environment",
            "upstreams",
            upstreams(&[&first], &[&first, &second]),
        )
        .render(CONTAINER);
    let _nginx = start(&container, address);

    let mut bodies = [get(address, "/api/").body, get(address, "/api/").body];
    bodies.sort();
    assert_eq!(bodies, ["first /api/", "second /api/"]);
}

#[test]
fn nginx_adds_the_header_of_the_environment() {
    let (address, upstream) = (free_address(), Upstream::start("storefront"));
    let environment = upstreams(&[&upstream], &[&upstream]);
    let container = example(address)
        .set("nginx-environment", "upstreams", environment)
        .set("nginx-environment", "environment", "a test")
        .render(CONTAINER);
    let _nginx = start(&container, address);

    let answer = get(address, "/");
    assert_eq!(
        (answer.status, answer.header("X-Environment")),
        (200, Some("a test"))
    );
}

#[test]
fn nginx_answers_its_probe_while_no_upstream_is_there() {
    let (address, nobody) = (free_address(), free_address());
    let upstreams = format!("storefront: [\"{nobody}\"]\napi: [\"{nobody}\"]\n");
    let container = example(address)
        .set("nginx-environment", "upstreams", upstreams)
        .render(CONTAINER);
    let _nginx = start(&container, address);

    let probe = get(address, "/healthz");
    assert_eq!((probe.status, probe.body.as_str()), (200, "ok\n"));
    assert_eq!(get(address, "/").status, 502);
}

#[test]
fn nginx_logs_to_standard_output_in_the_format_of_the_base() {
    let (address, upstream) = (free_address(), Upstream::start("storefront"));
    let container = example(address)
        .set(
            "nginx-environment",
            "upstreams",
            upstreams(&[&upstream], &[&upstream]),
        )
        .render(CONTAINER);
    let nginx = start(&container, address);

    get(address, "/logged");
    let line = crate::process::wait_for("the request is logged", || {
        nginx
            .log()
            .lines()
            .find(|line| line.contains("/logged"))
            .map(str::to_owned)
            .ok_or_else(|| nginx.log())
    });
    assert!(
        line.starts_with("127.0.0.1 [") && line.contains(&format!("\"{}\"", upstream.address)),
        "{line}"
    );
}

#[test]
fn nginx_speaks_tls_with_the_named_certificate() {
    let (address, tls, upstream) = (free_address(), free_address(), Upstream::start("storefront"));
    let example = example(address).set(
        "nginx-environment",
        "upstreams",
        upstreams(&[&upstream], &[&upstream]),
    );
    let container = with_tls(example, tls).render(CONTAINER);
    let _nginx = start(&container, address);

    // nginx reports itself that this port is for TLS, so the test needs no TLS client.
    let answer = get(tls, "/");
    assert_eq!(answer.status, 400);
    assert!(
        answer.body.contains("plain HTTP request was sent to HTTPS port"),
        "{}",
        answer.body
    );
}

#[test]
fn a_base_without_upstreams_fails_and_names_the_key() {
    let message = example(free_address())
        .unset("nginx-base", "upstreams")
        .unset("nginx-environment", "upstreams")
        .render_in_vain();
    assert!(message.contains("upstreams"), "{message}");
}

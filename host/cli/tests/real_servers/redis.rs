//! examples/redis with the real redis-server.

use std::net::SocketAddr;

use crate::example::{Container, Example};
use crate::process::{Server, free_address, wait_for};
use crate::program;
use crate::resp::{Client, Reply};

const PRIMARY: &str = "cache/redis-primary/redis";
const REPLICA: &str = "cache/redis-replica/redis";

/// The example adapted to this machine: another environment than production, with its own ConfigMap.
fn example(container: &str, address: SocketAddr) -> Example {
    let example = Example::of("redis");
    let (state, acl_file) = (
        example.state().display().to_string(),
        example
            .path_of(container, "/etc/redis/users.acl")
            .display()
            .to_string(),
    );
    example
        .set("redis-environment", "bind", address.ip())
        .set("redis-environment", "port", address.port())
        .set("redis-environment", "data-directory", state)
        .set("redis-environment", "acl-file", acl_file)
}

fn start(container: &Container, address: SocketAddr) -> Server {
    assert_eq!(container.argv[0], "redis-server");
    // The kubelet's part: the variables from a Secret.
    let mut arguments: Vec<String> = container.argv[1..]
        .iter()
        .map(|argument| argument.replace("$(REPLICATION_PASSWORD)", "example-replication"))
        .collect();
    // A primary waits five seconds for more replicas; there is one.
    arguments.extend(["--repl-diskless-sync-delay", "0"].map(str::to_owned));
    Server::start(&program::redis_server(), arguments, address, &container.state())
}

fn primary() -> (SocketAddr, Container, Server) {
    let address = free_address();
    let container = example(PRIMARY, address).render(PRIMARY);
    let server = start(&container, address);
    (address, container, server)
}

fn setting(address: SocketAddr, name: &str) -> String {
    match Client::log_in(address, "metrics", "example-metrics").ask(&["CONFIG", "GET", name]) {
        Reply::List(pair) => match &pair[..] {
            [_, Reply::Text(value)] => value.clone(),
            _ => panic!("Redis has no {name}: {pair:?}"),
        },
        other => panic!("Redis does not report {name}: {other:?}"),
    }
}

#[test]
fn redis_has_the_memory_and_the_policy_of_the_environment() {
    let (address, _container, _redis) = primary();
    assert_eq!(setting(address, "maxmemory"), (768 * 1024 * 1024).to_string());
    assert_eq!(setting(address, "maxmemory-policy"), "allkeys-lru");
}

#[test]
fn redis_keeps_its_data_as_the_environment_says() {
    let (address, container, _redis) = primary();
    assert_eq!(setting(address, "appendonly"), "yes");
    assert_eq!(setting(address, "save"), "3600 1 300 100");
    assert!(container.state().join("appendonlydir").is_dir());
}

#[test]
fn redis_keeps_nothing_where_the_base_is_not_overridden() {
    let address = free_address();
    let container = example(PRIMARY, address)
        .unset("redis-environment", "appendonly")
        .unset("redis-environment", "save")
        .render(PRIMARY);
    let _redis = start(&container, address);
    assert_eq!(setting(address, "appendonly"), "no");
    assert_eq!(setting(address, "save"), "");
}

#[test]
fn redis_refuses_clients_without_the_right_password() {
    let (address, _container, _redis) = primary();
    let mut client = Client::connect(address);
    assert!(client.ask(&["GET", "shop:1"]).is_error("NOAUTH"));
    assert!(client.ask(&["AUTH", "app", "a guess"]).is_error("WRONGPASS"));
    assert!(client.ask(&["GET", "shop:1"]).is_error("NOAUTH"));
}

#[test]
fn a_user_of_redis_can_do_only_what_the_rendered_rules_allow() {
    let (address, _container, _redis) = primary();
    let mut app = Client::log_in(address, "app", "example-app");
    assert_eq!(app.ask(&["INCR", "shop:visits"]), Reply::Integer(1));
    assert!(app.ask(&["SET", "other:1", "x"]).is_error("NOPERM"));
    assert!(app.ask(&["CONFIG", "GET", "maxmemory"]).is_error("NOPERM"));
}

#[test]
fn a_replica_follows_its_primary_with_the_rendered_arguments() {
    let (primary, _container, _primary) = primary();
    let address = free_address();
    let container = example(REPLICA, address)
        .set("redis-environment", "primary-host", primary.ip())
        .set("redis-environment", "primary-port", primary.port())
        .render(REPLICA);
    let _replica = start(&container, address);

    assert_eq!(
        Client::log_in(primary, "app", "example-app").ask(&["SET", "shop:1", "a book"]),
        Reply::text("OK")
    );
    let mut reader = Client::log_in(address, "app", "example-app");
    let replicated = wait_for("the replica has the written value", || {
        match reader.ask(&["GET", "shop:1"]) {
            Reply::Text(value) => Ok(value),
            other => Err(format!("{other:?}")),
        }
    });
    assert_eq!(replicated, "a book");
    assert!(reader.ask(&["SET", "shop:2", "x"]).is_error("READONLY"));
}

#[test]
fn a_user_of_redis_without_a_digest_fails_and_names_the_key() {
    let message = Example::of("redis")
        .unset("redis-environment", "sha256-app")
        .render_in_vain();
    assert!(message.contains("sha256-app"), "{message}");
}

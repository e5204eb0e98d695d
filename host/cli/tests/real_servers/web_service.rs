//! examples/web-service: the rendered configuration reaches a process.

use std::fs;
use std::process::Command;

use crate::example::{Container, Example};

fn container(name: &str) -> Container {
    Example::of("web-service").render(&format!("shop/shop/{name}"))
}

/// Returns what `env` prints when it is started with the rendered environment and nothing else.
fn environment_of_a_process(container: &Container) -> Vec<String> {
    let output = Command::new("/usr/bin/env")
        .env_clear()
        .envs(&container.env)
        .output()
        .expect("env can be started");
    let mut lines: Vec<String> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect();
    lines.sort();
    lines
}

#[test]
fn a_process_gets_the_variables_and_the_node_adds_the_secret() {
    assert_eq!(
        environment_of_a_process(&container("web")),
        [
            "DATABASE_URL=postgres://shop:$(DB_PASSWORD)@shop-rw.databases.svc:5432/shop",
            "LOG_LEVEL=info",
            "PORT=8080",
            "WORKERS=8"
        ]
    );
}

#[test]
fn each_container_gets_a_configuration_of_its_own() {
    assert_eq!(
        environment_of_a_process(&container("migrate")),
        [
            "DATABASE_URL=postgres://shop_owner:$(DB_OWNER_PASSWORD)@shop-rw.databases.svc:5432/shop",
            "MIGRATE_LOCK_TIMEOUT=30s"
        ]
    );
    assert_eq!(
        environment_of_a_process(&container("worker")),
        [
            "DATABASE_URL=postgres://shop:$(DB_PASSWORD)@shop-rw.databases.svc:5432/shop",
            "LOG_LEVEL=info",
            "WORKERS=4"
        ]
    );
}

#[test]
fn rendered_arguments_follow_those_of_the_spec() {
    let argv = container("web").argv;
    assert_eq!(argv[0], "/app/shop");
    let output = Command::new("/bin/sh")
        .args(["-c", r#"printf '%s\n' "$@""#, "sh"])
        .args(&argv[1..])
        .output()
        .expect("sh can be started");
    let seen = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(
        seen.lines().collect::<Vec<_>>(),
        [
            "serve",
            "--listen=:8080",
            "--features=checkout-v2=true,gift-cards=false,recommendations=true"
        ]
    );
}

#[test]
fn the_rendered_file_is_where_the_service_looks_for_it() {
    let web = container("web");
    let mounted =
        fs::read_to_string(web.path_of("/app/config/application.yaml")).expect("the file is mounted");
    let document = podweave_core::yaml::document(&mounted).expect("the file is YAML");
    assert_eq!(document["server"]["port"], 8080);
    assert_eq!(document["database"]["pool"]["max"], 16);
    assert_eq!(document["shop"]["features"]["checkout-v2"], true);
    assert_eq!(
        mounted,
        fs::read_to_string(web.path_of("/etc/podweave/application.yaml"))
            .expect("the file is in the directory, too")
    );
}

#[test]
fn another_environment_changes_only_what_it_overrides() {
    let web = Example::of("web-service")
        .set("shop-environment", "db-host", "db.test")
        .render("shop/shop/web");
    assert_eq!(
        web.env["DATABASE_URL"],
        "postgres://shop:$(DB_PASSWORD)@db.test:5432/shop"
    );
    assert_eq!(web.env["WORKERS"], "8");
}

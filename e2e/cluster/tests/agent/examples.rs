//! The examples of the repository answer with their rendered configuration.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use podweave_cluster::{Namespace, RunningPod};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::fixture::{Fixture, REQUIRED, documents, fixture};

/// Runs the pod of the example's workload of this name with its ConfigMaps, changed by `adapt`.
async fn run<'a>(
    fixture: &'a Fixture,
    namespace: &Namespace,
    example: &str,
    name: &str,
    adapt: impl FnOnce(&mut Value),
) -> Result<RunningPod<'a>> {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(example);
    let read = |name: &str| {
        std::fs::read_to_string(directory.join(name)).with_context(|| format!("examples/{example}/{name}"))
    };
    let mut config_maps = documents(&read("configmaps.yaml")?, |document| {
        document["kind"] == "ConfigMap"
    })?;
    for config_map in &mut config_maps {
        config_map["metadata"]["namespace"] = namespace.name().into();
    }
    fixture.node.cluster().apply(config_maps).await?;
    let is_it =
        |document: &Value| document["metadata"]["name"] == name && !document["spec"]["template"].is_null();
    let workload = documents(&read("pod.yaml")?, is_it)?
        .into_iter()
        .next()
        .with_context(|| format!("examples/{example} has no workload {name}"))?;
    let mut pod = workload["spec"]["template"].clone();
    pod["metadata"]["name"] = name.into();
    pod["metadata"]["annotations"][REQUIRED.0] = REQUIRED.1.into();
    adapt(&mut pod);
    fixture.node.run(namespace.name(), pod).await
}

/// The certificate and key that the tests of the command line use, too.
fn tls() -> (&'static str, &'static str) {
    (
        include_str!("../../../../host/cli/tests/real_servers/tls/localhost.crt"),
        include_str!("../../../../host/cli/tests/real_servers/tls/localhost.key"),
    )
}

async fn secret(fixture: &Fixture, namespace: &Namespace, name: &str, data: Value) -> Result<()> {
    let metadata = json!({ "name": name, "namespace": namespace.name() });
    fixture
        .node
        .cluster()
        .apply([json!({ "apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data })])
        .await
}

#[tokio::test]
async fn nginx_answers_as_configured() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let namespace = fixture.namespace("nginx").await?;
    let (certificate, key) = tls();
    secret(
        fixture,
        &namespace,
        "edge-tls",
        json!({ "tls.crt": certificate, "tls.key": key }),
    )
    .await?;
    // nginx resolves its upstreams at its start, and there is no DNS here: give their names to the pod.
    let hosts = json!([{ "ip": "127.0.0.1", "hostnames": [
        "api-0.api.shop.svc", "api-1.api.shop.svc", "api-2.api.shop.svc", "storefront.shop.svc",
    ] }]);
    let pod = run(fixture, &namespace, "nginx", "edge", |pod| {
        pod["spec"]["hostAliases"] = hosts
    })
    .await?;
    pod.ready().await?;
    let answer = pod.get(8080, "/healthz").await?;
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok\n"));
    assert!(
        answer.head.to_lowercase().contains("x-environment: production"),
        "{}",
        answer.head
    );
    pod.delete().await
}

/// Returns a section of Redis' INFO.
async fn info(pod: &RunningPod<'_>, section: &str) -> Result<String> {
    let mut redis = TcpStream::connect((pod.address().await?, 6379)).await?;
    redis
        .write_all(
            format!("AUTH metrics example-metrics\r\nINFO {section}\r\nCONFIG GET maxmemory\r\nQUIT\r\n")
                .as_bytes(),
        )
        .await?;
    let mut said = String::new();
    redis.read_to_string(&mut said).await?;
    Ok(said)
}

#[tokio::test]
async fn a_redis_replica_follows_its_primary_with_a_secrets_password() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let namespace = fixture.namespace("redis").await?;
    secret(
        fixture,
        &namespace,
        "redis-replication",
        json!({ "password": "example-replication" }),
    )
    .await?;
    let with_data = |pod: &mut Value| pod["spec"]["volumes"] = json!([{ "name": "data", "emptyDir": {} }]);
    let primary = run(fixture, &namespace, "redis", "redis-primary", with_data).await?;
    primary.ready().await?;
    let hosts = json!([{ "ip": primary.address().await?, "hostnames": ["redis-primary-0.redis-primary"] }]);
    let replica = run(fixture, &namespace, "redis", "redis-replica", |pod| {
        with_data(pod);
        pod["spec"]["hostAliases"] = hosts;
    })
    .await?;
    replica.ready().await?;
    assert!(
        info(&primary, "server")
            .await?
            .contains(&(768 * 1024 * 1024).to_string())
    );
    let deadline = Instant::now() + Duration::from_secs(60);
    while !info(&replica, "replication")
        .await?
        .contains("master_link_status:up")
    {
        ensure!(
            Instant::now() < deadline,
            "the replica does not follow: {}",
            info(&replica, "replication").await?
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    replica.delete().await?;
    primary.delete().await
}

#[tokio::test]
async fn the_web_service_gets_variables_arguments_and_file() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let namespace = fixture.namespace("shop").await?;
    secret(
        fixture,
        &namespace,
        "shop-db",
        json!({ "password": "web-S3CRET", "owner-password": "owner-S3CRET" }),
    )
    .await?;
    let pod = run(fixture, &namespace, "web-service", "shop", |_| {}).await?;
    pod.ready().await?;
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let env = lines(&pod.get(8080, "/env").await?.body);
    for variable in [
        "DATABASE_URL=postgres://shop:web-S3CRET@shop-rw.databases.svc:5432/shop",
        "LOG_LEVEL=info",
        "PORT=8080",
        "WORKERS=8",
    ] {
        assert!(env.iter().any(|line| line == variable), "{variable}: {env:?}");
    }
    let arguments = lines(&pod.get(8080, "/arguments").await?.body);
    assert_eq!(
        arguments,
        [
            "serve",
            "--listen=:8080",
            "--features=checkout-v2=true,gift-cards=false,recommendations=true"
        ]
    );
    let file = pod.get(8080, "/application.yaml").await?.body;
    assert!(
        file.contains("currency: \"EUR\"") && file.contains("checkout-v2: true"),
        "{file}"
    );
    let migrate = pod.log("migrate").await?;
    assert!(
        migrate.contains("DATABASE_URL=postgres://shop_owner:owner-S3CRET@")
            && migrate.contains("MIGRATE_LOCK_TIMEOUT=30s"),
        "{migrate}"
    );
    assert_eq!(pod.env("worker").await?["WORKERS"], "4");
    pod.delete().await
}

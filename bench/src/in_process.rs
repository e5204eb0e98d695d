//! Measures renders in one process, as in the node agent.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use podweave_bench::native;
use podweave_sandbox::Allocation;
use serde_json::{Value, json};

use crate::scene::{self, Host, PLAIN, Scene};
use crate::stand_in::StandIn;
use podweave_bench_figures::samples::{Effort, Turns, work};
use podweave_bench_figures::table::Table;

const SLOTS: u32 = 16;
const NGINX: &str = include_str!("nginx.conf.hbs");
const TURNS: Turns = Turns {
    rounds: 60,
    warm_up: 20,
    timed: 100,
};

/// The goals with and without pagemap_scan, which makes the pool fast but is missing in older kernels.
const PAGEMAP_SCAN_GOAL: Duration = Duration::from_micros(20);
const NO_PAGEMAP_SCAN_GOAL: Duration = Duration::from_micros(45);

/// Measures all renders in one process. Compiled code is stored in `cache`.
pub fn measure(table: &mut Table, effort: Effort, cache: &Path) -> Result<()> {
    let pooling = Host::new(Allocation::Pooling { slots: SLOTS }, cache)?;
    handlebars(table, effort, &pooling)?;
    plain(table, effort, &pooling, cache)?;
    two_threads(table, effort, &pooling)?;
    large_config_map(table, effort, &pooling)
}

fn nginx_values() -> [(&'static str, &'static str); 11] {
    [
        ("access-log", "/var/log/nginx/access.log"),
        ("body", "8m"),
        ("connections", "1024"),
        ("environment", "production"),
        ("gzip", "on"),
        ("log-level", "warn"),
        ("port", "8080"),
        ("server", "shop.example.org"),
        ("timeout", "65"),
        ("upstream", "backend"),
        ("workers", "4"),
    ]
}

fn handlebars(table: &mut Table, effort: Effort, host: &Host) -> Result<()> {
    let runtime = scene::runtime()?;
    let upstreams: Vec<Value> = (1..=5)
        .map(|n| json!({ "host": format!("10.0.0.{n}"), "port": 8000 + n, "weight": n }))
        .collect();
    let params = json!({ "files": { "nginx.conf": NGINX }, "values": { "upstreams": upstreams } });
    let scene = host.scene(
        &runtime,
        "handlebars",
        &params,
        &scene::config_map("web", nginx_values()),
    )?;

    let values: BTreeMap<String, String> = nginx_values()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
    let natively = || native::render(&native::engine(), scene.params(), &[("web", &values)], &[]);
    let own_natively = || {
        let host = StandIn {
            params: scene.params(),
            alias: "web",
            values: &values,
            files: RefCell::default(),
        };
        podweave_handlebars::run(&host).map_err(|error| anyhow::anyhow!("{error:?}"))?;
        Ok(host.files.into_inner())
    };
    let expected = natively()?.files;
    ensure!(
        own_natively()? == expected,
        "the plugin's renderer and handlebars-rust differ"
    );
    let rendered = runtime.block_on(scene.render())?;
    let file = &rendered.directories["/etc/podweave"]["nginx.conf"];
    ensure!(
        file.contents == expected["nginx.conf"].as_bytes(),
        "the sandboxed render and the native one differ"
    );

    let [base, own, sandboxed] =
        TURNS
            .with(effort)
            .run([work(natively), work(own_natively), scene.work(&runtime)])?;
    table.heading("The handlebars plugin: an nginx.conf of 60 lines, 11 variables, 5 upstreams");
    table.time("native handlebars-rust: parse, compile, render", &base);
    table.ratio_at_most(
        "podweave, Binding to Rendered, a fresh sandbox",
        &sandboxed,
        &base,
        1.6,
    );
    table.ratio(
        "the plugin's own renderer, native: no sandbox, no pipeline",
        &own,
        &base,
    );
    Ok(())
}

fn plain_scene(host: &Host) -> Result<Scene> {
    let runtime = scene::runtime()?;
    let scene = host.scene(&runtime, PLAIN, &json!({}), &scene::plain_keys())?;
    let rendered = runtime.block_on(scene.render())?;
    ensure!(rendered.env.len() == 11, "11 variables");
    Ok(scene)
}

fn plain(table: &mut Table, effort: Effort, pooling: &Host, cache: &Path) -> Result<()> {
    let runtime = scene::runtime()?;
    let without = Host::new(Allocation::PoolingWithoutPagemapScan { slots: SLOTS }, cache)?;
    let on_demand = Host::new(Allocation::OnDemand, cache)?;
    let (with, without, on_demand) = (
        plain_scene(pooling)?,
        plain_scene(&without)?,
        plain_scene(&on_demand)?,
    );
    let [with, without, on_demand] = TURNS.with(effort).run([
        with.work(&runtime),
        without.work(&runtime),
        on_demand.work(&runtime),
    ])?;
    table.heading("A plain Rust plugin, 11 keys to 11 variables, Binding to Rendered");
    if Allocation::has_pagemap_scan() {
        table.time_at_most("pooling, pagemap_scan", &with, PAGEMAP_SCAN_GOAL);
    }
    table.time_at_most("pooling, no pagemap_scan", &without, NO_PAGEMAP_SCAN_GOAL);
    table.time("on demand, as in the command line", &on_demand);
    Ok(())
}

/// Measures renders per second with one thread and with two, each with its own runtime, with one sandbox.
fn two_threads(table: &mut Table, effort: Effort, host: &Host) -> Result<()> {
    const ROUNDS: usize = 9;
    let scene = plain_scene(host)?;
    let (mut by_one, mut by_two) = (Vec::new(), Vec::new());
    for _ in 0..effort.times(ROUNDS) {
        by_one.push(throughput(&scene, 1)?);
        by_two.push(throughput(&scene, 2)?);
    }
    let median = |rates: &mut Vec<f64>| {
        rates.sort_unstable_by(f64::total_cmp);
        rates[rates.len() / 2]
    };
    let (one, two) = (median(&mut by_one), median(&mut by_two));
    let gain = two / one;
    table.value("renders in a second, one thread", format!("{one:.0}"));
    table.value_with_goal(
        "renders in a second, two threads",
        format!("{two:.0}, {gain:.2} x"),
        "at least 1.7 x",
        (gain * 100.0).round() >= 170.0,
    );
    Ok(())
}

fn throughput(scene: &Scene, threads: usize) -> Result<f64> {
    const TIME: Duration = Duration::from_millis(200);
    let start_line = Barrier::new(threads);
    std::thread::scope(|scope| {
        let run = || {
            let runtime = scene::runtime()?;
            runtime.block_on(async {
                scene.render().await?;
                start_line.wait();
                let start = Instant::now();
                let mut renders = 0u32;
                while start.elapsed() < TIME {
                    scene.render().await?;
                    renders += 1;
                }
                Ok(f64::from(renders) / start.elapsed().as_secs_f64())
            })
        };
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        running
            .into_iter()
            .map(|thread| thread.join().ok().context("a thread panicked")?)
            .sum()
    })
}

/// Checks that keys that are not read cost nothing.
fn large_config_map(table: &mut Table, effort: Effort, host: &Host) -> Result<()> {
    let runtime = scene::runtime()?;
    let value = "v".repeat(512);
    let scene = |filler: &[String]| {
        let keys: Vec<String> = (0..filler.len()).map(|n| format!("filler-{n:02}")).collect();
        let filler = keys
            .iter()
            .zip(filler)
            .map(|(key, value)| (key.as_str(), value.as_str()));
        let config_map = scene::config_map("web", filler.chain([("key", value.as_str())]));
        host.scene(
            &runtime,
            "handlebars",
            &json!({ "env": { "KEY": "{{config.key}}" } }),
            &config_map,
        )
    };
    let small = scene(&["f".repeat(512)])?;
    let mut filler = vec!["f".repeat(16 * 1024); 63];
    filler.push("f".repeat(16 * 1024 - value.len()));
    let large = scene(&filler)?;
    let [small, large] = TURNS
        .with(effort)
        .run([small.work(&runtime), large.work(&runtime)])?;
    table.heading("A ConfigMap of which the handlebars plugin reads one key of 512 bytes");
    table.time("of 1 KiB", &small);
    table.ratio_at_most("of 1 MiB", &large, &small, 1.1);
    Ok(())
}

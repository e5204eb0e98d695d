//! Runs podweave's ConfigMap manager by commands on stdin, as `bench/kubelet-manager` does with the
//! kubelet's.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::io::{BufRead as _, Write as _};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use futures_util::future::join_all;
use kube::config::{KubeConfigOptions, Kubeconfig};
use podweave_api_server::{ApiServer, ApiServerOptions, Qps};
use podweave_bench_config_maps::{Command, config_map_name, config_maps_of};
use podweave_config_maps::{ConfigMaps, NamespacedName, Options, PodConfigMaps, PodIdentity, Want};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use serde_json::{Value, json};

/// The interval between Gets that wait for a change.
const POLL_INTERVAL: Duration = Duration::from_micros(50);

/// A caller that can wait. In the kubelet, a Get has one second, then the pod waits for 10 to 15 s.
const WANT: Want = Want {
    within: Duration::from_secs(30),
    max_age: None,
};

/// Counts allocations. The program with the kubelet's managers reads the count of Go's runtime instead.
struct Counted;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

#[global_allocator]
static ALLOCATOR: Counted = Counted;

// SAFETY: all calls are forwarded to the system's allocator.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[derive(Debug, Parser)]
struct Arguments {
    #[arg(long)]
    kubeconfig: PathBuf,
    /// The namespace of pods and ConfigMaps.
    #[arg(long)]
    namespace: String,
    /// Requests per second; 0: no limit.
    #[arg(long, default_value_t = 0)]
    qps: u32,
    /// Requests at once.
    #[arg(long, default_value_t = 0)]
    burst: u32,
}

struct Program {
    manager: ConfigMaps,
    namespace: String,
    metrics: Registry,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let program = Arc::new(runtime.block_on(Program::new(arguments))?);
    say(&json!({ "podweave": env!("CARGO_PKG_VERSION") }))?;
    for line in std::io::stdin().lock().lines() {
        let command = serde_json::from_str(&line?).context("cannot parse the command")?;
        let answer = match command {
            Command::Burst { pods, config_maps } => runtime.block_on(program.burst(pods, config_maps))?,
            Command::Register { from, to } => runtime.block_on(program.register(from, to))?,
            Command::Hot {
                config_maps,
                threads,
                milliseconds,
                waiting,
            } => program.hot(config_maps, threads, Duration::from_millis(milliseconds), waiting)?,
            Command::Observe { from, to, value } => {
                say(&json!({ "looking": true }))?;
                json!({ "seen": program.observe(from, to, |now| now == Some(value.as_str())), "failed": 0 })
            }
            Command::Doubt { from, to } => {
                say(&json!({ "looking": true }))?;
                json!({ "seen": program.observe(from, to, |now| now.is_none()) })
            }
            Command::Figures => program.figures()?,
        };
        say(&answer)?;
    }
    Ok(())
}

fn say(answer: &Value) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{answer}")?;
    Ok(out.flush()?)
}

impl Program {
    async fn new(arguments: Arguments) -> Result<Self> {
        let config = kube::Config::from_custom_kubeconfig(
            Kubeconfig::read_from(arguments.kubeconfig)?,
            &KubeConfigOptions::default(),
        )
        .await?;
        let qps = NonZeroU32::new(arguments.qps)
            .zip(NonZeroU32::new(arguments.burst))
            .map(|(per_second, burst)| Qps { per_second, burst });
        let api_server = ApiServer::new(
            config,
            ApiServerOptions {
                qps,
                ..ApiServerOptions::default()
            },
        )?;
        let mut metrics = Registry::default();
        api_server.metrics().register(&mut metrics);
        let manager = ConfigMaps::new(Arc::new(api_server), Options::default());
        Ok(Self {
            manager,
            namespace: arguments.namespace,
            metrics,
        })
    }

    fn register_pod(&self, number: usize, names: &[String]) -> PodConfigMaps {
        let name = format!("pod-{number}");
        let pod = PodIdentity {
            namespace: self.namespace.clone(),
            uid: name.clone(),
            name,
        };
        self.manager.register(
            pod,
            names
                .iter()
                .map(|name| NamespacedName::new(&self.namespace, name)),
        )
    }

    /// Starts all pods at once, each in its own task, which registers the pod and then gets all its
    /// ConfigMaps. All times count from the beginning of the burst.
    async fn burst(self: &Arc<Self>, pods: usize, config_maps: usize) -> Result<Value> {
        let began = Instant::now();
        let tasks = (0..pods).map(|number| {
            let program = Arc::clone(self);
            tokio::spawn(async move {
                let names = config_maps_of(number, pods, config_maps);
                let pod = program.register_pod(number, &names);
                let gets = names.iter().map(async |name| {
                    let failed = pod.get(&program.namespace, name, WANT).await.is_err();
                    (began.elapsed().as_nanos() as u64, failed)
                });
                join_all(gets).await
            })
        });
        let mut took = Vec::new();
        let mut failed = 0;
        for pod in join_all(tasks).await {
            for (time, has_failed) in pod? {
                took.push(time);
                failed += usize::from(has_failed);
            }
        }
        Ok(json!({ "took": took, "failed": failed, "dials": self.dials()? }))
    }

    /// Registers pods with one ConfigMap each, a few at a time, so that the memory of a burst is not
    /// measured.
    async fn register(self: &Arc<Self>, from: usize, to: usize) -> Result<Value> {
        use futures_util::stream::{self, StreamExt as _};
        let failed = stream::iter(from..to)
            .map(async |number| {
                let name = config_map_name(number);
                let pod = self.register_pod(number, std::slice::from_ref(&name));
                pod.get(&self.namespace, &name, WANT).await.is_err()
            })
            .buffer_unordered(16)
            .filter(|failed| std::future::ready(*failed))
            .count()
            .await;
        Ok(json!({ "failed": failed }))
    }

    /// Repeats Gets of cached ConfigMaps; returns their number and the time.
    fn hot(&self, config_maps: usize, threads: usize, duration: Duration, waiting: bool) -> Result<Value> {
        let names: Vec<String> = (0..config_maps).map(config_map_name).collect();
        ensure!(
            names
                .iter()
                .all(|name| self.manager.get_now(&self.namespace, name).is_some()),
            "not all ConfigMaps are cached"
        );
        let stop = AtomicBool::new(false);
        let gets = AtomicU64::new(0);
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        let busy_before = process_time()?;
        let began = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    let mut done = 0;
                    while !stop.load(Ordering::Relaxed) {
                        if waiting {
                            // One poll for many Gets, so that mainly the Gets are measured.
                            futures_util::future::FutureExt::now_or_never(async {
                                for name in &names {
                                    let _ = black_box(self.manager.get(&self.namespace, name, WANT).await);
                                }
                            });
                        } else {
                            for name in &names {
                                black_box(self.manager.get_now(&self.namespace, name));
                            }
                        }
                        done += names.len() as u64;
                    }
                    gets.fetch_add(done, Ordering::Relaxed);
                });
            }
            std::thread::sleep(duration);
            stop.store(true, Ordering::Relaxed);
        });
        let elapsed = began.elapsed().as_nanos() as u64;
        let busy = process_time()?.saturating_sub(busy_before).as_nanos() as u64;
        let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
        Ok(
            json!({ "gets": gets.into_inner(), "nanoseconds": elapsed, "busy": busy, "allocations": allocations }),
        )
    }

    /// Returns when each of the ConfigMaps had an accepted value; `None` is a value that is not known for
    /// sure.
    fn observe(&self, from: usize, to: usize, will_do: impl Fn(Option<&str>) -> bool) -> Vec<u64> {
        let mut waiting: Vec<(usize, String)> = (from..to)
            .map(|number| (number, config_map_name(number)))
            .collect();
        let mut seen = vec![0; to - from];
        loop {
            waiting.retain(|(number, name)| {
                let answer = self.manager.get_now(&self.namespace, name);
                let value = answer
                    .as_ref()
                    .and_then(|answer| answer.config_map())
                    .and_then(|config_map| config_map.get("value"));
                let is_waiting = !will_do(value.and_then(|value| value.as_text()));
                if !is_waiting {
                    seen[number - from] = unix_nanoseconds();
                }
                is_waiting
            });
            if waiting.is_empty() {
                return seen;
            }
            std::thread::sleep(POLL_INTERVAL);
        }
    }

    fn figures(&self) -> Result<Value> {
        let status = std::fs::read_to_string("/proc/self/status")?;
        let resident = status.lines().find_map(|line| {
            line.strip_prefix("VmRSS:")?
                .trim()
                .strip_suffix(" kB")?
                .parse::<u64>()
                .ok()
        });
        Ok(json!({ "resident": resident.context("VmRSS")? * 1024, "dials": self.dials()? }))
    }

    fn dials(&self) -> Result<u64> {
        let mut text = String::new();
        encode(&mut text, &self.metrics)?;
        let dials = text
            .lines()
            .filter(|line| line.starts_with("podweave_api_server_dials_total{"));
        Ok(dials
            .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
            .sum())
    }
}

/// The CPU time of all threads. Other work on the machine does not change it.
fn process_time() -> Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The program's name in parentheses can contain anything. User and system time are the 12th and 13th
    // field after it, in hundredths of a second.
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_ascii_whitespace()
        .collect();
    let ticks = |index: usize| {
        fields
            .get(index)
            .and_then(|ticks| ticks.parse::<u64>().ok())
            .context("/proc/self/stat")
    };
    Ok(Duration::from_millis((ticks(11)? + ticks(12)?) * 10))
}

fn unix_nanoseconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_nanos() as u64
}

//! The guard with the runtime's own implementation of NRI, in Go, and the runtime's own validator: what is
//! created, what is refused, and by which. `tools/build-nri-runtime` builds it, `make e2e` runs this.

#[path = "../../nri/tests/support/go.rs"]
#[allow(dead_code, reason = "a part of it")]
mod go;

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use go::GoRuntime;
use podweave_agent::for_tests::seal;
use podweave_agent::guard;
use podweave_nri::api::{Container, Mount, PodSandbox};
use podweave_nri::{
    Adjustment, AdjustmentError, Call, Creation, Event, Events, Options, Plugin, Runtime, Service, State,
    Status,
};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A timeout that only a failing test reaches.
const PATIENCE: Duration = Duration::from_secs(20);

/// The answer of a plugin.
type Change = for<'a> fn(&'a mut Adjustment) -> Result<&'a mut Adjustment, AdjustmentError>;

/// A plugin that adjusts every container in the same way.
struct Adjusting(Change);

impl Plugin for Adjusting {
    async fn configure(&self, _runtime: &Runtime, _config: &str) -> Result<Events, Status> {
        Ok(Events::of(&[Event::CreateContainer]))
    }

    async fn create_container(
        &self,
        _call: Call,
        _pod: PodSandbox,
        _container: Container,
    ) -> Result<Creation, Status> {
        let mut creation = Creation::default();
        (self.0)(&mut creation.adjust).map_err(|error| Status::refused(error.to_string()))?;
        Ok(creation)
    }
}

/// A running plugin, which is stopped when this is dropped.
struct Running {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), podweave_nri::Error>>,
}

impl Running {
    /// Starts a plugin, and returns once the runtime calls it.
    async fn plugin(runtime: &mut GoRuntime, index: &str, name: &str, adjust: Change) -> Self {
        let mut options = Options::new(index, name).unwrap();
        options.socket = runtime.socket();
        let service = Service::new(options, Arc::new(Adjusting(adjust)));
        let mut state = service.handle().state();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(service.run(async { drop(stopped.await) }));
        tokio::time::timeout(PATIENCE, state.wait_for(State::is_ready))
            .await
            .unwrap()
            .unwrap();
        Self {
            stop: Some(stop),
            task,
        }
    }

    /// Starts a plugin that answers as podweave's agent.
    async fn agent(runtime: &mut GoRuntime) -> Self {
        Self::plugin(runtime, "50", "podweave", |adjustment| {
            adjustment
                .env("PORT", "80")?
                .args(vec!["/bin/web".into(), "--port=80".into()])?
                .mount(mount("/etc/podweave"))?;
            seal::mark(adjustment, "sha256:abc")?;
            Ok(adjustment)
        })
        .await
    }

    async fn guard(runtime: &mut GoRuntime) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(guard::run(runtime.socket(), async { drop(stopped.await) }));
        until_answer(runtime, |answer| {
            !error(answer).contains("\"podweave-guard\" not present")
        })
        .await;
        Self {
            stop: Some(stop),
            task,
        }
    }

    async fn stop(mut self) {
        drop(self.stop.take());
        (&mut self.task).await.unwrap().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn mount(destination: &str) -> Mount {
    Mount {
        destination: destination.into(),
        r#type: "bind".into(),
        source: "/run/podweave/x".into(),
        options: vec!["rbind".into(), "ro".into()],
    }
}

/// Creates a container of a pod that uses podweave, as admission leaves it.
fn create(runtime: &mut GoRuntime) -> Value {
    create_of(
        runtime,
        &json!({"podweave.dev/plugin": "handlebars", "required-plugins.noderesource.dev/pod": r#"["podweave-guard"]"#}),
    )
}

fn create_of(runtime: &mut GoRuntime, annotations: &Value) -> Value {
    runtime
        .run(&json!({"op": "create", "env": ["PATH=/bin"], "args": ["/bin/web"], "annotations": annotations}))
}

fn error(answer: &Value) -> &str {
    answer["error"].as_str().unwrap_or_default()
}

/// Creates containers until the runtime answers like this: it takes a moment to add or to forget a plugin.
async fn until_answer(runtime: &mut GoRuntime, is_it: impl Fn(&Value) -> bool) {
    let began = Instant::now();
    loop {
        let answer = create(runtime);
        if is_it(&answer) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{answer}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn creation_needs_agent_guard_and_validator() {
    let mut runtime = GoRuntime::started(json!({"validator": true}));
    let plain = json!({"example.org/a": "b"});
    assert!(
        error(&create(&mut runtime)).contains("required plugin \"podweave-guard\" not present"),
        "neither agent nor guard is running"
    );
    assert_eq!(error(&create_of(&mut runtime, &plain)), "");

    let guard = Running::guard(&mut runtime).await;
    let answer = create(&mut runtime);
    assert!(error(&answer).contains("validator \"90-podweave-guard\" rejected container adjustment, reason: podweave's agent has not configured"), "{answer}");
    assert_eq!(error(&create_of(&mut runtime, &plain)), "");

    let agent = Running::agent(&mut runtime).await;
    until_answer(&mut runtime, |answer| error(answer).is_empty()).await;
    assert_eq!(
        create(&mut runtime)["adjust"]["env"],
        json!([{"key": "PORT", "value": "80"}])
    );
    let without_requirement = create_of(&mut runtime, &json!({"web.podweave.dev/plugin": "handlebars"}));
    assert!(
        error(&without_requirement)
            .contains("the pod lacks the annotation required-plugins.noderesource.dev/pod"),
        "{without_requirement}"
    );

    guard.stop().await;
    until_answer(&mut runtime, |answer| {
        error(answer).contains("required plugin \"podweave-guard\" not present")
    })
    .await;
    let _guard = Running::guard(&mut runtime).await;
    until_answer(&mut runtime, |answer| error(answer).is_empty()).await;
    agent.stop().await;
    until_answer(&mut runtime, |answer| {
        error(answer).contains("has not configured container \"main\"")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guard_refuses_while_the_runtimes_validator_is_off() {
    let mut runtime = GoRuntime::started(json!({"validator": false}));
    let _agent = Running::agent(&mut runtime).await;
    until_answer(&mut runtime, |answer| {
        error(answer).is_empty() && !answer["adjust"]["env"].is_null()
    })
    .await;
    let (_stop, stopped) = oneshot::channel::<()>();
    let guard = tokio::spawn(guard::run(runtime.socket(), async { drop(stopped.await) }));
    until_answer(&mut runtime, |answer| {
        error(answer).contains("the runtime's own validator is off")
    })
    .await;
    guard.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn other_plugins_may_add_but_not_change() {
    let mut runtime = GoRuntime::started(json!({"validator": true}));
    let _guard = Running::guard(&mut runtime).await;
    let _agent = Running::agent(&mut runtime).await;
    until_answer(&mut runtime, |answer| error(answer).is_empty()).await;
    let (changed, removed) = (
        "an NRI plugin changes variables, arguments or mounts that podweave has set",
        "an NRI plugin removes podweave.dev/rendered",
    );
    let cases: [(Change, &str); 9] = [
        (
            |adjustment| {
                adjustment
                    .env("TRACE", "1")?
                    .mount(mount("/var/trace"))?
                    .remove_env("PATH")
            },
            "",
        ),
        (|adjustment| adjustment.replace_env("PORT", "81"), changed),
        (|adjustment| adjustment.replace_env("PORT", "80"), changed),
        (|adjustment| adjustment.remove_env("PORT"), changed),
        (
            |adjustment| adjustment.replace_args(vec!["/bin/wrapper".into()]),
            changed,
        ),
        (|adjustment| adjustment.remove_mount("/etc/podweave"), changed),
        (
            |adjustment| adjustment.mount(mount("/etc/podweave/")),
            "mounts \"/etc/podweave/\" over the files",
        ),
        (
            |adjustment| adjustment.remove_annotation("podweave.dev/rendered"),
            removed,
        ),
        (
            |adjustment| adjustment.annotation("podweave.dev/rendered", "x"),
            "both tried to set",
        ),
    ];
    for (meddle, expected) in cases {
        let meddler = Running::plugin(&mut runtime, "60", "meddler", meddle).await;
        // The added variable shows that the first plugin is called; the refusals show it for the others.
        let is_it = |answer: &Value| match expected {
            "" => {
                error(answer).is_empty()
                    && answer["adjust"]["env"]
                        .as_array()
                        .is_some_and(|env| env.len() == 2)
            }
            expected => error(answer).contains(expected),
        };
        until_answer(&mut runtime, is_it).await;
        meddler.stop().await;
        until_answer(&mut runtime, |answer| {
            error(answer).is_empty()
                && answer["adjust"]["env"]
                    .as_array()
                    .is_some_and(|env| env.len() == 1)
        })
        .await;
    }
}

/// `podweave guard`, the process, as the DaemonSet starts it.
struct Process(Child);

impl Process {
    fn start(runtime: &GoRuntime) -> Self {
        let own = std::env::current_exe().unwrap();
        // target/release/deps/guard_runtime-...
        let program = own.ancestors().nth(2).unwrap().join("podweave");
        let mut command = Command::new(&program);
        command
            .arg("guard")
            .arg("--socket")
            .arg(runtime.socket())
            .env("MALLOC_MMAP_THRESHOLD_", "131072")
            .stderr(Stdio::null());
        Self(command.spawn().unwrap_or_else(|error| {
            panic!(
                "{}: {error}; run `cargo build --release` first",
                program.display()
            )
        }))
    }

    /// Its anonymous memory, in KiB.
    fn anonymous(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"))
            .unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guard_process_takes_at_most_4_mib() {
    // 10 MB of pods, which arrive in three parts.
    let mut runtime = GoRuntime::started(json!({"validator": true, "pods": 400, "length": 25_000}));
    let process = Process::start(&runtime);
    until_answer(&mut runtime, |answer| {
        error(answer).contains("has not configured container")
    })
    .await;
    let large = format!("LARGE={}", "x".repeat(100_000));
    let annotations = json!({"podweave.dev/plugin": "handlebars", "required-plugins.noderesource.dev/pod": r#"["podweave-guard"]"#});
    for _ in 0..50 {
        let answer = runtime.run(&json!({"op": "create", "env": vec![&large; 20], "args": ["/bin/web"], "annotations": annotations}));
        assert!(
            error(&answer).contains("has not configured container"),
            "{answer}"
        );
    }
    let anonymous = process.anonymous();
    assert!(anonymous <= 4096, "{anonymous} KiB");
}

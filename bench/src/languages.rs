//! Measures the same plugin in each language: its size, and the cost of a render.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use podweave_bench_figures::samples::{Effort, Turns};
use podweave_bench_figures::table::{self, Table};
use podweave_core::text::human_size;
use podweave_sandbox::Allocation;
use serde_json::{Value, json};

use crate::processes::Programs;
use crate::scene::{self, Host, PLAIN_COMPONENT, Scene};

const SLOTS: u32 = 16;
const TURNS: Turns = Turns {
    rounds: 40,
    warm_up: 5,
    timed: 25,
};

/// Projects of the plain plugin in the languages that the build script does not build, with the goals for the
/// median of a render.
const PROJECTS: [(&str, &str, Duration); 4] = [
    ("C", "bench/guests/languages/c", Duration::from_micros(20)),
    (
        "JavaScript",
        "bench/guests/languages/js",
        Duration::from_micros(250),
    ),
    ("Go", "bench/guests/languages/go", Duration::from_micros(300)),
    (
        "Python",
        "bench/guests/languages/python",
        Duration::from_micros(1500),
    ),
];
const RUST_GOAL: Duration = Duration::from_micros(20);

const TEMPLATE: &str = "{% for upstream in config.upstreams.split(\",\") %}\nserver {{ upstream }}:{{ values.port }};\n{% endfor %}\n";

/// A plugin, with the input of its renders.
struct Contender {
    name: &'static str,
    component: PathBuf,
    goal: Option<Duration>,
    params: Value,
    config_map: Value,
}

/// The costs of a contender, apart from the time of a render.
struct Costs {
    size: usize,
    /// The time from the component to a ready plugin.
    compiled: Duration,
    peak_kib: u64,
}

/// A plugin in each language, and one with a template engine.
fn contenders(workspace: &Path) -> Result<Vec<Contender>> {
    let mut contenders = vec![plain("Rust", PLAIN_COMPONENT.into(), RUST_GOAL)];
    for (name, project, goal) in PROJECTS {
        contenders.push(plain(name, component(&workspace.join(project))?, goal));
    }
    contenders.push(Contender {
        name: "Python with Jinja2, a template of three lines",
        component: component(&workspace.join("examples/plugins/jinja"))?,
        goal: None,
        params: json!({ "files": { "upstreams.conf": "settings/template" }, "values": { "port": 8080 } }),
        config_map: scene::config_map(
            "settings",
            [
                ("template", TEMPLATE),
                ("upstreams", "10.0.0.1,10.0.0.2,10.0.0.3"),
            ],
        ),
    });
    Ok(contenders)
}

/// Measures the plugins that tools/bench-languages has built.
pub fn measure(
    table: &mut Table,
    effort: Effort,
    programs: &Programs,
    workspace: &Path,
    scratch: &Path,
) -> Result<()> {
    let runtime = scene::runtime()?;
    let contenders = contenders(workspace)?;
    let host = Host::new(Allocation::Pooling { slots: SLOTS }, &scratch.join("cache"))?;
    let mut scenes = Vec::new();
    let mut costs = Vec::new();
    for (index, contender) in contenders.iter().enumerate() {
        let name = format!("plugin-{index}");
        host.bind(&name, &contender.component)?;
        let start = Instant::now();
        let scene = host.scene(&runtime, &name, &contender.params, &contender.config_map)?;
        let compiled = start.elapsed();
        let rendered = runtime.block_on(scene.render()).with_context(|| contender.name)?;
        ensure!(
            rendered.env.len() == 11 || rendered.directories.len() == 1,
            "{} rendered an unexpected result",
            contender.name
        );
        scenes.push(scene);
        costs.push(Costs {
            size: fs::metadata(&contender.component)?.len() as usize,
            compiled,
            peak_kib: peak(programs, contender, scratch)?,
        });
    }
    let samples = TURNS
        .with(effort)
        .run_all(scenes.iter().map(|scene: &Scene| scene.work(&runtime)).collect())?;

    table.heading("One render in a fresh sandbox, Binding to Rendered: 11 keys to 11 variables");
    for (contender, samples) in contenders.iter().zip(&samples) {
        match contender.goal {
            Some(goal) => table.time_at_most(contender.name, samples, goal),
            None => table.time(contender.name, samples),
        }
    }
    table.heading("What each weighs: the component; how long it compiles, once for each node; `podweave render` with compiled code at hand");
    for (contender, costs) in contenders.iter().zip(&costs) {
        let memory = format!("{:.1} MiB resident", costs.peak_kib as f64 / 1024.0);
        table.value(
            contender.name,
            format!(
                "{}; {}; {memory}",
                human_size(costs.size),
                table::shown(costs.compiled)
            ),
        );
    }
    Ok(())
}

/// Finds the component that `podweave plugin build` has written to a project.
pub fn component(project: &Path) -> Result<PathBuf> {
    let files = fs::read_dir(project).with_context(|| project.display().to_string())?;
    let mut paths = files.filter_map(|entry| Some(entry.ok()?.path()));
    let found = paths.find(|path| path.extension().is_some_and(|extension| extension == "wasm"));
    found.with_context(|| {
        format!(
            "no component in {}; run tools/bench-languages or tools/bench-plugins, which build it",
            project.display()
        )
    })
}

fn plain(name: &'static str, component: PathBuf, goal: Duration) -> Contender {
    Contender {
        name,
        component,
        goal: Some(goal),
        params: json!({}),
        config_map: scene::plain_keys(),
    }
}

/// The peak resident memory of a whole `podweave render`.
fn peak(programs: &Programs, contender: &Contender, scratch: &Path) -> Result<u64> {
    let manifests = scratch.join("manifests.yaml");
    let [pod, config_map] = scene::manifests("measured", &contender.params, &contender.config_map);
    fs::write(&manifests, format!("{pod}\n---\n{config_map}\n"))?;
    let plugin = format!("measured={}", contender.component.display());
    let arguments = [
        "render".into(),
        "--plugin".into(),
        plugin.into(),
        manifests.into_os_string(),
    ];
    programs.peak_kib(&arguments, &scratch.join("cache-of-processes"))
}

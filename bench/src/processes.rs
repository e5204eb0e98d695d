//! Measures whole processes, which a user at a terminal waits for.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use podweave_bench_figures::samples::{Effort, Samples, Turns, Work, work};
use podweave_bench_figures::table::Table;

const TURNS: Turns = Turns {
    rounds: 60,
    warm_up: 1,
    timed: 2,
};

/// Runs with an empty cache, each of which compiles.
const COLD_TURNS: Turns = Turns {
    rounds: 5,
    warm_up: 0,
    timed: 1,
};

/// The number of runs for peak memory; the highest value counts.
const PEAK_RUNS: usize = 5;

const MAX_PEAK_KIB: u64 = 24 * 1024;

/// Other programs for a similar job, with their arguments in the workspace. They are measured if they are on
/// PATH. Their templates are in bench/peers. kwctl is not included: it can only run policies that it
/// downloads first.
const PEERS: [(&str, &[&str]); 4] = [
    (
        "minijinja-cli",
        &["bench/peers/nginx.conf.j2", "bench/peers/values.json"],
    ),
    (
        "consul-template",
        &[
            "-once",
            "-dry",
            "-template",
            "bench/peers/nginx.conf.ctmpl:nginx.conf",
        ],
    ),
    (
        "gomplate",
        &[
            "-c",
            "values=bench/peers/values.json",
            "-f",
            "bench/peers/nginx.conf.gomplate",
        ],
    ),
    ("kubectl", &["kustomize", "bench/peers/kustomize"]),
];

/// The measured programs of this workspace.
pub struct Programs {
    podweave: PathBuf,
    native: PathBuf,
    peak: PathBuf,
}

impl Programs {
    /// Finds the programs in the directory of this program, where `make bench` builds them before it
    /// measures.
    pub fn find() -> Result<Self> {
        let this = std::env::current_exe()?;
        let program = |name: &str| {
            let path = this.with_file_name(name);
            ensure!(
                path.is_file(),
                "{} does not exist; run `make bench`, or tools/build first",
                path.display()
            );
            Ok(path)
        };
        Ok(Self {
            podweave: program("podweave")?,
            native: program("podweave-bench-native")?,
            peak: program("podweave-bench-peak")?,
        })
    }
}

impl Programs {
    /// The peak resident memory of `podweave` with these arguments and a warm cache, in KiB.
    pub fn peak_kib(&self, arguments: &[OsString], cache: &Path) -> Result<u64> {
        let podweave = Contender {
            name: "podweave".to_owned(),
            program: self.podweave.clone(),
            arguments: arguments.to_vec(),
            directory: cache.parent().unwrap_or(cache).to_owned(),
            cache: cache.to_owned(),
        };
        podweave.run()?;
        podweave.peak_kib(&self.peak)
    }
}

/// A program that is run repeatedly.
struct Contender {
    name: String,
    program: PathBuf,
    arguments: Vec<OsString>,
    directory: PathBuf,
    cache: PathBuf,
}

impl Contender {
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.directory)
            .env("PODWEAVE_CACHE_DIR", &self.cache)
            .stdin(Stdio::null());
        command
    }

    fn run(&self) -> Result<()> {
        let status = self
            .command(&self.program)
            .args(&self.arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let status = status.with_context(|| format!("cannot run {}", self.program.display()))?;
        ensure!(status.success(), "{} failed: {status}", self.name);
        Ok(())
    }

    /// Runs the program and returns its standard output and standard error.
    fn output(&self) -> Result<(String, String)> {
        let output = self
            .command(&self.program)
            .args(&self.arguments)
            .output()
            .with_context(|| format!("cannot run {}", self.program.display()))?;
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.success(), "{} failed: {stderr}", self.name);
        Ok((String::from_utf8(output.stdout)?, stderr))
    }

    fn peak_kib(&self, peak: &Path) -> Result<u64> {
        let mut highest = 0;
        for _ in 0..PEAK_RUNS {
            let output = self
                .command(peak)
                .arg(&self.program)
                .args(&self.arguments)
                .stderr(Stdio::null())
                .output()?;
            highest = highest.max(String::from_utf8(output.stdout)?.trim().parse()?);
        }
        Ok(highest)
    }

    /// Whether it runs; says so if it does not.
    fn runs(&self) -> bool {
        self.run()
            .inspect_err(|error| eprintln!("skipped a peer: {error:#}"))
            .is_ok()
    }

    fn work(&self) -> Work<'_> {
        work(|| self.run())
    }
}

/// Measures all whole processes.
pub fn measure(
    table: &mut Table,
    effort: Effort,
    programs: &Programs,
    workspace: &Path,
    scratch: &Path,
) -> Result<()> {
    let contender = |name: &str, program: &Path, arguments: &[&str]| Contender {
        name: name.to_owned(),
        program: program.to_owned(),
        arguments: arguments.iter().map(OsString::from).collect(),
        directory: workspace.to_owned(),
        cache: scratch.join("cache"),
    };
    let native = contender(
        "native Rust, handlebars-rust",
        &programs.native,
        &["examples/nginx"],
    );
    let podweave = contender(
        "podweave render examples/nginx",
        &programs.podweave,
        &["render", "examples/nginx"],
    );
    same_files(
        &native,
        &contender(
            "podweave",
            &programs.podweave,
            &["render", "-o", "json", "examples/nginx"],
        ),
    )?;

    let mut contenders = vec![native, podweave];
    let peers = PEERS
        .iter()
        .filter_map(|(name, arguments)| Some(contender(&shown(name, arguments), &in_path(name)?, arguments)));
    contenders.extend(peers.filter(Contender::runs));
    let peaks = contenders
        .iter()
        .map(|contender| contender.peak_kib(&programs.peak))
        .collect::<Result<Vec<u64>>>()?;
    let samples = TURNS
        .with(effort)
        .run_all(contenders.iter().map(Contender::work).collect())?;
    let cold = cold(&contenders[1], effort, scratch)?;

    table.heading("A whole process: examples/nginx to what the container gets");
    let [native, podweave, ..] = &samples[..] else {
        bail!("at least two contenders are needed")
    };
    table.time(&contenders[0].name, native);
    table.ratio_at_most(&contenders[1].name, podweave, native, 4.0);
    for (peer, samples) in contenders.iter().zip(&samples).skip(2) {
        table.ratio(&peer.name, samples, native);
    }
    table.time_at_most(
        "podweave, first run: the plugin is compiled, with progress shown",
        &cold,
        std::time::Duration::from_secs(2),
    );
    show_memory(table, &contenders, &peaks);
    Ok(())
}

/// Shows the highest memory of each process, in KiB; podweave is the second and has a goal.
fn show_memory(table: &mut Table, contenders: &[Contender], peaks: &[u64]) {
    for (index, (contender, peak)) in contenders.iter().zip(peaks.iter().copied()).enumerate() {
        let (what, value) = (
            format!("memory: {}", contender.name),
            format!("{:.1} MiB", peak as f64 / 1024.0),
        );
        match index {
            1 => table.value_with_goal(&what, value, "at most 24 MiB", peak <= MAX_PEAK_KIB),
            _ => table.value(&what, value),
        }
    }
}

/// Checks that both programs render the same files.
fn same_files(native: &Contender, podweave: &Contender) -> Result<()> {
    let (printed, _) = native.output()?;
    let list: Value = serde_json::from_str(&podweave.output()?.0)?;
    let files = list["items"][0]["files"]
        .as_array()
        .context("podweave printed no files")?;
    ensure!(!files.is_empty(), "podweave rendered no file");
    for file in files {
        let (path, contents) = (
            file["path"].as_str().unwrap_or_default(),
            file["contents"].as_str().unwrap_or_default(),
        );
        ensure!(
            printed.contains(&format!("{path}\n{contents}")),
            "podweave and the native program differ in {path}"
        );
    }
    Ok(())
}

/// Measures runs with an empty cache, which report that they compile.
fn cold(podweave: &Contender, effort: Effort, scratch: &Path) -> Result<Samples> {
    let mut runs = 0;
    let run = || {
        runs += 1;
        let first = Contender {
            name: podweave.name.clone(),
            program: podweave.program.clone(),
            arguments: podweave.arguments.clone(),
            directory: podweave.directory.clone(),
            cache: scratch.join(format!("cold-{runs}")),
        };
        let (_, progress) = first.output()?;
        ensure!(progress.contains("compiling"), "the first run showed no progress");
        Ok(())
    };
    let [samples] = COLD_TURNS.with(effort).run([work(run)])?;
    Ok(samples)
}

fn in_path(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|directory| directory.join(program))
        .find(|file| file.is_file())
}

/// A peer as the table names it: `kubectl kustomize`.
fn shown(program: &str, arguments: &[&str]) -> String {
    match arguments.first() {
        Some(subcommand) if !subcommand.contains(['/', '-']) => format!("{program} {subcommand}"),
        _ => program.to_owned(),
    }
}

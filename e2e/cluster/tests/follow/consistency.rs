//! No program ever sees the results of two renders.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::{Context, Result, ensure};
use podweave_agent::status::ChangeState;
use podweave_cluster::RunningPod;
use rustix::fs::{Mode, OFlags, open, openat};

use super::fixture::{fixture, until};
use super::pods::{Inside, RENDERED, Template};

/// How often variable and file change, and how many changes in a row the variable keeps its value.
const CHANGES: usize = 500;
const IN_A_ROW: usize = 25;

/// The number of times that a reader looks, at least, and the number of changes meanwhile.
const READS: usize = 100_000;
const SWAPS: usize = 30;

/// Both have the variable's value; so a program sees whether they are of one render.
const PAIR: &str =
    r#"{env: {FIRST: "{{config.first}}"}, files: {pair: "{{config.first}} {{config.second}}\n"}}"#;

/// Prints variable and file for ever, each pair once.
const PRINT: &str = r#"
while :; do
	read -r pair </etc/podweave/pair || echo "torn: $pair"
	[ "$pair" = "$last" ] || { echo "$FIRST: $pair"; last=$pair; }
done"#;

#[tokio::test]
async fn a_program_never_has_the_variables_of_one_render_and_the_files_of_another() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let stage = fixture.stage("together").await?;
    stage.put("web", &[("first", "0"), ("second", "0")]).await?;
    // The other container asks for files of another render, which shows that this test would notice.
    let template = Template::new("web")
        .params(PAIR)
        .script(PRINT)
        .and_container("mixed")
        .with("mixed.podweave.dev/follow", "files");
    let pod = stage.run(template).await?;
    let inside = Inside::of(&pod).await?;
    for change in 1..=CHANGES {
        let first = if (change / IN_A_ROW).is_multiple_of(2) {
            0
        } else {
            change
        };
        stage
            .put(
                "web",
                &[("first", &first.to_string()), ("second", &change.to_string())],
            )
            .await?;
    }
    let last = CHANGES + 1;
    stage
        .put("web", &[("first", "other"), ("second", &last.to_string())])
        .await?;
    stage.until_state(&pod, ChangeState::Outdated).await?;
    stage
        .put("web", &[("first", "0"), ("second", &last.to_string())])
        .await?;
    stage.until_state(&pod, ChangeState::Current).await?;
    inside.until("pair", &format!("0 {last}\n")).await?;
    let printed = printed(&pod, "web", last).await?;
    println!("{CHANGES} changes, seen in a container that has one render's result: {printed:?}");
    ensure!(printed.len() > 1, "it has not followed at all");
    ensure!(printed.iter().all(Printed::is_of_one_render), "{printed:?}");
    let mixed = self::printed(&pod, "mixed", last).await?;
    ensure!(
        !mixed.iter().all(Printed::is_of_one_render),
        "a container whose files follow in any case has never had files of another render: {mixed:?}"
    );
    pod.delete().await
}

/// What a container has printed: its variable, and what its file has for it and besides.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Printed {
    variable: String,
    of_file: String,
    besides: String,
}

impl Printed {
    fn is_of_one_render(&self) -> bool {
        self.variable == self.of_file
    }

    fn parse(line: &str) -> Option<Self> {
        let (variable, file) = line.split_once(": ")?;
        let (of_file, besides) = file.split_once(' ')?;
        Some(Self {
            variable: variable.to_owned(),
            of_file: of_file.to_owned(),
            besides: besides.to_owned(),
        })
    }
}

/// Waits until a container has seen the last change, and returns everything that it has printed.
async fn printed(pod: &RunningPod<'_>, container: &str, last: usize) -> Result<BTreeSet<Printed>> {
    let log = pod.until_log(container, &format!(": 0 {last}\n")).await?;
    let lines = log.lines();
    lines
        .map(|line| Printed::parse(line).with_context(|| format!("{container} has printed {line:?}")))
        .collect()
}

#[tokio::test]
async fn a_reader_that_opens_the_directory_once_never_sees_two_sets_nor_a_missing_file() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let stage = fixture.stage("sets").await?;
    let files = r#"files: {a/one: "{{config.generation}}", two: "{{config.generation}}"}"#;
    stage.put_generation("web", 0).await?;
    let pod = stage.run(Template::new("web").params(files)).await?;
    let inside = Inside::of(&pod).await?;
    let readers = [Reader::start(&inside), Reader::start(&inside)];
    let mut generation = 0;
    while generation < SWAPS || readers.iter().any(|reader| reader.reads() < READS) {
        ensure!(
            readers.iter().all(|reader| !reader.thread.is_finished()),
            "a reader has ended"
        );
        generation += 1;
        stage.put_generation("web", generation).await?;
        inside.until("two", &generation.to_string()).await?;
    }
    for reader in readers {
        let (reads, wrong) = (reader.reads(), reader.finish()?);
        println!("{reads} reads of two files during {generation} changes, wrong: {wrong:?}");
        ensure!(wrong.is_empty(), "{wrong:?}");
    }
    // The replaced files stay for a while, and go.
    let volume = stage.volume(&pod)?;
    until("one set of files is left", async || Ok(sets(&volume)? == 1)).await?;
    pod.delete().await
}

/// A thread that reads two files again and again by one handle of their directory.
struct Reader {
    reads: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<Vec<String>>,
}

impl Reader {
    fn start(inside: &Inside) -> Self {
        let (reads, is_over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let directory = inside.path(RENDERED).join("..data");
        let (of_thread, is_enough) = (Arc::clone(&reads), Arc::clone(&is_over));
        let thread = std::thread::spawn(move || {
            let mut wrong = Vec::new();
            while !is_enough.load(Ordering::Relaxed) && wrong.len() < 10 {
                match one_set(&directory) {
                    Ok([one, two]) if one == two => {}
                    other => wrong.push(format!("{other:?}")),
                }
                of_thread.fetch_add(1, Ordering::Relaxed);
            }
            wrong
        });
        Self {
            reads,
            is_over,
            thread,
        }
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }

    fn finish(self) -> Result<Vec<String>> {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.join().ok().context("a reader has panicked")
    }
}

/// Opens the directory, and reads both files in it.
fn one_set(directory: &Path) -> Result<[String; 2]> {
    let directory = open(directory, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
        .context("there is no directory")?;
    let read = |file: &str| -> Result<String> {
        let file = openat(&directory, file, OFlags::CLOEXEC, Mode::empty())
            .with_context(|| format!("there is no {file}"))?;
        let mut text = String::new();
        File::from(file).read_to_string(&mut text)?;
        Ok(text)
    };
    Ok([read("a/one")?, read("two")?])
}

/// The number of sets of files in a volume.
fn sets(volume: &PathBuf) -> Result<usize> {
    let entries = std::fs::read_dir(volume)?.flatten();
    let sets = entries.filter(|entry| {
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        is_hidden && entry.file_type().is_ok_and(|kind| kind.is_dir())
    });
    Ok(sets.count())
}

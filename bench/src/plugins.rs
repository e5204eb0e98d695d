//! Measures the cost of plugins before they render: from code on disk to a plugin in memory, and from a
//! registry to disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use podweave_bench_figures::samples::{Effort, Turns, work};
use podweave_bench_figures::table::Table;
use podweave_core::reference::PluginReference;
use podweave_plugin_store::CodeCache;
use podweave_plugin_store::{BuiltIn, Request, Store};
use podweave_registry_peers::{Options, Peers, Registry};
use podweave_sandbox::compile::{CompileLimits, Compiler};
use podweave_sandbox::{Allocation, Sandbox};

use crate::languages::component;
use crate::scene;

const TURNS: Turns = Turns {
    rounds: 30,
    warm_up: 2,
    timed: 1,
};
const PROCESS_TURNS: Turns = Turns {
    rounds: 15,
    warm_up: 1,
    timed: 1,
};

/// The number of plugins that an agent has made ready before it is restarted.
const CACHED: usize = 20;

const STORE_GOAL: Duration = Duration::from_millis(3);
const START_GOAL: Duration = Duration::from_millis(100);

/// A sandbox, and the compiled code of plugins.
struct Node {
    sandbox: Arc<Sandbox>,
    cache: PathBuf,
    plugins: Vec<(PluginReference, PathBuf)>,
}

impl Node {
    fn new(cache: PathBuf, components: &[PathBuf]) -> Result<Self> {
        let sandbox = Arc::new(Sandbox::new(Allocation::Pooling { slots: 4 })?);
        let reference =
            |index: usize| PluginReference::parse(&format!("plugin-{index}")).map_err(anyhow::Error::msg);
        let plugins = components
            .iter()
            .enumerate()
            .map(|(index, path)| Ok((reference(index)?, path.clone())))
            .collect::<Result<_>>()?;
        Ok(Self {
            sandbox,
            cache,
            plugins,
        })
    }

    /// A new store, without plugins in memory.
    fn store(&self) -> Result<Store> {
        let compiler = Compiler::new(
            podweave_plugin_store::own_program()?,
            vec!["compile-component".into()],
            CompileLimits::default(),
        );
        let store = Store::local(
            Arc::clone(&self.sandbox),
            compiler,
            CodeCache::new(self.cache.clone()),
            |_| {},
        );
        for (reference, path) in &self.plugins {
            store.bind_file(reference, path.clone());
        }
        Ok(store)
    }

    /// Makes all plugins ready.
    async fn warm_up(&self) -> Result<()> {
        let store = self.store()?;
        for (reference, _) in &self.plugins {
            store.plugin(&Request::ahead(reference)).await?;
        }
        Ok(())
    }
}

/// Measures loads and pulls of plugins, with the programs that tools/bench-plugins has fetched and built.
pub fn measure(table: &mut Table, effort: Effort, workspace: &Path, scratch: &Path) -> Result<()> {
    let runtime = scene::runtime()?;
    let python = Node::new(
        scratch.join("python-code"),
        &[component(&workspace.join("bench/guests/languages/python"))?],
    )?;
    let many = Node::new(scratch.join("code"), &variants(scratch)?)?;
    runtime.block_on(async { tokio::try_join!(python.warm_up(), many.warm_up()) })?;
    let running = python.store()?;
    let again = || {
        runtime.block_on(async {
            running
                .plugin(&Request::ahead(&python.plugins[0].0))
                .await
                .map_err(anyhow::Error::from)
        })
    };
    again()?;
    let [one, all, again] = TURNS.with(effort).run([
        work(|| runtime.block_on(python.warm_up())),
        work(|| runtime.block_on(many.warm_up())),
        work(again),
    ])?;
    table.heading(
        "The store's part of a pod's start: plugins in files of the node, their code compiled before",
    );
    table.time_at_most(
        "one in Python (18 MB of component), in an agent that has made it ready",
        &again,
        STORE_GOAL,
    );
    table.time("the same, the first time after the agent's start: the component is read for its digest, and its code for its checksum", &one);
    table.time_at_most(
        &format!("{CACHED} plugins, as an agent does when it starts"),
        &all,
        START_GOAL,
    );
    pulls(table, effort)
}

/// Components that differ by a custom section.
fn variants(scratch: &Path) -> Result<Vec<PathBuf>> {
    let component = BuiltIn::find("handlebars")
        .context("handlebars must be built in")?
        .component;
    let variant = |number: usize| {
        let mut bytes = component.to_vec();
        bytes.extend_from_slice(&[0, 3, 2, b'n', u8::try_from(number)?]);
        let path = scratch.join(format!("variant-{number}.wasm"));
        std::fs::write(&path, bytes)?;
        Ok(path)
    };
    (0..CACHED).map(variant).collect()
}

/// Measures pulls of the same component from the same registry, as whole processes.
fn pulls(table: &mut Table, effort: Effort) -> Result<()> {
    let (registry, peers) = (Registry::start(Options::Plain)?, Peers::new()?);
    let component = BuiltIn::find("handlebars")
        .context("handlebars must be built in")?
        .component;
    peers.write("plugin.wasm", component)?;
    let reference = registry.reference("acme/web:1");
    peers
        .podweave(&["plugin", "push", "--plain-http", "plugin.wasm", &reference])?
        .succeeded()?;
    let cache = peers.path(".cache");
    let podweave = work(|| {
        // Remove both the component and the record of its tag.
        if cache.exists() {
            std::fs::remove_dir_all(&cache)?;
        }
        peers
            .podweave(&[
                "plugin",
                "pull",
                "--plain-http",
                "-o",
                "podweave.wasm",
                &reference,
            ])?
            .succeeded()
    });
    let oras = work(|| {
        peers
            .oras(&["pull", "--plain-http", "--output", "oras", &reference])?
            .succeeded()
    });
    let wkg = work(|| {
        peers
            .wkg(&[
                "oci",
                "pull",
                "--insecure",
                &registry.host(),
                "-o",
                "wkg.wasm",
                &reference,
            ])?
            .succeeded()
    });
    let [podweave, oras, wkg] = PROCESS_TURNS.with(effort).run([podweave, oras, wkg])?;
    ensure!(
        peers.read("podweave.wasm")? == component && peers.read("wkg.wasm")? == component,
        "a pulled component differs from the pushed one"
    );
    table.heading("A pull of a component of 0.7 MB from a registry on loopback, plain HTTP, nothing here before: whole processes");
    table.ratio("oras pull", &oras, &oras);
    table.ratio(
        "podweave plugin pull, its digests and its layout checked, in a process of its own",
        &podweave,
        &oras,
    );
    table.ratio("wkg oci pull (a debug build)", &wkg, &oras);
    Ok(())
}

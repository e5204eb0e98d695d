//! Measures the renders of one container.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use podweave_core::binding::Binding;
use podweave_core::manifest::Manifests;
use podweave_core::pod::Pod;
use podweave_pipeline::{Pipeline, Plugins};

use super::statistics::Summary;
use crate::resolved::Resolved;
use crate::session::Session;
use crate::shared_arguments::RenderEnvironment;

/// The share of the time for warm-up renders, so that memory and processor are as in a long run.
const WARM_UP_PART: u32 = 10;

/// The maximum number of latencies that are kept: 80 MB.
const MAX_RENDERS: usize = 10_000_000;

/// The measurements of one container.
pub struct Measured {
    /// The plugins' digests, in order.
    pub plugins: Vec<String>,
    pub cold: Cold,
    pub warm: Summary,
    /// Renders on one thread, one after the other.
    pub renders_per_second: f64,
    /// The largest memory of a plugin in one render, in bytes.
    pub memory_bytes: usize,
}

/// The first render of a process.
pub struct Cold {
    /// The time to compile the plugins, once for each version of them.
    pub compile: Duration,
    /// The time to start a sandbox and load compiled code.
    pub load: Duration,
    /// The time of the first render with it.
    pub first_render: Duration,
}

/// A container to measure.
pub struct Subject<'a> {
    pub manifests: &'a Arc<Manifests>,
    pub pod: &'a Arc<Pod>,
    pub binding: &'a Binding,
}

impl Subject<'_> {
    /// Measures it. Every render has to succeed.
    pub async fn measure(&self, environment: &RenderEnvironment, time: Duration) -> Result<Measured> {
        // A new directory has no code of earlier runs.
        let directory = tempfile::tempdir().context("cannot create a directory for compiled code")?;
        let started = Instant::now();
        self.loaded(&Session::with_code_in(environment, directory.path().to_owned())?)
            .await?;
        let compiled = started.elapsed();

        let started = Instant::now();
        let session = Session::with_code_in(environment, directory.path().to_owned())?;
        let plugins = self.loaded(&session).await?;
        let load = started.elapsed();
        let pipeline = Pipeline::new(
            Arc::clone(&session.sandbox),
            Arc::clone(self.manifests),
            session.limits.clone(),
        );
        let started = Instant::now();
        let mut memory_bytes = self.render(&pipeline, &plugins).await?;
        let cold = Cold {
            compile: compiled.saturating_sub(load),
            load,
            first_render: started.elapsed(),
        };

        let started = Instant::now();
        while started.elapsed() < time / WARM_UP_PART {
            self.render(&pipeline, &plugins).await?;
        }
        let mut latencies: Vec<u64> = Vec::new();
        let started = Instant::now();
        let mut before = started;
        while latencies.len() < MAX_RENDERS && (latencies.is_empty() || before - started < time) {
            memory_bytes = memory_bytes.max(self.render(&pipeline, &plugins).await?);
            let now = Instant::now();
            latencies.push(u64::try_from((now - before).as_nanos()).unwrap_or(u64::MAX));
            before = now;
        }
        let warm = Summary::of(&latencies).context("at least one render is measured")?;
        let renders_per_second = latencies.len() as f64 / (before - started).as_secs_f64();
        let plugins = self
            .binding
            .renders
            .iter()
            .map(|render| plugins[&render.plugin].plugin.digest().to_string())
            .collect();
        Ok(Measured {
            plugins,
            cold,
            warm,
            renders_per_second,
            memory_bytes,
        })
    }

    async fn loaded(&self, session: &Session) -> Result<Plugins> {
        Ok(podweave_pipeline::plugins(
            &Resolved::new(session),
            self.pod,
            std::slice::from_ref(self.binding),
        )
        .await?)
    }

    /// Renders, and returns how much memory the plugins used.
    async fn render(&self, pipeline: &Pipeline<Arc<Manifests>>, plugins: &Plugins) -> Result<usize> {
        let render = pipeline.render(self.pod, self.binding, plugins).await;
        render
            .result
            .map(|_| render.memory_bytes)
            .map_err(|error| anyhow!("{error}"))
    }
}

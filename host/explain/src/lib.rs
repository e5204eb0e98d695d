//! Explains what a variable, an argument or a file of a container depends on, for any plugin. It uses the
//! recorded reads, and renders the container again with one input changed at a time.
//!
//! - [`Output`] is what the user asks about, [`Input`] what a container depends on;
//! - `variation` computes other values for a value, `world` the inputs with one of them changed, and
//!   `config_maps` the ConfigMaps with some replaced;
//! - [`Explainer`] renders with these inputs, and compares the results.
//!
//! Invariant: no randomness. The same pod and ConfigMaps give the same explanation.

mod config_maps;
mod input;
mod output;
mod variation;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use podweave_core::binding::Binding;
use podweave_core::limits::Limits;
use podweave_core::manifest::Manifests;
use podweave_core::merge::Rendered;
use podweave_core::outputs::Args;
use podweave_core::pod::Pod;
use podweave_core::report::Item;
use podweave_pipeline::{LogLine, Pipeline, Plugins, deliver};
use podweave_sandbox::Sandbox;

use config_maps::ConfigMaps;
pub use input::{Input, Readers};
pub use output::{Output, OutputValue};
use world::{Difference, World};

/// A rendered container that can be rendered again with changed inputs.
pub struct Explainer {
    sandbox: Arc<Sandbox>,
    limits: Limits,
    plugins: Plugins,
    world: World,
    rendered: Rendered,
    item: Item,
    log: Vec<LogLine>,
}

/// What one output of a container depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The output's value.
    pub value: OutputValue,
    /// The numbers of the renders that set it, in order: each overrides those before it. Empty if it follows
    /// from the pod's spec, whose text mentions a rendered variable.
    pub made_by: Vec<usize>,
    /// Everything that was read, by importance, and existing inputs before missing ones.
    pub dependencies: Vec<Dependency>,
}

/// How an output depends on an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The input.
    pub input: Input,
    /// The numbers of the renders that read it; empty if only the container's own variables refer to it.
    pub read_by: Readers,
    /// Whether it exists.
    pub is_found: bool,
    /// Its effect on the output.
    pub effect: Effect,
    /// The lines of it that change the output, counted from 1, if it has several lines.
    pub lines: BTreeSet<usize>,
    /// Why the render fails without it.
    pub fails_without: Option<String>,
    /// Why the render fails with another value; if it fails with several, the reason of the first.
    pub fails_with_another: Option<String>,
}

/// The effect of an input on an output. If several are true, the first one here is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// With another value of the input, or without it, the output differs.
    Changes,
    /// The render failed with every value that was tried, so it is unknown whether the output would differ.
    Undecided,
    /// The output does not change, but the input can make the render fail.
    Needed,
    /// The output does not change.
    None,
}

impl Explainer {
    /// Renders a container.
    ///
    /// # Errors
    /// The container cannot be rendered, or the result cannot be delivered; with what its plugins logged.
    pub async fn new(
        sandbox: Arc<Sandbox>,
        limits: Limits,
        manifests: Arc<Manifests>,
        pod: Arc<Pod>,
        binding: Binding,
        plugins: Plugins,
    ) -> Result<Self, (String, Vec<LogLine>)> {
        let world = World {
            pod,
            binding,
            config_maps: ConfigMaps::new(manifests),
        };
        let render = pipeline(&sandbox, &limits, &world)
            .render(&world.pod, &world.binding, &plugins)
            .await;
        let rendered = render
            .result
            .map_err(|error| (error.to_string(), render.log.clone()))?;
        let item = delivered(&world, &rendered, &limits, &world.pod.namespace)
            .map_err(|reason| (of_container(&world, &reason), render.log.clone()))?;
        Ok(Self {
            sandbox,
            limits,
            plugins,
            world,
            rendered,
            item,
            log: render.log,
        })
    }

    /// Returns what the container gets.
    #[must_use]
    pub fn item(&self) -> &Item {
        &self.item
    }

    /// Returns the container's binding, with its renders.
    #[must_use]
    pub fn binding(&self) -> &Binding {
        &self.world.binding
    }

    /// Returns what its plugins logged.
    #[must_use]
    pub fn log(&self) -> &[LogLine] {
        &self.log
    }

    /// Returns everything that its renders have read, and everything that its own variables refer to.
    #[must_use]
    pub fn inputs(&self) -> BTreeMap<Input, Readers> {
        input::inputs(
            &self.world.pod,
            &self.world.binding,
            &self.rendered,
            &self.world.config_maps,
        )
    }

    /// Explains what an output depends on; `None` if the container has no such output.
    pub async fn explain(&self, output: &Output) -> Option<Explanation> {
        let value = output.value(&self.item)?;
        let mut dependencies = Vec::new();
        for (input, read_by) in self.inputs() {
            let dependency = self.dependency(input, read_by, output, &value).await;
            // An input that no plugin has read matters only if it has an effect.
            if !dependency.read_by.is_empty() || dependency.effect == Effect::Changes {
                dependencies.push(dependency);
            }
        }
        dependencies.sort_by_key(|dependency| (dependency.effect, !dependency.is_found));
        Some(Explanation {
            value,
            made_by: self.made_by(output).await,
            dependencies,
        })
    }

    async fn dependency(
        &self,
        input: Input,
        read_by: Readers,
        output: &Output,
        value: &OutputValue,
    ) -> Dependency {
        let (mut changes, mut stays) = (false, false);
        let mut lines = BTreeSet::new();
        let (mut fails_without, mut fails_with_another) = (None, None);
        for (difference, world) in self.world.others(&input) {
            let line = match difference {
                Difference::Gone => None,
                // The effect is known, but not for all lines.
                Difference::Other { line: None } if changes => continue,
                Difference::Other { line: Some(line) } if lines.contains(&line) => continue,
                Difference::Other { line } => line,
            };
            match self.render(&world).await {
                Err(reason) if difference == Difference::Gone => fails_without = Some(reason),
                Err(reason) => fails_with_another = fails_with_another.or(Some(reason)),
                Ok(item) if output.value(&item).as_ref() == Some(value) => stays = true,
                Ok(_) => {
                    changes = true;
                    lines.extend(line);
                }
            }
        }
        let can_fail = fails_without.is_some() || fails_with_another.is_some();
        let effect = match (changes, can_fail, stays) {
            (true, ..) => Effect::Changes,
            (false, true, false) => Effect::Undecided,
            (false, true, true) => Effect::Needed,
            (false, false, _) => Effect::None,
        };
        Dependency {
            is_found: self.world.has(&input),
            input,
            read_by,
            effect,
            lines,
            fails_without,
            fails_with_another,
        }
    }

    async fn render(&self, world: &World) -> Result<Item, String> {
        let rendered = pipeline(&self.sandbox, &self.limits, world)
            .render(&world.pod, &world.binding, &self.plugins)
            .await
            .result;
        delivered(
            world,
            &rendered.map_err(|error| error.cause.to_string())?,
            &self.limits,
            &self.world.pod.namespace,
        )
    }

    /// Finds the renders that set an output. Each renders on its own, with the same result as among the
    /// others.
    async fn made_by(&self, output: &Output) -> Vec<usize> {
        let mut made_by = Vec::new();
        for (number, render) in self.world.binding.renders.iter().enumerate() {
            let binding = Binding {
                renders: vec![render.clone()],
                ..self.world.binding.clone()
            };
            let rendered = pipeline(&self.sandbox, &self.limits, &self.world)
                .render(&self.world.pod, &binding, &self.plugins)
                .await
                .result;
            if rendered.is_ok_and(|rendered| sets(&rendered, output)) {
                made_by.push(number);
            }
        }
        made_by
    }
}

fn sets(rendered: &Rendered, output: &Output) -> bool {
    match output {
        Output::Variable(name) => rendered.env.contains_key(name),
        Output::Arguments(_) => rendered.args != Args::Unchanged,
        Output::Command(_) => false,
        Output::File(path) => rendered.files().iter().any(|(made, _)| made == path),
    }
}

fn pipeline(sandbox: &Arc<Sandbox>, limits: &Limits, world: &World) -> Pipeline<ConfigMaps> {
    Pipeline::new(Arc::clone(sandbox), world.config_maps.clone(), limits.clone())
}

/// `namespace` is the pod's real one, which has the ConfigMaps of its variables, whatever namespace a plugin
/// sees.
fn delivered(world: &World, rendered: &Rendered, limits: &Limits, namespace: &str) -> Result<Item, String> {
    let container = world
        .pod
        .container(&world.binding.container)
        .expect("a binding names a container of its pod");
    let config_map = |name: &str| world.config_maps.find(namespace, name).map(Arc::as_ref);
    deliver(&world.pod, container, rendered, limits, config_map).map_err(|error| error.to_string())
}

fn of_container(world: &World, reason: &str) -> String {
    format!(
        "pod {}, container {}: {reason}",
        world.pod.identity(),
        world.binding.container
    )
}

//! What a variable, an argument or a file of a container depends on, for any plugin: its recorded reads, and what becomes of it when the
//! container is rendered again with one input changed.
//!
//! - [`Output`] is what is asked for, `input` what a container depends on;
//! - `variation` has other values for a value, and `world` the inputs with one of them changed;
//! - [`Explainer`] renders in these worlds, and compares.
//!
//! Invariant: no randomness. The same pod and ConfigMaps give the same explanation.

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
use podweave_sandbox::Sandbox;

pub use input::{Input, Readers};
pub use output::{Output, OutputValue};
use world::{ConfigMaps, Difference, World};

use crate::local::deliver;
use crate::render::{LogLine, Pipeline, Plugins};

/// One container, rendered, and ready to be rendered again and again.
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
    /// What it is.
    pub value: OutputValue,
    /// The renders that set it, by their numbers, in order: each overrides those before it. None for what follows from the pod's spec, the
    /// text of which mentions a rendered variable.
    pub made_by: Vec<usize>,
    /// All that was read, what matters most first, and then what is there.
    pub dependencies: Vec<Dependency>,
}

/// What an input does to an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The input.
    pub input: Input,
    /// The renders that read it, by their numbers; none for what only the container's own variables name.
    pub read_by: Readers,
    /// Whether it is there.
    pub is_found: bool,
    /// What it does.
    pub effect: Effect,
    /// The lines of it that change the output, counted from 1, if it has several.
    pub lines: BTreeSet<usize>,
    /// Why the render fails without it.
    pub fails_without: Option<String>,
    /// Why the render fails with another value; with several, for the first that failed.
    pub fails_with_another: Option<String>,
}

/// What an input does to an output. What is said first is said if several are true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// With another value of the input, or without it, the output is another one.
    Changes,
    /// Whatever was tried, the render failed: whether the output would be another one is not known.
    Undecided,
    /// The output stays as it is, but the render can fail by the input.
    Needed,
    /// The output stays as it is.
    None,
}

impl Explainer {
    /// Renders a container.
    ///
    /// # Errors
    /// It cannot be rendered, or what was rendered not be delivered; with what its plugins logged.
    pub async fn new(
        sandbox: Arc<Sandbox>,
        limits: Limits,
        manifests: Arc<Manifests>,
        pod: Arc<Pod>,
        binding: Binding,
        plugins: Plugins,
    ) -> Result<Self, (String, Vec<LogLine>)> {
        let world = World { pod, binding, config_maps: ConfigMaps::new(manifests) };
        let render = pipeline(&sandbox, &limits, &world).render(&world.pod, &world.binding, &plugins).await;
        let rendered = render.result.map_err(|error| (error.to_string(), render.log.clone()))?;
        let item = delivered(&world, &rendered, &limits, &world.pod.namespace).map_err(|reason| (of_container(&world, &reason), render.log.clone()))?;
        Ok(Self { sandbox, limits, plugins, world, rendered, item, log: render.log })
    }

    /// What the container gets.
    #[must_use]
    pub fn item(&self) -> &Item {
        &self.item
    }

    /// The container's renders.
    #[must_use]
    pub fn binding(&self) -> &Binding {
        &self.world.binding
    }

    /// What its plugins logged.
    #[must_use]
    pub fn log(&self) -> &[LogLine] {
        &self.log
    }

    /// All that its renders have read, and what its own variables are made of.
    #[must_use]
    pub fn inputs(&self) -> BTreeMap<Input, Readers> {
        input::inputs(&self.world.pod, &self.world.binding, &self.rendered, &self.world.config_maps)
    }

    /// What an output depends on; `None` if the container does not get it.
    pub async fn explain(&self, output: &Output) -> Option<Explanation> {
        let value = output.value(&self.item)?;
        let mut dependencies = Vec::new();
        for (input, read_by) in self.inputs() {
            let dependency = self.dependency(input, read_by, output, &value).await;
            // What no plugin has read is of no interest unless it matters.
            if !dependency.read_by.is_empty() || dependency.effect == Effect::Changes {
                dependencies.push(dependency);
            }
        }
        dependencies.sort_by_key(|dependency| (dependency.effect, !dependency.is_found));
        Some(Explanation { value, made_by: self.made_by(output).await, dependencies })
    }

    async fn dependency(&self, input: Input, read_by: Readers, output: &Output, value: &OutputValue) -> Dependency {
        let (mut changes, mut stays) = (false, false);
        let mut lines = BTreeSet::new();
        let (mut fails_without, mut fails_with_another) = (None, None);
        for (difference, world) in self.world.others(&input) {
            let line = match difference {
                Difference::Gone => None,
                // Enough is known, but for which of the lines it is.
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
        Dependency { is_found: self.world.has(&input), input, read_by, effect, lines, fails_without, fails_with_another }
    }

    async fn render(&self, world: &World) -> Result<Item, String> {
        let rendered = pipeline(&self.sandbox, &self.limits, world).render(&world.pod, &world.binding, &self.plugins).await.result;
        delivered(world, &rendered.map_err(|error| error.cause.to_string())?, &self.limits, &self.world.pod.namespace)
    }

    /// The renders that set an output: each renders on its own, as it does among the others.
    async fn made_by(&self, output: &Output) -> Vec<usize> {
        let mut made_by = Vec::new();
        for (number, render) in self.world.binding.renders.iter().enumerate() {
            let binding = Binding { renders: vec![render.clone()], ..self.world.binding.clone() };
            let rendered = pipeline(&self.sandbox, &self.limits, &self.world).render(&self.world.pod, &binding, &self.plugins).await.result;
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

/// `namespace` is the pod's own, in which the ConfigMaps of its variables are, whatever namespace a plugin is told.
fn delivered(world: &World, rendered: &Rendered, limits: &Limits, namespace: &str) -> Result<Item, String> {
    let container = world.pod.container(&world.binding.container).expect("a binding names a container of its pod");
    let config_map = |name: &str| world.config_maps.find(namespace, name).map(Arc::as_ref);
    deliver(&world.pod, container, rendered, limits, config_map).map_err(|error| error.to_string())
}

fn of_container(world: &World, reason: &str) -> String {
    format!("pod {}, container {}: {reason}", world.pod.identity(), world.binding.container)
}

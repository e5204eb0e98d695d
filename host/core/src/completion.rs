//! Replaces `$(NAME)` when a rendered result is delivered. Only here does the result meet values that the
//! plugin never sees.
//!
//! The kubelet has expanded the pod's spec before podweave renders. So the texts of the spec that mention a
//! rendered name are expanded again, from the spec. Everything else stays as the runtime has it, since a
//! second expansion would break `$$(NAME)`.

use std::collections::BTreeSet;

use crate::config_map::{ConfigMap, Value};
use crate::expansion::{expand, references};
use crate::limits::Limits;
use crate::merge::Rendered;
use crate::names::MAX_STRING_BYTES;
use crate::outputs::{Args, EnvValue};
use crate::own_environment::{OwnEnvironment, Seen};
use crate::pod::{Container, EnvSource, Pod};
use crate::text;
use crate::text::human_size;

pub use crate::own_environment::Environment;

/// What is delivered to a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completed {
    /// What podweave adds or overrides: the rendered variables, and the container's own that refer to them.
    pub env: Environment,
    /// The container's command after rendering; `None`: unchanged.
    pub command: Option<Vec<String>>,
    /// The container's arguments after rendering; `None`: unchanged.
    pub args: Option<Vec<String>>,
    /// Arguments to append to those of the image, which the spec does not show; `None`: no such arguments.
    pub append_args: Option<Vec<String>>,
}

/// Why a result cannot be delivered. It names variables and arguments, never a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompletionError {
    /// A value is too long for a process.
    #[error(
        "{what} has 128 KiB or more once $(NAME) is completed, which Linux does not pass to a process; make it a file"
    )]
    TooLong {
        /// Which variable or argument.
        what: String,
    },
    /// All values together are too large for a process.
    #[error(
        "environment and arguments exceed the limit of {limit} for one container once $(NAME) is completed; make the largest a file"
    )]
    TooMuch {
        /// The limit.
        limit: String,
    },
    /// A variable that is completed refers to a variable of the spec that refers to another such variable, or
    /// to itself.
    #[error(
        "environment variable {name:?} refers to $({other}), which refers to a variable that is itself completed after the render; write out its parts instead"
    )]
    Chain {
        /// The variable.
        name: String,
        /// What it refers to.
        other: String,
    },
}

/// Completes a rendered result for a container. An unknown name stays as `$(NAME)`. Rendered texts may refer
/// to all of the container's own environment; the spec's texts may refer to the part that the kubelet would
/// put into them.
///
/// # Errors
/// A value becomes too long, or all of them together.
pub fn complete(
    container: &Container,
    rendered: &Rendered,
    own: OwnEnvironment<'_>,
    limits: &Limits,
) -> Result<Completed, CompletionError> {
    let (own, seen) = (own.all(), &own.seen_by_kubelet(container));
    let (plain, expanding): (Vec<_>, Vec<_>) = rendered.env.iter().partition(|(_, value)| !value.expand);
    let environment = |values: &[(&String, &EnvValue)]| -> Environment {
        values
            .iter()
            .map(|(name, value)| ((*name).clone(), value.text.clone()))
            .collect()
    };
    let plain = environment(&plain);
    // A completed variable may refer to a variable of the spec that refers to a rendered one, and the other
    // way round; but not in a circle, neither directly nor indirectly.
    let waiting = env_of_spec(container, &environment(&expanding), seen, &mut Space::of(limits))?;
    let mut overrides = plain.clone();
    overrides.extend(env_of_spec(container, &plain, seen, &mut Space::of(limits))?);
    let mut space = Space::of(limits);
    for (name, value) in &plain {
        space.take_variable(name, value)?;
    }
    let mut all = plain;
    for (name, value) in expanding {
        if let Some(other) =
            references(&value.text).find(|other| *other != name && waiting.contains_key(*other))
        {
            return Err(CompletionError::Chain {
                name: name.clone(),
                other: other.to_owned(),
            });
        }
        let completed = space.variable(name, &value.text, |reference| {
            // Neither set contains its own name as rendered, so it means the container's own value:
            // "$(PATH):/opt/bin".
            overrides
                .get(reference)
                .or_else(|| own.get(reference))
                .map(String::as_str)
        })?;
        all.insert(name.clone(), completed);
    }
    let from_spec = env_of_spec(container, &all, seen, &mut space)?;
    all.extend(from_spec);
    let (command, args, append_args) = arguments(container, &rendered.args, &all, seen, &mut space)?;
    Ok(Completed {
        env: all,
        command,
        args,
        append_args,
    })
}

/// What is left of [`Limits::environment_bytes`]. Each value is measured while it is built: a few bytes of
/// references can expand to more than the memory there is.
struct Space<'l> {
    limits: &'l Limits,
    used: usize,
}

impl<'l> Space<'l> {
    fn of(limits: &'l Limits) -> Self {
        Self { limits, used: 0 }
    }

    fn variable<'v>(
        &mut self,
        name: &str,
        text: &str,
        lookup: impl FnMut(&str) -> Option<&'v str>,
    ) -> Result<String, CompletionError> {
        let value = expand(text, MAX_STRING_BYTES, lookup).ok_or_else(|| too_long_variable(name))?;
        self.take_variable(name, &value)?;
        Ok(value)
    }

    fn take_variable(&mut self, name: &str, value: &str) -> Result<(), CompletionError> {
        // "NAME=value" and the NUL behind it.
        self.take(name.len() + value.len() + 2, || too_long_variable(name))
    }

    fn argument<'v>(
        &mut self,
        text: &str,
        lookup: impl FnMut(&str) -> Option<&'v str>,
    ) -> Result<String, CompletionError> {
        let argument = expand(text, MAX_STRING_BYTES, lookup).ok_or_else(too_long_argument)?;
        self.take_argument(&argument)?;
        Ok(argument)
    }

    fn take_argument(&mut self, argument: &str) -> Result<(), CompletionError> {
        self.take(argument.len() + 1, too_long_argument)
    }

    fn take(
        &mut self,
        size: usize,
        too_long: impl FnOnce() -> CompletionError,
    ) -> Result<(), CompletionError> {
        if size > MAX_STRING_BYTES {
            return Err(too_long());
        }
        // The kernel counts a pointer for each string, too.
        self.used = self.used.saturating_add(size + 8);
        if self.used > self.limits.environment_bytes {
            return Err(CompletionError::TooMuch {
                limit: human_size(self.limits.environment_bytes),
            });
        }
        Ok(())
    }
}

fn too_long_variable(name: &str) -> CompletionError {
    CompletionError::TooLong {
        what: format!("environment variable {}", text::quoted(name)),
    }
}

fn too_long_argument() -> CompletionError {
    CompletionError::TooLong {
        what: "an argument".to_owned(),
    }
}

/// Expands the spec's variables again whose text refers to a rendered name, or to another such variable. The
/// kubelet expands them in order, and a variable sees only those before it.
fn env_of_spec(
    container: &Container,
    rendered: &Environment,
    own: &Seen<'_>,
    space: &mut Space<'_>,
) -> Result<Environment, CompletionError> {
    let mut anew = Environment::new();
    let declared: BTreeSet<&str> = container
        .env
        .iter()
        .map(|variable| variable.name.as_str())
        .collect();
    let mut declared_before = BTreeSet::new();
    for variable in &container.env {
        if let EnvSource::Literal(text) = &variable.source
            && !rendered.contains_key(&variable.name)
            && references(text).any(|name| rendered.contains_key(name) || anew.contains_key(name))
        {
            let value = space.variable(&variable.name, text, |name| {
                let later_only = declared.contains(name) && !declared_before.contains(name);
                let own = if later_only { None } else { own.get(name) };
                rendered
                    .get(name)
                    .or_else(|| anew.get(name))
                    .map(String::as_str)
                    .or(own)
            })?;
            anew.insert(variable.name.clone(), value);
        } else {
            // This variable is declared a second time, without a rendered name: this declaration counts, and
            // the runtime has its value.
            anew.remove(&variable.name);
        }
        declared_before.insert(variable.name.as_str());
    }
    Ok(anew)
}

type Arguments = (Option<Vec<String>>, Option<Vec<String>>, Option<Vec<String>>);

fn arguments(
    container: &Container,
    change: &Args,
    overrides: &Environment,
    own: &Seen<'_>,
    space: &mut Space<'_>,
) -> Result<Arguments, CompletionError> {
    let touched = |list: &Option<Vec<String>>| {
        list.iter()
            .flatten()
            .any(|element| references(element).any(|name| overrides.contains_key(name)))
    };
    let mut expanded = |list: &Option<Vec<String>>| -> Result<Vec<String>, CompletionError> {
        let lookup = |name: &str| overrides.get(name).map(String::as_str).or_else(|| own.get(name));
        list.iter()
            .flatten()
            .map(|element| space.argument(element, lookup))
            .collect()
    };
    let command = if touched(&container.command) {
        Some(expanded(&container.command)?)
    } else {
        None
    };
    let (args, append_args) = match change {
        Args::Unchanged if touched(&container.args) => (Some(expanded(&container.args)?), None),
        Args::Unchanged => (None, None),
        Args::Replace(new) => (Some(new.clone()), None),
        Args::Append(more) if container.command.is_some() || container.args.is_some() => {
            let mut args = expanded(&container.args)?;
            args.extend(more.iter().cloned());
            (Some(args), None)
        }
        Args::Append(more) => (None, Some(more.clone())),
    };
    if let Args::Replace(rendered) | Args::Append(rendered) = change {
        rendered
            .iter()
            .try_for_each(|argument| space.take_argument(argument))?;
    }
    Ok((command, args, append_args))
}

/// Returns what a manifest says about a container's own environment, as the kubelet would resolve it:
/// literals, ConfigMaps and the pod's fields. It does not contain Secrets, the image's variables and those of
/// Services.
///
/// # Errors
/// The container cannot start: a value is too long, or all of them together.
pub fn environment_of_manifest<'c>(
    pod: &Pod,
    container: &Container,
    limits: &Limits,
    config_map: impl Fn(&str) -> Option<&'c ConfigMap>,
) -> Result<Environment, CompletionError> {
    let mut own = Environment::new();
    let mut space = Space::of(limits);
    for from in &container.env_from {
        let Some(source) = from.config_map.as_deref().and_then(&config_map) else {
            continue;
        };
        for (key, value) in source
            .keys()
            .filter_map(|key| Some((key, source.get(key)?.as_data()?)))
        {
            let name = format!("{}{key}", from.prefix);
            space.take_variable(&name, value)?;
            own.insert(name, value.to_owned());
        }
    }
    for variable in &container.env {
        let value = match &variable.source {
            EnvSource::Literal(text) => {
                Some(space.variable(&variable.name, text, |name| own.get(name).map(String::as_str))?)
            }
            EnvSource::ConfigMapKey {
                config_map: name,
                key,
            } => match config_map(name) {
                Some(source) => match source.get(key).and_then(Value::as_data) {
                    Some(value) => Some(value.to_owned()),
                    // The key is optional: the kubelet skips the variable, and one of that name in envFrom
                    // stays.
                    None => continue,
                },
                None => None,
            },
            EnvSource::Field(path) => field(pod, path),
            EnvSource::Opaque => None,
        };
        match value {
            Some(value) => own.insert(variable.name.clone(), value),
            // A Secret overrides a value of the same name in envFrom, and its value is not known here.
            None => own.remove(&variable.name),
        };
    }
    Ok(own)
}

/// Resolves a `fieldRef` that the manifest can answer.
fn field(pod: &Pod, path: &str) -> Option<String> {
    let keyed = |prefix: &str| path.strip_prefix(prefix)?.strip_prefix("['")?.strip_suffix("']");
    match path {
        "metadata.name" => pod.name.clone(),
        "metadata.namespace" => Some(pod.namespace.clone()),
        "metadata.uid" => pod.uid.clone(),
        "spec.nodeName" => pod.node_name.clone(),
        "spec.serviceAccountName" => Some(pod.service_account.clone()),
        _ => keyed("metadata.labels")
            .and_then(|key| pod.labels.get(key))
            .or_else(|| keyed("metadata.annotations").and_then(|key| pod.annotations.get(key)))
            .cloned(),
    }
}

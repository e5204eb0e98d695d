//! Holds what a container is rendered from, and derives copies with one input changed.

use std::sync::Arc;

use podweave_core::binding::Binding;
use podweave_core::config_map::{ConfigMap, Value};
use podweave_core::facts::{Fact, NamedFact};
use podweave_core::pod::{Container, Pod};

use crate::config_maps::ConfigMaps;
use crate::input::Input;
use crate::variation::{GUESSES, variations};

/// Everything that a container is rendered from, except its plugins.
#[derive(Clone)]
pub struct World {
    pub pod: Arc<Pod>,
    pub binding: Binding,
    pub config_maps: ConfigMaps,
}

/// The value of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    Text(String),
    Bytes(Vec<u8>),
}

/// How an input differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// It does not exist.
    Gone,
    /// It exists, or has another value.
    Other {
        /// The changed line, if the value has several lines.
        line: Option<usize>,
    },
}

impl World {
    /// Returns all worlds that differ from this one in one input, one after the other.
    pub fn others<'w>(&'w self, input: &'w Input) -> Box<dyn Iterator<Item = (Difference, Self)> + 'w> {
        match input {
            Input::ConfigMaps => Box::new(self.with_other_config_maps()),
            Input::Keys { namespace, name } => Box::new(self.with_a_key_more(namespace, name).into_iter()),
            _ => {
                let gone = self.with(input, None).map(|world| (Difference::Gone, world));
                Box::new(gone.into_iter().chain(self.with_other_values(input)))
            }
        }
    }

    fn with_other_values<'w>(
        &'w self,
        input: &'w Input,
    ) -> Box<dyn Iterator<Item = (Difference, Self)> + 'w> {
        let other = move |line, content| Some((Difference::Other { line }, self.with(input, Some(content))?));
        match self.content(input) {
            Some(Content::Text(text)) => Box::new(
                variations(&text)
                    .into_iter()
                    .filter_map(move |variation| other(variation.line, Content::Text(variation.of(&text)))),
            ),
            Some(Content::Bytes(bytes)) => {
                let longer = bytes.iter().copied().chain([0]).collect();
                let flipped = bytes
                    .iter()
                    .enumerate()
                    .map(|(index, byte)| if index == 0 { !byte } else { *byte })
                    .collect();
                Box::new(
                    [longer, flipped]
                        .into_iter()
                        .filter_map(move |bytes| other(None, Content::Bytes(bytes))),
                )
            }
            None => Box::new(
                GUESSES
                    .into_iter()
                    .filter_map(move |guess| other(None, Content::Text(guess.to_owned()))),
            ),
        }
    }

    /// Adds or removes each ConfigMap that is bound as optional.
    fn with_other_config_maps(&self) -> impl Iterator<Item = (Difference, Self)> {
        let optional = self
            .binding
            .renders
            .iter()
            .flat_map(|render| &render.config_maps)
            .filter(|reference| reference.optional);
        optional.map(|reference| {
            let (namespace, name) = (reference.namespace.as_str(), reference.name.as_str());
            let is_there = self.config_maps.find(namespace, name).is_some();
            let mut world = self.clone();
            world.config_maps.replace(
                namespace,
                name,
                (!is_there).then(|| self.readable(namespace, name)),
            );
            (
                if is_there {
                    Difference::Gone
                } else {
                    Difference::Other { line: None }
                },
                world,
            )
        })
    }

    fn with_a_key_more(&self, namespace: &str, name: &str) -> Option<(Difference, Self)> {
        let config_map = self.config_maps.find(namespace, name)?;
        let like = config_map
            .keys()
            .next()
            .and_then(|key| config_map.get(key))
            .cloned()
            .unwrap_or_else(|| Value::text(GUESSES[0]));
        let key = (0..)
            .map(|number| format!("podweave-{number}"))
            .find(|key| config_map.get(key).is_none())?;
        let mut world = self.clone();
        world.config_maps.replace(
            namespace,
            name,
            Some(ConfigMap::clone(config_map).with(key, like)),
        );
        Some((Difference::Other { line: None }, world))
    }

    /// Creates an empty ConfigMap that the pod may read.
    fn readable(&self, namespace: &str, name: &str) -> ConfigMap {
        ConfigMap::new(namespace, name).shared_with(self.pod.namespace.as_str())
    }

    fn container(&self) -> Option<&Container> {
        self.pod.container(&self.binding.container)
    }

    /// Whether an input exists.
    pub fn has(&self, input: &Input) -> bool {
        matches!(input, Input::Keys { .. } | Input::ConfigMaps) || self.content(input).is_some()
    }

    /// Returns the value of an input that has one; `None`: it does not exist.
    fn content(&self, input: &Input) -> Option<Content> {
        let container = self.container()?;
        let pod = &self.pod;
        let lines = |list: &Option<Vec<String>>| list.as_ref().map(|list| list.join("\n"));
        let text = match input {
            Input::Key { namespace, name, key } => {
                let value = self.config_maps.find(namespace, name)?.get(key)?;
                return Some(value.as_text().map_or_else(
                    || Content::Bytes(value.as_bytes().to_vec()),
                    |text| Content::Text(text.to_owned()),
                ));
            }
            Input::Keys { .. } | Input::ConfigMaps => None,
            Input::Fact(fact) => match fact {
                Fact::PodName => pod.name.clone(),
                Fact::PodUid => pod.uid.clone(),
                Fact::NodeName => pod.node_name.clone(),
                Fact::PodNamespace => Some(pod.namespace.clone()),
                Fact::ServiceAccount => Some(pod.service_account.clone()),
                Fact::ContainerName => Some(container.name.clone()),
                Fact::Image => Some(container.image.clone()),
                Fact::Command => lines(&container.command),
                Fact::Args => lines(&container.args),
            },
            Input::NamedFact(fact, name) => match fact {
                NamedFact::Label => pod.labels.get(name).cloned(),
                NamedFact::Annotation => pod.annotations.get(name).cloned(),
                NamedFact::NodeLabel => pod.node_labels.get(name).cloned(),
                NamedFact::Port => container.ports.get(name).map(u16::to_string),
                NamedFact::ResourceRequest => container.requests.get(name).cloned(),
                NamedFact::ResourceLimit => container.limits.get(name).cloned(),
            },
        };
        text.map(Content::Text)
    }

    /// Returns the world with this value of an input, or without the input; `None` if that is impossible or
    /// already true.
    fn with(&self, input: &Input, content: Option<Content>) -> Option<Self> {
        if content == self.content(input) {
            return None;
        }
        let mut world = self.clone();
        if let Input::Key { namespace, name, key } = input {
            world.config_maps.replace(
                namespace,
                name,
                Some(self.with_key(namespace, name, key, content)),
            );
            return Some(world);
        }
        let text = match content {
            Some(Content::Text(text)) => Some(text),
            Some(Content::Bytes(_)) => return None,
            None => None,
        };
        match input {
            Input::Fact(fact) => world.set_fact(*fact, text)?,
            Input::NamedFact(fact, name) => world.set_named_fact(*fact, name, text)?,
            Input::Key { .. } | Input::Keys { .. } | Input::ConfigMaps => return None,
        }
        Some(world)
    }

    /// Gives a fact another value; `None` if it cannot have this one.
    fn set_fact(&mut self, fact: Fact, text: Option<String>) -> Option<()> {
        if fact == Fact::ContainerName {
            return self.rename_container(text?);
        }
        let pod = Arc::make_mut(&mut self.pod);
        let container = container_of(pod, &self.binding.container)?;
        match fact {
            Fact::PodName => pod.name = text,
            Fact::PodUid => pod.uid = text,
            Fact::NodeName => pod.node_name = text,
            Fact::PodNamespace => {
                pod.namespace = text?;
                self.config_maps.let_read(&pod.namespace);
            }
            Fact::ServiceAccount => pod.service_account = text?,
            Fact::ContainerName => {}
            Fact::Image => container.image = text?,
            Fact::Command => container.command = text.map(elements),
            Fact::Args => container.args = text.map(elements),
        }
        Some(())
    }

    fn rename_container(&mut self, name: String) -> Option<()> {
        // Two containers with the same name would be indistinguishable.
        if self.pod.container(&name).is_some() {
            return None;
        }
        let pod = Arc::make_mut(&mut self.pod);
        container_of(pod, &self.binding.container)?.name.clone_from(&name);
        self.binding.container = name;
        Some(())
    }

    /// Gives a named fact another value, or removes it; `None` if it cannot have this one.
    fn set_named_fact(&mut self, fact: NamedFact, name: &str, text: Option<String>) -> Option<()> {
        let pod = Arc::make_mut(&mut self.pod);
        let texts = match fact {
            NamedFact::Label => &mut pod.labels,
            NamedFact::Annotation => &mut pod.annotations,
            NamedFact::NodeLabel => &mut pod.node_labels,
            NamedFact::ResourceRequest => &mut container_of(pod, &self.binding.container)?.requests,
            NamedFact::ResourceLimit => &mut container_of(pod, &self.binding.container)?.limits,
            NamedFact::Port => {
                let ports = &mut container_of(pod, &self.binding.container)?.ports;
                match text {
                    Some(text) => ports.insert(name.to_owned(), text.parse().ok()?),
                    None => ports.remove(name),
                };
                return Some(());
            }
        };
        match text {
            Some(text) => texts.insert(name.to_owned(), text),
            None => texts.remove(name),
        };
        Some(())
    }

    fn with_key(&self, namespace: &str, name: &str, key: &str, content: Option<Content>) -> ConfigMap {
        let config_map = self
            .config_maps
            .find(namespace, name)
            .map_or_else(|| self.readable(namespace, name), |found| ConfigMap::clone(found));
        let is_data = config_map.get(key).is_none_or(|value| value.as_data().is_some());
        match content {
            None => config_map.without(key),
            Some(Content::Text(text)) if is_data => config_map.with(key, Value::text(text)),
            Some(Content::Text(text)) => config_map.with(key, Value::bytes(text.into_bytes())),
            Some(Content::Bytes(bytes)) => config_map.with(key, Value::bytes(bytes)),
        }
    }
}

fn container_of<'p>(pod: &'p mut Pod, name: &str) -> Option<&'p mut Container> {
    pod.containers.iter_mut().find(|container| container.name == name)
}

/// Splits a command or arguments into elements, one for each line.
fn elements(text: String) -> Vec<String> {
    text.split('\n').map(str::to_owned).collect()
}

//! Reads manifests into pods and ConfigMaps: several YAML documents in a file, workloads beside ConfigMaps,
//! lists, and other kinds, which are skipped.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::config_map::{self, ConfigMap};
use crate::node::{Node, ShapeError};
use crate::notes::Notes;
use crate::pod::{self, Pod};
use crate::yaml::{self, YamlError};
use crate::{cleaned, placement, text};

mod objects;

use objects::{Input, Object};

/// The largest manifest file that is read. etcd holds objects of at most 1.5 MiB, and a file can have
/// several.
pub const MAX_FILE_BYTES: usize = 32 * 1024 * 1024;

/// The pods and ConfigMaps of some manifests.
#[derive(Debug, Clone, Default)]
pub struct Manifests {
    /// The pods, in the order of the manifests.
    pub pods: Vec<Pod>,
    /// The manifest that each pod was read from.
    sources: Vec<Value>,
    config_maps: BTreeMap<(String, String), Found>,
}

/// A ConfigMap of a manifest.
#[derive(Debug, Clone)]
struct Found {
    config_map: Arc<ConfigMap>,
    notes: Notes,
    /// The file, as the user named it.
    origin: String,
}

/// A manifest that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// The text is not YAML.
    #[error("{file}: {error}")]
    Yaml {
        /// The file, as the user named it.
        file: String,
        /// What is wrong, with line and column.
        error: YamlError,
    },
    /// A field has the wrong shape.
    #[error("{file}, document {document}: {error}")]
    Shape {
        /// The file, as the user named it.
        file: String,
        /// Counted from 1, empty documents left out.
        document: usize,
        /// What is wrong, with its path.
        error: ShapeError,
    },
    /// A podweave annotation is where it has no effect.
    #[error("{file}, document {document}: {reason}")]
    Misplaced {
        /// The file, as the user named it.
        file: String,
        /// Counted from 1, empty documents left out.
        document: usize,
        /// Which annotation, of which object, and where it belongs.
        reason: String,
    },
    /// Two ConfigMaps have the same name.
    #[error("ConfigMap {identity} is in {first} and again in {second}; leave one of them out")]
    Duplicate {
        /// `namespace/name`.
        identity: String,
        /// The file that was read first.
        first: String,
        /// The file that was read second; it can be the same.
        second: String,
    },
}

impl Manifests {
    /// Adds the manifests of one file. Objects without a namespace get the default one.
    ///
    /// # Errors
    /// What is wrong, with the file and the place in it. Nothing of the file is added in this case.
    pub fn add(&mut self, file: &str, text: &str, default_namespace: &str) -> Result<(), ManifestError> {
        let documents = yaml::manifests(text).map_err(|error| ManifestError::Yaml {
            file: file.to_owned(),
            error,
        })?;
        let documents = documents.into_iter().map(|document| Input {
            value: document.tree.into_value(),
            faults: document.faults,
        });
        self.add_documents(file, documents, default_namespace)
    }

    /// As [`Manifests::add`], for one document that is already parsed.
    ///
    /// # Errors
    /// What is wrong, with the place in it. Nothing of the document is added in this case.
    pub fn add_document(
        &mut self,
        file: &str,
        document: Value,
        default_namespace: &str,
    ) -> Result<(), ManifestError> {
        self.add_documents(
            file,
            [Input {
                value: document,
                faults: Vec::new(),
            }],
            default_namespace,
        )
    }

    fn add_documents(
        &mut self,
        file: &str,
        documents: impl IntoIterator<Item = Input>,
        default_namespace: &str,
    ) -> Result<(), ManifestError> {
        let mut added = Self::default();
        for (index, document) in documents.into_iter().enumerate() {
            for object in objects::of(document) {
                added
                    .add_object(file, object, default_namespace, self)
                    .map_err(|error| match error {
                        AddError::Yaml(error) => ManifestError::Yaml {
                            file: file.to_owned(),
                            error,
                        },
                        AddError::Shape(error) => ManifestError::Shape {
                            file: file.to_owned(),
                            document: index + 1,
                            error,
                        },
                        AddError::Misplaced(reason) => ManifestError::Misplaced {
                            file: file.to_owned(),
                            document: index + 1,
                            reason,
                        },
                        AddError::Duplicate(error) => error,
                    })?;
            }
        }
        self.pods.append(&mut added.pods);
        self.sources.append(&mut added.sources);
        self.config_maps.append(&mut added.config_maps);
        Ok(())
    }

    fn add_object(
        &mut self,
        file: &str,
        object: Object,
        default_namespace: &str,
        before: &Self,
    ) -> Result<(), AddError> {
        let Object { value, fault } = object;
        let node = Node::root(&value);
        let is_config_map = config_map::is_config_map(&value);
        if let Some(error) =
            fault.filter(|fault| is_config_map || pod::is_workload(&value) || fault.is_of_kind)
        {
            return Err(AddError::Yaml(error.error));
        }
        if let Some(reason) = placement::problem(&value) {
            return Err(AddError::Misplaced(reason));
        }
        if is_config_map {
            let config_map = ConfigMap::from_manifest(node, default_namespace)?;
            let identity = (config_map.namespace.clone(), config_map.name.clone());
            if let Some(first) = self
                .config_maps
                .get(&identity)
                .or_else(|| before.config_maps.get(&identity))
            {
                let identity = format!("{}/{}", identity.0, identity.1);
                return Err(AddError::Duplicate(ManifestError::Duplicate {
                    identity,
                    first: first.origin.clone(),
                    second: file.to_owned(),
                }));
            }
            let found = Found {
                config_map: Arc::new(config_map),
                notes: Notes::of(&value["metadata"]),
                origin: file.to_owned(),
            };
            self.config_maps.insert(identity, found);
        } else if let Some(pod) = Pod::from_manifest(node, default_namespace)? {
            self.pods.push(pod);
            self.sources.push(value);
        }
        Ok(())
    }

    /// Adds a ConfigMap that does not come from a file. It replaces one of the same name.
    pub fn put_config_map(&mut self, origin: &str, config_map: Arc<ConfigMap>) {
        let identity = (config_map.namespace.clone(), config_map.name.clone());
        let found = Found {
            config_map,
            notes: Notes::default(),
            origin: origin.to_owned(),
        };
        self.config_maps.insert(identity, found);
    }

    /// Returns the manifests of the pods, in order, reduced to what podweave reads.
    pub fn cleaned_pods(&self) -> impl Iterator<Item = Value> {
        self.pods
            .iter()
            .zip(&self.sources)
            .map(|(pod, source)| cleaned::pod(source, pod))
    }

    /// Returns the ConfigMap with this namespace and name.
    #[must_use]
    pub fn config_map(&self, namespace: &str, name: &str) -> Option<&Arc<ConfigMap>> {
        self.config_maps
            .get(&(namespace.to_owned(), name.to_owned()))
            .map(|found| &found.config_map)
    }

    /// Suggests why a ConfigMap does not exist: one of the same name is in another namespace, or one has a
    /// similar name. The text is appended to a message; it is empty if there is no suggestion.
    #[must_use]
    pub fn near_config_map(&self, namespace: &str, name: &str) -> String {
        if self.config_map(namespace, name).is_some() {
            // It is not shared, which is reported as if it did not exist.
            return String::new();
        }
        let namespaces: Vec<&str> = self
            .config_maps
            .keys()
            .filter(|(_, other)| other == name)
            .map(|(namespace, _)| namespace.as_str())
            .collect();
        if !namespaces.is_empty() {
            return format!(
                ": the manifests have one of this name in namespace {}. Name that one ({}/{name}), give both the same metadata.namespace (or -n)",
                text::list(namespaces.iter().copied()),
                namespaces[0]
            );
        }
        let names = self
            .config_maps
            .keys()
            .filter(|(other, _)| other == namespace)
            .map(|(_, name)| name.as_str());
        text::did_you_mean(name, names)
    }

    /// All ConfigMaps, sorted by namespace and name.
    pub fn config_maps(&self) -> impl Iterator<Item = &Arc<ConfigMap>> {
        self.config_maps.values().map(|found| &found.config_map)
    }

    /// All ConfigMaps in the same order, each with what its metadata notes.
    pub fn config_maps_with_notes(&self) -> impl Iterator<Item = (&Arc<ConfigMap>, &Notes)> {
        self.config_maps
            .values()
            .map(|found| (&found.config_map, &found.notes))
    }
}

enum AddError {
    Yaml(YamlError),
    Shape(ShapeError),
    Misplaced(String),
    Duplicate(ManifestError),
}

impl From<ShapeError> for AddError {
    fn from(error: ShapeError) -> Self {
        Self::Shape(error)
    }
}

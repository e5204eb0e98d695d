//! The annotations of a pod, and those of one of its containers, which override them.

use std::cell::OnceCell;
use std::sync::Arc;

use super::full_form::{FullRender, full_form};
use super::render::{DEFAULT_FILES_DIRECTORY, FileMount, OnFailure, Render};
use super::values::{
    comma_list, config_maps, container_names, file_mounts, files_directory, on_failure, params_from_text,
};
use crate::annotations::{self, AnnotationError, Field, Fields};
use crate::budget::Budget;
use crate::pod::{ContainerKind, Pod};
use crate::reference::{ConfigMapReference, PluginReference};

/// The parsed fields of the pod or of one container.
pub(super) struct Level {
    container: Option<String>,
    short: Short,
    containers: Option<Vec<String>>,
    pub(super) renders: Option<Vec<FullRender>>,
    pub(super) on_failure: Option<OnFailure>,
    pub(super) first_field: Field,
    /// The short form's render for containers without annotations of their own.
    shared: OnceCell<Arc<Render>>,
}

/// The fields of the short form. Each field of a container overrides the pod's.
#[derive(Clone, Default)]
struct Short {
    plugin: Option<PluginReference>,
    config_maps: Option<Vec<ConfigMapReference>>,
    params: Option<Arc<str>>,
    files_directory: Option<String>,
    file_mounts: Option<Vec<FileMount>>,
}

impl Level {
    pub(super) fn parse(
        pod: &Pod,
        container: Option<&str>,
        fields: &Fields<'_>,
        budget: &mut Budget,
    ) -> Result<Self, AnnotationError> {
        let short_field = fields.keys().find(|field| field.is_short_form());
        if let (Some(field), true) = (short_field, fields.contains_key(&Field::Renders)) {
            return Err(AnnotationError::new(
                container,
                *field,
                format!(
                    "it cannot be combined with {}; put it into that list",
                    annotations::key(container, Field::Renders)
                ),
            ));
        }
        let in_field = |field: Field| move |reason: String| AnnotationError::new(container, field, reason);
        let get = |field: Field| fields.get(&field).copied();
        let short = Short {
            plugin: get(Field::Plugin)
                .map(str::trim)
                .map(PluginReference::parse)
                .transpose()
                .map_err(in_field(Field::Plugin))?,
            config_maps: get(Field::ConfigMaps)
                .map(|list| config_maps(comma_list(list), &pod.namespace))
                .transpose()
                .map_err(in_field(Field::ConfigMaps))?,
            params: get(Field::Params)
                .map(|written| params_from_text(written, budget))
                .transpose()
                .map_err(in_field(Field::Params))?,
            files_directory: get(Field::Files)
                .map(files_directory)
                .transpose()
                .map_err(in_field(Field::Files))?,
            file_mounts: get(Field::FileMounts)
                .map(|list| file_mounts(comma_list(list)))
                .transpose()
                .map_err(in_field(Field::FileMounts))?,
        };
        Ok(Self {
            container: container.map(str::to_owned),
            short,
            containers: get(Field::Containers)
                .map(|list| container_names(comma_list(list), pod))
                .transpose()
                .map_err(in_field(Field::Containers))?,
            renders: get(Field::Renders)
                .map(|list| full_form(list, pod, container, budget))
                .transpose()
                .map_err(in_field(Field::Renders))?,
            on_failure: get(Field::OnFailure)
                .map(str::trim)
                .map(on_failure)
                .transpose()
                .map_err(in_field(Field::OnFailure))?,
            first_field: fields.keys().next().copied().unwrap_or(Field::Plugin),
            shared: OnceCell::new(),
        })
    }

    /// The renders of a container that has no annotations of its own.
    pub(super) fn renders_for(
        &self,
        container: &str,
        kind: ContainerKind,
    ) -> Result<Vec<Arc<Render>>, AnnotationError> {
        let shared = match &self.renders {
            Some(renders) => {
                let chosen = renders
                    .iter()
                    .filter(|full| is_chosen(full.containers.as_deref(), container, kind));
                return Ok(chosen.map(|full| Arc::clone(&full.render)).collect());
            }
            None if !is_chosen(self.containers.as_deref(), container, kind) => return Ok(Vec::new()),
            None => self.shared.get(),
        };
        let render = match shared {
            Some(render) => render,
            None => {
                let render = Arc::new(self.short.clone().finish(container, None)?);
                self.shared.get_or_init(|| render)
            }
        };
        Ok(vec![Arc::clone(render)])
    }

    /// The renders of a container that has annotations of its own.
    pub(super) fn over(
        &self,
        pod_level: &Self,
        container: &str,
        kind: ContainerKind,
    ) -> Result<Vec<Arc<Render>>, AnnotationError> {
        if let Some(renders) = &self.renders {
            // A list of its own already says that the container is rendered for.
            return Ok(renders.iter().map(|full| Arc::clone(&full.render)).collect());
        }
        if pod_level.renders.is_some() {
            return match self.first_field {
                Field::OnFailure => pod_level.renders_for(container, kind),
                field => Err(AnnotationError::new(
                    self.container.as_deref(),
                    field,
                    format!(
                        "it cannot change a part of {}; write {} for this container",
                        annotations::key(None, Field::Renders),
                        annotations::key(Some(container), Field::Renders)
                    ),
                )),
            };
        }
        if !is_chosen(pod_level.containers.as_deref(), container, kind) {
            return Ok(Vec::new());
        }
        let (own, pod) = (self.short.clone(), pod_level.short.clone());
        let mounts_of = own.file_mounts.as_ref().and(self.container.as_deref());
        let merged = Short {
            plugin: own.plugin.or(pod.plugin),
            config_maps: own.config_maps.or(pod.config_maps),
            params: own.params.or(pod.params),
            files_directory: own.files_directory.or(pod.files_directory),
            file_mounts: own.file_mounts.or(pod.file_mounts),
        };
        merged
            .finish(container, mounts_of)
            .map(|render| vec![Arc::new(render)])
    }
}

impl Short {
    /// `mounts_of` is the container whose own annotation has the file mounts; `None` if it is the pod's.
    fn finish(self, container: &str, mounts_of: Option<&str>) -> Result<Render, AnnotationError> {
        let Some(plugin) = self.plugin else {
            return Err(AnnotationError::new(
                None,
                Field::Plugin,
                format!(
                    "is required: container {container:?} is rendered for, but neither this annotation nor {} names a plugin; set one of them, or list only the containers to render for in {}",
                    annotations::key(Some(container), Field::Plugin),
                    annotations::key(None, Field::Containers)
                ),
            ));
        };
        Render::new(
            plugin,
            self.config_maps.unwrap_or_default(),
            self.params.unwrap_or_else(|| "{}".into()),
            self.files_directory
                .unwrap_or_else(|| DEFAULT_FILES_DIRECTORY.to_owned()),
            self.file_mounts.unwrap_or_default(),
        )
        .map_err(|reason| AnnotationError::new(mounts_of, Field::FileMounts, reason))
    }
}

fn is_chosen(containers: Option<&[String]>, container: &str, kind: ContainerKind) -> bool {
    match containers {
        Some(containers) => containers.iter().any(|name| name == container),
        None => kind == ContainerKind::App,
    }
}

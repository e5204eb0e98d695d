//! The annotations of a pod, and those of one of its containers, which override them.

use std::cell::OnceCell;
use std::sync::Arc;
use std::time::Duration;

use super::full_form::{FullRender, full_form};
use super::render::{DEFAULT_FILES_DIRECTORY, FileMount, OnFailure, Render};
use super::values::{
    comma_list, config_maps, container_names, file_mounts, files_directory, follow, on_failure,
    params_from_text, spread,
};
use crate::annotations::{self, AnnotationError, Field, Fields};
use crate::budget::Budget;
use crate::change::Follow;
use crate::pod::{ContainerKind, Pod};
use crate::reference::{ConfigMapReference, PluginReference};

/// The parsed fields of the pod or of one container.
pub(super) struct Level {
    container: Option<String>,
    short: Short,
    containers: Option<Vec<String>>,
    pub(super) renders: Option<Vec<FullRender>>,
    pub(super) on_failure: Option<OnFailure>,
    pub(super) follow: Option<Follow>,
    pub(super) spread: Option<Duration>,
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

/// The fields of one level, as they are written.
struct Written<'a> {
    container: Option<&'a str>,
    fields: &'a Fields<'a>,
}

impl Written<'_> {
    /// Parses a field, if it is there.
    fn read<T>(
        &self,
        field: Field,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, AnnotationError> {
        let parsed = self.fields.get(&field).map(|text| parse(text)).transpose();
        parsed.map_err(|reason| AnnotationError::new(self.container, field, reason))
    }
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
        let written = Written { container, fields };
        let short = Short {
            plugin: written.read(Field::Plugin, |name| PluginReference::parse(name.trim()))?,
            config_maps: written.read(Field::ConfigMaps, |list| {
                config_maps(comma_list(list), &pod.namespace)
            })?,
            params: written.read(Field::Params, |text| params_from_text(text, budget))?,
            files_directory: written.read(Field::Files, files_directory)?,
            file_mounts: written.read(Field::FileMounts, |list| file_mounts(comma_list(list)))?,
        };
        Ok(Self {
            container: container.map(str::to_owned),
            short,
            containers: written.read(Field::Containers, |list| container_names(comma_list(list), pod))?,
            renders: written.read(Field::Renders, |list| full_form(list, pod, container, budget))?,
            on_failure: written.read(Field::OnFailure, |word| on_failure(word.trim()))?,
            follow: written.read(Field::Follow, |word| follow(word.trim()))?,
            spread: written.read(Field::Spread, |time| spread(time.trim()))?,
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
            // The first field is one of the short form if any is: they are before the others.
            if !self.first_field.is_short_form() {
                return pod_level.renders_for(container, kind);
            }
            return Err(AnnotationError::new(
                self.container.as_deref(),
                self.first_field,
                format!(
                    "it cannot change a part of {}; write {} for this container",
                    annotations::key(None, Field::Renders),
                    annotations::key(Some(container), Field::Renders)
                ),
            ));
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

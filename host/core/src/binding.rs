//! Reads what a pod's annotations ask for: for each container, which plugins render what from which
//! ConfigMaps.

use std::cell::OnceCell;
use std::sync::Arc;

use serde_json::Value;

use crate::annotations::{self, AnnotationError, Annotations, Field, Fields};
use crate::budget::{self, Budget};
use crate::limits::human_size;
use crate::node::{Node, ShapeError};
use crate::pod::{ContainerKind, Pod};
use crate::reference::{ConfigMapReference, PluginReference};
use crate::yaml::{self, Bounds, Tree};
use crate::{names, text};

/// The directory of rendered files, unless an annotation sets another.
pub const DEFAULT_FILES_DIRECTORY: &str = "/etc/podweave";

/// What a pod's annotations ask for, for one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The container's name.
    pub container: String,
    /// Its renders, in order; at least one. Containers with equal renders share them.
    pub renders: Vec<Arc<Render>>,
    /// What happens if a render fails.
    pub on_failure: OnFailure,
}

/// One run of a plugin for a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Render {
    /// The plugin.
    pub plugin: PluginReference,
    /// The ConfigMaps that the plugin may read, in the annotation's order; aliases are unique.
    pub config_maps: Vec<ConfigMapReference>,
    /// The parameters for the plugin: a JSON object with sorted keys. The containers of a pod share them.
    pub params: Arc<str>,
    /// The absolute path of the directory for its files in the container.
    pub files_directory: String,
    /// Files that also appear at a fixed path.
    pub file_mounts: Vec<FileMount>,
}

/// A rendered file that also appears at a fixed path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileMount {
    /// The file, relative to the directory of the rendered files.
    pub rendered: String,
    /// The absolute path where it also appears.
    pub target: String,
}

/// What happens to a container whose render fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFailure {
    /// The container is not created; the kubelet tries again.
    #[default]
    Block,
    /// The container starts without the rendered configuration.
    Ignore,
}

/// Reads a pod's annotations. A pod without podweave annotations has no bindings.
///
/// # Errors
/// The first wrong annotation, and what to write instead. Nothing is skipped silently.
pub fn bindings(pod: &Pod) -> Result<Vec<Binding>, AnnotationError> {
    let annotations = Annotations::of(pod)?;
    if annotations.is_empty() {
        return Ok(Vec::new());
    }
    check_size(pod)?;
    let mut budget = Budget::default();
    let pod_level = Level::parse(pod, None, &annotations.pod, &mut budget)?;
    let mut found = Vec::new();
    for container in &pod.containers {
        let name = container.name.as_str();
        let own = annotations
            .containers
            .get(name)
            .map(|fields| Level::parse(pod, Some(name), fields, &mut budget))
            .transpose()?;
        let renders = match &own {
            Some(own) => own.over(&pod_level, name, container.kind)?,
            None => pod_level.renders_for(name, container.kind)?,
        };
        budget
            .spend_renders(renders.iter().map(Arc::as_ref))
            .map_err(|reason| error(None, Field::Containers, reason))?;
        match (renders.is_empty(), own) {
            (false, own) => {
                let on_failure = own
                    .and_then(|own| own.on_failure)
                    .or(pod_level.on_failure)
                    .unwrap_or_default();
                found.push(Binding {
                    container: name.to_owned(),
                    renders,
                    on_failure,
                });
            }
            (true, Some(own)) => {
                let field = own.first_field;
                return Err(error(
                    Some(name),
                    field,
                    format!(
                        "the container is not rendered for; add {name:?} to {}",
                        annotations::key(None, Field::Containers)
                    ),
                ));
            }
            (true, None) => {}
        }
    }
    if found.is_empty() {
        let field = if pod_level.renders.is_some() {
            Field::Renders
        } else {
            Field::Containers
        };
        return Err(error(None, field, "no container is rendered for; name one"));
    }
    Ok(found)
}

/// Refuses annotations and pods that are too large to be read.
fn check_size(pod: &Pod) -> Result<(), AnnotationError> {
    let bytes: usize = pod
        .annotations
        .iter()
        .filter(|(key, _)| annotations::is_ours(key))
        .map(|(key, value)| key.len() + value.len())
        .sum();
    let reason = if bytes > budget::ANNOTATION_BYTES {
        format!(
            "podweave's annotations of the pod have {bytes} bytes; at most {} are allowed: keep large data in a ConfigMap",
            human_size(budget::ANNOTATION_BYTES)
        )
    } else if pod.containers.len() > budget::CONTAINERS {
        format!(
            "the pod has {} containers; podweave renders for pods of at most {}",
            pod.containers.len(),
            budget::CONTAINERS
        )
    } else {
        return Ok(());
    };
    Err(error(None, Field::Containers, reason))
}

fn error(container: Option<&str>, field: Field, reason: impl Into<String>) -> AnnotationError {
    AnnotationError {
        annotation: annotations::key(container, field),
        reason: reason.into(),
    }
}

/// The parsed fields of the pod or of one container.
struct Level {
    container: Option<String>,
    short: Short,
    containers: Option<Vec<String>>,
    renders: Option<Vec<FullRender>>,
    on_failure: Option<OnFailure>,
    first_field: Field,
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

/// An entry of the full form.
struct FullRender {
    render: Arc<Render>,
    containers: Option<Vec<String>>,
}

impl Level {
    fn parse(
        pod: &Pod,
        container: Option<&str>,
        fields: &Fields<'_>,
        budget: &mut Budget,
    ) -> Result<Self, AnnotationError> {
        let short_field = fields.keys().find(|field| field.is_short_form());
        if let (Some(field), true) = (short_field, fields.contains_key(&Field::Renders)) {
            return Err(error(
                container,
                *field,
                format!(
                    "it cannot be combined with {}; put it into that list",
                    annotations::key(container, Field::Renders)
                ),
            ));
        }
        let in_field = |field: Field| move |reason: String| error(container, field, reason);
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
    fn renders_for(&self, container: &str, kind: ContainerKind) -> Result<Vec<Arc<Render>>, AnnotationError> {
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
    fn over(
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
                field => Err(error(
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
            return Err(error(
                None,
                Field::Plugin,
                format!(
                    "is required: container {container:?} is rendered for, but neither this annotation nor {} names a plugin; set one of them, or list only the containers to render for in {}",
                    annotations::key(Some(container), Field::Plugin),
                    annotations::key(None, Field::Containers)
                ),
            ));
        };
        finish_render(
            plugin,
            self.config_maps.unwrap_or_default(),
            self.params.unwrap_or_else(|| "{}".into()),
            self.files_directory
                .unwrap_or_else(|| DEFAULT_FILES_DIRECTORY.to_owned()),
            self.file_mounts.unwrap_or_default(),
        )
        .map_err(|reason| error(mounts_of, Field::FileMounts, reason))
    }
}

fn finish_render(
    plugin: PluginReference,
    config_maps: Vec<ConfigMapReference>,
    params: Arc<str>,
    files_directory: String,
    file_mounts: Vec<FileMount>,
) -> Result<Render, String> {
    let inside = |target: &str| {
        target == files_directory
            || target
                .strip_prefix(&files_directory)
                .is_some_and(|rest| rest.starts_with('/'))
    };
    match file_mounts.iter().find(|mount| inside(&mount.target)) {
        Some(mount) => Err(format!(
            "{} is inside {files_directory}, where the rendered files appear anyway",
            mount.target
        )),
        None => Ok(Render {
            plugin,
            config_maps,
            params,
            files_directory,
            file_mounts,
        }),
    }
}

fn is_chosen(containers: Option<&[String]>, container: &str, kind: ContainerKind) -> bool {
    match containers {
        Some(containers) => containers.iter().any(|name| name == container),
        None => kind == ContainerKind::App,
    }
}

fn comma_list(list: &str) -> impl Iterator<Item = &str> {
    // An empty annotation is an empty list, not a list of one empty entry.
    list.split(',')
        .map(str::trim)
        .filter(move |_| !list.trim().is_empty())
}

fn config_maps<'a>(
    list: impl Iterator<Item = &'a str>,
    pod_namespace: &str,
) -> Result<Vec<ConfigMapReference>, String> {
    let mut references: Vec<ConfigMapReference> = Vec::new();
    for entry in list {
        let reference = ConfigMapReference::parse(entry, pod_namespace)?;
        if references.len() == budget::CONFIG_MAPS {
            return Err(format!(
                "names more than {} ConfigMaps; that is the most that can be bound",
                budget::CONFIG_MAPS
            ));
        }
        if references.iter().any(|other| other.alias == reference.alias) {
            return Err(format!(
                "two ConfigMaps have the alias {:?}; give one of them another: other={}",
                reference.alias,
                reference.identity()
            ));
        }
        references.push(reference);
    }
    Ok(references)
}

fn container_names<'a>(list: impl Iterator<Item = &'a str>, pod: &Pod) -> Result<Vec<String>, String> {
    let known = || pod.containers.iter().map(|container| container.name.as_str());
    let mut chosen: Vec<String> = Vec::new();
    for name in list {
        if pod.container(name).is_none() {
            return Err(format!(
                "the pod has no container {}{}; it has {}",
                text::quoted(name),
                text::did_you_mean(name, known()),
                text::list(known())
            ));
        }
        if chosen.iter().any(|other| other == name) {
            return Err(format!("names container {name:?} twice"));
        }
        chosen.push(name.to_owned());
    }
    Ok(chosen)
}

fn params_from_text(written: &str, budget: &mut Budget) -> Result<Arc<str>, String> {
    if written.len() > budget::PARAMS_BYTES {
        return Err(format!(
            "has {} bytes; at most {} are allowed: keep large data in a ConfigMap",
            written.len(),
            human_size(budget::PARAMS_BYTES)
        ));
    }
    params(
        &yaml::tree(written, Bounds::ANNOTATION).map_err(|error| error.to_string())?,
        budget,
    )
}

fn params(params: &Tree, budget: &mut Budget) -> Result<Arc<str>, String> {
    let json = match params {
        Tree::Null => "{}".to_owned(),
        // The keys of objects are sorted, so equal parameters have equal texts.
        Tree::Map(_) => params.to_json(budget::PARAMS_JSON_BYTES).ok_or_else(|| {
            format!(
                "has more than {} as JSON, aliases written out; keep large data in a ConfigMap",
                human_size(budget::PARAMS_JSON_BYTES)
            )
        })?,
        _ => return Err("must be an object of YAML or JSON: name: value".to_owned()),
    };
    budget.spend_params(&json)?;
    Ok(json.into())
}

fn files_directory(path: &str) -> Result<String, String> {
    let path = if path.len() > 1 {
        path.strip_suffix('/').unwrap_or(path)
    } else {
        path
    };
    match names::absolute_path_problem(path) {
        Some(problem) => Err(format!(
            "{} cannot be a directory of rendered files: {problem}",
            text::quoted(path)
        )),
        None => Ok(path.to_owned()),
    }
}

fn file_mounts<'a>(list: impl Iterator<Item = &'a str>) -> Result<Vec<FileMount>, String> {
    let mut mounts: Vec<FileMount> = Vec::new();
    for entry in list {
        let Some((rendered, target)) = entry.split_once('=') else {
            return Err(format!(
                "{} is not of the form RENDERED=/absolute/path",
                text::quoted(entry)
            ));
        };
        let (rendered, target) = (rendered.trim(), target.trim());
        if let Some(problem) = names::relative_path_problem(rendered) {
            return Err(format!(
                "{} is not the path of a rendered file: {problem}",
                text::quoted(rendered)
            ));
        }
        if let Some(problem) = names::absolute_path_problem(target) {
            return Err(format!(
                "{} is not a path in a container: {problem}",
                text::quoted(target)
            ));
        }
        if mounts.len() == budget::FILE_MOUNTS {
            return Err(format!(
                "has more than {} entries; put the files into a directory (files) instead",
                budget::FILE_MOUNTS
            ));
        }
        if mounts.iter().any(|mount| mount.target == target) {
            return Err(format!("puts two files at {target}"));
        }
        mounts.push(FileMount {
            rendered: rendered.to_owned(),
            target: target.to_owned(),
        });
    }
    Ok(mounts)
}

fn on_failure(value: &str) -> Result<OnFailure, String> {
    match value {
        "block" => Ok(OnFailure::Block),
        "ignore" => Ok(OnFailure::Ignore),
        _ => Err(format!(
            "{} is neither \"block\" nor \"ignore\"{}",
            text::quoted(value),
            text::did_you_mean(value, ["block", "ignore"])
        )),
    }
}

fn full_form(
    list: &str,
    pod: &Pod,
    container: Option<&str>,
    budget: &mut Budget,
) -> Result<Vec<FullRender>, String> {
    let mut tree = yaml::tree(list, Bounds::ANNOTATION).map_err(|error| error.to_string())?;
    match &tree {
        Tree::List(entries) if entries.is_empty() => return Err("must list at least one render".to_owned()),
        Tree::List(entries) if entries.len() > budget::RENDERS => {
            return Err(format!(
                "lists {} renders; at most {} are allowed",
                entries.len(),
                budget::RENDERS
            ));
        }
        _ => {}
    }
    let mut written = take_params(&mut tree).into_iter();
    let document = tree.into_value();
    let renders = Node::root(&document).items(|entry| {
        full_render(
            entry,
            &written.next().unwrap_or(Tree::Null),
            pod,
            container,
            budget,
        )
    });
    renders.map_err(|error| error.to_string())
}

/// Takes the parameters out of each entry. Only they need numbers as they are written, and the whole list
/// need not be in memory twice. A placeholder takes their place, so that messages can still name them.
fn take_params(list: &mut Tree) -> Vec<Tree> {
    let Tree::List(entries) = list else {
        return Vec::new();
    };
    let params = |entry: &mut Tree| match entry {
        Tree::Map(fields) => fields
            .get_mut("params")
            .filter(|params| **params != Tree::Null)
            .map(|params| std::mem::replace(params, Tree::Boolean(true))),
        _ => None,
    };
    entries
        .iter_mut()
        .map(|entry| params(entry).unwrap_or(Tree::Null))
        .collect()
}

/// `written` holds the entry's parameters with their numbers as they are written.
fn full_render(
    entry: Node<'_>,
    written: &Tree,
    pod: &Pod,
    container: Option<&str>,
    budget: &mut Budget,
) -> Result<FullRender, ShapeError> {
    const FIELDS: [&str; 6] = [
        "plugin",
        "configMaps",
        "params",
        "containers",
        "files",
        "fileMounts",
    ];
    if let Some(unknown) = entry
        .object()?
        .keys()
        .find(|name| !FIELDS.contains(&name.as_str()))
    {
        let suggestion = text::did_you_mean(unknown, FIELDS);
        return Err(entry.error(format!(
            "there is no field {}{suggestion}; the fields are {}",
            text::quoted(unknown),
            text::list(FIELDS)
        )));
    }
    let plugin = entry.required("plugin", |plugin| {
        PluginReference::parse(plugin.text()?).map_err(|reason| plugin.error(reason))
    })?;
    let maps = entry.field("configMaps", |maps| {
        let list = texts(maps)?;
        config_maps(list.iter().map(String::as_str), &pod.namespace).map_err(|reason| maps.error(reason))
    })?;
    let told = entry.field("params", |told| {
        params(written, budget).map_err(|reason| told.error(reason))
    })?;
    let containers = entry.field("containers", |containers| {
        if container.is_some() {
            return Err(containers.error("is not allowed in the list of one container"));
        }
        let list = texts(containers)?;
        container_names(list.iter().map(String::as_str), pod).map_err(|reason| containers.error(reason))
    })?;
    let directory = entry.field("files", |path| {
        files_directory(path.text()?).map_err(|reason| path.error(reason))
    })?;
    let mounts = entry.field("fileMounts", |mounts| {
        let list = texts(mounts)?;
        file_mounts(list.iter().map(String::as_str)).map_err(|reason| mounts.error(reason))
    })?;
    let render = finish_render(
        plugin,
        maps.unwrap_or_default(),
        told.unwrap_or_else(|| "{}".into()),
        directory.unwrap_or_else(|| DEFAULT_FILES_DIRECTORY.to_owned()),
        mounts.unwrap_or_default(),
    )
    .map_err(|reason| entry.error(reason))?;
    Ok(FullRender {
        render: Arc::new(render),
        containers,
    })
}

/// Reads a list of YAML, or the comma-separated list of the short form.
fn texts(list: Node<'_>) -> Result<Vec<String>, ShapeError> {
    match list.value() {
        Value::String(written) => Ok(comma_list(written).map(str::to_owned).collect()),
        _ => list.items(|item| item.text().map(str::to_owned)),
    }
}

//! The full form: the annotation `renders`, a list of renders in YAML or JSON.

use std::sync::Arc;

use serde_json::Value;

use super::render::{DEFAULT_FILES_DIRECTORY, Render};
use super::values::{comma_list, config_maps, container_names, file_mounts, files_directory, params};
use crate::budget::{self, Budget};
use crate::node::{Node, ShapeError};
use crate::pod::Pod;
use crate::reference::PluginReference;
use crate::text;
use crate::yaml::{self, Bounds, Tree};

/// An entry of the full form.
pub(super) struct FullRender {
    pub(super) render: Arc<Render>,
    pub(super) containers: Option<Vec<String>>,
}

pub(super) fn full_form(
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
    let render = Render::new(
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

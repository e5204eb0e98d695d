//! Parses the values that the short form and the full form share.

use std::sync::Arc;
use std::time::Duration;

use super::render::{FileMount, OnFailure};
use crate::budget::{self, Budget};
use crate::change::Follow;
use crate::pod::Pod;
use crate::reference::ConfigMapReference;
use crate::text::human_size;
use crate::yaml::{self, Bounds, Tree};
use crate::{duration, names, text};

pub(super) fn comma_list(list: &str) -> impl Iterator<Item = &str> {
    // An empty annotation is an empty list, not a list of one empty entry.
    list.split(',')
        .map(str::trim)
        .filter(move |_| !list.trim().is_empty())
}

pub(super) fn config_maps<'a>(
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

pub(super) fn container_names<'a>(
    list: impl Iterator<Item = &'a str>,
    pod: &Pod,
) -> Result<Vec<String>, String> {
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

pub(super) fn params_from_text(written: &str, budget: &mut Budget) -> Result<Arc<str>, String> {
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

pub(super) fn params(params: &Tree, budget: &mut Budget) -> Result<Arc<str>, String> {
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

pub(super) fn files_directory(path: &str) -> Result<String, String> {
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

pub(super) fn file_mounts<'a>(list: impl Iterator<Item = &'a str>) -> Result<Vec<FileMount>, String> {
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

pub(super) fn on_failure(value: &str) -> Result<OnFailure, String> {
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

pub(super) fn follow(value: &str) -> Result<Follow, String> {
    match value {
        "together" => Ok(Follow::Together),
        "files" => Ok(Follow::Files),
        "none" => Ok(Follow::None),
        _ => Err(format!(
            "{} is none of \"together\", \"files\", \"none\"{}",
            text::quoted(value),
            text::did_you_mean(value, ["together", "files", "none"])
        )),
    }
}

pub(super) fn spread(value: &str) -> Result<Duration, String> {
    match duration::parse(value) {
        Some(spread) if spread <= budget::SPREAD => Ok(spread),
        Some(_) => Err(format!("{} is more than 1h", text::quoted(value))),
        None => Err(format!(
            "{} is not a duration; write one such as 30s or 5m, at most 1h",
            text::quoted(value)
        )),
    }
}

//! Reads the configuration from the file's text. Unknown fields are errors, and each error has the path of
//! its field. docs/decisions/017-configuration-without-serde.md says why this is not derived.

use std::io;
use std::path::Path;
use std::time::Duration;

use podweave_api_server::Qps;
use podweave_core::api::API_VERSION;
use podweave_core::limits::MAX_MEMORY_BYTES;
use podweave_core::node::Node;
use podweave_core::yaml;

use super::error::ConfigurationError;
use super::fields::{GIB, KIB, MAX_TIME, MIB, Shape, has_only_known_fields, section, set};
use super::{
    AgentConfiguration, ApiServerSettings, ConfigMapSettings, Directories, FollowSettings, KIND, Limits,
    PluginLimits, StrategyName, plugin_fields, values,
};
use crate::logging::LogFilter;

/// The maximum size of the file.
const MAX_BYTES: u64 = 1 << 20;

/// The runtime waits 2 s by default, and creates no other container of the node meanwhile.
const MAX_CREATION_TIMEOUT: Duration = Duration::from_secs(1);

/// Each compilation takes a process with up to 2 GiB of memory.
const MAX_COMPILATIONS: usize = 64;

/// A change that waits longer is not followed but forgotten.
const MAX_SETTLE: Duration = Duration::from_secs(60);

/// Replaced files take memory of the node for as long as they stay.
const MAX_LINGER: Duration = Duration::from_secs(60);

const MAX_AGE: Duration = Duration::from_secs(365 * 24 * 3600);

/// Reads a file; `None` if it does not exist.
pub(super) fn text(path: &Path) -> Result<Option<String>, ConfigurationError> {
    let error = |error| ConfigurationError::File {
        path: path.to_owned(),
        error,
    };
    match podweave_bounded_read::file(path, MAX_BYTES) {
        Ok(bytes) => String::from_utf8(bytes)
            .map(Some)
            .map_err(|_| error(io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))),
        Err(absent) if absent.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(other) => Err(error(other)),
    }
}

pub(super) fn configuration(path: &Path, text: &str) -> Result<AgentConfiguration, ConfigurationError> {
    let document = yaml::document(text).map_err(|error| ConfigurationError::Yaml {
        path: path.to_owned(),
        error,
    })?;
    if (document["apiVersion"].as_str(), document["kind"].as_str()) != (Some(API_VERSION), Some(KIND)) {
        return Err(ConfigurationError::Kind {
            path: path.to_owned(),
        });
    }
    let mut configuration = AgentConfiguration::default();
    fill(Node::root(&document), &mut configuration).map_err(|error| ConfigurationError::Field {
        path: path.to_owned(),
        error,
    })?;
    Ok(configuration)
}

fn fill(file: Node<'_>, configuration: &mut AgentConfiguration) -> Shape<()> {
    has_only_known_fields(file, "")?;
    set(file, "nodeName", &mut configuration.node_name, values::node_name)?;
    set(file, "logLevel", &mut configuration.log_level, |node| {
        LogFilter::parse(node.text()?).map_err(|reason| node.error(reason))
    })?;
    section(file, "nri", |nri| {
        set(nri, "socket", &mut configuration.nri.socket, values::path)
    })?;
    section(file, "directories", |directories| {
        fill_directories(directories, &mut configuration.directories)
    })?;
    set(
        file,
        "statusSocket",
        &mut configuration.status_socket,
        values::path,
    )?;
    set(
        file,
        "listenAddress",
        &mut configuration.listen_address,
        values::address,
    )?;
    set(
        file,
        "plugins",
        &mut configuration.plugins,
        plugin_fields::plugins,
    )?;
    set(file, "trust", &mut configuration.trust, plugin_fields::trust)?;
    plugin_fields::registries(file, &mut configuration.registries)?;
    let timeouts = Duration::from_millis(1)..=MAX_CREATION_TIMEOUT;
    set(
        file,
        "creationTimeout",
        &mut configuration.creation_timeout,
        |node| values::duration(node, timeouts),
    )?;
    section(file, "limits", |limits| {
        fill_limits(limits, &mut configuration.limits)?;
        fill_plugin_limits(limits, &mut configuration.plugin_limits)
    })?;
    section(file, "configMaps", |settings| {
        fill_config_maps(settings, &mut configuration.config_maps)
    })?;
    section(file, "follow", |follow| {
        fill_follow(follow, &mut configuration.follow)
    })?;
    section(file, "apiServer", |settings| {
        fill_api_server(settings, &mut configuration.api_server)
    })
}

fn fill_directories(node: Node<'_>, directories: &mut Directories) -> Shape<()> {
    set(node, "volumes", &mut directories.volumes, values::path)?;
    set(node, "records", &mut directories.records, values::path)?;
    set(node, "code", &mut directories.code, values::path)?;
    set(node, "plugins", &mut directories.plugins, values::path)?;
    let all = [
        &directories.volumes,
        &directories.records,
        &directories.code,
        &directories.plugins,
    ];
    let lies_in_another = |inner: usize, outer: usize| inner != outer && all[inner].starts_with(all[outer]);
    if (0..all.len()).any(|inner| (0..all.len()).any(|outer| lies_in_another(inner, outer))) {
        return Err(node.error("these directories must not be nested in one another"));
    }
    Ok(())
}

fn fill_limits(node: Node<'_>, limits: &mut Limits) -> Shape<()> {
    set(node, "memory", &mut limits.memory_bytes, |node| {
        values::memory(node, MIB..=MAX_MEMORY_BYTES as u64)
    })?;
    set(node, "time", &mut limits.time, |node| {
        values::duration(node, Duration::from_millis(1)..=MAX_TIME)
    })?;
    set(node, "copied", &mut limits.copied_bytes, |node| {
        values::memory(node, KIB..=4 * GIB)
    })?;
    set(node, "files", &mut limits.file_bytes, |node| {
        values::memory(node, KIB..=GIB)
    })?;
    set(node, "log", &mut limits.log_bytes, |node| {
        values::memory(node, 0..=16 * MIB)
    })?;
    set(node, "nodeFiles", &mut limits.node_file_bytes, |node| {
        values::bytes(node, MIB..=1024 * GIB)
    })?;
    set(node, "nodeMemory", &mut limits.node_memory_bytes, |node| {
        values::memory(node, 16 * MIB..=1024 * GIB)
    })
}

fn fill_plugin_limits(node: Node<'_>, limits: &mut PluginLimits) -> Shape<()> {
    set(node, "compilations", &mut limits.compilations, |node| {
        let count = usize::try_from(values::count(node)?.get()).unwrap_or(usize::MAX);
        if count > MAX_COMPILATIONS {
            Err(node.error(format!("is {count}; must be from 1 to {MAX_COMPILATIONS}")))
        } else {
            Ok(count)
        }
    })?;
    set(node, "code", &mut limits.code_bytes, |node| {
        values::bytes(node, MIB..=1024 * GIB)
    })?;
    set(node, "components", &mut limits.component_bytes, |node| {
        values::bytes(node, MIB..=1024 * GIB)
    })
}

fn fill_config_maps(node: Node<'_>, settings: &mut ConfigMapSettings) -> Shape<()> {
    let strategies = StrategyName::ALL.map(|strategy| (strategy.name(), strategy));
    set(node, "strategy", &mut settings.strategy, |node| {
        values::word(node, &strategies)
    })?;
    set(node, "strict", &mut settings.strict, |node| node.boolean())?;
    set(node, "maxAge", &mut settings.max_age, |node| {
        values::duration_or(node, "unlimited", Duration::ZERO..=MAX_AGE)
    })?;
    set(node, "idleAfter", &mut settings.idle_after, |node| {
        values::duration_or(node, "never", Duration::from_secs(60)..=MAX_AGE)
    })?;
    set(node, "memory", &mut settings.memory_bytes, |node| {
        values::memory(node, 0..=1024 * GIB)
    })
}

fn fill_follow(node: Node<'_>, settings: &mut FollowSettings) -> Shape<()> {
    set(node, "enabled", &mut settings.is_enabled, |node| node.boolean())?;
    set(node, "settle", &mut settings.settle, |node| {
        values::duration(node, Duration::ZERO..=MAX_SETTLE)
    })?;
    set(node, "linger", &mut settings.linger, |node| {
        values::duration(node, Duration::ZERO..=MAX_LINGER)
    })
}

fn fill_api_server(node: Node<'_>, settings: &mut ApiServerSettings) -> Shape<()> {
    let (mut qps, mut burst) = (settings.rate.per_second, settings.rate.burst);
    set(node, "qps", &mut qps, values::count)?;
    set(node, "burst", &mut burst, values::count)?;
    settings.rate = Qps {
        per_second: qps,
        burst,
    };
    Ok(())
}

//! The fields of the file, and how a field or an object is read. Unknown fields are errors.

use std::time::Duration;

use podweave_core::node::{Node, ShapeError};
use podweave_core::text;

/// All fields: those at the top of the file, then those of each object in it. `plugins[]` is an item of a
/// list.
pub const FIELDS: [(&str, &[&str]); 17] = [
    (
        "",
        &[
            "apiVersion",
            "kind",
            "nodeName",
            "logLevel",
            "nri",
            "directories",
            "statusSocket",
            "listenAddress",
            "plugins",
            "creationTimeout",
            "limits",
            "configMaps",
            "follow",
            "apiServer",
            "trust",
            "registries",
        ],
    ),
    ("nri", &["socket"]),
    ("directories", &["volumes", "records", "code", "plugins"]),
    (
        "plugins[]",
        &[
            "name",
            "file",
            "reference",
            "pullPolicy",
            "namespaces",
            "limits",
            "outputs",
        ],
    ),
    ("plugins[].limits", &["memory", "time", "copied", "files", "log"]),
    ("plugins[].outputs", &["env", "args", "files"]),
    (
        "limits",
        &[
            "memory",
            "time",
            "copied",
            "files",
            "log",
            "nodeFiles",
            "nodeMemory",
            "compilations",
            "code",
            "components",
        ],
    ),
    (
        "configMaps",
        &["strategy", "strict", "maxAge", "idleAfter", "memory"],
    ),
    ("follow", &["enabled", "settle", "linger"]),
    ("apiServer", &["qps", "burst"]),
    ("trust", &["rules"]),
    (
        "trust.rules[]",
        &[
            "prefix",
            "requireDigest",
            "signatures",
            "namespaces",
            "pullPolicy",
            "limits",
            "outputs",
        ],
    ),
    ("trust.rules[].signatures", &["keys", "certificates"]),
    ("trust.rules[].signatures.certificates", &["roots", "identities"]),
    (
        "registries",
        &[
            "hosts",
            "certificateAuthorities",
            "credentials",
            "podPullSecrets",
            "lastKnownGood",
            "refresh",
            "timeout",
        ],
    ),
    (
        "registries.hosts[]",
        &["host", "mirrors", "plainHTTP", "certificateAuthorities"],
    ),
    ("registries.hosts[].mirrors[]", &["host", "plainHTTP", "prefix"]),
];

pub(super) const KIB: u64 = 1 << 10;
pub(super) const MIB: u64 = 1 << 20;
pub(super) const GIB: u64 = 1 << 30;

/// The upper limit of the time for a container's renders: the kubelet gives a whole creation two minutes.
pub(super) const MAX_TIME: Duration = Duration::from_secs(60);

pub(super) type Shape<T> = Result<T, ShapeError>;

/// Reads an object of the file.
pub(super) fn section(file: Node<'_>, name: &str, fill: impl FnOnce(Node<'_>) -> Shape<()>) -> Shape<()> {
    let filled = file.field(name, |node| {
        has_only_known_fields(node, name)?;
        fill(node)
    });
    filled.map(Option::unwrap_or_default)
}

/// Reads a field if it is there.
pub(super) fn set<T>(
    node: Node<'_>,
    name: &str,
    place: &mut T,
    read: impl FnOnce(Node<'_>) -> Shape<T>,
) -> Shape<()> {
    if let Some(value) = node.field(name, read)? {
        *place = value;
    }
    Ok(())
}

pub(super) fn has_only_known_fields(node: Node<'_>, object: &str) -> Shape<()> {
    let known = || {
        FIELDS
            .iter()
            .filter(|(name, _)| *name == object)
            .flat_map(|(_, fields)| fields.iter().copied())
    };
    match node
        .object()?
        .keys()
        .find(|key| !known().any(|field| field == key.as_str()))
    {
        None => Ok(()),
        Some(unknown) => Err(node.error(format!(
            "unknown field {}{}; known fields are {}",
            text::quoted(unknown),
            text::did_you_mean(unknown, known()),
            text::list(known())
        ))),
    }
}

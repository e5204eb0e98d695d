//! Reads values as the configuration files of Kubernetes have them: `64Mi`, `500ms`, an address, a path.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use podweave_core::node::{Node, ShapeError};
use podweave_core::quantity::whole_number;
use podweave_core::text::human_size;
use podweave_core::{duration, names, text};

type Shape<T> = Result<T, ShapeError>;

/// Reads a number of bytes, with or without a suffix.
pub(super) fn bytes(node: Node<'_>, range: RangeInclusive<u64>) -> Shape<u64> {
    let bytes = match node.value() {
        serde_json::Value::Number(number) => number.as_u64(),
        _ => whole_number(node.text()?),
    };
    let bytes =
        bytes.ok_or_else(|| node.error("must be a number of bytes, such as 1048576, 512Ki, 64Mi or 1Gi"))?;
    let shown = |bytes: u64| human_size(usize::try_from(bytes).unwrap_or(usize::MAX));
    if range.contains(&bytes) {
        Ok(bytes)
    } else {
        Err(node.error(format!(
            "is {}; must be from {} to {}",
            shown(bytes),
            shown(*range.start()),
            shown(*range.end())
        )))
    }
}

/// As [`bytes`], for sizes of memory.
pub(super) fn memory(node: Node<'_>, range: RangeInclusive<u64>) -> Shape<usize> {
    let bytes = bytes(node, range)?;
    usize::try_from(bytes).map_err(|_| node.error("is more than this machine can address"))
}

/// Reads a duration in Go's syntax.
pub(super) fn duration(node: Node<'_>, range: RangeInclusive<Duration>) -> Shape<Duration> {
    let parsed = node.value().as_str().and_then(duration::parse);
    let duration = parsed.ok_or_else(|| node.error("must be a duration, such as 500ms, 30s, 5m or 1h30m"))?;
    if range.contains(&duration) {
        Ok(duration)
    } else {
        Err(node.error(format!(
            "is {duration:?}; must be from {:?} to {:?}",
            range.start(),
            range.end()
        )))
    }
}

/// Reads a duration, or `None` for the given word.
pub(super) fn duration_or(
    node: Node<'_>,
    word: &str,
    range: RangeInclusive<Duration>,
) -> Shape<Option<Duration>> {
    if node.value().as_str() == Some(word) {
        return Ok(None);
    }
    duration(node, range).map(Some).map_err(|error| ShapeError {
        reason: format!("{}, or {word}", error.reason),
        ..error
    })
}

/// Reads an absolute path.
pub(super) fn path(node: Node<'_>) -> Shape<PathBuf> {
    let path = Path::new(node.text()?);
    if path.is_absolute() {
        Ok(path.to_owned())
    } else {
        Err(node.error("must be an absolute path"))
    }
}

/// Reads an address to listen on.
pub(super) fn address(node: Node<'_>) -> Shape<SocketAddr> {
    node.text()?.parse().map_err(|_| {
        node.error("must be an address with a port, such as 0.0.0.0:9808, 127.0.0.1:9808 or [::]:9808")
    })
}

/// Reads the name of a node.
pub(super) fn node_name(node: Node<'_>) -> Shape<String> {
    let name = node.text()?;
    if names::is_dns_subdomain(name) {
        Ok(name.to_owned())
    } else {
        Err(node.error("must be a DNS subdomain, as the names of nodes are"))
    }
}

/// Reads a positive integer.
pub(super) fn count(node: Node<'_>) -> Shape<NonZeroU32> {
    let number = node
        .value()
        .as_u64()
        .and_then(|number| u32::try_from(number).ok())
        .and_then(NonZeroU32::new);
    number.ok_or_else(|| node.error("must be a positive integer"))
}

/// Reads one of the given words.
pub(super) fn word<T: Copy>(node: Node<'_>, words: &[(&'static str, T)]) -> Shape<T> {
    let given = node.text()?;
    let known = || words.iter().map(|(word, _)| *word);
    match words.iter().find(|(word, _)| *word == given) {
        Some((_, meaning)) => Ok(*meaning),
        None => Err(node.error(format!(
            "is {}{}; must be one of {}",
            text::quoted(given),
            text::did_you_mean(given, known()),
            text::list(known())
        ))),
    }
}

//! Checks names as Kubernetes, Linux and podweave accept them, and says why one is refused.

use crate::text;

/// The longest environment string (`NAME=value` and its closing NUL) or argument that Linux accepts:
/// `MAX_ARG_STRLEN`.
pub const MAX_STRING_BYTES: usize = 128 * 1024;

/// Whether it is a DNS label, as container names are.
#[must_use]
pub fn is_dns_label(name: &str) -> bool {
    name.len() <= 63 && is_dns_part(name)
}

/// Whether it is a DNS subdomain, as the names of most objects are.
#[must_use]
pub fn is_dns_subdomain(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(is_dns_part)
}

/// Whether it can be the beginning of a name that the API server completes (`generateName`): a DNS subdomain
/// that may end in dashes. The names of ConfigMaps in `envFrom` may end in dashes, too.
#[must_use]
pub(crate) fn is_dns_subdomain_prefix(name: &str) -> bool {
    name.len() <= 253 && is_dns_subdomain(name.trim_end_matches('-'))
}

/// A form of names that the API server requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// [`is_dns_label`]
    Label,
    /// [`is_dns_subdomain`]
    Subdomain,
    /// The beginning of a DNS subdomain, to which the API server adds characters: `generateName`.
    SubdomainPrefix,
    /// A key of a ConfigMap: letters, digits, `-`, `_` and `.`.
    ConfigMapKey,
}

impl Form {
    /// Says why a name is refused and what is allowed; `None` if it is accepted.
    #[must_use]
    pub fn problem(self, name: &str) -> Option<String> {
        let (is_right, form, right) = match self {
            Self::Label => (
                is_dns_label(name),
                "a DNS label",
                "lower-case letters, digits and '-', a letter or digit at both ends, at most 63 of them",
            ),
            Self::Subdomain => (is_dns_subdomain(name), "a DNS subdomain", SUBDOMAIN),
            Self::SubdomainPrefix => (
                is_dns_subdomain_prefix(name),
                "the beginning of a DNS subdomain",
                SUBDOMAIN,
            ),
            Self::ConfigMapKey => (
                is_config_map_key(name),
                "a key of a ConfigMap",
                "letters, digits, '-', '_' and '.', not '.' alone and no '..' at its beginning, at most 253 of them",
            ),
        };
        (!is_right).then(|| format!("{} is not {form}: {right}", text::quoted(name)))
    }
}

const SUBDOMAIN: &str = "lower-case letters, digits, '-' and '.', a letter or digit at both ends and beside each '.', at most 253 of them";

fn is_dns_part(part: &str) -> bool {
    let bytes = part.as_bytes();
    let alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    bytes.first().is_some_and(alphanumeric)
        && bytes.last().is_some_and(alphanumeric)
        && bytes.iter().all(|byte| alphanumeric(byte) || *byte == b'-')
}

/// Whether it is a key of a ConfigMap: `[-._a-zA-Z0-9]+`, at most 253 bytes, not `.` and not starting with
/// `..`.
#[must_use]
pub(crate) fn is_config_map_key(key: &str) -> bool {
    (1..=253).contains(&key.len())
        && key != "."
        && !key.starts_with("..")
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
}

/// Whether it can be the name that a plugin uses for a ConfigMap: letters, digits, `-`, `_` and `.`, starting
/// with a letter or digit.
#[must_use]
pub(crate) fn is_alias(alias: &str) -> bool {
    is_config_map_key(alias) && alias.as_bytes()[0].is_ascii_alphanumeric()
}

/// Says why a name of an environment variable is refused; `None` if it is accepted. The rule is the API
/// server's relaxed one (GA in Kubernetes 1.34): printable ASCII except `=`.
#[must_use]
pub(crate) fn env_name_problem(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("it is empty")
    } else if name.contains('=') {
        Some("it contains '='")
    } else if !name.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        Some("it contains a character that is not printable ASCII")
    } else {
        None
    }
}

/// Says why a path of a rendered file is refused; `None` if it is accepted. The rules are those of a
/// ConfigMap volume's items. Also, no part may start with `..`, because the links of a rendered volume do.
#[must_use]
pub fn relative_path_problem(path: &str) -> Option<&'static str> {
    if path.starts_with('/') {
        return Some("it is absolute; give it relative to the directory of the rendered files");
    }
    path_problem(path)
}

/// Says why an absolute path in the container is refused; `None` if it is accepted.
#[must_use]
pub fn absolute_path_problem(path: &str) -> Option<&'static str> {
    match path.strip_prefix('/') {
        None => Some("it is not absolute"),
        Some("") => Some("it is the root directory"),
        Some(rest) => path_problem(rest),
    }
}

fn path_problem(path: &str) -> Option<&'static str> {
    if path.is_empty() {
        return Some("it is empty");
    }
    if path.len() > 4096 {
        return Some("it is longer than 4096 bytes");
    }
    if path.chars().any(text::is_unprintable) {
        return Some("it contains a control character or a mark that turns the direction of text");
    }
    path.split('/').find_map(|part| match part {
        "" => Some("it has an empty part ('//' or a '/' at its end)"),
        "." => Some("it has a part '.'"),
        part if part.starts_with("..") => Some("it has a part that starts with '..'"),
        part if part.len() > 255 => Some("it has a part that is longer than 255 bytes"),
        _ => None,
    })
}

/// Whether an absolute path is a directory or inside it. Different spellings of one path count as equal: a
/// container runtime takes `/a` and `/a/` for two places, the kernel for one.
#[must_use]
pub fn is_within(path: &str, directory: &str) -> bool {
    if path.contains("..") || directory.contains("..") {
        return resolved(path).starts_with(&resolved(directory));
    }
    let mut parts = parts(path);
    self::parts(directory).all(|part| parts.next() == Some(part))
}

/// Splits a path into its parts, without those that mean nothing.
fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !matches!(*part, "" | "."))
}

/// Splits a path into its parts, with `..` resolved. Nothing is opened.
fn resolved(path: &str) -> Vec<&str> {
    let mut resolved = Vec::new();
    for part in parts(path) {
        if part == ".." {
            resolved.pop();
        } else {
            resolved.push(part);
        }
    }
    resolved
}

#[cfg(test)]
mod tests {
    use super::is_within;

    #[test]
    fn paths_are_compared_in_any_spelling() {
        for (path, outer, expected) in [
            ("/a", "/a", true),
            ("/a/", "/a", true),
            ("//a/./b", "/a", true),
            ("/b/../a/c", "/a", true),
            ("/a/b", "/c/../a/", true),
            ("/ab", "/a", false),
            ("/a..b", "/a", false),
            ("/", "/a", false),
            ("/a", "/a/b", false),
        ] {
            assert_eq!(is_within(path, outer), expected, "{path} in {outer}");
        }
    }
}

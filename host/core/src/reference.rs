//! Parses what annotations refer to: plugins and ConfigMaps.

use std::fmt;

use crate::names;
use crate::text;

/// How an annotation names a plugin: a built-in name, a name from the configuration, or an OCI reference. The
/// plugin store decides which of them it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PluginReference(String);

impl PluginReference {
    /// Checks and wraps a reference.
    ///
    /// # Errors
    /// Why the reference is invalid: empty, over 512 bytes, or with a character that no reference has.
    pub fn parse(reference: &str) -> Result<Self, String> {
        let allowed = |byte: u8| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'-' | b'_' | b'.' | b'/' | b':' | b'@' | b'+' | b'[' | b']')
        };
        if reference.is_empty() {
            Err("is empty; write a built-in name such as handlebars, or an OCI reference".to_owned())
        } else if reference.len() > 512 {
            Err("a plugin reference has at most 512 bytes".to_owned())
        } else if !reference.bytes().all(allowed) {
            Err(format!(
                "{} is not a plugin reference; write a built-in name such as handlebars, or an OCI reference",
                text::quoted(reference)
            ))
        } else if reference.starts_with(['.', '/']) {
            Err(format!(
                "{} is a path; give the plugin a name here, and call the command line with --plugin NAME=FILE.wasm",
                text::quoted(reference)
            ))
        } else {
            Ok(Self(reference.to_owned()))
        }
    }

    /// The reference as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PluginReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// How an annotation names a ConfigMap: `[alias=][namespace/]name[?]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigMapReference {
    /// The name that the plugin uses for it.
    pub alias: String,
    /// Its namespace; the pod's own if the annotation has none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Whether it may be absent.
    pub optional: bool,
}

impl ConfigMapReference {
    /// Parses one reference.
    ///
    /// # Errors
    /// Which part of it is wrong.
    pub fn parse(reference: &str, pod_namespace: &str) -> Result<Self, String> {
        let shown = text::quoted(reference);
        let trimmed = reference.trim();
        if trimmed.is_empty() {
            return Err(
                "has an empty entry; write [alias=][namespace/]name[?], separated by commas".to_owned(),
            );
        }
        let (required, optional) = match trimmed.strip_suffix('?') {
            Some(required) => (required, true),
            None => (trimmed, false),
        };
        let (alias, target) = match required.split_once('=') {
            Some((alias, target)) => (Some(alias.trim()), target.trim()),
            None => (None, required),
        };
        let (namespace, name) = target.split_once('/').unwrap_or((pod_namespace, target));
        if !names::is_dns_label(namespace) {
            return Err(format!(
                "{shown}: {} is not a namespace (a DNS label)",
                text::quoted(namespace)
            ));
        }
        if !names::is_dns_subdomain(name) {
            return Err(format!(
                "{shown}: {} is not the name of a ConfigMap (a DNS subdomain); write [alias=][namespace/]name[?]",
                text::quoted(name)
            ));
        }
        let alias = alias.unwrap_or(name);
        if !names::is_alias(alias) {
            return Err(format!(
                "{shown}: {} is not an alias (letters, digits, '-', '_' and '.', starting with a letter or digit)",
                text::quoted(alias)
            ));
        }
        Ok(Self {
            alias: alias.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            optional,
        })
    }

    /// `namespace/name`.
    #[must_use]
    pub fn identity(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

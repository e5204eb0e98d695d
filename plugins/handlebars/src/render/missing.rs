//! Explains a name that does not exist.

use crate::failure::{Missing, Problem};
use crate::render::Renderer;
use crate::suggest::{nearest, segment};
use crate::value::{Data, Fact, Value};

const ROOTS: [&str; 6] = ["config", "maps", "values", "pod", "container", "node"];

/// A member that does not exist.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'w> {
    pub(crate) name: &'w str,
    /// The member and everything behind it in the template: `nginx.conf` may be meant as one name.
    pub(crate) rest: &'w str,
    /// The text in front of it in the template; `None` if its name was computed.
    pub(crate) prefix: Option<&'w str>,
}

impl Renderer<'_> {
    /// Creates the failure of the expression `name`, which looked up a member that does not exist.
    pub(crate) fn missing(&self, name: &str, value: &Value, wanted: Wanted<'_>) -> Box<Problem> {
        let mut missing = Missing {
            name: name.to_owned(),
            key: None,
            origin: value.origin.clone(),
            hint: Missing::ADD_IT,
        };
        let member = wanted.name;
        match &value.data {
            Data::Fact(Fact::Config) => {
                let maps = self
                    .facts
                    .config_maps()
                    .iter()
                    .map(|alias| alias.to_string())
                    .collect();
                missing.key = Some((maps, member.to_owned()));
            }
            Data::Fact(Fact::ConfigMap(alias)) => {
                missing.key = Some((vec![alias.to_string()], member.to_owned()))
            }
            _ => {}
        }
        let hint = self.hint(name, value, member);
        let meant = self.meant(value, wanted);
        missing.hint = match (hint, meant) {
            (Some(hint), None) => hint.into(),
            (hint, Some(meant)) => format!(
                "{}; did you mean `{meant}`?",
                hint.as_deref().unwrap_or(&Missing::ADD_IT)
            )
            .into(),
            (None, None) => Missing::ADD_IT,
        };
        Problem::missing(missing)
    }

    fn hint(&self, name: &str, value: &Value, member: &str) -> Option<String> {
        let hint = match &value.data {
            Data::Fact(Fact::Config | Fact::ConfigMap(_)) => return None,
            Data::Fact(Fact::Root) => "the context has config, maps, values, pod, container and node",
            Data::Fact(Fact::Pod | Fact::Node) if matches!(member, "name" | "uid") => {
                "it is not known here; on the command line give it with --set"
            }
            Data::List(_) | Data::Map(_) | Data::Text(_) if member == "length" => {
                let of = name
                    .strip_suffix("length")
                    .unwrap_or(name)
                    .trim_end_matches(['.', '/']);
                return Some(format!(
                    "`len` counts what it has: `(len {})`",
                    if of.is_empty() { "this" } else { of }
                ));
            }
            Data::Text(_) => "it would be a member of text; `parse-json` and `parse-yaml` read text",
            Data::Null => "it would be a member of null",
            _ if ROOTS.contains(&member) => {
                "inside of a block, write `@root.` in front of what the whole template is about"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }

    /// Returns the path that was probably meant.
    fn meant(&self, value: &Value, wanted: Wanted<'_>) -> Option<String> {
        let prefix = wanted.prefix.unwrap_or_default();
        let path = |name: &str| {
            if wanted.prefix.is_some() {
                format!("{prefix}{}", segment(name))
            } else {
                name.to_owned()
            }
        };
        if let Data::Fact(fact @ Fact::Root) = &value.data {
            let root = self.facts.member(fact, wanted.name);
            return match nearest(wanted.name, ROOTS.into_iter()) {
                Some(name) if root.is_none() => Some(path(name)),
                _ => self
                    .facts
                    .member(&Fact::Config, wanted.name)
                    .map(|_| format!("{prefix}config.{}", segment(wanted.name))),
            };
        }
        // In a path, a name with dots is several names: the longest one that exists is meant.
        let mut whole = wanted.rest;
        while let Some(end) = whole.rfind(['.', '/']) {
            if self.member(value, whole).ok().flatten().is_some() {
                return Some(format!("{}{}", path(whole), &wanted.rest[whole.len()..]));
            }
            whole = &whole[..end];
        }
        let names = self.names(value)?;
        let find = |name| nearest(name, names.iter().map(String::as_str)).map(path);
        find(wanted.name).or_else(|| find(wanted.rest))
    }

    /// Returns the names of a value's members, if they are known.
    fn names(&self, value: &Value) -> Option<Vec<String>> {
        const POD: &[&str] = &[
            "name",
            "uid",
            "namespace",
            "serviceAccount",
            "labels",
            "annotations",
        ];
        let fixed = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
        match &value.data {
            Data::Map(members) => Some(members.keys().map(|name| name.as_str().to_owned()).collect()),
            Data::Overlay(overlay) => {
                let mut names = self.names(&overlay.base).unwrap_or_default();
                names.extend(overlay.members.keys().map(|name| name.as_str().to_owned()));
                Some(names)
            }
            Data::Fact(fact @ (Fact::Config | Fact::Maps | Fact::ConfigMap(_))) => {
                let members = self.facts.members(fact).ok()?;
                Some(members.keys().map(|name| name.as_str().to_owned()).collect())
            }
            Data::Fact(Fact::Pod) => fixed(POD),
            Data::Fact(Fact::Container) => fixed(&["name", "image", "command", "args", "ports", "resources"]),
            Data::Fact(Fact::Resources) => fixed(&["requests", "limits"]),
            Data::Fact(Fact::Node) => fixed(&["name", "labels"]),
            _ => None,
        }
    }
}

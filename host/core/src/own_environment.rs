//! Knows a container's own environment, and which part of it the kubelet would put into a text of the spec.

use std::collections::{BTreeMap, BTreeSet};

use crate::pod::Container;

/// An environment by name.
pub type Environment = BTreeMap<String, String>;

/// What runtimes set themselves. `envFrom` can define these, too; the environment does not show which of the
/// two did.
const OF_RUNTIMES: [&str; 4] = ["HOME", "HOSTNAME", "PATH", "TERM"];

/// The longest name of a Service's variable: two DNS labels and the text between them.
const SERVICE_VARIABLE_BYTES: usize = 63 + "_SERVICE_PORT_".len() + 63;

/// A container's own environment, as far as it is known.
#[derive(Debug, Clone, Copy)]
pub enum OwnEnvironment<'e> {
    /// Only what the kubelet makes of the spec.
    OfSpec(&'e Environment),
    /// What the process would get: also what the image and the runtime define.
    OfProcess(&'e Environment),
}

impl<'e> OwnEnvironment<'e> {
    /// Returns the whole environment.
    #[must_use]
    pub fn all(self) -> &'e Environment {
        match self {
            Self::OfSpec(all) | Self::OfProcess(all) => all,
        }
    }

    /// Returns what the kubelet sees of it when it expands the texts of this container.
    pub(crate) fn seen_by_kubelet(self, container: &'e Container) -> Seen<'e> {
        let origins = match self {
            Self::OfSpec(_) => None,
            Self::OfProcess(all) => Some(Origins::of(container, all)),
        };
        Seen {
            all: self.all(),
            origins,
        }
    }
}

/// What the kubelet sees of an environment.
pub(crate) struct Seen<'e> {
    all: &'e Environment,
    /// `None`: everything comes from the spec.
    origins: Option<Origins<'e>>,
}

impl<'e> Seen<'e> {
    /// Returns the value of a variable that the spec or a Service defines.
    pub fn get(&self, name: &str) -> Option<&'e str> {
        let value = self.all.get(name)?;
        self.origins
            .as_ref()
            .is_none_or(|origins| origins.include(name))
            .then_some(value)
    }
}

/// Where the variables that the kubelet knows come from.
struct Origins<'e> {
    /// The names of `env`.
    declared: BTreeSet<&'e str>,
    /// Whether there is an `envFrom` without a prefix. The keys that `envFrom` adds are unknown.
    takes_any: bool,
    /// The prefixes of `envFrom`, without those that begin with another one. So only the greatest prefix that
    /// is not above a name can be its beginning.
    prefixes: BTreeSet<&'e str>,
    /// The Services that have variables, by the beginning of the variables' names.
    services: BTreeSet<&'e str>,
}

impl<'e> Origins<'e> {
    fn of(container: &'e Container, all: &'e Environment) -> Self {
        // Each Service has both.
        let host = all.keys().filter_map(|name| name.strip_suffix("_SERVICE_HOST"));
        let written: BTreeSet<&str> = container
            .env_from
            .iter()
            .map(|from| from.prefix.as_str())
            .collect();
        let mut prefixes = BTreeSet::new();
        for prefix in written.iter().filter(|prefix| !prefix.is_empty()) {
            if !prefixes.last().is_some_and(|shorter| prefix.starts_with(shorter)) {
                prefixes.insert(*prefix);
            }
        }
        Self {
            takes_any: written.contains(""),
            prefixes,
            declared: container
                .env
                .iter()
                .map(|variable| variable.name.as_str())
                .collect(),
            services: host
                .filter(|service| all.contains_key(&format!("{service}_SERVICE_PORT")))
                .collect(),
        }
    }

    fn include(&self, name: &str) -> bool {
        let begins = || {
            self.prefixes
                .range(..=name)
                .next_back()
                .is_some_and(|prefix| name != *prefix && name.starts_with(prefix))
        };
        self.declared.contains(name)
            || (self.takes_any && !OF_RUNTIMES.contains(&name))
            || begins()
            || self.is_of_service(name)
    }

    fn is_of_service(&self, name: &str) -> bool {
        let mut parts = name
            .match_indices('_')
            .map(|(underscore, _)| name.split_at(underscore));
        name.len() <= SERVICE_VARIABLE_BYTES
            && parts.any(|(service, rest)| is_service_variable(rest) && self.services.contains(service))
    }
}

/// Whether a Service has a variable of its name and this suffix.
fn is_service_variable(rest: &str) -> bool {
    if matches!(rest, "_SERVICE_HOST" | "_SERVICE_PORT" | "_PORT") || rest.starts_with("_SERVICE_PORT_") {
        return true;
    }
    // Docker named the variables of its links like this: _PORT_6379_TCP_ADDR.
    let mut parts = rest.strip_prefix("_PORT_").unwrap_or_default().split('_');
    let number = parts
        .next()
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    let protocol = parts
        .next()
        .is_some_and(|protocol| matches!(protocol, "TCP" | "UDP" | "SCTP"));
    let part = parts
        .next()
        .is_none_or(|part| matches!(part, "PROTO" | "PORT" | "ADDR"));
    number && protocol && part && parts.next().is_none()
}

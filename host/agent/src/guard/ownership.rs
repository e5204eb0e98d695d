//! Finds out which plugin owns which part of a pending adjustment, as the runtime reports it to validators.

use podweave_nri::api::{BriefAdjustment, Field, FieldOwners, Validation};

use crate::mark::AGENT_NAME;
use crate::seal::is_removal;

/// The pending adjustment of the container that a request is about, and which plugin made which part of it.
pub(super) struct Ownership<'a> {
    adjustment: &'a BriefAdjustment,
    owners: Option<&'a FieldOwners>,
}

impl<'a> Ownership<'a> {
    /// `None` if the request has no adjustment.
    pub fn of(request: &'a Validation, container_id: &str) -> Option<Self> {
        let owners = request
            .owners
            .as_ref()
            .and_then(|owners| owners.owners.get(container_id));
        Some(Self {
            adjustment: request.adjust.as_ref()?,
            owners,
        })
    }

    fn owner(&self, field: Field, key: &str) -> Option<&'a str> {
        self.owners?
            .compound
            .get(&(field as i32))?
            .owners
            .get(key)
            .map(String::as_str)
    }

    fn has(&self, field: Field, key: &str) -> bool {
        self.owner(field, key).is_some_and(is_podweave)
    }

    /// Returns an annotation of the container that podweave has set and no other plugin removes, or the
    /// reason why there is none.
    pub fn annotation(&self, key: &str) -> Result<&'a str, NotOurs<'a>> {
        let value = self.adjustment.annotations.get(key).ok_or(NotOurs::Absent)?;
        match self.owner(Field::Annotations, key) {
            _ if self.adjustment.annotations.contains_key(&format!("-{key}")) => Err(NotOurs::Removed),
            Some(owner) if is_podweave(owner) => Ok(value),
            Some(owner) => Err(NotOurs::SetBy(owner)),
            None => Err(NotOurs::Absent),
        }
    }

    /// Returns the names of the variables that podweave owns.
    pub fn env(&self) -> impl Iterator<Item = &'a str> {
        self.adjustment
            .env
            .iter()
            .map(|variable| variable.key.as_str())
            .filter(|key| self.has(Field::Env, key))
    }

    /// Whether the adjustment has arguments and podweave owns them.
    pub fn has_args(&self) -> bool {
        let owner = self
            .owners
            .and_then(|owners| owners.simple.get(&(Field::Args as i32)));
        owner.is_some_and(|owner| is_podweave(owner)) && !self.adjustment.args.is_empty()
    }

    /// Returns the destinations of the mounts that podweave owns.
    pub fn mounts(&self) -> impl Iterator<Item = &'a str> {
        self.all_mounts()
            .filter(|destination| self.has(Field::Mounts, destination))
    }

    /// Returns the destinations of the mounts that other plugins add, each with its plugin.
    pub fn foreign_mounts(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let foreign = self
            .all_mounts()
            .filter(|destination| !is_removal(destination) && !self.has(Field::Mounts, destination));
        foreign.map(|destination| {
            (
                destination,
                self.owner(Field::Mounts, destination)
                    .unwrap_or("an unknown plugin"),
            )
        })
    }

    fn all_mounts(&self) -> impl Iterator<Item = &'a str> {
        self.adjustment
            .mounts
            .iter()
            .map(|mount| mount.destination.as_str())
    }

    /// Returns which other plugins have set or removed variables, arguments, mounts or annotations: the first
    /// five in order, to keep the message short.
    pub fn others(&self) -> Vec<&'a str> {
        let Some(owners) = self.owners else {
            return Vec::new();
        };
        let compound = [Field::Env, Field::Mounts, Field::Annotations]
            .into_iter()
            .filter_map(|field| owners.compound.get(&(field as i32)));
        let args = owners.simple.get(&(Field::Args as i32));
        let all = compound.flat_map(|compound| compound.owners.values()).chain(args);
        // A plugin that removes what another one set owns it, with a mark of removal.
        let mut others: Vec<&str> = all
            .map(|owner| owner.strip_prefix('-').unwrap_or(owner))
            .filter(|owner| !is_podweave(owner))
            .collect();
        others.sort_unstable();
        others.dedup();
        others.truncate(5);
        others
    }
}

/// Why an annotation is not podweave's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotOurs<'a> {
    /// No plugin sets it.
    Absent,
    /// Another plugin removes it.
    Removed,
    /// Another plugin sets it.
    SetBy(&'a str),
}

/// Whether an owner, index and name, is the agent. What begins with a "-" has removed something.
fn is_podweave(owner: &str) -> bool {
    owner
        .split_once('-')
        .is_some_and(|(index, name)| !index.is_empty() && name == AGENT_NAME)
}

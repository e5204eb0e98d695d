//! The guard's rule: decides whether a container may be created as all plugins have adjusted it. Pure: its
//! only input is the request.
//!
//! Other plugins may do in an opted-in pod what they do elsewhere: add variables and mounts, set arguments if
//! podweave does not, set limits, add devices. They must not change, replace, remove or hide what podweave
//! has set.

use podweave_core::names::is_within;
use podweave_nri::api::Validation;

use super::ownership::{NotOurs, Ownership};
use super::refusal::Refusal;
use super::required_plugins::{self, Problem};
use crate::mark::{MARK, has_opted_in, is_static};
use crate::seal::{SEAL, seal};

/// The name of the runtime's own validator in the list of plugins. It is listed only if it is on.
const DEFAULT_VALIDATOR: &str = "default-validator";

/// Decides whether the container may be created.
///
/// # Errors
///
/// The reason why it may not.
pub fn judge(request: &Validation) -> Result<(), Refusal> {
    let pod = request.pod.as_ref().ok_or(Refusal::Incomplete { what: "pod" })?;
    if !has_opted_in(&pod.annotations) {
        return Ok(());
    }
    if is_static(&pod.annotations) {
        return Err(Refusal::Static);
    }
    if !request
        .plugins
        .iter()
        .any(|plugin| plugin.name == DEFAULT_VALIDATOR)
    {
        return Err(Refusal::ValidatorOff);
    }
    match required_plugins::problem(&pod.annotations) {
        None => {}
        Some(Problem::Missing) => return Err(Refusal::GuardNotRequired),
        Some(Problem::Bare) => return Err(Refusal::UnscopedRequirement),
        Some(Problem::Weak(key)) => return Err(Refusal::WeakRequirement { key: key.to_owned() }),
    }
    let container = request
        .container
        .as_ref()
        .ok_or(Refusal::Incomplete { what: "container" })?;
    let ownership =
        Ownership::of(request, &container.id).ok_or(Refusal::Incomplete { what: "adjustment" })?;
    annotation(&ownership, MARK, || Refusal::Unmarked {
        container: container.name.clone(),
    })?;
    let sealed = annotation(&ownership, SEAL, || Refusal::Unsealed {
        container: container.name.clone(),
    })?;
    if sealed != seal(ownership.env(), ownership.has_args(), ownership.mounts()).to_string() {
        return Err(Refusal::Changed {
            others: others(&ownership),
        });
    }
    match hidden(&ownership) {
        None => Ok(()),
        Some(refusal) => Err(refusal),
    }
}

/// An annotation that only podweave may set.
fn annotation<'a>(
    ownership: &Ownership<'a>,
    key: &'static str,
    absent: impl FnOnce() -> Refusal,
) -> Result<&'a str, Refusal> {
    ownership.annotation(key).map_err(|why| match why {
        NotOurs::Absent => absent(),
        NotOurs::Removed => Refusal::Removed {
            key,
            others: others(ownership),
        },
        NotOurs::SetBy(plugin) => Refusal::Forged {
            plugin: plugin.to_owned(),
            key,
        },
    })
}

fn others(ownership: &Ownership<'_>) -> Vec<String> {
    ownership.others().into_iter().map(str::to_owned).collect()
}

/// Returns the first mount of another plugin at or below one of podweave's. A mount above podweave's hides
/// nothing, since the runtime mounts it first.
fn hidden(ownership: &Ownership<'_>) -> Option<Refusal> {
    let ours: Vec<&str> = ownership.mounts().collect();
    ownership.foreign_mounts().find_map(|(theirs, plugin)| {
        let ours = ours.iter().find(|ours| is_within(theirs, ours))?;
        Some(Refusal::Hidden {
            plugin: plugin.to_owned(),
            theirs: theirs.to_owned(),
            ours: (*ours).to_owned(),
        })
    })
}

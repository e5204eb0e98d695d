//! The seal of an adjustment: shows that what the runtime will do is what the agent set, whatever later
//! plugins changed.
//!
//! The runtime reports to the guard which plugin set a variable last, not whether another had set it before:
//! a variable that a later plugin took over from podweave looks like one that it added. So the agent adds a
//! digest of all names that it sets to its mark, and the guard computes the digest again from what podweave
//! still owns. Additions of other plugins do not change it. docs/decisions/009-seal-beside-the-mark.md says
//! why values are not in it.

use std::collections::BTreeMap;

use podweave_core::digest::{Digest, DigestBuilder};
use podweave_nri::{Adjustment, AdjustmentError};

use crate::mark::MARK;

/// The annotation of a marked container with the digest.
pub const SEAL: &str = "podweave.dev/seal";

/// Marks a container as handled and seals its adjustment. Call this last: what is set afterwards is not in
/// the seal.
///
/// # Errors
///
/// The adjustment has a mark or a seal already.
pub fn mark(adjustment: &mut Adjustment, mark: &str) -> Result<(), AdjustmentError> {
    let message = adjustment.message();
    let (env, mounts) = (
        message.env.iter().map(|variable| variable.key.as_str()),
        message.mounts.iter().map(|mount| mount.destination.as_str()),
    );
    let seal = seal(env, !message.args.is_empty(), mounts);
    adjustment
        .annotation(MARK, mark)?
        .annotation(SEAL, &seal.to_string())?;
    Ok(())
}

/// Whether a running container has its mark from the agent: with a seal, and neither copied from the pod.
/// Some runtimes copy the annotations of a sandbox to its containers.
#[must_use]
pub fn is_marked(container: &BTreeMap<String, String>, sandbox: &BTreeMap<String, String>) -> bool {
    let of_agent = |key: &str| container.get(key).filter(|value| sandbox.get(key) != Some(value));
    of_agent(MARK).is_some() && of_agent(SEAL).is_some_and(|seal| Digest::parse(seal).is_some())
}

/// Computes the digest of the names that are set: variables, destinations of mounts, and whether there are
/// arguments. Values are not included: a plugin that sets a value becomes its owner, so they are not needed,
/// and completed Secrets are among them. Removals are not included: the runtime passes on only those that had
/// something to remove, and podweave owns nothing by them. The order does not matter.
pub(crate) fn seal<'a>(
    env: impl Iterator<Item = &'a str>,
    has_args: bool,
    mounts: impl Iterator<Item = &'a str>,
) -> Digest {
    let sorted = |names: &mut dyn Iterator<Item = &'a str>| {
        let mut names: Vec<&str> = names.filter(|name| !is_removal(name)).collect();
        names.sort_unstable();
        names
    };
    let (mut env, mut mounts) = (env, mounts);
    let mut digest = DigestBuilder::new("podweave seal 1").field(&[u8::from(has_args)]);
    for names in [sorted(&mut env), sorted(&mut mounts)] {
        digest.push(&(names.len() as u64).to_be_bytes());
        for name in names {
            digest.push(name.as_bytes());
        }
    }
    digest.finish()
}

/// Whether a key of an adjustment means a removal.
pub(crate) fn is_removal(key: &str) -> bool {
    key.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(env: &[&str], has_args: bool, mounts: &[&str]) -> Digest {
        seal(env.iter().copied(), has_args, mounts.iter().copied())
    }

    #[test]
    fn order_and_removals_change_nothing() {
        assert_eq!(of(&["A", "B"], true, &[]), of(&["B", "-A", "A"], true, &["-/a"]));
    }

    #[test]
    fn the_seal_covers_the_name_of_every_setting() {
        let all = [
            of(&["A"], true, &["/a"]),
            of(&["AA"], true, &["/a"]),
            of(&["A", "B"], true, &["/a"]),
            of(&[], true, &["/a"]),
            of(&["A"], false, &["/a"]),
            of(&["A"], true, &["/b"]),
            of(&["A"], true, &[]),
            // The same text in another place.
            of(&["A", "/a"], true, &[]),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(!all[..index].contains(one), "{index}");
        }
    }

    #[test]
    fn a_sandboxs_annotations_do_not_mark_its_containers() {
        let seal = of(&["A"], false, &[]).to_string();
        let annotations = |all: &[(&str, &str)]| -> BTreeMap<String, String> {
            all.iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect()
        };
        let marked = |container: &[(&str, &str)], sandbox: &[(&str, &str)]| {
            is_marked(&annotations(container), &annotations(sandbox))
        };
        let other = Digest::of(b"another").to_string();
        assert!(marked(
            &[(MARK, "sha256:abc"), (SEAL, &seal)],
            &[("podweave.dev/plugin", "handlebars")]
        ));
        // The sandbox has the annotation, too, and the agent has replaced it on the container.
        assert!(marked(
            &[(MARK, "sha256:abc"), (SEAL, &seal)],
            &[(MARK, "x"), (SEAL, &other)]
        ));
        for (container, sandbox) in [
            (&[][..], &[][..]),
            (&[(MARK, "x")], &[(MARK, "x")]),
            (&[(MARK, "x")], &[]),
            (&[(SEAL, &*seal)], &[]),
            (&[(MARK, "x"), (SEAL, "x")], &[]),
            (&[(MARK, "x"), (SEAL, &*seal)], &[(MARK, "x"), (SEAL, &*seal)]),
            (&[(MARK, "x"), (SEAL, &*seal)], &[(SEAL, &*seal)]),
            (&[(MARK, "x"), (SEAL, &*seal)], &[(MARK, "x")]),
        ] {
            assert!(!marked(container, sandbox), "{container:?} of {sandbox:?}");
        }
    }

    #[test]
    fn an_adjustment_is_marked_and_sealed_once() {
        let mut adjustment = Adjustment::default();
        adjustment.env("A", "1").unwrap();
        mark(&mut adjustment, "sha256:abc").unwrap();
        let expected = of(&["A"], false, &[]).to_string();
        assert_eq!(adjustment.message().annotations[MARK], "sha256:abc");
        assert_eq!(adjustment.message().annotations[SEAL], expected);
        assert!(mark(&mut adjustment, "sha256:abc").is_err());
    }
}

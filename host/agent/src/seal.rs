//! The seal of an adjustment: what the agent set is what the runtime will do, whatever other plugins said after the agent.
//!
//! The runtime tells the guard who set a variable last, not whether somebody else had set it before: a variable that a later plugin took
//! from podweave looks like one that it added. So the agent puts a digest of all that it sets beside its mark, and the guard
//! computes it anew over what podweave still owns. Additions of others change nothing about it.

use podweave_core::digest::{Digest, DigestBuilder};
use podweave_nri::api::{KeyValue, Mount};
use podweave_nri::{Adjustment, AdjustmentError};

use crate::mark::MARK;

/// The annotation of a marked container that has the digest.
pub const SEAL: &str = "podweave.dev/seal";

/// Marks a container as dealt with and seals its adjustment: to be done last, since what is set afterwards is not in the seal.
///
/// # Errors
///
/// When the adjustment has a mark or a seal already.
pub fn mark(adjustment: &mut Adjustment, mark: &str) -> Result<(), AdjustmentError> {
    let message = adjustment.message();
    let seal = seal(&message.env, &message.args, &message.mounts);
    adjustment.annotation(MARK, mark)?.annotation(SEAL, &seal.to_string())?;
    Ok(())
}

/// The digest of what is set. Removals are not in it: the runtime passes on only those that had something to remove, and podweave owns
/// nothing by them. The order of variables and mounts has no meaning.
pub(crate) fn seal<'a>(env: impl IntoIterator<Item = &'a KeyValue>, args: &[String], mounts: impl IntoIterator<Item = &'a Mount>) -> Digest {
    let mut env: Vec<&KeyValue> = env.into_iter().filter(|variable| !is_removal(&variable.key)).collect();
    env.sort_by(|one, other| one.key.cmp(&other.key));
    let mut mounts: Vec<&Mount> = mounts.into_iter().filter(|mount| !is_removal(&mount.destination)).collect();
    mounts.sort_by(|one, other| one.destination.cmp(&other.destination));
    // A leading "" says to the runtime that the arguments of others are replaced, and goes no further.
    let args = if args.first().is_some_and(String::is_empty) { &args[1..] } else { args };

    let mut digest = DigestBuilder::new("podweave seal 1").field(&count(env.len()));
    for variable in env {
        digest.push(variable.key.as_bytes());
        digest.push(variable.value.as_bytes());
    }
    digest.push(&count(args.len()));
    for arg in args {
        digest.push(arg.as_bytes());
    }
    digest.push(&count(mounts.len()));
    for mount in mounts {
        digest.push(mount.destination.as_bytes());
        digest.push(mount.r#type.as_bytes());
        digest.push(mount.source.as_bytes());
        digest.push(&count(mount.options.len()));
        for option in &mount.options {
            digest.push(option.as_bytes());
        }
    }
    digest.finish()
}

fn count(length: usize) -> [u8; 8] {
    (length as u64).to_be_bytes()
}

/// Whether a key of an adjustment stands for a removal.
pub(crate) fn is_removal(key: &str) -> bool {
    key.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(key: &str, value: &str) -> KeyValue {
        KeyValue { key: key.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn the_order_of_variables_and_what_only_the_runtime_reads_change_nothing() {
        let sealed = seal(&[variable("A", "1"), variable("B", "2")], &["x".to_owned()], &[]);
        assert_eq!(sealed, seal(&[variable("B", "2"), variable("-A", ""), variable("A", "1")], &[String::new(), "x".to_owned()], &[]));
    }

    #[test]
    fn every_part_of_what_is_set_is_in_it() {
        let mount = Mount { destination: "/a".into(), r#type: "bind".into(), source: "/s".into(), options: vec!["ro".into()] };
        let changed = |change: fn(&mut Mount)| {
            let mut changed = mount.clone();
            change(&mut changed);
            changed
        };
        let env = [variable("A", "1")];
        let args = ["x".to_owned(), "y".to_owned()];
        let all = [
            seal(&env, &args, [&mount]),
            seal(&[variable("A", "2")], &args, [&mount]),
            seal(&[variable("AA", "1")], &args, [&mount]),
            seal(&[], &args, [&mount]),
            seal(&env, &args[..1], [&mount]),
            seal(&env, &[], [&mount]),
            seal(&env, &["y".to_owned(), "x".to_owned()], [&mount]),
            seal(&env, &args, []),
            seal(&env, &args, [&changed(|mount| mount.destination.push('b'))]),
            seal(&env, &args, [&changed(|mount| mount.r#type.clear())]),
            seal(&env, &args, [&changed(|mount| mount.source.push('b'))]),
            seal(&env, &args, [&changed(|mount| mount.options.clear())]),
            // The same texts in other places.
            seal(&[variable("A", "1"), variable("x", "y")], &[], [&mount]),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(!all[..index].contains(one), "{index}");
        }
    }

    #[test]
    fn an_adjustment_is_marked_and_sealed_once() {
        let mut adjustment = Adjustment::default();
        adjustment.env("A", "1").unwrap();
        mark(&mut adjustment, "sha256:abc").unwrap();
        let expected = seal(&[variable("A", "1")], &[], []).to_string();
        assert_eq!(adjustment.message().annotations[MARK], "sha256:abc");
        assert_eq!(adjustment.message().annotations[SEAL], expected);
        assert!(mark(&mut adjustment, "sha256:abc").is_err());
    }
}

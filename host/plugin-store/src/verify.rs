//! Remembers whose signatures were verified. Verifying takes time, especially with hostile signatures, and is
//! due for each new pod.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use podweave_core::digest::Digest;
use podweave_signature::Policy;

use crate::trust::Prefix;

/// How long a verified signature counts without verifying it again: certificates expire.
const VERIFY_AGAIN_AFTER: Duration = Duration::from_secs(600);

/// How many signers are remembered. Beyond it, they are forgotten and signatures are verified again.
const MOST_SIGNERS: usize = 10_000;

/// Verified signers, by manifest and rule.
#[derive(Default)]
pub(crate) struct VerifiedSigners(Mutex<HashMap<(Digest, Prefix), Signer>>);

/// A signer, with the policy by which it was verified, and when.
struct Signer {
    by: String,
    policy: Arc<Policy>,
    verified: Instant,
}

impl VerifiedSigners {
    /// The signer of a manifest who was verified by this very policy of a rule, not long ago.
    pub(crate) fn find(&self, manifest: &Digest, rule: &Prefix, policy: &Arc<Policy>) -> Option<String> {
        let signers = self.0.lock();
        let signer = signers.get(&(*manifest, rule.clone()))?;
        // An equal policy is not enough: after a change of the settings, signatures are verified again.
        let is_by_this_policy = Arc::ptr_eq(policy, &signer.policy);
        (is_by_this_policy && signer.verified.elapsed() < VERIFY_AGAIN_AFTER).then(|| signer.by.clone())
    }

    /// Remembers a signer. One who is remembered already stays as old as before.
    pub(crate) fn remember(&self, manifest: Digest, rule: &Prefix, policy: &Arc<Policy>, by: &str) {
        let mut signers = self.0.lock();
        if signers.len() >= MOST_SIGNERS {
            signers.clear();
        }
        signers.retain(|_, signer| signer.verified.elapsed() < VERIFY_AGAIN_AFTER);
        let signer = || Signer {
            by: by.to_owned(),
            policy: Arc::clone(policy),
            verified: Instant::now(),
        };
        let known = signers.entry((manifest, rule.clone())).or_insert_with(signer);
        if !Arc::ptr_eq(&known.policy, policy) {
            *known = signer();
        }
    }

    /// Forgets all signers.
    pub(crate) fn forget(&self) {
        self.0.lock().clear();
    }
}

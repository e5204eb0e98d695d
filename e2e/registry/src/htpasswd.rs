//! The registry's htpasswd file.

use crate::USER;

/// The bcrypt hash of [`USER`]'s password, made with `htpasswd -nbBC 4`. The registry accepts no other kind
/// of hash.
const HASH: &str = "$2y$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG";

pub(crate) fn file() -> String {
    format!("{}:{HASH}\n", USER.0)
}

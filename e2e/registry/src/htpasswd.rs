//! The registry's file of users.

use crate::USER;

/// bcrypt of [`USER`]'s password, the only kind of hash that the registry takes: made once with `htpasswd -nbBC 4`.
const HASH: &str = "$2y$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG";

pub(crate) fn file() -> String {
    format!("{}:{HASH}\n", USER.0)
}

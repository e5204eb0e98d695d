//! Credentials for registries.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Credentials for one host.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Credentials {
    /// A user name and a password, or a token that the registry accepts as one.
    Password {
        /// The user name.
        username: String,
        /// The password.
        password: String,
    },
    /// What Docker calls an identity token: it is exchanged for a token that the registry accepts.
    IdentityToken(String),
    /// A token that the registry accepts as it is.
    RegistryToken(String),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Password { .. } => "Password(..)",
            Self::IdentityToken(_) => "IdentityToken(..)",
            Self::RegistryToken(_) => "RegistryToken(..)",
        })
    }
}

//! What proves to a registry who asks.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Credentials for one host.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Credentials {
    /// A user's name and password, or what a registry takes for one.
    Password {
        /// The name.
        username: String,
        /// The password.
        password: String,
    },
    /// What docker calls an identity token: it is exchanged for one that the registry takes.
    IdentityToken(String),
    /// A token that the registry takes as it is.
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

//! The version of everything that podweave writes and reads under a `kind` of its own.

/// The `apiVersion` of podweave's documents: configuration, records, renders, explanations, statuses.
pub const API_VERSION: &str = "podweave.dev/v1alpha1";

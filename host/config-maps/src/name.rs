//! The names of ConfigMaps.

use std::fmt;

use papaya::Equivalent;

/// A namespace and a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamespacedName {
    /// The namespace.
    pub namespace: String,
    /// The name in it.
    pub name: String,
}

/// The same, borrowed: what is looked up without an allocation.
// Its fields hash as those of NamespacedName do.
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct BorrowedName<'a> {
    pub namespace: &'a str,
    pub name: &'a str,
}

impl NamespacedName {
    /// A name in a namespace.
    #[must_use]
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Display for NamespacedName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.namespace, self.name)
    }
}

impl Equivalent<NamespacedName> for BorrowedName<'_> {
    fn equivalent(&self, key: &NamespacedName) -> bool {
        self.namespace == key.namespace && self.name == key.name
    }
}

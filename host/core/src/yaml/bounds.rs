//! How large a tree may become.

/// The largest tree that a text may become. Memory is proportional to the tree, not to the text: a value of
/// two bytes takes dozens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// The most values of the tree.
    pub(crate) values: usize,
    /// The most that aliases may add.
    pub(crate) aliased: Cost,
}

impl Bounds {
    /// For a file of manifests, which the user has chosen.
    pub(crate) const MANIFESTS: Self = Self {
        values: 2_000_000,
        aliased: Cost {
            values: 100_000,
            bytes: 4 * 1024 * 1024,
        },
    };
    /// For an annotation. 32 renders of 128 ConfigMaps and 128 file mounts have 8,500 values; the rest is for
    /// parameters.
    pub(crate) const ANNOTATION: Self = Self {
        values: 32_768,
        aliased: Cost {
            values: 4096,
            bytes: 64 * 1024,
        },
    };
}

/// A number of values, and of bytes of text in them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) values: usize,
    pub(crate) bytes: usize,
}

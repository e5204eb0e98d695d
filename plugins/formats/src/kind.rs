//! Defines what the text of a scalar can mean.

/// The meaning of a scalar's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Null.
    Null,
    /// True or false.
    Boolean,
    /// A number without a fraction.
    Integer,
    /// Any other number, including those that are not finite.
    Float,
    /// A date or a time of TOML.
    Date,
    /// Text.
    Text,
    /// Text that is written in YAML without quotes, where a reader of another version may see something else:
    /// `yes`.
    Bare,
}

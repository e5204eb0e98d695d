//! References in `.env` values, as shells write them.

/// What begins at a `$`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reference<'t> {
    /// The character itself.
    None,
    /// `$NAME`, `${NAME}`, or `${NAME:-default}`, which counts where the name is not set or empty.
    To { name: &'t str, default: Option<&'t str> },
}

/// The reference at the front of a text that begins with `$`, and the text behind it.
pub(super) fn parse(text: &str) -> Result<(Reference<'_>, &str), &'static str> {
    let behind = &text[1..];
    if let Some(inner) = behind.strip_prefix('{') {
        let (inner, rest) = inner.split_once('}').ok_or("`${` has no `}`")?;
        let (name, default) = inner.split_once(":-").map_or((inner, None), |(name, default)| (name, Some(default)));
        return match name_length(name) {
            length if length > 0 && length == name.len() => Ok((Reference::To { name, default }, rest)),
            _ => Err("`${...}` is neither `${NAME}` nor `${NAME:-default}`"),
        };
    }
    match name_length(behind) {
        0 => Ok((Reference::None, behind)),
        length => Ok((Reference::To { name: &behind[..length], default: None }, &behind[length..])),
    }
}

fn name_length(text: &str) -> usize {
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return 0;
    }
    text.find(|next: char| !next.is_ascii_alphanumeric() && next != '_').unwrap_or(text.len())
}

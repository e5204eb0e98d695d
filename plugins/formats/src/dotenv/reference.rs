//! Parses references in `.env` values, as Compose does.

/// What a `$` begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reference<'t> {
    /// The character itself.
    Dollar,
    /// `$NAME` or `${NAME...}`.
    To {
        name: &'t str,
        otherwise: Otherwise<'t>,
        empty_is_unset: bool,
    },
}

/// The alternative to the value of the name in a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Otherwise<'t> {
    /// `${NAME}` and `${NAME?message}`: the name must be set.
    Refused,
    /// `${NAME-default}`: this, if the name is not set.
    Default(&'t str),
    /// `${NAME+text}`: this, if the name is set, otherwise nothing.
    Replacement(&'t str),
}

/// Parses the reference at the front of a text that begins with `$`. Also returns the text behind it.
pub(super) fn parse(text: &str) -> Result<(Reference<'_>, &str), &'static str> {
    let behind = &text[1..];
    if let Some(rest) = behind.strip_prefix('$') {
        return Ok((Reference::Dollar, rest));
    }
    if let Some(inner) = behind.strip_prefix('{') {
        let end = closing_brace(inner).ok_or("`${` has no `}`")?;
        return Ok((in_braces(&inner[..end])?, &inner[end + 1..]));
    }
    match name_length(behind) {
        0 => Ok((Reference::Dollar, behind)),
        length => Ok((
            Reference::To {
                name: &behind[..length],
                otherwise: Otherwise::Refused,
                empty_is_unset: false,
            },
            &behind[length..],
        )),
    }
}

/// Finds the `}` that closes a `{` before the text: a default may contain braces.
fn closing_brace(text: &str) -> Option<usize> {
    let mut open = 1_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => open += 1,
            b'}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Some(at);
        }
    }
    None
}

fn in_braces(inner: &str) -> Result<Reference<'_>, &'static str> {
    const UNKNOWN: &str =
        "`${...}` is not one of `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `${NAME:+text}`";
    let (name, rest) = inner.split_at(name_length(inner));
    if name.is_empty() {
        return Err(UNKNOWN);
    }
    let (empty_is_unset, operation) = rest
        .strip_prefix(':')
        .map_or((false, rest), |operation| (true, operation));
    let mut characters = operation.chars();
    let otherwise = match characters.next() {
        None if !empty_is_unset => Otherwise::Refused,
        Some('?') => Otherwise::Refused,
        Some('-') => Otherwise::Default(characters.as_str()),
        Some('+') => Otherwise::Replacement(characters.as_str()),
        _ => return Err(UNKNOWN),
    };
    Ok(Reference::To {
        name,
        otherwise,
        empty_is_unset,
    })
}

fn name_length(text: &str) -> usize {
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return 0;
    }
    text.find(|next: char| !next.is_ascii_alphanumeric() && next != '_')
        .unwrap_or(text.len())
}

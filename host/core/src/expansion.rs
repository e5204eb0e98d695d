//! Expands `$(NAME)` as the kubelet does (`k8s.io/kubernetes/third_party/forked/golang/expansion`).

/// A piece of a text with references.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'a> {
    /// Text that stays as it is.
    Text(&'a str),
    /// `$(NAME)`.
    Reference(&'a str),
}

/// Splits a text: `$$` is `$`, `$(NAME)` is a reference, everything else stays as it is, an unterminated `$(`
/// included.
///
/// The kubelet takes the byte behind a lone `$` for a character and garbles text such as `$é`; here such text
/// stays.
fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    // If no ')' is ahead once, none is ahead later. So a text of many "$(" is not searched to its end for
    // each of them.
    let mut may_close = true;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, consumed) = match rest.find('$') {
            None => (Piece::Text(rest), rest.len()),
            Some(0) => match rest.as_bytes().get(1) {
                Some(b'$') => (Piece::Text("$"), 2),
                Some(b'(') => match may_close.then(|| rest.find(')')).flatten() {
                    Some(end) => (Piece::Reference(&rest[2..end]), end + 1),
                    None => {
                        may_close = false;
                        (Piece::Text("$("), 2)
                    }
                },
                _ => (Piece::Text("$"), 1),
            },
            Some(dollar) => (Piece::Text(&rest[..dollar]), dollar),
        };
        rest = &rest[consumed..];
        Some(piece)
    })
}

/// Expands the references of a text in one pass. A name that `lookup` does not know stays as `$(NAME)`.
/// `None`: the text would have more than `limit` bytes. A short text of many references to a long value is
/// not built to find that out.
pub fn expand<'v>(
    text: &str,
    limit: usize,
    mut lookup: impl FnMut(&str) -> Option<&'v str>,
) -> Option<String> {
    let mut expanded = String::with_capacity(text.len().min(limit));
    let mut push = |part: &str| {
        let fits = part.len() <= limit - expanded.len();
        fits.then(|| expanded.push_str(part))
    };
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => push(text)?,
            Piece::Reference(name) => match lookup(name) {
                Some(value) => push(value)?,
                None => ["$(", name, ")"].into_iter().try_for_each(&mut push)?,
            },
        }
    }
    Some(expanded)
}

/// Returns the names that a text refers to; `$$(NAME)` is not a reference.
pub fn references(text: &str) -> impl Iterator<Item = &str> {
    pieces(text).filter_map(|piece| match piece {
        Piece::Reference(name) => Some(name),
        Piece::Text(_) => None,
    })
}

//! Splits names with dots and indices into paths.

/// Returns the parts of a name, which [`Leaf::name`](crate::Leaf::name) joins again.
pub(crate) fn split(name: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for part in name.split('.') {
        let (stem, indices) = part.split_at(part.find('[').unwrap_or(part.len()));
        let Some(indices) = split_indices(indices).filter(|indices| indices.is_empty() || !stem.is_empty())
        else {
            return vec![name];
        };
        parts.push(stem);
        parts.extend(indices);
    }
    parts
}

/// Splits `[0][1]` into its two parts; `None` if it contains anything else.
fn split_indices(text: &str) -> Option<Vec<&str>> {
    let mut indices = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (index, behind) = rest.split_at(rest.find(']')? + 1);
        indices.push(Some(index).filter(|index| is_index(index))?);
        rest = behind;
    }
    Some(indices)
}

/// Whether a part is an index: `[0]`.
pub(crate) fn is_index(part: &str) -> bool {
    let digits = part.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_and_indices_split_a_name() {
        assert_eq!(split("server.port"), ["server", "port"]);
        assert_eq!(split("hosts[0].name"), ["hosts", "[0]", "name"]);
        assert_eq!(split("m[0][12]"), ["m", "[0]", "[12]"]);
    }

    #[test]
    fn a_name_that_is_no_path_stays_whole() {
        for name in ["a[b.c]", "[0]", "a.[0]", "a[0]b", "a[", "a[]"] {
            assert_eq!(split(name), [name]);
        }
    }

    #[test]
    fn empty_parts_are_kept() {
        assert_eq!(split(""), [""]);
        assert_eq!(split("."), ["", ""]);
        assert_eq!(split("a..b"), ["a", "", "b"]);
    }
}

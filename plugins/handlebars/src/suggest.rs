//! Suggests the name that was probably meant.

/// Names that differ by more than this are not typing mistakes, and computing the distance takes time that
/// grows with the product of the lengths.
const MAX_LENGTH: usize = 128;
/// How many names are compared: a document may have a hundred thousand.
const MAX_NAMES: usize = 10_000;

/// Returns the known name nearest to a name, if it is near enough.
pub(crate) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let length = name.chars().count();
    let most = match length {
        0..=4 => 1,
        5..=8 => 2,
        _ => 3,
    };
    if !(2..=MAX_LENGTH).contains(&length) {
        return None;
    }
    let near = known
        .take(MAX_NAMES)
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= most);
    let ranked = near
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= most && *candidate != name);
    ranked
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The most common mistakes, a different case of letters and `-` for `_`, do not count.
fn distance(name: &str, candidate: &str) -> usize {
    let plain = |text: &str| text.to_lowercase().replace(['-', '.'], "_");
    strsim::damerau_levenshtein(&plain(name), &plain(candidate))
}

/// Writes a name as a path has it.
pub(crate) fn segment(name: &str) -> String {
    let is_plain =
        !name.is_empty() && name.chars().all(crate::syntax::is_id) && !matches!(name, "this" | "." | "..");
    if is_plain {
        name.to_owned()
    } else {
        format!("[{name}]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Option<&'static str> {
        nearest(name, ["port", "host", "nginx.conf", "log_level", "a"].into_iter())
    }

    #[test]
    fn what_is_near_is_suggested() {
        for (name, wanted) in [
            ("prt", "port"),
            ("Port", "port"),
            ("log-level", "log_level"),
            ("logLevel", "log_level"),
            ("nginx.cnf", "nginx.conf"),
            ("hots", "host"),
        ] {
            assert_eq!(of(name), Some(wanted), "{name}");
        }
    }

    #[test]
    fn what_is_far_is_not() {
        for name in [
            "x",
            "",
            "database",
            "b",
            "timeout",
            "post_code",
            "pot_holder",
            "port",
        ] {
            assert_eq!(of(name), None, "{name}");
        }
        assert_eq!(of(&"p".repeat(10_000)), None);
    }
}

//! Compares paths in a container, which are not opened here: different spellings of one path count as equal.

/// Whether a path is equal to another or below it. The runtime takes `/a` and `/a/` for two places, the
/// kernel for one.
pub(crate) fn is_within(path: &str, outer: &str) -> bool {
    parts(path).starts_with(&parts(outer))
}

/// Splits a path into its components, with `.` and `..` resolved.
fn parts(path: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::is_within;

    #[test]
    fn paths_are_compared_in_any_spelling() {
        for (path, outer, expected) in [
            ("/a", "/a", true),
            ("/a/", "/a", true),
            ("//a/./b", "/a", true),
            ("/b/../a/c", "/a", true),
            ("/ab", "/a", false),
            ("/", "/a", false),
            ("/a", "/a/b", false),
        ] {
            assert_eq!(is_within(path, outer), expected, "{path} in {outer}");
        }
    }
}

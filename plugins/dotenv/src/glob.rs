//! Matches names against patterns: `*` matches any characters, `?` matches one.
//! docs/decisions/018-plugins-share-no-code-with-the-host.md says why this is not core's matcher.

/// Whether a pattern matches a name.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut next) = (0, 0);
    // The position behind the last `*`, and where the text that it matches ends.
    let mut star: Option<(usize, usize)> = None;
    while next < name.len() {
        match pattern.get(at) {
            Some('*') => {
                at += 1;
                star = Some((at, next));
            }
            Some(wanted) if *wanted == '?' || *wanted == name[next] => {
                at += 1;
                next += 1;
            }
            _ => match star {
                Some((behind, end)) => {
                    star = Some((behind, end + 1));
                    at = behind;
                    next = end + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

/// Whether a pattern can match only one name.
pub(crate) fn is_exact(pattern: &str) -> bool {
    !pattern.contains(['*', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_stand_for_characters() {
        for (pattern, name) in [
            ("", ""),
            ("*", ""),
            ("a*", "a"),
            ("a*c", "abbc"),
            ("*.port", "web.port"),
            ("a?c", "abc"),
            ("*a*b*", "xaybz"),
            ("é?", "éü"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("", "a"),
            ("a", "A"),
            ("a*c", "acb"),
            ("a?", "a"),
            ("*.port", "port"),
            ("*a*b*", "xbya"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn many_stars_take_no_more_than_the_product_of_the_lengths() {
        assert!(!matches(&format!("{}b", "a*".repeat(500)), &"a".repeat(20_000)));
    }
}

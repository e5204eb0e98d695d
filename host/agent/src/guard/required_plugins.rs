//! Checks the annotations that make the runtime's own validator require plugins: do they name the guard?
//!
//! The runtime reads them as YAML; the first that exists counts: `/container.NAME`, then `/pod`, then the
//! bare key. The guard accepts only the one form that the admission policies write: it means the same to
//! every YAML parser, and needs none.

use std::collections::BTreeMap;

use crate::mark::GUARD_NAME;

/// The annotation without its scope: an older form of [`POD`], which a pod of podweave's does not need.
pub const BARE: &str = "required-plugins.noderesource.dev";

/// For the whole pod.
pub const POD: &str = "required-plugins.noderesource.dev/pod";

/// For one container, whose name follows.
pub const CONTAINER: &str = "required-plugins.noderesource.dev/container.";

/// A problem of a pod's annotations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Problem<'a> {
    /// [`POD`] is missing.
    Missing,
    /// The bare key is present.
    Bare,
    /// This annotation does not name the guard, or not in the accepted form.
    Weak(&'a str),
}

/// Returns the first problem of a pod's annotations, including those for its other containers.
pub(crate) fn problem(annotations: &BTreeMap<String, String>) -> Option<Problem<'_>> {
    if annotations.contains_key(BARE) {
        return Some(Problem::Bare);
    }
    let mut ours = annotations
        .iter()
        .filter(|(key, _)| *key == POD || key.starts_with(CONTAINER));
    match ours.find(|(_, value)| !names_guard(value)) {
        Some((key, _)) => Some(Problem::Weak(key)),
        None if annotations.contains_key(POD) => None,
        None => Some(Problem::Missing),
    }
}

/// Whether a value matches `^\["podweave-guard"( *, *"[A-Za-z0-9_.+-]+")*\]$`, which
/// deploy/chart/templates/admission.yaml has, too.
fn names_guard(value: &str) -> bool {
    let first = value
        .strip_prefix("[\"")
        .and_then(|rest| rest.strip_prefix(GUARD_NAME))
        .and_then(|rest| rest.strip_prefix('"'));
    let Some(mut rest) = first else { return false };
    while rest != "]" {
        let next = rest
            .trim_start_matches(' ')
            .strip_prefix(',')
            .and_then(|rest| rest.trim_start_matches(' ').strip_prefix('"'));
        let Some((name, others)) = next.and_then(|rest| rest.split_once('"')) else {
            return false;
        };
        if name.is_empty()
            || !name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_.+-".contains(&byte))
        {
            return false;
        }
        rest = others;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lists_of_names_that_begin_with_the_guard_name_it() {
        for value in [
            r#"["podweave-guard"]"#,
            r#"["podweave-guard","a"]"#,
            r#"["podweave-guard", "a_b.c-d+e", "10-other"]"#,
            r#"["podweave-guard"  ,  "a","podweave-guard"]"#,
        ] {
            assert!(names_guard(value), "{value}");
        }
        for value in [
            "",
            "[]",
            "podweave-guard",
            "[podweave-guard]",
            r#"[] # "podweave-guard""#,
            r#"["podweave-guard""#,
            r#"["podweave-guard"] "#,
            r#" ["podweave-guard"]"#,
            r#"["podweave-guard"]]"#,
            r#"["podweave-guard",]"#,
            r#"["podweave-guard",""]"#,
            r#"["podweave-guard" "a"]"#,
            r#"["podweave-guard","a b"]"#,
            r#"["podweave-guard","a\"]"#,
            "[\"podweave-guard\",\n\"a\"]",
            "[\"podweave-guard\",\t\"a\"]",
            r#"["podweave-guard "]"#,
            r#"["other","podweave-guard"]"#,
            r#"["90-podweave-guard"]"#,
        ] {
            assert!(!names_guard(value), "{value}");
        }
    }

    #[test]
    fn every_scope_that_the_runtime_reads_is_looked_at() {
        let good = r#"["podweave-guard"]"#;
        let of = |annotations: &[(&'static str, &str)]| {
            annotations
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect()
        };
        let problem = |annotations: &[(&'static str, &str)]| {
            let annotations: BTreeMap<String, String> = of(annotations);
            match problem(&annotations) {
                Some(Problem::Weak(key)) => format!("weak {key}"),
                other => format!("{other:?}"),
            }
        };
        let (web, other) = (
            "required-plugins.noderesource.dev/container.web",
            "required-plugins.noderesource.dev/other",
        );
        assert_eq!(problem(&[]), "Some(Missing)");
        assert_eq!(problem(&[(web, good)]), "Some(Missing)");
        assert_eq!(problem(&[(POD, good)]), "None");
        assert_eq!(problem(&[(POD, good), (web, good), (other, "")]), "None");
        assert_eq!(problem(&[(POD, good), (BARE, good)]), "Some(Bare)");
        assert_eq!(problem(&[(POD, good), (web, "[]")]), format!("weak {web}"));
        assert_eq!(problem(&[(POD, "[]"), (web, good)]), format!("weak {POD}"));
    }
}

//! Lists what a module was built from, from the dep-info that cargo writes beside it.

use std::path::{Path, PathBuf};

use crate::Error;

/// Returns the files that every package of a workspace depends on.
pub(crate) fn manifests_of_workspace(workspace: &Path) -> Vec<PathBuf> {
    ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml"]
        .into_iter()
        .map(|name| workspace.join(name))
        .filter(|path| path.exists())
        .collect()
}

/// Returns the sources in a dep-info file, including path dependencies and included files, and their
/// manifests.
pub(crate) fn sources(dep_info: &Path) -> Result<Vec<PathBuf>, Error> {
    let text = std::fs::read_to_string(dep_info).map_err(|cause| Error::file(dep_info, cause))?;
    let mut sources: Vec<PathBuf> = text.lines().next().map(prerequisites).unwrap_or_default();
    let manifests: Vec<PathBuf> = sources
        .iter()
        .filter_map(|source| manifest_above(source))
        .collect();
    sources.extend(manifests);
    sources.sort();
    sources.dedup();
    Ok(sources)
}

fn manifest_above(source: &Path) -> Option<PathBuf> {
    source
        .ancestors()
        .skip(1)
        .map(|directory| directory.join("Cargo.toml"))
        .find(|manifest| manifest.exists())
}

/// Returns the paths behind the colon of a Makefile rule; spaces in a path are escaped.
fn prerequisites(rule: &str) -> Vec<PathBuf> {
    let Some((_, list)) = rule.split_once(": ") else {
        return Vec::new();
    };
    let mut paths = vec![String::new()];
    let mut rest = list.chars().peekable();
    while let Some(next) = rest.next() {
        match next {
            '\\' if rest.peek() == Some(&' ') => paths.last_mut().expect("never empty").extend(rest.next()),
            ' ' => paths.push(String::new()),
            other => paths.last_mut().expect("never empty").push(other),
        }
    }
    paths
        .into_iter()
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_lists_its_prerequisites() {
        assert_eq!(
            prerequisites("/t/a.wasm: /w/a.rs /w/b.rs"),
            [Path::new("/w/a.rs"), Path::new("/w/b.rs")]
        );
    }

    #[test]
    fn an_escaped_space_belongs_to_the_path() {
        assert_eq!(
            prerequisites(r"/t/a.wasm: /my\ w/a.rs"),
            [Path::new("/my w/a.rs")]
        );
    }

    #[test]
    fn a_rule_without_prerequisites_has_none() {
        assert!(prerequisites("/t/a.wasm:").is_empty());
    }
}

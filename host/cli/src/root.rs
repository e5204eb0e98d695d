//! Reads and writes in directories of untrusted repositories, and never outside of them, whatever links they
//! have.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use podweave_agent::directory::Directory;
use podweave_core::text::Shown as _;

use crate::input;

/// A directory that was named on the command line. All files of a case must be in it: a link within it is
/// followed, one that leads out is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    named: PathBuf,
    /// The path without links.
    real: PathBuf,
}

impl Root {
    /// Opens the directory at a path, following links: the user has named it.
    pub fn at(named: &Path) -> Result<Self> {
        let real = fs::canonicalize(named).with_context(|| format!("cannot list {}", named.shown()))?;
        Ok(Self {
            named: named.to_owned(),
            real,
        })
    }

    /// Whether a path leads to something in here.
    pub fn has(&self, path: &Path) -> bool {
        fs::canonicalize(path).is_ok_and(|real| real.starts_with(&self.real))
    }

    /// Reads a text file; `None` if it does not exist.
    pub fn text_of(&self, path: &Path) -> Result<Option<String>> {
        // A dangling link exists but cannot be read.
        if path
            .symlink_metadata()
            .is_err_and(|error| error.kind() == ErrorKind::NotFound)
        {
            return Ok(None);
        }
        self.real_place(path)?;
        input::text_of(path).map(Some)
    }

    /// Creates or replaces the file at a path. A link to it stays a link.
    pub fn write(&self, path: &Path, text: &str) -> Result<()> {
        let place = self
            .real_place(path)?
            .with_context(|| format!("{} is a link that leads nowhere; remove it", path.shown()))?;
        // This path has no links; one that appears just now is not followed.
        let within = place.strip_prefix(&self.real)?;
        let mut directory = Directory::named(&self.real)?;
        if let Some(parent) = within.parent().filter(|parent| *parent != Path::new("")) {
            directory = directory.child(parent)?;
        }
        Ok(directory.overwrite(within.file_name().unwrap_or(OsStr::new("")), text.as_bytes())?)
    }

    /// Returns the path without links; `None` for a link that leads nowhere.
    fn real_place(&self, path: &Path) -> Result<Option<PathBuf>> {
        let real = match fs::canonicalize(path) {
            Ok(real) => real,
            Err(error) if error.kind() == ErrorKind::NotFound && path.is_symlink() => return Ok(None),
            // For a new file, check the directory that it will be in.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let (parent, name) = (
                    path.parent().unwrap_or(Path::new("")),
                    path.file_name().unwrap_or_default(),
                );
                let parent = fs::canonicalize(Path::new(".").join(parent))
                    .with_context(|| format!("cannot write {}", path.shown()))?;
                parent.join(name)
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.shown())),
        };
        if !real.starts_with(&self.real) {
            bail!(
                "{} leads out of {} by a link, which is not followed; replace the link with the file itself, or name a directory that contains both",
                path.shown(),
                self.named.shown()
            );
        }
        Ok(Some(real))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A directory with `in/sub`, where `in` is the root, and `out` beside it.
    fn place() -> (tempfile::TempDir, Root) {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir_all(place.path().join("in/sub")).unwrap();
        fs::create_dir_all(place.path().join("out")).unwrap();
        fs::write(place.path().join("out/precious"), "text").unwrap();
        let root = Root::at(&place.path().join("in")).unwrap();
        (place, root)
    }

    #[test]
    fn links_within_are_read_and_written() {
        let (place, root) = place();
        let file = place.path().join("in/file");
        root.write(&file, "one").unwrap();
        symlink("../file", place.path().join("in/sub/link")).unwrap();
        symlink("sub", place.path().join("in/directory")).unwrap();
        root.write(&place.path().join("in/directory/link"), "two")
            .unwrap();
        assert!(place.path().join("in/sub/link").is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "two");
        assert_eq!(
            root.text_of(&place.path().join("in/sub/link"))
                .unwrap()
                .as_deref(),
            Some("two")
        );
        assert_eq!(root.text_of(&place.path().join("in/none")).unwrap(), None);
        root.write(&place.path().join("in/sub/new"), "three").unwrap();
        let names = |directory: &str| fs::read_dir(place.path().join(directory)).unwrap().count();
        assert_eq!(
            (names("in"), names("in/sub")),
            (3, 2),
            "no temporary file is left"
        );
    }

    #[test]
    fn links_that_lead_out_are_neither_read_nor_written() {
        let (place, root) = place();
        let out = place.path().join("out/precious");
        symlink("../out/precious", place.path().join("in/relative")).unwrap();
        symlink(&out, place.path().join("in/absolute")).unwrap();
        symlink("../../out", place.path().join("in/sub/directory")).unwrap();
        symlink("../out/none", place.path().join("in/nowhere")).unwrap();
        for path in [
            "in/relative",
            "in/absolute",
            "in/sub/directory/precious",
            "in/../out/precious",
        ] {
            let path = place.path().join(path);
            for message in [
                root.write(&path, "x").unwrap_err().to_string(),
                root.text_of(&path).unwrap_err().to_string(),
            ] {
                assert!(
                    message.contains(" leads out of ") && message.contains("by a link"),
                    "{message}"
                );
            }
            assert!(!root.has(&path));
        }
        root.write(&place.path().join("in/sub/directory/new"), "x")
            .unwrap_err();
        assert!(
            root.write(&place.path().join("in/nowhere"), "x")
                .unwrap_err()
                .to_string()
                .contains("leads nowhere")
        );
        assert_eq!(fs::read_to_string(&out).unwrap(), "text");
        assert_eq!(fs::read_dir(place.path().join("out")).unwrap().count(), 1);
    }
}

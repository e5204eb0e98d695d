//! What containers get as files: `PATH/<namespace>/<pod>/<container>/` with `root/` (the files, as the container sees
//! them) and `render.json` (everything).

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use podweave_core::report::{Item, RenderList};

/// Marks a directory that this command made and may replace.
const MARK: &str = ".podweave-render";

/// Writes all files below a directory, which is new or was written by this command before. It is replaced as a whole:
/// an error leaves what was there. Returns the number of files.
pub fn write(path: &Path, list: &RenderList) -> Result<usize> {
    let mut places = BTreeSet::new();
    if let Some(item) = list.items.iter().find(|item| !places.insert((&item.namespace, &item.pod, &item.container))) {
        bail!("there are two workloads {}/{} with a container {}; write them to different directories", item.namespace, item.pod, item.container);
    }
    let exists = path.symlink_metadata().is_ok();
    if exists && !path.join(MARK).is_file() && fs::read_dir(path).map_or(true, |mut entries| entries.next().is_some()) {
        bail!("{} was not written by podweave render and is not empty; name a new directory", path.display());
    }
    // A link stays a link; it may lead to another file system.
    let absolute = if exists { fs::canonicalize(path) } else { std::path::absolute(path) }.with_context(|| format!("cannot use {}", path.display()))?;
    let parent = absolute.parent().context("the root directory cannot be replaced")?;
    fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    // Beside the place where it ends, or it could not be renamed to there.
    let new = tempfile::Builder::new().prefix(".podweave-").tempdir_in(parent).with_context(|| format!("cannot write below {}", parent.display()))?;
    fs::write(new.path().join(MARK), "Made by podweave render; it replaces this directory as a whole.\n").context("cannot write")?;
    let mut written = 0;
    for item in &list.items {
        written += write_item(new.path(), item)?;
    }
    fs::set_permissions(new.path(), fs::Permissions::from_mode(0o755)).context("cannot set the mode")?;
    replace(new, &absolute, exists).with_context(|| format!("cannot replace {}", path.display()))?;
    Ok(written)
}

fn replace(new: tempfile::TempDir, path: &Path, exists: bool) -> std::io::Result<()> {
    if !exists {
        fs::rename(new.path(), path)?;
        // Nothing is left there to be removed.
        let _ = new.keep();
        return Ok(());
    }
    let old = new.path().with_extension("old");
    fs::rename(path, &old)?;
    if let Err(error) = fs::rename(new.path(), path) {
        fs::rename(&old, path)?;
        return Err(error);
    }
    let _ = new.keep();
    fs::remove_dir_all(old)
}

fn write_item(directory: &Path, item: &Item) -> Result<usize> {
    let container = directory.join(&item.namespace).join(&item.pod).join(&item.container);
    let root = container.join("root");
    make_directory(&root)?;
    for file in &item.files {
        // Paths were checked when the plugin set them: absolute, without "..".
        let path = root.join(file.path.trim_start_matches('/'));
        if let Some(parent) = path.parent() {
            make_directory(parent)?;
        }
        let mode = u32::from_str_radix(&file.mode, 8).context("a mode is octal")?;
        write_file(&path, &file.bytes()?, mode)?;
    }
    write_file(&container.join("render.json"), format!("{}\n", serde_json::to_string_pretty(item)?).as_bytes(), 0o644)?;
    Ok(item.files.len())
}

fn make_directory(path: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).mode(0o755).create(path).with_context(|| format!("cannot make {}", path.display()))
}

fn write_file(path: &PathBuf, contents: &[u8], mode: u32) -> Result<()> {
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).and_then(|mut file| {
        file.write_all(contents)?;
        file.set_permissions(fs::Permissions::from_mode(mode))
    });
    written.with_context(|| format!("cannot write {}", path.display()))
}

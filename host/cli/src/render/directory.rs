//! `-o dir=PATH`: writes `PATH/<namespace>/<pod>/<container>/` with `root/` (the files, as the container sees
//! them) and `render.json` (everything).

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path};

use anyhow::{Context as _, Result, bail};
use podweave_agent::directory::Directory;
use podweave_core::report::{Item, RenderList};
use podweave_core::text::{self, Shown as _};

/// Marks a directory that this command has created and may replace.
const MARK: &str = ".podweave-render";

/// Writes all files below a directory, which is new or was written by this command before. Replaces it as a
/// whole: an error leaves the old content. Returns the number of files.
pub fn write(path: &Path, list: &RenderList) -> Result<usize> {
    let mut places = BTreeSet::new();
    if let Some(item) = list
        .items
        .iter()
        .find(|item| !places.insert((&item.namespace, &item.pod, &item.container)))
    {
        bail!(
            "there are two workloads {}/{} with a container {}; write them to different directories",
            item.namespace,
            item.pod,
            item.container
        );
    }
    let exists = path.symlink_metadata().is_ok();
    if exists
        && !path.join(MARK).is_file()
        && fs::read_dir(path).map_or(true, |mut entries| entries.next().is_some())
    {
        bail!(
            "{} was not written by podweave render and is not empty; name a new directory",
            path.shown()
        );
    }
    // A link stays a link; it may lead to another file system.
    let absolute = if exists {
        fs::canonicalize(path)
    } else {
        std::path::absolute(path)
    }
    .with_context(|| format!("cannot use {}", path.shown()))?;
    let parent = absolute
        .parent()
        .context("the root directory cannot be replaced")?;
    fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.shown()))?;
    // In the same parent directory, so that it can be renamed into place.
    let new = tempfile::Builder::new()
        .prefix(".podweave-")
        .tempdir_in(parent)
        .with_context(|| format!("cannot write below {}", parent.shown()))?;
    let top = Directory::named(new.path())?;
    top.write(
        MARK,
        b"Created by podweave render, which replaces this directory as a whole.\n",
        0o644,
        None,
        |_| Ok(()),
    )?;
    let mut written = 0;
    for item in &list.items {
        written += write_item(&top, item)?;
    }
    fs::set_permissions(new.path(), fs::Permissions::from_mode(0o755)).context("cannot set the mode")?;
    replace(new, &absolute, exists).with_context(|| format!("cannot replace {}", path.shown()))?;
    Ok(written)
}

fn replace(new: tempfile::TempDir, path: &Path, exists: bool) -> std::io::Result<()> {
    if !exists {
        fs::rename(new.path(), path)?;
        // The directory was moved, so there is nothing to remove.
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

/// No name can lead elsewhere: names were checked when they were read, each is one component of a path here,
/// and no link is followed.
fn write_item(top: &Directory, item: &Item) -> Result<usize> {
    let container = [&item.namespace, &item.pod, &item.container]
        .into_iter()
        .try_fold(None, |above: Option<Directory>, name| {
            make(above.as_ref().unwrap_or(top), OsStr::new(name)).map(Some)
        });
    let container = container?.context("an item has a container")?;
    let root = make(&container, OsStr::new("root"))?;
    for file in &item.files {
        let path = Path::new(&file.path);
        let in_root = path
            .strip_prefix("/")
            .with_context(|| format!("{} is not absolute", path.shown()))?;
        let mut parent = None;
        for part in in_root.parent().into_iter().flat_map(Path::components) {
            parent = Some(make(parent.as_ref().unwrap_or(&root), part.as_os_str())?);
        }
        let name = one_part(
            in_root
                .components()
                .next_back()
                .map_or(OsStr::new(""), Component::as_os_str),
        )?;
        let mode = u32::from_str_radix(&file.mode, 8).context("a mode is octal")?;
        parent
            .as_ref()
            .unwrap_or(&root)
            .write(name, &file.bytes()?, mode, None, |_| Ok(()))?;
    }
    container.write(
        "render.json",
        format!("{}\n", serde_json::to_string_pretty(item)?).as_bytes(),
        0o644,
        None,
        |_| Ok(()),
    )?;
    Ok(item.files.len())
}

fn make(above: &Directory, name: &OsStr) -> Result<Directory> {
    Ok(above.make(one_part(name)?, 0o755)?)
}

/// Checks that a name is one component of a path.
fn one_part(name: &OsStr) -> Result<&OsStr> {
    let mut parts = Path::new(name).components();
    match (parts.next(), parts.next()) {
        (Some(Component::Normal(part)), None) if part == name => Ok(name),
        _ => bail!(
            "{} is not the name of a single file or directory; nothing is written there",
            text::quoted(&name.to_string_lossy())
        ),
    }
}

#[cfg(test)]
mod tests {
    use podweave_core::report::File;

    use super::*;

    fn list(namespace: &str, pod: &str, container: &str, file: &str) -> RenderList {
        let contents = Some("x".to_owned());
        RenderList::new(vec![Item {
            namespace: namespace.to_owned(),
            pod: pod.to_owned(),
            container: container.to_owned(),
            plugins: Vec::new(),
            env: Vec::new(),
            command: None,
            args: None,
            append_args: None,
            files: vec![File {
                path: file.to_owned(),
                mode: "0444".to_owned(),
                contents,
                contents_base64: None,
            }],
            provenance: None,
        }])
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused_here_too() {
        let place = tempfile::tempdir().unwrap();
        let elsewhere = place.path().join("elsewhere").to_string_lossy().into_owned();
        let out = place.path().join("out");
        write(&out, &list("ns", "pod", "web", "/etc/a")).unwrap();
        for (namespace, pod, container, file) in [
            ("..", "pod", "web", "/a"),
            ("ns", "../../elsewhere", "web", "/a"),
            (&*elsewhere, "pod", "web", "/a"),
            ("ns", &*elsewhere, "web", "/a"),
            ("ns", "pod", &*elsewhere, "/a"),
            ("ns", "pod", "a/b", "/a"),
            ("ns", "pod", ".", "/a"),
            ("", "pod", "web", "/a"),
            ("ns", "pod/", "web", "/a"),
            ("ns", "pod", "web", "/../../../../../elsewhere/a"),
            ("ns", "pod", "web", "/etc/../a"),
            ("ns", "pod", "web", "/"),
            ("ns", "pod", "web", "etc/a"),
        ] {
            write(&out, &list(namespace, pod, container, file))
                .expect_err(&format!("{namespace} {pod} {container} {file}"));
            assert!(
                out.join("ns/pod/web/root/etc/a").is_file(),
                "the old content is unchanged"
            );
            let there: Vec<_> = fs::read_dir(place.path())
                .unwrap()
                .map(|entry| entry.unwrap().file_name())
                .collect();
            assert_eq!(there, ["out"], "{namespace} {pod} {container} {file}");
        }
    }

    #[test]
    fn no_link_is_followed_on_the_way() {
        let place = tempfile::tempdir().unwrap();
        let (top, elsewhere) = (place.path().join("top"), place.path().join("elsewhere"));
        for link in [
            "ns",
            "ns/pod",
            "ns/pod/web",
            "ns/pod/web/root",
            "ns/pod/web/root/etc",
            "ns/pod/web/root/etc/a",
        ] {
            fs::create_dir_all(top.join(link).parent().unwrap()).unwrap();
            fs::create_dir_all(&elsewhere).unwrap();
            std::os::unix::fs::symlink(&elsewhere, top.join(link)).unwrap();
            let list = list("ns", "pod", "web", "/etc/a");
            write_item(&Directory::named(&top).unwrap(), &list.items[0]).expect_err(link);
            assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0, "{link}");
            fs::remove_dir_all(&top).unwrap();
        }
    }
}

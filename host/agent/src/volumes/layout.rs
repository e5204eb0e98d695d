//! Writes one volume, step by step, as the kubelet's atomic writer does.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use podweave_core::outputs::File;
use tracing::warn;

use crate::directory::{Directory, DirectoryError, Owner, PRIVATE, READABLE};

use super::comparison;
use super::label::Label;
use super::trash::Trash;

/// The link to the current files.
const DATA: &str = "..data";

/// The name of that link while it is being created.
const NEW_DATA: &str = "..data_tmp";

/// Writes and removes volumes. New files are written to a place that no container sees.
#[derive(Debug)]
pub(super) struct Layout {
    unfinished: Directory,
    trash: Trash,
    label: Label,
    last: AtomicU64,
}

/// Files that are in a volume and not current yet.
#[derive(Debug)]
pub(super) struct Prepared<'a> {
    volume: Directory,
    files: &'a BTreeMap<String, File>,
    /// The set that is current.
    old: Option<String>,
    /// The set that is to become current; `None` if the current one equals these files.
    new: Option<String>,
}

impl Prepared<'_> {
    /// Whether the files differ from the current ones.
    pub fn is_new(&self) -> bool {
        self.new.is_some()
    }
}

impl Layout {
    /// Creates its own directories below the root, and removes what a crash has left there.
    pub fn below(root: &Directory) -> Result<Self, DirectoryError> {
        let trash = Trash::new(root.make(".removed", PRIVATE)?);
        let unfinished = root.make(".unfinished", PRIVATE)?;
        let removed = trash.empty().and_then(|()| {
            unfinished
                .names()?
                .iter()
                .try_for_each(|name| trash.take(&unfinished, name))
        });
        if let Err(error) = removed {
            // Not fatal: existing pods must still be served.
            warn!(%error, "cannot remove rendered files that are no longer needed");
        }
        Ok(Self {
            unfinished,
            trash,
            label: Label::of_this_node(),
            last: AtomicU64::new(0),
        })
    }

    /// Makes these the files of a volume. Returns their directory, and whether they were written now.
    pub fn write(
        &self,
        place: &Directory,
        name: &str,
        files: &BTreeMap<String, File>,
        owner: Owner,
    ) -> Result<(PathBuf, bool), DirectoryError> {
        let volume = place.make(name, READABLE)?;
        self.label.put(&volume)?;
        let (set, is_new) = match current(&volume, files, owner)? {
            Some(set) => (set, false),
            None => {
                let set = self.add_set(&volume, files, owner)?;
                self.make_current(&volume, &set)?;
                (set, true)
            }
        };
        self.tidy(&volume, files, |name| name == set)?;
        Ok((volume.path().join(set), is_new))
    }

    /// Writes the files into an existing volume, but does not make them current yet. `None` if there is no
    /// such volume.
    pub fn prepare<'a>(
        &self,
        place: &Directory,
        name: &str,
        files: &'a BTreeMap<String, File>,
        owner: Owner,
    ) -> Result<Option<Prepared<'a>>, DirectoryError> {
        let Some(volume) = place.find(name)? else {
            return Ok(None);
        };
        let old = current_set(&volume)?;
        let new = match current(&volume, files, owner)? {
            Some(_) => None,
            None => Some(self.add_set(&volume, files, owner)?),
        };
        Ok(Some(Prepared {
            volume,
            files,
            old,
            new,
        }))
    }

    /// Makes prepared files current in one step. The files that were current until then stay until
    /// [`Layout::remove_old`], for readers that have them open.
    pub fn swap(&self, prepared: &Prepared<'_>) -> Result<(), DirectoryError> {
        let Prepared {
            volume,
            files,
            old,
            new,
        } = prepared;
        if let Some(new) = new {
            self.make_current(volume, new)?;
        }
        // While nothing changes, an old set stays until its time is over.
        self.tidy(volume, files, |name| match new {
            None => is_set_name(name),
            Some(new) => name == new || old.as_deref() == Some(name),
        })
    }

    /// Removes everything of a volume but its current files and their links.
    pub fn remove_old(&self, place: &Directory, name: &str) -> Result<(), DirectoryError> {
        let Some(volume) = place.find(name)? else {
            return Ok(());
        };
        let Some(current) = current_set(&volume)? else {
            return Ok(());
        };
        for there in volume.names()? {
            if there
                .to_str()
                .is_some_and(|there| is_set_name(there) && there != current)
            {
                self.trash.take(&volume, &there)?;
            }
        }
        Ok(())
    }

    /// Removes something, if it is there.
    pub fn remove(&self, place: &Directory, name: impl AsRef<OsStr>) -> Result<(), DirectoryError> {
        self.trash.take(place, name)
    }

    /// Writes the files into the volume as a set of their own.
    fn add_set(
        &self,
        volume: &Directory,
        files: &BTreeMap<String, File>,
        owner: Owner,
    ) -> Result<String, DirectoryError> {
        let (building, top) = self.begin()?;
        self.build(&top, files, owner)
            .and_then(|()| self.move_in(&building, volume))
            .inspect_err(|_| {
                // A leftover is removed when the root is opened next.
                let _ = self.trash.take(&self.unfinished, &building);
            })
    }

    /// Lets `..data` point to a set.
    fn make_current(&self, volume: &Directory, set: &str) -> Result<(), DirectoryError> {
        self.trash.take(volume, NEW_DATA)?;
        volume.link(NEW_DATA, set)?;
        match volume.replace(NEW_DATA, volume, DATA) {
            // A directory here was not created by podweave.
            Err(error) if error.is_directory() => {
                self.trash.take(volume, DATA)?;
                volume.replace(NEW_DATA, volume, DATA)?;
            }
            moved => moved?,
        }
        Ok(())
    }

    /// Creates a directory where no container sees it, and returns it with its name.
    fn begin(&self) -> Result<(String, Directory), DirectoryError> {
        loop {
            let name = self.last.fetch_add(1, Ordering::Relaxed).to_string();
            match self.unfinished.make_new(&name, READABLE) {
                Ok(directory) => return Ok((name, directory)),
                // A leftover has this name.
                Err(error) if error.is_presence() => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn build(
        &self,
        top: &Directory,
        files: &BTreeMap<String, File>,
        owner: Owner,
    ) -> Result<(), DirectoryError> {
        self.label.put(top)?;
        for (path, file) in files {
            if let Some((parents, _)) = path.rsplit_once('/') {
                self.make_directories(top, parents)?;
            }
            top.write(path, &file.contents, file.mode, owner, |handle| {
                self.label.put_on(handle)
            })?;
        }
        Ok(())
    }

    /// Creates a directory and those above it, from the lowest existing one.
    fn make_directories(&self, top: &Directory, path: &str) -> Result<(), DirectoryError> {
        let ends: Vec<usize> = path
            .match_indices('/')
            .map(|(end, _)| end)
            .chain([path.len()])
            .collect();
        let mut missing = ends.len();
        let mut lowest = None;
        while missing > 0 {
            lowest = top.find(&path[..ends[missing - 1]])?;
            if lowest.is_some() {
                break;
            }
            missing -= 1;
        }
        for index in missing..ends.len() {
            let begin = if index == 0 { 0 } else { ends[index - 1] + 1 };
            let made = lowest
                .as_ref()
                .unwrap_or(top)
                .make(&path[begin..ends[index]], READABLE)?;
            self.label.put(&made)?;
            lowest = Some(made);
        }
        Ok(())
    }

    /// Moves complete files into the volume, under a name that was never used: a process that has a directory
    /// open must not find other files in it.
    fn move_in(&self, building: &str, volume: &Directory) -> Result<String, DirectoryError> {
        let mut time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        loop {
            let set = format!("..{}.{:09}", time.as_secs(), time.subsec_nanos());
            match self.unfinished.move_to(building, volume, &set) {
                Ok(()) => return Ok(set),
                Err(error) if error.is_presence() => time += std::time::Duration::from_nanos(1),
                Err(error) => return Err(error),
            }
        }
    }

    /// Creates the links that the container reads, and removes everything that belongs neither to these files
    /// nor to the kept sets.
    fn tidy(
        &self,
        volume: &Directory,
        files: &BTreeMap<String, File>,
        is_kept: impl Fn(&str) -> bool,
    ) -> Result<(), DirectoryError> {
        let links: BTreeSet<&str> = files
            .keys()
            .map(|path| path.split_once('/').map_or(path.as_str(), |(first, _)| first))
            .collect();
        for link in &links {
            let target = format!("{DATA}/{link}");
            if !volume.has_link(link, &target)? {
                self.trash.take(volume, link)?;
                volume.link(link, &target)?;
            }
        }
        for name in volume.names()? {
            let is_ours = name
                .to_str()
                .is_some_and(|name| name == DATA || is_kept(name) || links.contains(name));
            if !is_ours {
                self.trash.take(volume, &name)?;
            }
        }
        Ok(())
    }
}

/// Returns the name of the current files, if they equal these.
fn current(
    volume: &Directory,
    files: &BTreeMap<String, File>,
    owner: Owner,
) -> Result<Option<String>, DirectoryError> {
    let Some(set) = current_set(volume)? else {
        return Ok(None);
    };
    let Some(directory) = volume.find(&set)? else {
        return Ok(None);
    };
    Ok(comparison::has_exactly(&directory, files, owner)?.then_some(set))
}

/// Returns the name of the current files, whatever they are.
fn current_set(volume: &Directory) -> Result<Option<String>, DirectoryError> {
    let target = volume.link_target(DATA)?;
    Ok(target
        .and_then(|target| target.into_string().ok())
        .filter(|name| is_set_name(name)))
}

fn is_set_name(name: &str) -> bool {
    name.strip_prefix("..").is_some_and(|time| {
        !time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    })
}

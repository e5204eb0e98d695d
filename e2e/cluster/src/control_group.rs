//! Manages a node's own control group, in every hierarchy of the machine.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// The controllers that the kubelet needs in a group of cgroup v2.
const CONTROLLERS: [&str; 4] = ["cpu", "cpuset", "memory", "pids"];

/// A group in which the kubelet creates those of its pods, so that several kubelets of one machine do not
/// take each other's pods for orphans.
pub(crate) struct ControlGroup {
    name: String,
    /// Its path in each hierarchy.
    directories: Vec<PathBuf>,
}

impl ControlGroup {
    /// Creates it, below a group with a name that is unique on the machine.
    pub(crate) fn new(parent: &str, name: &str) -> Result<Self> {
        let mounts =
            std::fs::read_to_string("/proc/self/mountinfo").context("cannot read the list of mounts")?;
        let mut group = Self {
            name: format!("/{parent}/{name}"),
            directories: Vec::new(),
        };
        for (hierarchy, has_controllers) in hierarchies(&mounts) {
            if has_controllers {
                delegate(&hierarchy)?;
            }
            for directory in [hierarchy.join(parent), hierarchy.join(parent).join(name)] {
                std::fs::create_dir_all(&directory)
                    .with_context(|| format!("cannot create the control group {}", directory.display()))?;
                if has_controllers {
                    delegate(&directory)?;
                }
            }
            group.directories.push(hierarchy.join(parent).join(name));
        }
        if group.directories.is_empty() {
            bail!("no control groups are mounted below /sys/fs/cgroup; a container needs --privileged");
        }
        Ok(group)
    }

    /// Returns its name for the kubelet.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Creates a group in it that limits the memory of its processes together, in bytes. Returns the file to
    /// which processes are added.
    pub(crate) fn limited(&self, name: &str, bytes: u64) -> Result<PathBuf> {
        let hierarchies = self.directories.iter().map(|directory| directory.join(name));
        for (group, limit) in hierarchies
            .flat_map(|group| ["memory.max", "memory.limit_in_bytes"].map(|limit| (group.clone(), limit)))
        {
            std::fs::create_dir_all(&group)
                .with_context(|| format!("cannot create the control group {}", group.display()))?;
            if group.join(limit).exists() {
                std::fs::write(group.join(limit), bytes.to_string())
                    .with_context(|| format!("cannot write {limit} of {}", group.display()))?;
                return Ok(group.join("cgroup.procs"));
            }
        }
        bail!("no hierarchy of control groups can limit memory");
    }

    /// Lists the groups of pods in it.
    pub(crate) fn pods(&self) -> Vec<PathBuf> {
        let mut pods = Vec::new();
        for directory in &self.directories {
            let kubepods = directory.join("kubepods");
            for parent in [
                kubepods.clone(),
                kubepods.join("burstable"),
                kubepods.join("besteffort"),
            ] {
                let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
                pods.extend(entries.map(|entry| entry.path()).filter(|path| {
                    path.file_name()
                        .is_some_and(|name| name.to_string_lossy().starts_with("pod"))
                }));
            }
        }
        pods
    }

    /// Kills every process in it, and removes it when they are gone.
    pub(crate) fn remove(&self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let mut left = Vec::new();
            for directory in &self.directories {
                remove(directory, &mut left);
            }
            if left.is_empty() {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("control groups are left behind: {left:?}");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Returns the mounted hierarchies, and whether controllers have to be enabled in each: only in cgroup v2
/// without v1.
fn hierarchies(mountinfo: &str) -> Vec<(PathBuf, bool)> {
    let mounts = mountinfo.lines().filter_map(|line| {
        let (mount, file_system) = line.split_once(" - ")?;
        let place = mount.split(' ').nth(4)?;
        place.starts_with("/sys/fs/cgroup").then_some((
            PathBuf::from(place),
            file_system.split(' ').next()? == "cgroup2",
            file_system,
        ))
    });
    mounts
        .filter(|(_, is_v2, file_system)| *is_v2 || file_system.starts_with("cgroup "))
        .map(|(place, is_v2, _)| {
            let has_controllers = is_v2
                && std::fs::read_to_string(place.join("cgroup.controllers"))
                    .is_ok_and(|list| list.split_whitespace().any(|name| name == "memory"));
            (place, has_controllers)
        })
        .collect()
}

/// Enables the controllers for the groups below this one of cgroup v2.
fn delegate(directory: &Path) -> Result<()> {
    let file = directory.join("cgroup.subtree_control");
    let enable = || {
        CONTROLLERS
            .iter()
            .try_for_each(|controller| std::fs::write(&file, format!("+{controller}")))
    };
    if enable().is_ok() {
        return Ok(());
    }
    // The root group of a container has processes, and a group with processes cannot enable controllers for
    // others.
    let processes = directory.join("podweave-e2e-processes");
    std::fs::create_dir_all(&processes)?;
    for pid in std::fs::read_to_string(directory.join("cgroup.procs"))?.lines() {
        // The process may have ended meanwhile.
        let _ = std::fs::write(processes.join("cgroup.procs"), pid);
    }
    enable().with_context(|| {
        format!(
            "cannot write {}; in a container, try --cgroupns=host",
            file.display()
        )
    })
}

/// Kills the processes and removes the groups below, and returns what is left.
fn remove(directory: &Path, left: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return;
    };
    for entry in entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
    {
        remove(&entry.path(), left);
    }
    for pid in std::fs::read_to_string(directory.join("cgroup.procs"))
        .unwrap_or_default()
        .lines()
    {
        if let Some(pid) = pid.parse().ok().and_then(Pid::from_raw) {
            // The process may have ended meanwhile.
            let _ = kill_process(pid, Signal::KILL);
        }
    }
    if std::fs::remove_dir(directory).is_err() && directory.exists() {
        left.push(directory.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::hierarchies;

    #[test]
    fn hierarchies_of_both_versions_are_found() {
        let mountinfo = "30 29 0:26 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n\
                         31 29 0:27 / /sys/fs/cgroup/of-no-machine rw,relatime - cgroup2 cgroup2 rw\n\
                         29 20 0:25 / /sys/fs/cgroup rw shared:8 - tmpfs tmpfs rw,mode=755\n\
                         32 29 0:28 / /tmp/cgroup rw - cgroup cgroup rw,cpu\n";
        let found: Vec<_> = hierarchies(mountinfo)
            .into_iter()
            .map(|(place, has_controllers)| (place.display().to_string(), has_controllers))
            .collect();
        assert_eq!(
            found,
            [
                ("/sys/fs/cgroup/memory".to_owned(), false),
                ("/sys/fs/cgroup/of-no-machine".to_owned(), false)
            ]
        );
    }
}

//! Reads how much memory the container of this process may use, from its control groups.

use std::fs;
use std::path::{Path, PathBuf};

/// Returns the smallest memory limit of the control groups of this process, in bytes; `None` if there is
/// none, or none is readable.
#[must_use]
pub fn memory() -> Option<u64> {
    memory_below(Path::new("/"))
}

fn memory_below(root: &Path) -> Option<u64> {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).ok()?;
    let files = groups.lines().flat_map(|line| files(root, line));
    files
        .filter_map(|file| fs::read_to_string(file).ok()?.trim().parse().ok())
        .min()
}

/// Returns the files with the limits of the groups that this process is in: its own, and each one above it.
/// In a container without a namespace of its own for control groups, the path is the node's, but the
/// container's group is mounted: that is the last of them.
fn files(root: &Path, line: &str) -> Vec<PathBuf> {
    let mut fields = line.splitn(3, ':').skip(1);
    let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else {
        return Vec::new();
    };
    let (mounted, file) = match controllers {
        "" => ("sys/fs/cgroup", "memory.max"),
        _ if controllers.split(',').any(|controller| controller == "memory") => {
            ("sys/fs/cgroup/memory", "memory.limit_in_bytes")
        }
        _ => return Vec::new(),
    };
    let below = |group: &Path| {
        root.join(mounted)
            .join(group.strip_prefix("/").unwrap_or(group))
            .join(file)
    };
    Path::new(path).ancestors().map(below).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory_of(groups: &str, limits: &[(&str, &str)]) -> Option<u64> {
        let root = tempfile::tempdir().unwrap();
        for (file, text) in [("proc/self/cgroup", groups)].iter().chain(limits) {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        memory_below(root.path())
    }

    #[test]
    fn the_least_limit_counts_of_all_groups_that_it_is_in() {
        let two = [
            ("sys/fs/cgroup/pod/memory.max", "1073741824\n"),
            ("sys/fs/cgroup/pod/agent/memory.max", "max\n"),
        ];
        assert_eq!(memory_of("0::/pod/agent\n", &two), Some(1 << 30));
        let nearer = [
            ("sys/fs/cgroup/pod/memory.max", "1073741824\n"),
            ("sys/fs/cgroup/pod/agent/memory.max", "536870912\n"),
        ];
        assert_eq!(memory_of("0::/pod/agent\n", &nearer), Some(512 << 20));
    }

    #[test]
    fn in_a_namespace_of_its_own_the_group_is_the_root() {
        assert_eq!(
            memory_of("0::/\n", &[("sys/fs/cgroup/memory.max", "1073741824\n")]),
            Some(1 << 30)
        );
    }

    #[test]
    fn version_1_has_its_own_place_for_memory() {
        let groups = "9:name=systemd:/\n4:memory:/kubepods/pod1/agent\n5:cpu,cpuacct:/kubepods\n0::/\n";
        assert_eq!(
            memory_of(
                groups,
                &[(
                    "sys/fs/cgroup/memory/kubepods/pod1/agent/memory.limit_in_bytes",
                    "1073741824\n"
                )]
            ),
            Some(1 << 30)
        );
        // The path is the node's, but the container's own group is mounted.
        assert_eq!(
            memory_of(
                groups,
                &[("sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n")]
            ),
            Some(1 << 30)
        );
    }

    #[test]
    fn without_a_limit_or_without_control_groups_there_is_none() {
        assert_eq!(
            memory_of("0::/pod\n", &[("sys/fs/cgroup/pod/memory.max", "max\n")]),
            None
        );
        assert_eq!(memory_of("nonsense\n", &[]), None);
        assert_eq!(memory_below(Path::new("/nowhere")), None);
    }
}

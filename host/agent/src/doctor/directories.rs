//! Checks the agent's directories: owner, mode, file system and free space.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use podweave_core::text::human_size;
use rustix::fs::{statfs, statvfs};

use super::finding::Finding;
use super::shown;
use crate::configuration::AgentConfiguration;

/// With less free space, files and records are likely to fail soon.
const LITTLE: u64 = 16 << 20;

/// With less free space on a disk, doctor warns.
const SOME: u64 = 128 << 20;

/// The kernel's magic number of a tmpfs.
const TMPFS: i64 = 0x0102_1994;

/// The state of a directory.
#[derive(Debug)]
pub(super) struct DirectoryState {
    user: u32,
    mode: u32,
    is_directory: bool,
    is_tmpfs: bool,
    /// Bytes.
    size: u64,
    free: u64,
}

pub(super) fn of(configuration: &AgentConfiguration) -> Vec<Finding> {
    let directories = &configuration.directories;
    let volumes = (directories.volumes.as_path(), look(&directories.volumes));
    let mut findings = vec![
        self::volumes(volumes.0, &volumes.1, configuration.limits.node_file_bytes),
        on_disk("records", &directories.records, &look(&directories.records)),
        on_disk("code", &directories.code, &look(&directories.code)),
    ];
    // An agent of an older version creates it when the first plugin is pulled.
    if directories.plugins.exists() {
        findings.push(on_disk(
            "plugins",
            &directories.plugins,
            &look(&directories.plugins),
        ));
    }
    findings
}

fn look(path: &Path) -> io::Result<DirectoryState> {
    let metadata = std::fs::symlink_metadata(path)?;
    let space = statvfs(path)?;
    Ok(DirectoryState {
        user: metadata.uid(),
        mode: metadata.mode() & 0o777,
        is_directory: metadata.is_dir(),
        is_tmpfs: statfs(path)?.f_type == TMPFS,
        size: space.f_blocks.saturating_mul(space.f_frsize),
        free: space.f_bavail.saturating_mul(space.f_frsize),
    })
}

fn volumes(path: &Path, seen: &io::Result<DirectoryState>, limit: u64) -> Finding {
    let found = match usable("volumes", path, seen) {
        Ok(found) => found,
        Err(finding) => return finding,
    };
    let path = shown(path);
    if !found.is_tmpfs {
        return Finding::warning(
            "volumes",
            format!("{path} is on a disk, where rendered files survive a reboot and take longer to write"),
            "move it to a tmpfs, such as /run on most nodes (directories.volumes in the agent's configuration)",
        );
    }
    if found.size < limit {
        return Finding::warning(
            "volumes",
            format!(
                "{path} is on a tmpfs of {}, less than the {} that limits.nodeFiles allows: writes fail before that limit explains why",
                size(found.size),
                size(limit)
            ),
            "make the tmpfs larger, or lower limits.nodeFiles in the agent's configuration",
        );
    }
    Finding::ok(
        "volumes",
        format!("{path} is on a tmpfs with {} free", size(found.free)),
    )
}

fn on_disk(check: &'static str, path: &Path, seen: &io::Result<DirectoryState>) -> Finding {
    let found = match usable(check, path, seen) {
        Ok(found) => found,
        Err(finding) => return finding,
    };
    let path = shown(path);
    if found.free < SOME {
        return Finding::warning(
            check,
            format!("{path} has only {} free", size(found.free)),
            "free space on its file system",
        );
    }
    Finding::ok(check, format!("{path} has {} free", size(found.free)))
}

/// The checks that apply to all directories.
fn usable<'a>(
    check: &'static str,
    path: &Path,
    seen: &'a io::Result<DirectoryState>,
) -> Result<&'a DirectoryState, Finding> {
    let path = shown(path);
    let found = match seen {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Finding::warning(
                check,
                format!("{path} does not exist yet"),
                "start the agent, which creates it; where doctor runs, it must be mounted as in the agent's pod",
            ));
        }
        Err(error) => {
            return Err(Finding::warning(
                check,
                format!("cannot inspect {path}: {error}"),
                "run this as root",
            ));
        }
    };
    if !found.is_directory {
        return Err(Finding::problem(
            check,
            format!("{path} is not a directory"),
            "remove it, or name another in the agent's configuration",
        ));
    }
    let user = rustix::process::geteuid().as_raw();
    if found.user != user || found.mode & 0o077 != 0 {
        return Err(Finding::problem(
            check,
            format!(
                "{path} belongs to user {} with mode {:04o}; podweave uses only directories of its own (user {user}, 0700)",
                found.user, found.mode
            ),
            "check its contents, then set owner and mode, or remove it: the agent recreates it",
        ));
    }
    if found.free < LITTLE {
        return Err(Finding::problem(
            check,
            format!("{path} has only {} free", size(found.free)),
            "free space on its file system",
        ));
    }
    Ok(found)
}

fn size(bytes: u64) -> String {
    human_size(usize::try_from(bytes).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    fn good() -> DirectoryState {
        DirectoryState {
            user: rustix::process::geteuid().as_raw(),
            mode: 0o700,
            is_directory: true,
            is_tmpfs: true,
            size: 1 << 30,
            free: 1 << 30,
        }
    }

    fn verdict(seen: DirectoryState) -> Verdict {
        volumes(Path::new("/v"), &Ok(seen), 256 << 20).verdict
    }

    #[test]
    fn rendered_files_need_a_large_enough_tmpfs() {
        assert_eq!(verdict(good()), Verdict::Ok);
        assert_eq!(
            verdict(DirectoryState {
                is_tmpfs: false,
                ..good()
            }),
            Verdict::Warning
        );
        assert_eq!(
            verdict(DirectoryState {
                size: 64 << 20,
                free: 64 << 20,
                ..good()
            }),
            Verdict::Warning
        );
        assert_eq!(
            verdict(DirectoryState {
                free: 1 << 20,
                ..good()
            }),
            Verdict::Problem
        );
        assert_eq!(
            verdict(DirectoryState {
                mode: 0o755,
                ..good()
            }),
            Verdict::Problem
        );
        assert_eq!(verdict(DirectoryState { user: 4321, ..good() }), Verdict::Problem);
        assert_eq!(
            verdict(DirectoryState {
                is_directory: false,
                ..good()
            }),
            Verdict::Problem
        );
    }

    #[test]
    fn a_missing_directory_is_created_by_the_agent() {
        let finding = on_disk(
            "code",
            Path::new("/c"),
            &Err(io::Error::from(io::ErrorKind::NotFound)),
        );
        assert_eq!((finding.verdict, finding.check), (Verdict::Warning, "code"));
        assert_eq!(
            on_disk(
                "code",
                Path::new("/c"),
                &Ok(DirectoryState {
                    free: 64 << 20,
                    ..good()
                })
            )
            .verdict,
            Verdict::Warning
        );
    }

    #[test]
    fn a_real_directory_is_inspected() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(
            on_disk("records", directory.path(), &look(directory.path())).check,
            "records"
        );
        assert!(look(&directory.path().join("absent")).is_err());
    }
}

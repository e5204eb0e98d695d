//! Finds programs of this machine, and the libraries that they load.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::programs;

/// A library: its path here, and the path where the loader looks for it in an image.
pub(super) struct Library {
    pub(super) file: PathBuf,
    pub(super) path: String,
}

/// Returns the libraries of a program, as the loader lists them; none if it is linked statically.
pub(super) fn libraries(program: &Path) -> Result<Vec<Library>> {
    let output = Command::new("ldd")
        .arg(program)
        .env("LD_LIBRARY_PATH", fetched_libraries()?)
        .output()
        .context("cannot start ldd (apt-get install libc-bin)")?;
    let (list, errors) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    if !output.status.success() {
        return match list.contains("statically linked") || errors.contains("not a dynamic executable") {
            true => Ok(Vec::new()),
            false => bail!("ldd {}: {}", program.display(), errors.trim()),
        };
    }
    list.lines()
        .filter_map(|line| library(line).transpose())
        .collect()
}

/// Parses a line of ldd: `name => /path (address)`, `/path/of/the/loader (address)`, or one of the kernel's,
/// which is not a file.
fn library(line: &str) -> Result<Option<Library>> {
    let line = line.trim();
    if line.contains("not found") {
        bail!("a library is missing: {line}");
    }
    let without_address = line.rsplit_once(" (").map_or(line, |(library, _)| library);
    match without_address.split_once(" => ") {
        Some((name, file)) => {
            let name = name.rsplit('/').next().unwrap_or(name);
            // A directory that every loader searches, on any architecture.
            Ok(Some(Library {
                file: file.into(),
                path: format!("/lib/{name}"),
            }))
        }
        // The program contains the path of the loader.
        None if without_address.starts_with('/') => Ok(Some(Library {
            file: without_address.into(),
            path: without_address.to_owned(),
        })),
        None => Ok(None),
    }
}

/// Returns the directories of libraries that tools/fetch-servers has unpacked.
fn fetched_libraries() -> Result<std::ffi::OsString> {
    let root = programs::target().join("servers/root");
    let mut directories = Vec::new();
    for parent in ["usr/lib", "lib"] {
        let Ok(entries) = std::fs::read_dir(root.join(parent)) else {
            continue;
        };
        directories.extend(
            entries
                .flatten()
                .map(|entry| entry.path())
                .filter(|path| path.to_string_lossy().contains("-linux-")),
        );
    }
    std::env::join_paths(directories).context("a path of fetched libraries contains a colon")
}

/// Finds a server: the installed one, or the one that tools/fetch-servers has unpacked.
pub(super) fn server(name: &str, variable: &str) -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(variable).filter(|value| !value.is_empty()) {
        return Ok(path.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian installs servers in directories that only root's PATH has.
    let installed =
        std::env::split_paths(&path).chain(["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from));
    let fetched =
        ["usr/sbin", "usr/bin"].map(|directory| programs::target().join("servers/root").join(directory));
    let found = installed
        .chain(fetched)
        .map(|directory| directory.join(name))
        .find(|program| program.is_file());
    found.with_context(|| {
        format!("there is no {name}: run tools/fetch-servers, install {name}, or set {variable}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<(String, String)> {
        library(line)
            .unwrap()
            .map(|library| (library.file.display().to_string(), library.path))
    }

    #[test]
    fn the_loader_stays_where_programs_look_for_it_and_libraries_move() {
        let of = |file: &str, path: &str| Some((file.to_owned(), path.to_owned()));
        assert_eq!(read("\tlinux-vdso.so.1 (0x00007f790c568000)"), None);
        assert_eq!(
            read("\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f790c375000)"),
            of("/lib/x86_64-linux-gnu/libc.so.6", "/lib/libc.so.6")
        );
        assert_eq!(
            read("\t/lib64/ld-linux-x86-64.so.2 (0x00007f790c56a000)"),
            of("/lib64/ld-linux-x86-64.so.2", "/lib64/ld-linux-x86-64.so.2")
        );
    }

    #[test]
    fn a_library_that_is_missing_is_an_error() {
        assert!(library("\tlibjemalloc.so.2 => not found").is_err());
    }
}

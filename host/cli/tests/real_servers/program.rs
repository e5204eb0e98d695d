//! Finds the real servers. A missing one is a failure with a remedy: a skipped test proves nothing.

use std::env;
use std::path::{Path, PathBuf};

pub fn nginx() -> PathBuf {
    find("nginx", "PODWEAVE_TEST_NGINX")
}

pub fn redis_server() -> PathBuf {
    find("redis-server", "PODWEAVE_TEST_REDIS")
}

/// The same order as in tools/fetch-servers.
fn find(name: &str, variable: &str) -> PathBuf {
    if let Some(path) = env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
    {
        assert!(
            path.is_file(),
            "{variable} names {}, which is not a file",
            path.display()
        );
        return path;
    }
    let path = env::var_os("PATH").unwrap_or_default();
    // Debian installs servers in directories that only root's PATH has.
    let superuser = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    let fetched = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/servers/bin");
    let directories = env::split_paths(&path).chain(superuser).chain([fetched]);
    let found = directories
        .map(|directory| directory.join(name))
        .find(|program| program.is_file());
    found.unwrap_or_else(|| panic!("there is no {name} on this machine: run tools/fetch-servers (it needs no root), install {name}, or set {variable}"))
}

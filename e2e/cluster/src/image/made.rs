//! Builds the images of the tests: those that a node needs, a shell, real servers, and podweave itself.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{Image, program};
use crate::containerd::PAUSE_IMAGE;
use crate::programs;

/// Waits for a signal to end, and reaps orphaned processes.
const PAUSE: &str = r#"
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void end(int signal) { (void)signal; _exit(0); }
static void reap(int signal) { (void)signal; while (waitpid(-1, 0, WNOHANG) > 0); }

int main(void) {
    signal(SIGINT, end);
    signal(SIGTERM, end);
    signal(SIGCHLD, reap);
    for (;;) pause();
}
"#;

const USERS: &str = "root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www-data:/var/www:/bin/false\nnobody:x:65534:65534:nobody:/:/bin/false\n";
const GROUPS: &str = "root:x:0:\nwww-data:x:33:\nnogroup:x:65534:\n";

impl Image {
    /// Builds the image that holds the namespaces of a pod. A node imports it by itself.
    pub fn pause() -> Result<Self> {
        let directory = tempfile::tempdir().context("cannot create a temporary directory")?;
        let (source, program) = (directory.path().join("pause.c"), directory.path().join("pause"));
        std::fs::write(&source, PAUSE)?;
        let compiled = Command::new("cc")
            .args(["-static", "-Os", "-o"])
            .arg(&program)
            .arg(&source)
            .output();
        let compiled = compiled.context("there is no C compiler, cc (apt-get install gcc libc6-dev)")?;
        if !compiled.status.success() {
            bail!(
                "cannot compile the program of the pause image (apt-get install libc6-dev): {}",
                String::from_utf8_lossy(&compiled.stderr).trim()
            );
        }
        Self::new(PAUSE_IMAGE)
            .program("/pause", &program)
            .map(|image| image.entry_point(&["/pause"]))
    }

    /// Builds `podweave.test/busybox:1`: a shell and its tools.
    pub fn busybox() -> Result<Self> {
        let busybox = busybox()?;
        let applets = Command::new(&busybox)
            .arg("--list")
            .output()
            .with_context(|| format!("cannot start {}", busybox.display()))?;
        let image = Self::new("podweave.test/busybox:1")
            .with_users()
            .program("/bin/busybox", &busybox)?
            .env("PATH", "/bin:/usr/local/bin");
        let applets =
            String::from_utf8(applets.stdout).context("busybox lists applets that are not UTF-8")?;
        Ok(applets
            .lines()
            .filter(|applet| *applet != "busybox")
            .fold(image, |image, applet| {
                image.link(&format!("/bin/{applet}"), "busybox")
            }))
    }

    /// Builds `podweave.test/servers:1`: the real nginx and redis-server, and busybox.
    pub fn servers() -> Result<Self> {
        let image = Self {
            names: vec!["podweave.test/servers:1".to_owned()],
            ..Self::busybox()?
        };
        let image = image
            .program(
                "/usr/local/bin/nginx",
                &program::server("nginx", "PODWEAVE_TEST_NGINX")?,
            )?
            .program(
                "/usr/local/bin/redis-server",
                &program::server("redis-server", "PODWEAVE_TEST_REDIS")?,
            )?;
        // The default log of Debian's nginx; it is opened before any configuration is read.
        Ok(image
            .directory("/var/log/nginx", 0o777)
            .link("/var/log/nginx/error.log", "/dev/stderr")
            .directory("/var/lib/nginx", 0o777)
            .directory("/data", 0o777))
    }

    /// Builds the image of podweave with the program that was built, under the name of the deployment.
    pub fn podweave(name: &str) -> Result<Self> {
        let program = programs::target().join("release/podweave");
        if !program.is_file() {
            bail!("there is no {}: run cargo build --release", program.display());
        }
        let image = Self::new(name)
            .with_users()
            .program("/usr/local/bin/podweave", &program)?;
        Ok(image
            .entry_point(&["/usr/local/bin/podweave"])
            .env("PATH", "/usr/local/bin"))
    }

    fn with_users(self) -> Self {
        self.file("/etc/passwd", USERS, 0o644)
            .file("/etc/group", GROUPS, 0o644)
            .directory("/tmp", 0o1777)
            .directory("/run", 0o755)
    }
}

/// Finds a busybox that needs no libraries: the installed one, or the one that tools/build-cluster has
/// unpacked.
fn busybox() -> Result<PathBuf> {
    let unpacked = programs::target().join("cluster/packages/busybox-static");
    let places = [
        PathBuf::from("/bin/busybox"),
        unpacked.join("bin/busybox"),
        unpacked.join("usr/bin/busybox"),
    ];
    let found = places.into_iter().find(|path| path.is_file());
    found.context("there is no busybox: run tools/build-cluster, or apt-get install busybox-static")
}

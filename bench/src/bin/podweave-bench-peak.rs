//! Runs a program and prints its peak resident memory in KiB. Usage: `podweave-bench-peak PROGRAM
//! [ARGUMENT...]`
//!
//! It is a separate program because the kernel also counts the resident memory of the starting process: that
//! of this program is smaller than that of any measured program.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let program = arguments
        .next()
        .context("usage: podweave-bench-peak PROGRAM [ARGUMENT...]")?;
    let status = Command::new(&program)
        .args(arguments)
        .stdout(Stdio::null())
        .status()
        .with_context(|| format!("cannot run {}", program.display()))?;
    ensure!(status.success(), "{} failed: {status}", program.display());
    println!("{}", peak_kib_of_children()?);
    Ok(())
}

#[allow(unsafe_code, reason = "neither the standard library nor rustix has getrusage")]
fn peak_kib_of_children() -> Result<i64> {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the pointer is valid for the kernel to write a `rusage` to.
    let code = unsafe { libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr()) };
    ensure!(code == 0, "getrusage: {}", std::io::Error::last_os_error());
    // SAFETY: all zeros are a valid `rusage`, and the kernel has filled it.
    Ok(unsafe { usage.assume_init() }.ru_maxrss)
}

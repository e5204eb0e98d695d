//! Checks the features of the kernel that podweave uses.

use podweave_sandbox::Allocation;

use super::finding::Finding;
use crate::directory::Directory;

/// The features of this kernel.
#[derive(Debug, Clone, Copy)]
pub(super) struct KernelState {
    /// `openat2` can be called.
    confined_paths: bool,
    /// `PAGEMAP_SCAN` works, by which only written pages of a plugin's memory are cleared.
    pagemap_scan: bool,
}

pub(super) fn look() -> KernelState {
    KernelState {
        confined_paths: Directory::is_supported(),
        pagemap_scan: Allocation::has_pagemap_scan(),
    }
}

pub(super) fn judge(seen: KernelState) -> Finding {
    if !seen.confined_paths {
        return Finding::problem(
            "kernel",
            "the system call openat2 is missing or forbidden: the agent cannot write files without it",
            "use Linux 5.6 or newer, and a seccomp profile that allows it (RuntimeDefault does)",
        );
    }
    if !seen.pagemap_scan {
        return Finding::warning(
            "kernel",
            "the kernel has no PAGEMAP_SCAN, so each render takes about 10 us longer",
            "use Linux 6.7 or newer if that matters",
        );
    }
    Finding::ok("kernel", "the kernel has all features that podweave uses")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn an_older_kernel_is_a_warning_and_a_too_old_one_a_problem() {
        let verdict = |confined_paths, pagemap_scan| {
            judge(KernelState {
                confined_paths,
                pagemap_scan,
            })
            .verdict
        };
        assert_eq!(
            [verdict(true, true), verdict(true, false), verdict(false, true)],
            [Verdict::Ok, Verdict::Warning, Verdict::Problem]
        );
    }
}

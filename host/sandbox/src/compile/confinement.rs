//! Drops privileges of the compiling process before it reads anything. A bug in the compiler can then only be
//! abused by a process that can only compute.
//!
//! A restriction that the kernel does not know, or a container's own policy forbids, is skipped; the others
//! apply. docs/security.md says what is missing where.

use std::collections::BTreeMap;
use std::io;

use landlock::{ABI, Access as _, AccessFs, AccessNet, Ruleset, RulesetAttr as _, RulesetError, Scope};
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use rustix::thread::{CapabilitySet, CapabilitySets, Gid, Uid};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch,
};

/// The user and group `nobody`, which by convention own nothing.
const UNPRIVILEGED: u32 = 65_534;

/// The largest code: about three times the code of the largest component.
const MAX_CODE_BYTES: u64 = 256 << 20;

/// Why the process cannot be confined.
#[derive(Debug, thiserror::Error)]
pub enum ConfinementError {
    /// A system call failed.
    #[error(transparent)]
    System(#[from] Errno),
    /// Landlock refused the rules.
    #[error("landlock")]
    Landlock(#[from] RulesetError),
    /// The filter of system calls cannot be created or set.
    #[error("seccomp")]
    Seccomp(#[from] seccompiler::Error),
    /// The filter of system calls cannot be created.
    #[error("seccomp")]
    Filter(#[from] seccompiler::BackendError),
}

/// Drops everything that this process has except its standard streams, memory and time. Call it before the
/// process starts a thread.
///
/// # Errors
/// A limit cannot be set, or the kernel refuses rules that it knows.
pub fn confine(memory_bytes: u64, seconds: u64) -> Result<(), ConfinementError> {
    close_inherited();
    // The parent starts it through a link of the kernel, so `ps` would call it "exe".
    rustix::thread::set_name(c"podweave")?;
    // If memory runs out, the kernel must kill this process, not the waiting parent. Only root can lower the
    // score again.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    limit(memory_bytes, seconds)?;
    leave_user()?;
    // Set it after changing the user, which resets it.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    rustix::thread::set_no_new_privs(true)?;
    forbid_files_and_network()?;
    // No files beside the standard streams. Landlock needs one while it is set up.
    lower(Resource::Nofile, 3, 3)?;
    forbid_system_calls()
}

/// Closes files that the parent has left open. Linux before 5.9 lacks the call, and such files stay open;
/// podweave itself leaves none open.
fn close_inherited() {
    const FIRST: libc::c_uint = 3;
    // SAFETY: no memory is involved, and nothing in this process has opened a descriptor yet, so none is in
    // use.
    #[allow(unsafe_code, reason = "rustix has no close_range")]
    unsafe {
        libc::syscall(libc::SYS_close_range, FIRST, libc::c_uint::MAX, 0 as libc::c_uint);
    }
}

/// RLIMIT_NPROC is not set: it counts all processes of a user, and the filter of system calls forbids
/// creating processes anyway.
fn limit(memory_bytes: u64, seconds: u64) -> rustix::io::Result<()> {
    lower(Resource::As, memory_bytes, memory_bytes)?;
    // All threads count, and the parent watches the clock; this limit replaces the parent if it is gone. The
    // first of the two limits has a signal of its own.
    let cpu = seconds.saturating_mul(4);
    lower(Resource::Cpu, cpu, cpu.saturating_add(1))?;
    lower(Resource::Fsize, MAX_CODE_BYTES, MAX_CODE_BYTES)?;
    lower(Resource::Core, 0, 0)
}

fn lower(resource: Resource, current: u64, maximum: u64) -> rustix::io::Result<()> {
    let most = getrlimit(resource).maximum.unwrap_or(u64::MAX);
    setrlimit(
        resource,
        Rlimit {
            current: Some(current.min(most)),
            maximum: Some(maximum.min(most)),
        },
    )
}

/// Changes to an unprivileged user if possible, and drops all capabilities in any case.
///
/// The user stays the same if changing it is forbidden, as in a container that drops the capabilities for it.
/// It also stays if the parent lacks CAP_KILL, because the parent could then not end the process. That would
/// be the greater harm: in either case the process has no capabilities and reaches no files.
fn leave_user() -> rustix::io::Result<()> {
    let needed = CapabilitySet::SETUID | CapabilitySet::SETGID | CapabilitySet::KILL;
    if rustix::process::geteuid().is_root() && rustix::thread::capabilities(None)?.effective.contains(needed)
    {
        let (user, group) = (Uid::from_raw(UNPRIVILEGED), Gid::from_raw(UNPRIVILEGED));
        // A user namespace may not know this user; then the other restrictions must suffice.
        let _ = rustix::thread::set_thread_groups(&[])
            .and_then(|()| rustix::thread::set_thread_res_gid(group, group, group))
            .and_then(|()| rustix::thread::set_thread_res_uid(user, user, user));
    }
    let none = CapabilitySet::empty();
    rustix::thread::set_capabilities(
        None,
        CapabilitySets {
            effective: none,
            permitted: none,
            inheritable: none,
        },
    )
}

/// Forbids opening and changing files, using ports, and signalling other processes. An older kernel forbids
/// less of this.
fn forbid_files_and_network() -> Result<(), RulesetError> {
    const NEWEST: ABI = ABI::V6;
    let rules = Ruleset::default();
    let rules = rules
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?;
    rules.create()?.restrict_self().map(drop)
}

/// The system calls that compiling needs: to read, compute on some threads, and write.
const ALLOWED: [libc::c_long; 34] = [
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    // Handled below.
    libc::SYS_clone3,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_fstat,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_sigaltstack,
    libc::SYS_write,
    libc::SYS_writev,
];

/// Makes all other calls fail with "not permitted".
fn forbid_system_calls() -> Result<(), ConfinementError> {
    // There is no filter for other architectures.
    let Ok(machine) = TargetArch::try_from(std::env::consts::ARCH) else {
        return Ok(());
    };
    let with = |argument: u8, operator: SeccompCmpOp, value: u64| {
        SeccompRule::new(vec![SeccompCondition::new(
            argument,
            SeccompCmpArgLen::Dword,
            operator,
            value,
        )?])
        .map(|rule| vec![rule])
    };
    let thread = libc::CLONE_THREAD as u64;
    let mut allowed: BTreeMap<i64, Vec<SeccompRule>> =
        ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    // These allow threads but no processes, the name of a thread, and a signal to itself, which is how a
    // process aborts.
    allowed.insert(libc::SYS_clone, with(0, SeccompCmpOp::MaskedEq(thread), thread)?);
    allowed.insert(
        libc::SYS_prctl,
        with(0, SeccompCmpOp::Eq, libc::PR_SET_NAME as u64)?,
    );
    allowed.insert(
        libc::SYS_tgkill,
        with(0, SeccompCmpOp::Eq, u64::from(std::process::id()))?,
    );
    let only = SeccompFilter::new(
        allowed,
        SeccompAction::Errno(libc::EPERM as u32),
        SeccompAction::Allow,
        machine,
    )?;
    // The arguments of clone3 are in memory, where a filter cannot see them. If the call seems to be missing,
    // the C library uses clone.
    let older = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    let older = SeccompFilter::new(
        older,
        SeccompAction::Allow,
        SeccompAction::Errno(libc::ENOSYS as u32),
        machine,
    )?;
    apply(older)?;
    apply(only)
}

fn apply(filter: SeccompFilter) -> Result<(), ConfinementError> {
    let program = BpfProgram::try_from(filter)?;
    match seccompiler::apply_filter(&program) {
        Err(seccompiler::Error::Prctl(error) | seccompiler::Error::Seccomp(error)) if is_unknown(&error) => {
            Ok(())
        }
        applied => Ok(applied?),
    }
}

/// Whether the kernel lacks the feature, or the filter of the surrounding container forbids it.
fn is_unknown(error: &io::Error) -> bool {
    let known = [Errno::INVAL, Errno::NOSYS, Errno::PERM];
    known
        .iter()
        .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

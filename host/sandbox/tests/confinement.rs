//! Checks that the compiling process can only read its input, compute, and write its output.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// A confined process that waits, and the results of what it tried.
struct Confined {
    process: Child,
    told: BTreeMap<String, String>,
}

impl Confined {
    /// Started by a careless parent, which passes an open file on.
    fn new() -> Self {
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", "exec 9</etc/passwd; exec \"$0\""])
            .arg(env!("CARGO_BIN_EXE_podweave-confined"));
        let mut process = shell
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap())
            .lines()
            .map(Result::unwrap);
        let told = lines.take_while(|line| line != "end").map(|line| {
            line.split_once(": ")
                .map(|(what, how)| (what.to_owned(), how.to_owned()))
                .unwrap()
        });
        Self {
            told: told.collect(),
            process,
        }
    }

    fn of_process(&self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.process.id())).unwrap()
    }

    /// Returns a field of the kernel's status of the process.
    fn status(&self, field: &str) -> String {
        let status = self.of_process("status");
        status
            .lines()
            .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))
            .unwrap_or_default()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }
}

impl Drop for Confined {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

#[test]
fn files_network_programs_and_other_processes_are_out_of_reach() {
    let mut confined = Confined::new();
    assert_eq!(
        confined.told.remove("start a thread").as_deref(),
        Some("done"),
        "it can do what it needs: {:?}",
        confined.told
    );
    assert!(confined.told.len() >= 14, "{:?}", confined.told);
    for (what, how) in &confined.told {
        assert_eq!(how, "PermissionDenied", "{what}");
    }
}

#[test]
fn the_kernel_reports_the_confinement() {
    let confined = Confined::new();
    assert_eq!(confined.status("NoNewPrivs"), "1");
    assert_eq!(confined.status("Seccomp"), "2", "a filter");
    assert_eq!(confined.status("CapEff"), "0000000000000000");
    assert_eq!(confined.status("CapPrm"), "0000000000000000");
    assert_eq!(confined.of_process("oom_score_adj").trim(), "1000");
    let limits = confined.of_process("limits");
    let limit = |name: &str| {
        limits
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap()
            .split_whitespace()
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(limit("Max address space"), (1u64 << 30).to_string());
    assert_eq!(limit("Max open files"), "3");
    assert_eq!(limit("Max core file size"), "0");
    assert_eq!(limit("Max cpu time"), "240");
}

#[test]
fn a_child_of_root_is_unprivileged_with_only_standard_streams() {
    // Only root sees which files another user's process has open, and only root can change its user.
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let confined = Confined::new();
    assert_eq!(confined.status("Uid"), "65534 65534 65534 65534");
    assert_eq!(confined.status("Gid"), "65534 65534 65534 65534");
    assert_eq!(confined.status("Groups"), "");
    let mut open: Vec<_> = fs::read_dir(format!("/proc/{}/fd", confined.process.id()))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    open.sort();
    assert_eq!(open, ["0", "1", "2"]);
}

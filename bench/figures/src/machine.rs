//! Describes the machine, on which the figures depend.

use std::fs;
use std::time::Duration;

/// If other work takes more CPUs than this, times are noisy.
const QUIET: f64 = 0.2;

const MOMENT: Duration = Duration::from_secs(1);

/// The unit of /proc/stat, on every Linux.
const TICKS_IN_A_SECOND: f64 = 100.0;

/// The machine in one line.
#[must_use]
pub fn description() -> String {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "Linux {}, {cpus} CPUs ({})",
        kernel.trim(),
        model().unwrap_or_else(|| std::env::consts::ARCH.to_owned())
    )
}

fn model() -> Option<String> {
    let cpus = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = cpus.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// Measures how many CPUs other work takes, during a moment in which this process does nothing.
#[must_use]
pub fn busy_cpus() -> f64 {
    let Some(before) = cpu_time() else { return 0.0 };
    std::thread::sleep(MOMENT);
    cpu_time().map_or(0.0, |after| {
        after.saturating_sub(before) as f64 / TICKS_IN_A_SECOND / MOMENT.as_secs_f64()
    })
}

/// The ticks in which CPUs were not idle. The fields are user, nice, system, then idle and waiting (not
/// counted), then interrupts and stolen time.
fn cpu_time() -> Option<u64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let ticks: Vec<u64> = stat
        .lines()
        .next()?
        .split_ascii_whitespace()
        .skip(1)
        .map_while(|ticks| ticks.parse().ok())
        .collect();
    Some(ticks.iter().take(3).sum::<u64>() + ticks.iter().skip(5).take(3).sum::<u64>())
}

/// Says whether the machine was quiet enough for reliable times.
#[must_use]
pub fn noise(busy_cpus: f64) -> String {
    if busy_cpus > QUIET {
        format!(
            "The machine was busy with other work ({busy_cpus:.1} CPUs): ratios hold, p99 and single times less so."
        )
    } else {
        "The machine was quiet.".to_owned()
    }
}

//! Formats the result of `podweave bench`.

use std::fmt::Write as _;
use std::time::Duration;

use podweave_core::api::API_VERSION;
use podweave_core::text::human_size;
use serde_json::{Value, json};

use super::comparison::{Comparison, Verdict};
use super::history::Kept;
use super::measure::Measured;
use crate::messages::{BAD, FAINT, GOOD, HEADING, NAME, styled};

/// The result of one container.
pub struct Row {
    pub namespace: String,
    pub pod: String,
    pub container: String,
    pub measured: Measured,
    /// The last run, and the comparison with it.
    pub last: Option<(Kept, Comparison)>,
}

/// Builds a `BenchmarkList`.
pub fn document(rows: &[Row]) -> Value {
    let item = |row: &Row| {
        let Measured {
            plugins,
            cold,
            warm,
            renders_per_second,
            memory_bytes,
        } = &row.measured;
        let comparison = row.last.as_ref().map(|(last, comparison)| {
            json!({
                "verdict": comparison.verdict.name(),
                "change": comparison.change,
                "noise": comparison.noise,
                "last": { "version": last.version, "plugins": last.plugins, "warm": last.warm },
            })
        });
        json!({
            "namespace": row.namespace,
            "pod": row.pod,
            "container": row.container,
            "plugins": plugins,
            "cold": { "compile": nanoseconds(cold.compile), "load": nanoseconds(cold.load), "firstRender": nanoseconds(cold.first_render) },
            "warm": warm,
            "rendersPerSecond": renders_per_second,
            "memoryBytes": memory_bytes,
            "comparison": comparison,
        })
    };
    json!({ "apiVersion": API_VERSION, "kind": "BenchmarkList", "items": rows.iter().map(item).collect::<Vec<_>>() })
}

/// Formats the result as text for people.
pub fn table(rows: &[Row]) -> String {
    rows.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn one(row: &Row) -> String {
    let title = format!("{}/{}, container {}", row.namespace, row.pod, row.container);
    let mut text = format!("{}\n", styled(HEADING, &title));
    for (label, said) in figures(row) {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "  {}{}{said}",
            styled(NAME, label),
            " ".repeat(12 - label.len())
        );
    }
    text
}

/// Returns what was measured, line by line, with a label each.
fn figures(row: &Row) -> [(&'static str, String); 6] {
    let Measured {
        cold,
        warm,
        renders_per_second,
        memory_bytes,
        ..
    } = &row.measured;
    let quantile = |nanoseconds| shown(Duration::from_nanos(nanoseconds));
    let last = row.last.as_ref().map_or_else(
        || styled(FAINT, "none on this machine"),
        |(last, comparison)| compared(&row.measured, last, comparison),
    );
    [
        (
            "compile",
            format!("{}, once for each version of a plugin", shown(cold.compile)),
        ),
        (
            "cold",
            format!(
                "load {}, first render {}",
                shown(cold.load),
                shown(cold.first_render)
            ),
        ),
        (
            "warm",
            format!(
                "p50 {}, p90 {}, p99 {}",
                quantile(warm.p50),
                quantile(warm.p90),
                quantile(warm.p99)
            ),
        ),
        (
            "throughput",
            format!(
                "{renders_per_second:.0} renders per second on one thread ({} renders)",
                warm.renders
            ),
        ),
        ("memory", human_size(*memory_bytes)),
        ("last run", last),
    ]
}

fn compared(now: &Measured, last: &Kept, comparison: &Comparison) -> String {
    let percent = (comparison.change * 100.0).abs();
    let noise = comparison.noise * 100.0;
    let said = match comparison.verdict {
        Verdict::Faster => styled(GOOD, &format!("{percent:.0} % faster")),
        Verdict::Slower => styled(BAD, &format!("{percent:.0} % slower")),
        Verdict::Same => "no difference beyond the noise".to_owned(),
    };
    let plugin = if now.plugins == last.plugins {
        ""
    } else {
        ", with another plugin"
    };
    format!(
        "{said} (p50 was {}{plugin}; noise {noise:.0} %)",
        shown(Duration::from_nanos(last.warm.p50))
    )
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Formats a duration with three digits: `12.3 us`, `4.56 ms`, `1.23 s`.
fn shown(duration: Duration) -> String {
    let microseconds = duration.as_secs_f64() * 1e6;
    let (value, unit) = match microseconds {
        small if small < 1000.0 => (small, "us"),
        middle if middle < 1e6 => (middle / 1e3, "ms"),
        large => (large / 1e6, "s"),
    };
    let places = match value {
        value if value < 10.0 => 2,
        value if value < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.places$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_figures_and_a_unit() {
        for (nanoseconds, text) in [
            (1_234, "1.23 us"),
            (12_345, "12.3 us"),
            (123_456, "123 us"),
            (4_560_000, "4.56 ms"),
            (2_000_000_000, "2.00 s"),
        ] {
            assert_eq!(shown(Duration::from_nanos(nanoseconds)), text);
        }
    }
}

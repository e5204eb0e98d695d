//! Summarizes latencies.

use serde::{Deserialize, Serialize};

/// The number of consecutive parts into which the latencies are split, to see how much their medians differ.
const PARTS: usize = 20;

/// A summary of latencies, in nanoseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The number of renders.
    pub renders: usize,
    /// The median.
    pub p50: u64,
    /// The 90th percentile.
    pub p90: u64,
    /// The 99th percentile.
    pub p99: u64,
    /// The spread of the medians of the parts, without the outer quarters, relative to the median.
    pub noise: f64,
}

impl Summary {
    /// Summarizes latencies in the order in which they were measured; `None` if there are none.
    pub fn of(latencies: &[u64]) -> Option<Self> {
        let mut sorted = latencies.to_vec();
        sorted.sort_unstable();
        let p50 = quantile(&sorted, 50)?;
        let mut medians: Vec<u64> = latencies
            .chunks(latencies.len().div_ceil(PARTS).max(1))
            .filter_map(median)
            .collect();
        medians.sort_unstable();
        let spread = quantile(&medians, 75)?.saturating_sub(quantile(&medians, 25)?);
        Some(Self {
            renders: latencies.len(),
            p50,
            p90: quantile(&sorted, 90)?,
            p99: quantile(&sorted, 99)?,
            // Latencies are far below the 2^53 up to which this is exact.
            noise: spread as f64 / p50.max(1) as f64,
        })
    }
}

fn median(latencies: &[u64]) -> Option<u64> {
    let mut sorted = latencies.to_vec();
    sorted.sort_unstable();
    quantile(&sorted, 50)
}

/// Returns the given percentile of sorted values.
fn quantile(sorted: &[u64], percent: usize) -> Option<u64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_measured_values() {
        let latencies: Vec<u64> = (1..=1000).rev().collect();
        let summary = Summary::of(&latencies).expect("there are some");
        assert_eq!(
            (summary.renders, summary.p50, summary.p90, summary.p99),
            (1000, 500, 900, 990)
        );
        assert_eq!(
            Summary::of(&[7]),
            Some(Summary {
                renders: 1,
                p50: 7,
                p90: 7,
                p99: 7,
                noise: 0.0
            })
        );
        assert_eq!(Summary::of(&[]), None);
    }

    #[test]
    fn outliers_are_not_noise() {
        let latencies: Vec<u64> = (0..10_000)
            .map(|number| if number % 500 == 0 { 1_000_000 } else { 100 })
            .collect();
        let summary = Summary::of(&latencies).expect("there are some");
        assert_eq!((summary.p50, summary.p99, summary.noise), (100, 100, 0.0));
    }

    #[test]
    fn a_run_whose_speed_changes_is_noisy() {
        let latencies: Vec<u64> = (0..1000)
            .map(|number| if number < 500 { 100 } else { 150 })
            .collect();
        assert!(Summary::of(&latencies).expect("there are some").noise >= 0.5);
    }
}

//! Compares a run with the last one: faster, slower, or no difference beyond the noise.

use super::statistics::Summary;

/// The difference of two runs on one machine that is always taken for noise.
const LEAST_NOISE: f64 = 0.02;

/// The comparison of this run with the last one, by their medians.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    pub verdict: Verdict,
    /// The change of the median: `-0.25` is a quarter less time.
    pub change: f64,
    /// The sum of the differences within both runs.
    pub noise: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Faster,
    Slower,
    /// The difference is within the noise.
    Same,
}

impl Comparison {
    pub fn of(now: &Summary, last: &Summary) -> Self {
        // Latencies are far below the 2^53 up to which this is exact.
        let change = now.p50.max(1) as f64 / last.p50.max(1) as f64 - 1.0;
        // The last run is read from a file and may be broken; then it is left out.
        let noise = (now.noise.max(0.0) + last.noise.max(0.0)).max(LEAST_NOISE);
        let verdict = if change.abs() <= noise {
            Verdict::Same
        } else if change < 0.0 {
            Verdict::Faster
        } else {
            Verdict::Slower
        };
        Self {
            verdict,
            change,
            noise,
        }
    }
}

impl Verdict {
    pub fn name(self) -> &'static str {
        match self {
            Self::Faster => "faster",
            Self::Slower => "slower",
            Self::Same => "same",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(p50: u64, noise: f64) -> Summary {
        Summary {
            renders: 1000,
            p50,
            p90: p50,
            p99: p50,
            noise,
        }
    }

    fn verdict(now: Summary, last: Summary) -> Verdict {
        Comparison::of(&now, &last).verdict
    }

    #[test]
    fn a_clear_difference_is_named() {
        assert_eq!(verdict(run(50, 0.01), run(100, 0.01)), Verdict::Faster);
        assert_eq!(verdict(run(150, 0.01), run(100, 0.01)), Verdict::Slower);
    }

    #[test]
    fn a_difference_within_the_noise_does_not_count() {
        assert_eq!(verdict(run(120, 0.15), run(100, 0.10)), Verdict::Same);
        assert_eq!(verdict(run(80, 0.0), run(100, 0.3)), Verdict::Same);
        assert_eq!(verdict(run(130, 0.15), run(100, 0.10)), Verdict::Slower);
    }

    #[test]
    fn at_least_two_percent_count_as_noise() {
        assert_eq!(verdict(run(101, 0.0), run(100, 0.0)), Verdict::Same);
    }

    #[test]
    fn a_broken_history_gives_no_verdict() {
        assert_eq!(verdict(run(100, f64::NAN), run(100, 0.0)), Verdict::Same);
        assert_eq!(verdict(run(0, 0.0), run(0, 0.0)), Verdict::Same);
    }
}

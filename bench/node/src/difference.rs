//! Computes the difference of two means with its confidence interval.

use std::time::Duration;

/// In a normal distribution, 95 % are within this many standard deviations. There are at least a hundred
/// samples of each kind.
const QUANTILE: f64 = 1.96;

/// The difference of two means with its 95 % interval, in milliseconds. The variances may differ (Welch).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// The difference of the means.
    pub mean: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Difference {
    /// The mean of `times` minus the mean of `base`.
    #[must_use]
    pub fn of(times: &[Duration], base: &[Duration]) -> Self {
        let (first, second) = (moments(times), moments(base));
        let (mean, error) = (first.0 - second.0, (first.1 + second.1).sqrt());
        Self {
            mean,
            low: mean - QUANTILE * error,
            high: mean + QUANTILE * error,
        }
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{:+.2} ms, 95 % interval {:+.2} to {:+.2}",
            self.mean, self.low, self.high
        )
    }
}

/// The mean, and the square of its standard error.
fn moments(times: &[Duration]) -> (f64, f64) {
    let count = times.len() as f64;
    let milliseconds = || times.iter().map(|time| time.as_secs_f64() * 1e3);
    let mean = milliseconds().sum::<f64>() / count;
    let squares: f64 = milliseconds().map(|time| (time - mean).powi(2)).sum();
    (mean, squares / (count - 1.0) / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(milliseconds: [u64; 4]) -> Vec<Duration> {
        milliseconds.map(Duration::from_millis).to_vec()
    }

    #[test]
    fn the_interval_matches_a_known_example() {
        // Means 13 and 10, variances 20/3 and 8/3: the standard error is sqrt(20/12 + 8/12).
        let difference = Difference::of(&times([10, 12, 14, 16]), &times([8, 10, 10, 12]));
        assert_eq!(difference.mean, 3.0);
        let error = (28.0_f64 / 12.0).sqrt();
        assert!(
            (difference.high - (3.0 + 1.96 * error)).abs() < 1e-9
                && (difference.low - (3.0 - 1.96 * error)).abs() < 1e-9
        );
    }
}

//! Measures contenders many times, in turns, so that disturbances of the machine affect all of them.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::Result;

/// Measured times of one contender.
#[derive(Debug, Default)]
pub struct Samples(Vec<Duration>);

/// The work of a contender: does it this many times and returns the time of each.
pub type Work<'a> = Box<dyn FnMut(usize) -> Result<Vec<Duration>> + 'a>;

/// How many repetitions are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Enough repetitions for reliable figures.
    Full,
    /// A few repetitions, only to check that a benchmark works.
    Short,
}

impl Effort {
    /// The effort for the flag `--short`.
    #[must_use]
    pub fn of(is_short: bool) -> Self {
        if is_short { Self::Short } else { Self::Full }
    }

    /// The number of repetitions: `full`, or at most two in the short form.
    #[must_use]
    pub fn times(self, full: usize) -> usize {
        match self {
            Self::Full => full,
            Self::Short => full.min(2),
        }
    }
}

/// How often contenders take turns.
#[derive(Debug, Clone, Copy)]
pub struct Turns {
    /// Rounds; each contender has one turn in each.
    pub rounds: usize,
    /// Repetitions at the beginning of a turn that are not timed, so that caches are warm, as in a busy
    /// process.
    pub warm_up: usize,
    /// Timed repetitions in a turn.
    pub timed: usize,
}

impl Turns {
    /// The same turns with this effort.
    #[must_use]
    pub fn with(self, effort: Effort) -> Self {
        Self {
            rounds: effort.times(self.rounds),
            warm_up: effort.times(self.warm_up),
            timed: effort.times(self.timed),
        }
    }

    /// Runs all contenders in turns.
    ///
    /// # Errors
    /// Those of the contenders.
    pub fn run_all(self, mut contenders: Vec<Work<'_>>) -> Result<Vec<Samples>> {
        let mut samples: Vec<Samples> = contenders.iter().map(|_| Samples::default()).collect();
        for _ in 0..self.rounds {
            for (contender, samples) in contenders.iter_mut().zip(&mut samples) {
                contender(self.warm_up)?;
                samples.0.extend(contender(self.timed)?);
            }
        }
        for samples in &mut samples {
            samples.0.sort_unstable();
        }
        Ok(samples)
    }

    /// The same for contenders whose number is known.
    ///
    /// # Errors
    /// Those of the contenders.
    pub fn run<const N: usize>(self, contenders: [Work<'_>; N]) -> Result<[Samples; N]> {
        let mut samples = self.run_all(contenders.into())?.into_iter();
        Ok(std::array::from_fn(|_| samples.next().unwrap_or_default()))
    }
}

/// Makes a contender of a function. Its result is dropped outside of the measured time.
pub fn work<'a, T: 'a>(mut once: impl FnMut() -> Result<T> + 'a) -> Work<'a> {
    Box::new(move |times| {
        (0..times)
            .map(|_| {
                let start = Instant::now();
                let result = once()?;
                let elapsed = start.elapsed();
                black_box(result);
                Ok(elapsed)
            })
            .collect()
    })
}

impl Samples {
    /// The median.
    #[must_use]
    pub fn p50(&self) -> Duration {
        self.at(0.5)
    }

    /// The 99th percentile.
    #[must_use]
    pub fn p99(&self) -> Duration {
        self.at(0.99)
    }

    /// The shortest.
    #[must_use]
    pub fn min(&self) -> Duration {
        self.at(0.0)
    }

    /// The longest.
    #[must_use]
    pub fn max(&self) -> Duration {
        self.at(1.0)
    }

    fn at(&self, quantile: f64) -> Duration {
        let last = self.0.len().saturating_sub(1);
        self.0
            .get((last as f64 * quantile).round() as usize)
            .copied()
            .unwrap_or_default()
    }
}

impl FromIterator<Duration> for Samples {
    fn from_iter<T: IntoIterator<Item = Duration>>(times: T) -> Self {
        let mut times: Vec<Duration> = times.into_iter().collect();
        times.sort_unstable();
        Self(times)
    }
}

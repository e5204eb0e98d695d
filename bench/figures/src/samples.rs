//! Times: many of each contender, taken in turns, so that what disturbs the machine disturbs all of them.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::Result;

/// Measured times of one contender.
#[derive(Debug, Default)]
pub struct Samples(Vec<Duration>);

/// What a contender does: its work so many times, each timed.
pub type Work<'a> = Box<dyn FnMut(usize) -> Result<Vec<Duration>> + 'a>;

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// What figures are taken from.
    Full,
    /// A few times each: it shows that a benchmark works, and no more.
    Short,
}

impl Effort {
    /// The effort that a flag `--short` asks for.
    #[must_use]
    pub fn of(is_short: bool) -> Self {
        if is_short { Self::Short } else { Self::Full }
    }

    /// So many repetitions, or two at most in the short form.
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
    /// What a contender does in its turn before it is timed: its caches are warm, as in a busy process.
    pub warm_up: usize,
    /// What a contender does in its turn, timed.
    pub timed: usize,
}

impl Turns {
    /// The same turns with this effort.
    #[must_use]
    pub fn with(self, effort: Effort) -> Self {
        Self { rounds: effort.times(self.rounds), warm_up: effort.times(self.warm_up), timed: effort.times(self.timed) }
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

/// A contender of one function. What it returns is dropped outside of the measured time.
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

    /// What one of a hundred passes.
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
        self.0.get((last as f64 * quantile).round() as usize).copied().unwrap_or_default()
    }
}

impl FromIterator<Duration> for Samples {
    fn from_iter<T: IntoIterator<Item = Duration>>(times: T) -> Self {
        let mut times: Vec<Duration> = times.into_iter().collect();
        times.sort_unstable();
        Self(times)
    }
}

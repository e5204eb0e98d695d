//! Builds the table of all figures and writes it to docs/performance.md.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::samples::Samples;

const END: &str = "<!-- end of figures -->\n";

/// The table of figures.
#[derive(Debug, Default)]
pub struct Table(Vec<Row>);

#[derive(Debug)]
enum Row {
    /// The heading of the following figures.
    Heading(String),
    Figure {
        what: String,
        p50: String,
        p99: String,
        value: String,
        goal: Option<Goal>,
    },
}

#[derive(Debug)]
struct Goal {
    text: String,
    is_met: bool,
}

impl Table {
    /// Begins a group of figures.
    pub fn heading(&mut self, text: &str) {
        self.0.push(Row::Heading(text.to_owned()));
    }

    /// Adds a time without a comparison, or with which others are compared.
    pub fn time(&mut self, what: &str, samples: &Samples) {
        self.figure(what, samples, String::new(), None);
    }

    /// Adds a time, and its ratio to another one.
    pub fn ratio(&mut self, what: &str, samples: &Samples, base: &Samples) {
        self.figure(what, samples, times(ratio(samples, base)), None);
    }

    /// Adds a time, its ratio to another one, and the goal for the ratio.
    pub fn ratio_at_most(&mut self, what: &str, samples: &Samples, base: &Samples, most: f64) {
        let ratio = ratio(samples, base);
        // Round as in the table, so that a reader never sees 1.60 miss 1.6.
        let is_met = (ratio * 100.0).round() <= most * 100.0;
        self.figure(
            what,
            samples,
            times(ratio),
            Some(Goal {
                text: format!("at most {most} x"),
                is_met,
            }),
        );
    }

    /// Adds a time, with a goal for its median.
    pub fn time_at_most(&mut self, what: &str, samples: &Samples, most: Duration) {
        let is_met = samples.p50() <= most;
        self.figure(
            what,
            samples,
            String::new(),
            Some(Goal {
                text: format!("p50 at most {}", shown(most)),
                is_met,
            }),
        );
    }

    /// Adds two times that do not come from samples, with a remark.
    pub fn times(&mut self, what: &str, p50: Duration, p99: Duration, value: String) {
        self.0.push(Row::Figure {
            what: what.to_owned(),
            p50: shown(p50),
            p99: shown(p99),
            value,
            goal: None,
        });
    }

    /// Adds two times with a remark, a goal, and whether it is met.
    pub fn times_with_goal(
        &mut self,
        what: &str,
        p50: Duration,
        p99: Duration,
        value: String,
        goal: &str,
        is_met: bool,
    ) {
        let goal = Some(Goal {
            text: goal.to_owned(),
            is_met,
        });
        self.0.push(Row::Figure {
            what: what.to_owned(),
            p50: shown(p50),
            p99: shown(p99),
            value,
            goal,
        });
    }

    /// Adds a figure that is not a time.
    pub fn value(&mut self, what: &str, value: String) {
        self.0.push(Row::Figure {
            what: what.to_owned(),
            p50: String::new(),
            p99: String::new(),
            value,
            goal: None,
        });
    }

    /// Adds a figure that is not a time, with a goal, and whether it is met.
    pub fn value_with_goal(&mut self, what: &str, value: String, goal: &str, is_met: bool) {
        let goal = Some(Goal {
            text: goal.to_owned(),
            is_met,
        });
        self.0.push(Row::Figure {
            what: what.to_owned(),
            p50: String::new(),
            p99: String::new(),
            value,
            goal,
        });
    }

    fn figure(&mut self, what: &str, samples: &Samples, value: String, goal: Option<Goal>) {
        self.0.push(Row::Figure {
            what: what.to_owned(),
            p50: shown(samples.p50()),
            p99: shown(samples.p99()),
            value,
            goal,
        });
    }

    /// The figures that miss their goals.
    pub fn missed(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|row| match row {
            Row::Figure {
                what,
                goal: Some(goal),
                ..
            } if !goal.is_met => Some(what.as_str()),
            _ => None,
        })
    }

    /// The table as Markdown, its columns aligned for a terminal.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut lines = vec![["", "p50", "p99", "value", "goal", ""].map(str::to_owned)];
        for row in &self.0 {
            lines.push(match row {
                Row::Heading(text) => [
                    format!("**{text}**"),
                    String::new(),
                    String::new(),
                    String::new(),
                    String::new(),
                    String::new(),
                ],
                Row::Figure {
                    what,
                    p50,
                    p99,
                    value,
                    goal,
                } => {
                    let (goal, met) = goal.as_ref().map_or((String::new(), ""), |goal| {
                        (goal.text.clone(), if goal.is_met { "met" } else { "MISSED" })
                    });
                    [
                        what.clone(),
                        p50.clone(),
                        p99.clone(),
                        value.clone(),
                        goal,
                        met.to_owned(),
                    ]
                }
            });
        }
        let widths: [usize; 6] = std::array::from_fn(|column| {
            lines
                .iter()
                .map(|line| line[column].chars().count())
                .max()
                .unwrap_or(0)
        });
        lines.insert(1, std::array::from_fn(|column| "-".repeat(widths[column])));
        let mut markdown = String::new();
        for line in lines {
            for (cell, width) in line.iter().zip(widths) {
                let _ = write!(markdown, "| {cell:width$} ");
            }
            markdown.push_str("|\n");
        }
        markdown
    }
}

/// The ratio of the medians of `samples` and `base`.
fn ratio(samples: &Samples, base: &Samples) -> f64 {
    samples.p50().as_secs_f64() / base.p50().as_secs_f64()
}

fn times(ratio: f64) -> String {
    format!("{ratio:.2} x")
}

/// A time with about three digits.
#[must_use]
pub fn shown(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    match micros {
        0.0..100.0 => format!("{micros:.1} us"),
        100.0..1000.0 => format!("{micros:.0} us"),
        1000.0..100_000.0 => format!("{:.2} ms", micros / 1e3),
        100_000.0..1_000_000.0 => format!("{:.0} ms", micros / 1e3),
        _ => format!("{:.2} s", micros / 1e6),
    }
}

/// Replaces the figures in a document, between its two marks. The first mark names the command that writes
/// them.
///
/// # Errors
/// The document cannot be read or written, or lacks the marks.
pub fn update(document: &Path, command: &str, figures: &str) -> Result<()> {
    let begin = format!("<!-- figures: written by `{command}` -->\n");
    let in_document = || format!("in {}", document.display());
    let text = fs::read_to_string(document).with_context(in_document)?;
    let (before, rest) = text
        .split_once(begin.as_str())
        .context("the mark before the figures is missing")
        .with_context(in_document)?;
    let (_, after) = rest
        .split_once(END)
        .context("the mark after the figures is missing")
        .with_context(in_document)?;
    fs::write(document, format!("{before}{begin}{figures}{END}{after}")).with_context(in_document)
}

//! The arguments of `podweave bench`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::input::FileArguments;
use crate::shared_arguments::{RenderEnvironment, ReportOutput};

/// The maximum time for each container.
const MAX_TIME: Duration = Duration::from_secs(600);

#[derive(Debug, Args)]
pub struct BenchArguments {
    /// Manifests, as for render.
    #[arg(required_unless_present = "filenames", value_name = "FILE|DIR")]
    pub manifests: Vec<PathBuf>,
    #[command(flatten)]
    pub files: FileArguments,
    /// Only this container.
    #[arg(long, value_name = "NAME")]
    pub container: Option<String>,
    /// How long to render for each container, such as 500ms, 2s or 1m.
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = parse_time)]
    pub time: Duration,
    /// Output format: a table for people, or a document for scripts.
    #[arg(short, long, default_value = "table", value_name = "FORMAT")]
    pub output: ReportOutput,
    #[command(flatten)]
    pub environment: RenderEnvironment,
}

fn parse_time(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: Option<u64> = text[..digits].parse().ok();
    let milliseconds = match &text[digits..] {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        _ => return Err("must be a number with a unit, such as 500ms, 2s or 1m".to_owned()),
    };
    let time = number
        .and_then(|number| number.checked_mul(milliseconds))
        .map(Duration::from_millis);
    time.filter(|time| !time.is_zero() && *time <= MAX_TIME)
        .ok_or_else(|| "must be more than 0 and at most 10m".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit() {
        assert_eq!(parse_time("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_time("2s"), Ok(Duration::from_secs(2)));
        assert_eq!(parse_time("10m"), Ok(MAX_TIME));
    }

    #[test]
    fn an_invalid_time_is_refused() {
        for text in [
            "",
            "2",
            "s",
            "0s",
            "11m",
            "1h",
            "-1s",
            "1.5s",
            "99999999999999999999s",
            "18446744073709551615m",
            "ä",
        ] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }
}

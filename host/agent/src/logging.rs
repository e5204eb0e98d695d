//! Sets up the log of the node processes: one JSON object per line on standard error, as collectors of
//! container logs expect it. A line that concerns a container is within a span that has `pod`, `uid` and
//! `container`, so lines do not repeat them.

use std::io;

use podweave_core::text;
use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// The levels, from the least to the most detailed.
const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

/// The level that logs nothing, which only parts of the program can have.
const OFF: &str = "off";

/// What is logged unless the filter says something else.
const DEFAULT_LEVEL: &str = "info";

/// What is logged: a level, and other levels for parts of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

impl Default for LogFilter {
    fn default() -> Self {
        Self(DEFAULT_LEVEL.to_owned())
    }
}

impl LogFilter {
    /// Parses a level such as `debug`, or a filter such as `warn,podweave_agent::pods=debug`, in the syntax
    /// of [`EnvFilter`]. What a filter does not mention is logged at its level, or `info` if it has none.
    ///
    /// # Errors
    /// What is wrong, in the form of the errors of fields: it continues the field's name.
    pub fn parse(filter: &str) -> Result<Self, String> {
        let mut has_level = false;
        for part in filter.split(',') {
            has_level |= is_level(part)?;
        }
        let filter = if has_level {
            filter.to_owned()
        } else {
            format!("{DEFAULT_LEVEL},{filter}")
        };
        env_filter(&filter)
            .map(|_| Self(filter.clone()))
            .map_err(|_| not_a_filter(&filter))
    }
}

/// Whether a part of a filter is a level for everything, and not only for a part of the program.
fn is_level(part: &str) -> Result<bool, String> {
    let behind_span = part.rfind(']').unwrap_or_default();
    let has_span = part.contains('[');
    match part[behind_span..].rsplit_once('=') {
        Some((_, level)) if level == OFF || LEVELS.contains(&level) => Ok(false),
        Some((_, level)) if !has_span || part.contains(']') => {
            Err(unknown_level(level, LEVELS.into_iter().chain([OFF])))
        }
        None if LEVELS.contains(&part) => Ok(true),
        None if !has_span => Err(unknown_level(part, LEVELS.into_iter())),
        _ => Err(not_a_filter(part)),
    }
}

fn unknown_level(level: &str, known: impl Iterator<Item = &'static str> + Clone) -> String {
    format!(
        "is {}{}; must be one of {}, or a filter such as info,podweave_agent::pods=debug",
        text::quoted(level),
        text::did_you_mean(level, known.clone()),
        text::list(known)
    )
}

fn not_a_filter(filter: &str) -> String {
    format!(
        "{} is not a filter; write TARGET=LEVEL, such as podweave_agent::pods=debug, or [SPAN{{FIELD=VALUE}}]=LEVEL, such as [create{{pod=shop/web-0}}]=debug",
        text::quoted(filter)
    )
}

fn env_filter(filter: &str) -> Result<EnvFilter, tracing_subscriber::filter::ParseError> {
    // Values are compared as text: a pod's name is no regular expression.
    EnvFilter::builder().with_regex(false).parse(filter)
}

/// Starts the log. A process has only one: further calls change nothing.
pub fn init(filter: &LogFilter) {
    // An error means that a log exists already.
    let _ = tracing::subscriber::set_global_default(subscriber(filter, io::stderr));
}

fn subscriber<W>(filter: &LogFilter, writer: W) -> impl Subscriber + Send + Sync + use<W>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        // The innermost span has all fields.
        .with_span_list(false)
        // The filter was parsed before, so this does not fail.
        .with_env_filter(env_filter(&filter.0).unwrap_or_else(|_| EnvFilter::new(DEFAULT_LEVEL)))
        .with_writer(writer)
        .finish()
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::{debug, error_span, info, warn};

    use super::*;

    /// Returns what is logged under a filter.
    fn logged(filter: &str, log: impl FnOnce()) -> Vec<serde_json::Value> {
        #[derive(Clone, Default)]
        struct Written(Arc<Mutex<Vec<u8>>>);

        impl io::Write for Written {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.lock().unwrap().extend_from_slice(bytes);
                Ok(bytes.len())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }

        let written = Written::default();
        let writer = written.clone();
        let filter = LogFilter::parse(filter).unwrap();
        tracing::subscriber::with_default(subscriber(&filter, move || writer.clone()), log);
        let written = written.0.lock().unwrap();
        std::str::from_utf8(&written)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn messages(lines: &[serde_json::Value]) -> Vec<&str> {
        lines
            .iter()
            .map(|line| line["message"].as_str().unwrap())
            .collect()
    }

    #[test]
    fn a_line_has_the_fields_of_its_span() {
        let lines = logged("warn", || {
            error_span!("create", pod = %"shop/web-0", uid = "u-1", container = "web")
                .in_scope(|| warn!(reason = "late", "refused container"));
        });
        assert_eq!(lines[0]["message"], "refused container");
        assert_eq!(lines[0]["reason"], "late");
        assert_eq!(
            lines[0]["span"],
            serde_json::json!({"name": "create", "pod": "shop/web-0", "uid": "u-1", "container": "web"})
        );
    }

    #[test]
    fn a_filter_has_levels_for_targets() {
        let log = || {
            debug!(target: "podweave_agent::pods", "listed");
            debug!(target: "podweave_agent::renders", "plugin: hello");
            info!(target: "podweave_agent::renders", "rendered");
        };
        assert_eq!(messages(&logged("info", log)), ["rendered"]);
        assert_eq!(
            messages(&logged("warn,podweave_agent::pods=debug", log)),
            ["listed"]
        );
        assert_eq!(
            messages(&logged("podweave_agent::pods=debug", log)),
            ["listed", "rendered"]
        );
        assert_eq!(
            messages(&logged("debug,podweave_agent::renders=off", log)),
            ["listed"]
        );
    }

    #[test]
    fn a_filter_selects_one_pod() {
        let of = |pod: &str| {
            error_span!("render", pod = %pod, uid = "u", container = "web").in_scope(|| debug!("of {pod}"));
        };
        let log = || {
            of("shop/web-0");
            of("shop/web-1");
        };
        assert_eq!(
            messages(&logged("info,[render{pod=shop/web-1}]=debug", log)),
            ["of shop/web-1"]
        );
    }

    #[test]
    fn mistakes_in_filters_are_named() {
        for (filter, message) in [
            ("", "is \"\"; must be one of \"error\""),
            ("off", "is \"off\"; must be one of \"error\""),
            ("INFO", "is \"INFO\" (did you mean \"info\"?); must be one of"),
            ("info,", "is \"\"; must be one of"),
            (
                "info,podweave_agent",
                "is \"podweave_agent\"; must be one of \"error\"",
            ),
            (
                "podweave_agent=debgu",
                "is \"debgu\" (did you mean \"debug\"?); must be one of \"error\", \"warn\", \"info\", \"debug\", \"trace\", \"off\"",
            ),
            ("podweave_agent=", "is \"\"; must be one of"),
            (
                "[render]=inof",
                "is \"inof\" (did you mean \"info\"?); must be one of",
            ),
            ("[render]", "\"[render]\" is not a filter; write TARGET=LEVEL"),
            (
                "[render{pod=a",
                "\"[render{pod=a\" is not a filter; write TARGET=LEVEL",
            ),
            (
                "info,[render{pod=a,uid=b}]=debug",
                "\"[render{pod=a\" is not a filter",
            ),
            (
                "info,a[{}]=debug",
                "\"info,a[{}]=debug\" is not a filter; write TARGET=LEVEL",
            ),
        ] {
            let error = LogFilter::parse(filter).unwrap_err();
            assert!(error.starts_with(message), "{filter}: {error}");
        }
    }
}

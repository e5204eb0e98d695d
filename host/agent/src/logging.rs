//! The log of the node processes: one JSON object on each line of standard error, for whoever collects the logs of containers.

pub use tracing::level_filters::LevelFilter;

/// Starts the log. A process has one: a second call changes nothing.
pub fn init(level: LevelFilter) {
    let subscriber = tracing_subscriber::fmt().json().flatten_event(true).with_max_level(level).with_writer(std::io::stderr);
    // An error says that there is a log already.
    let _ = subscriber.try_init();
}

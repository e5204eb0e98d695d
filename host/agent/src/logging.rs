//! Sets up the log of the node processes: one JSON object per line on standard error, as collectors of
//! container logs expect it.

pub use tracing::level_filters::LevelFilter;

/// Starts the log. A process has only one: further calls change nothing.
pub fn init(level: LevelFilter) {
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(level)
        .with_writer(std::io::stderr);
    // An error means that a log exists already.
    let _ = subscriber.try_init();
}

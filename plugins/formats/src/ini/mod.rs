//! Reads and writes INI files.

mod read;
mod write;

pub(crate) use read::read;
pub(crate) use write::write;

fn is_comment(line: &str) -> bool {
    line.starts_with([';', '#'])
}

/// Finds where a comment begins behind a name.
fn comment_behind(line: &str) -> Option<usize> {
    let mut starts = line.match_indices([';', '#']).map(|(at, _)| at);
    starts.find(|at| line[..*at].ends_with(char::is_whitespace))
}

/// Whether a line that continues a value looks like a key of its own.
fn has_name_in_front(line: &str) -> bool {
    let name = line.split_once('=').map(|(name, _)| name.trim_end());
    name.is_some_and(|name| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
    })
}

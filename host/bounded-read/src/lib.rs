//! Reads files and streams up to a limit, so that no file, however large or endless, takes more memory than
//! its reader has planned for.
//!
//! These functions do not ask what is read: a caller that must not wait for a pipe checks the open file
//! first.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use podweave_core::text::human_size;

/// Opens a file and reads all of it.
///
/// # Errors
/// The file cannot be read, or has more than `limit` bytes, which is an [`io::ErrorKind::FileTooLarge`].
pub fn file(path: impl AsRef<Path>, limit: u64) -> io::Result<Vec<u8>> {
    whole(File::open(path)?, limit)
}

/// Reads to the end of a reader.
///
/// # Errors
/// The reader fails, or has more than `limit` bytes, which is an [`io::ErrorKind::FileTooLarge`].
///
/// ```
/// use std::io::ErrorKind;
///
/// assert_eq!(podweave_bounded_read::whole(&b"port: 80"[..], 8)?, b"port: 80");
/// let error = podweave_bounded_read::whole(&b"port: 8080"[..], 8).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::FileTooLarge);
/// assert_eq!(error.to_string(), "it has more than 8 B");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn whole(reader: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let bytes = start(reader, limit.saturating_add(1))?;
    if bytes.len() as u64 > limit {
        let limit = human_size(usize::try_from(limit).unwrap_or(usize::MAX));
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it has more than {limit}"),
        ));
    }
    Ok(bytes)
}

/// Reads at most `limit` bytes of a reader, and leaves what follows unread.
///
/// # Errors
/// The reader fails.
pub fn start(reader: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_limit_is_read_and_one_byte_more_is_refused() {
        let file_of = |length: usize| {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(&file, vec![b'x'; length]).unwrap();
            file
        };
        assert_eq!(file(file_of(1024), 1024).unwrap().len(), 1024);
        assert_eq!(file(file_of(0), 0).unwrap(), b"");
        let error = file(file_of(1025), 1024).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(error.to_string(), "it has more than 1 KiB");
    }

    #[test]
    fn an_endless_reader_is_refused_at_the_limit() {
        assert!(whole(io::repeat(b'x'), 4096).is_err());
        assert_eq!(start(io::repeat(b'x'), 3).unwrap(), b"xxx");
    }

    #[test]
    fn what_follows_the_start_stays_unread() {
        let mut reader = io::Cursor::new(b"key=value");
        assert_eq!(start(&mut reader, 3).unwrap(), b"key");
        assert_eq!(whole(reader, u64::MAX).unwrap(), b"=value");
    }
}

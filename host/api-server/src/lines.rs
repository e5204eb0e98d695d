//! Splits a stream that arrives in pieces into lines.

use std::ops::ControlFlow;

/// Assembles lines. Between lines it holds no memory.
pub(crate) struct Lines {
    partial: Vec<u8>,
    limit: usize,
}

/// A line exceeds the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLong;

impl Lines {
    pub fn new(limit: usize) -> Self {
        Self {
            partial: Vec::new(),
            limit,
        }
    }

    /// Whether the last line is incomplete.
    pub fn is_partial(&self) -> bool {
        !self.partial.is_empty()
    }

    /// Returns how many bytes of an incomplete line are held.
    pub fn held(&self) -> usize {
        self.partial.len()
    }

    /// Takes a piece and calls `line` with each line that it completes, without the line's end, until `line`
    /// breaks. What follows that line is lost.
    pub fn feed<E: From<TooLong>>(
        &mut self,
        mut piece: &[u8],
        mut line: impl FnMut(&[u8]) -> Result<ControlFlow<()>, E>,
    ) -> Result<ControlFlow<()>, E> {
        while let Some(end) = piece.iter().position(|&byte| byte == b'\n') {
            let (last, rest) = (&piece[..end], &piece[end + 1..]);
            piece = rest;
            let flow = if self.partial.is_empty() {
                line(self.within_limit(last)?)?
            } else {
                self.hold(last)?;
                // Take the buffer instead of clearing it: a large event must not leave a large allocation
                // behind.
                line(&std::mem::take(&mut self.partial))?
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
        self.hold(piece)?;
        Ok(ControlFlow::Continue(()))
    }

    fn hold(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        if self.partial.len() + bytes.len() > self.limit {
            return Err(TooLong);
        }
        self.partial.extend_from_slice(bytes);
        Ok(())
    }

    fn within_limit<'a>(&self, line: &'a [u8]) -> Result<&'a [u8], TooLong> {
        if line.len() > self.limit {
            Err(TooLong)
        } else {
            Ok(line)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use proptest::prelude::*;

    use super::{Lines, TooLong};

    fn fed<'a>(
        limit: usize,
        pieces: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<(Vec<Vec<u8>>, bool), TooLong> {
        let mut lines = Lines::new(limit);
        let mut got = Vec::new();
        for piece in pieces {
            let flow = lines.feed::<TooLong>(piece, |line| {
                got.push(line.to_vec());
                Ok(ControlFlow::Continue(()))
            })?;
            assert!(flow.is_continue());
        }
        Ok((got, lines.is_partial()))
    }

    #[test]
    fn a_line_longer_than_the_limit_is_refused_in_one_piece_and_in_many() {
        assert_eq!(fed(3, [&b"abcd\n"[..]]), Err(TooLong));
        assert_eq!(fed(3, [&b"ab"[..], b"cd"]), Err(TooLong));
        assert_eq!(
            fed(3, [&b"abc\nabc\n"[..]]),
            Ok((vec![b"abc".to_vec(); 2], false))
        );
    }

    #[test]
    fn a_line_that_breaks_is_the_last() {
        let mut lines = Lines::new(100);
        let mut count = 0;
        let flow = lines.feed::<TooLong>(b"a\nb\nc", |_| {
            count += 1;
            Ok(ControlFlow::Break(()))
        });
        assert_eq!((flow, count), (Ok(ControlFlow::Break(())), 1));
    }

    proptest! {
        #[test]
        fn a_stream_split_anywhere_gives_the_same_lines(bytes in prop::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..200), cuts in prop::collection::vec(0..200_usize, 0..20)) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).chain([0, bytes.len()]).collect();
            cuts.sort_unstable();
            let pieces = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]);
            prop_assert_eq!(fed(1000, pieces), fed(1000, [&bytes[..]]));
        }
    }
}

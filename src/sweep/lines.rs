//! The lines of a file of rows.

use super::checksum::{Verdict, verdict};
use super::error::Result;
use super::row::{Line, RawRow};
use super::sink::failed;
use super::{Fault, Key};
use crate::files;
use std::borrow::Cow;
use std::io::{self, BufRead, BufReader};
use std::ops::ControlFlow;
use std::path::Path;

/// The most bytes of a line. A longer one is no row.
pub(super) const MOST_BYTES: usize = 1 << 28;

/// What is found in a file of rows.
pub(super) enum Found<'a> {
    /// The settings of a key.
    Setting(Key, Cow<'a, str>),
    /// A row whose checksum is right, or one of an earlier version, which has none.
    Row(FoundRow<'a>),
    /// A line that is neither, such as the last one of a process that was killed.
    Torn,
    /// A row that was changed after it was written, or something that is no file.
    Faulty(Fault),
}

pub(super) struct FoundRow<'a> {
    /// Where its line begins.
    pub(super) offset: u64,
    /// The number of its line, counted from 1.
    pub(super) line: u64,
    pub(super) row: RawRow<'a>,
    pub(super) has_checksum: bool,
}

/// Hands everything in a file to `then`, until that breaks. Only a regular file, or a link to one, is read.
pub(super) fn for_each(
    path: &Path,
    mut then: impl FnMut(Found<'_>) -> Result<ControlFlow<()>>,
) -> Result<ControlFlow<()>> {
    let broken = |source| failed(path, source);
    let Some(file) = files::open_regular(path).map_err(broken)? else {
        let kind = files::kind_unless_regular(path).map_err(broken)?;
        let kind = kind.unwrap_or("no regular file");
        return then(Found::Faulty(Fault::entry(path, kind)));
    };
    let (mut lines, mut text) = (BufReader::new(file), Vec::new());
    let (mut offset, mut number, mut is_checked) = (0, 0, false);
    loop {
        let length = read_line(&mut lines, &mut text).map_err(broken)?;
        if length == 0 {
            return Ok(ControlFlow::Continue(()));
        }
        number += 1;
        let faulty = |reason: String| Some(Found::Faulty(Fault::line(path, number, reason)));
        let found = if length > text.len() as u64 {
            faulty(format!("it has more than {MOST_BYTES} bytes"))
        } else {
            match serde_json::from_slice(&text) {
                Ok(Line::Row(row)) => match verdict(&text) {
                    Verdict::Wrong => faulty("its checksum is wrong".into()),
                    Verdict::Missing if is_checked => faulty("its checksum is missing".into()),
                    verdict => Some(RawRow::of(row).map_or(Found::Torn, |row| {
                        Found::Row(FoundRow {
                            offset,
                            line: number,
                            row,
                            has_checksum: verdict == Verdict::Right,
                        })
                    })),
                },
                Ok(Line::Setting { key, text }) => Some(Found::Setting(key, text)),
                Ok(Line::Header { checked, .. }) => {
                    is_checked = checked;
                    None
                }
                Ok(Line::End { .. }) => None,
                Err(_) => Some(Found::Torn),
            }
        };
        if let Some(found) = found
            && then(found)?.is_break()
        {
            return Ok(ControlFlow::Break(()));
        }
        offset += length;
    }
}

/// Reads a line up to its end and returns its length; of one that is too long, the text is cut off.
pub(super) fn read_line(from: &mut impl BufRead, text: &mut Vec<u8>) -> io::Result<u64> {
    text.clear();
    let mut length = 0;
    loop {
        let bytes = match from.fill_buf() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(bytes.len(), |end| end + 1);
        let kept = taken.min(MOST_BYTES - text.len());
        text.extend_from_slice(&bytes[..kept]);
        from.consume(taken);
        length += taken as u64;
        if end.is_some() || taken == 0 {
            return Ok(length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    /// A text whose every second read a signal interrupts.
    struct Interrupted<'a> {
        text: &'a [u8],
        reads: u32,
    }

    impl Read for Interrupted<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.reads += 1;
            match self.reads % 2 {
                1 => Err(io::ErrorKind::Interrupted.into()),
                _ => self.text.read(into),
            }
        }
    }

    #[test]
    fn a_signal_ends_no_line() {
        let text = b"one\ntwo".as_slice();
        let mut from = BufReader::with_capacity(2, Interrupted { text, reads: 0 });
        let mut line = Vec::new();
        for expected in ["one\n", "two", ""] {
            let length = read_line(&mut from, &mut line).unwrap();
            assert_eq!(
                (length, line.as_slice()),
                (expected.len() as u64, expected.as_bytes())
            );
        }
    }
}

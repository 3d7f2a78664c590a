//! Lines of text, one at a time.

use std::io::{self, BufRead};

use crate::{Error, LineError};

/// Reads lines, numbers them from 1 and takes off their ends.
#[derive(Debug)]
pub(super) struct Lines<R> {
    name: String,
    reader: R,
    number: u64,
    has_ended: bool,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(name: impl Into<String>, reader: R) -> Self {
        Self {
            name: name.into(),
            reader,
            number: 0,
            has_ended: false,
        }
    }

    /// Name of the file or stream.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// `source`, found on line `line`.
    pub(super) fn error(&self, line: u64, source: LineError) -> Error {
        Error::Line {
            name: self.name.clone(),
            line,
            source,
        }
    }

    /// Reads no more.
    pub(super) fn end(&mut self) {
        self.has_ended = true;
    }

    fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        // What an interrupted read has is kept, and the rest read after it.
        while let Err(error) = self.reader.read_until(b'\n', &mut line) {
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
        Ok(line)
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<(u64, String), Error>;

    /// After an [`Error::Read`] there is nothing more; after a line that is not
    /// UTF-8, the next one.
    fn next(&mut self) -> Option<Self::Item> {
        if self.has_ended {
            return None;
        }
        let mut line = match self.read() {
            Ok(line) if line.is_empty() => {
                self.has_ended = true;
                return None;
            }
            Ok(line) => line,
            Err(source) => {
                self.has_ended = true;
                let name = self.name.clone();
                return Some(Err(Error::Read { name, source }));
            }
        };
        self.number += 1;
        for end in [b'\n', b'\r'] {
            line.pop_if(|last| *last == end);
        }
        let number = self.number;
        Some(match String::from_utf8(line) {
            Ok(line) => Ok((number, line)),
            Err(error) => {
                let column = error.utf8_error().valid_up_to() + 1;
                Err(self.error(number, LineError::NotUtf8 { column }))
            }
        })
    }
}

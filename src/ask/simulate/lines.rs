//! Requests out of a stream: one a line, or a single request spread over many lines as `--cli-input-json` has it.

use std::io::{self, BufRead, Read};

use super::Refusal;
use crate::problem::Problem;
use crate::source::{Position, position_in};

/// A longer line is refused; it is not kept in memory.
const LONGEST: u64 = 64 * 1024 * 1024;

pub(super) struct Lines<'i> {
    input: &'i mut dyn BufRead,
    buffer: Vec<u8>,
    number: u32,
    first: bool,
}

pub(super) struct Line<'b> {
    pub(super) number: u32,
    pub(super) text: Result<&'b str, Refusal>,
}

impl<'i> Lines<'i> {
    pub(super) fn new(input: &'i mut dyn BufRead) -> Self {
        Self { input, buffer: Vec::with_capacity(16 * 1024), number: 0, first: true }
    }

    /// The next line that is not blank.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        loop {
            self.buffer.clear();
            let read = Read::take(&mut *self.input, LONGEST).read_until(b'\n', &mut self.buffer)?;
            if read == 0 {
                return Ok(None);
            }
            self.number = self.number.saturating_add(1);
            if self.buffer.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            break;
        }
        let number = self.number;
        if self.first {
            self.first = false;
            if self.buffer.starts_with(&[0xEF, 0xBB, 0xBF]) {
                self.buffer.drain(..3);
            }
            if is_open(&self.buffer) {
                // Not a line of its own: the whole input is one request.
                let read = Read::take(&mut *self.input, LONGEST).read_to_end(&mut self.buffer)?;
                if read as u64 == LONGEST {
                    self.skip_rest(false)?;
                    return Ok(Some(Line { number, text: Err(too_long(number)) }));
                }
            }
        }
        if self.buffer.len() as u64 >= LONGEST && !self.buffer.ends_with(b"\n") {
            self.skip_rest(true)?;
            return Ok(Some(Line { number, text: Err(too_long(number)) }));
        }
        let text = std::str::from_utf8(&self.buffer).map_err(|error| Refusal {
            message: format!("line {number} is not UTF-8 from byte {} on", error.valid_up_to()),
            position: None,
        });
        Ok(Some(Line { number, text }))
    }

    fn skip_rest(&mut self, to_line_end: bool) -> io::Result<()> {
        loop {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                return Ok(());
            }
            let end = chunk.iter().position(|b| *b == b'\n').filter(|_| to_line_end);
            let used = end.map_or(chunk.len(), |at| at + 1);
            self.input.consume(used);
            if end.is_some() {
                return Ok(());
            }
        }
    }
}

fn too_long(number: u32) -> Refusal {
    Refusal { message: format!("line {number} is longer than {} MiB", LONGEST >> 20), position: None }
}

/// Whether brackets are open at the end of the line, outside any string.
fn is_open(line: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_i64, false, false);
    for byte in line {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
    }
    depth > 0 && !in_string
}

/// A problem of the line itself, told by line and column of the stream.
pub(super) fn refuse(problem: &Problem, text: &str, number: u32) -> Refusal {
    let position = problem.span.map(|span| {
        let at = position_in(text, span.start);
        Position { line: number + at.line - 1, column: at.column }
    });
    let place = position.map_or_else(String::new, |p| format!(" at line {}, column {}", p.line, p.column));
    let help = problem.help.as_ref().map_or_else(String::new, |h| format!("; {h}"));
    Refusal { message: format!("{}{place}{help}", problem.message), position }
}

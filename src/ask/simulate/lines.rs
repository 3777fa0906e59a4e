//! Requests out of a stream: one a line, or a single request spread over many lines as `--cli-input-json` has it.

use std::io::{self, BufRead, Read};

use super::Refusal;
use crate::diagnostic::Diagnostic;
use crate::source::{Position, position_in};

/// A longer line is refused; it is not kept in memory.
const LONGEST: u64 = 64 * 1024 * 1024;

pub(super) struct Lines<'i> {
    input: &'i mut dyn BufRead,
    buffer: Vec<u8>,
    /// A line that was read to see whether the first one goes on in it, and is one of its own.
    ahead: Option<Vec<u8>>,
    number: u32,
    first: bool,
}

pub(super) struct InputLine<'b> {
    pub(super) number: u32,
    pub(super) text: Result<&'b str, Refusal>,
}

impl<'i> Lines<'i> {
    pub(super) fn new(input: &'i mut dyn BufRead) -> Self {
        Self { input, buffer: Vec::with_capacity(16 * 1024), ahead: None, number: 0, first: true }
    }

    /// The next line that is not blank.
    pub(super) fn next(&mut self) -> io::Result<Option<InputLine<'_>>> {
        loop {
            self.buffer.clear();
            match self.ahead.take() {
                Some(line) => self.buffer = line,
                None => read_line(self.input, &mut self.buffer)?,
            }
            if self.buffer.is_empty() {
                return Ok(None);
            }
            self.number = self.number.saturating_add(1);
            if self.number == 1 && self.buffer.starts_with(&[0xEF, 0xBB, 0xBF]) {
                self.buffer.drain(..3);
            }
            if !self.buffer.iter().all(u8::is_ascii_whitespace) {
                break;
            }
        }
        let number = self.number;
        if std::mem::take(&mut self.first) && is_open(&self.buffer) && !self.is_cut() {
            let mut second = Vec::new();
            read_line(self.input, &mut second)?;
            if is_request(&second) {
                self.ahead = Some(second);
            } else {
                // Not a line of its own: the whole input is one request.
                self.buffer.append(&mut second);
                let left = LONGEST.saturating_sub(self.buffer.len() as u64);
                let read = Read::take(&mut *self.input, left).read_to_end(&mut self.buffer)?;
                if read as u64 == left {
                    self.skip_rest(false)?;
                    return Ok(Some(InputLine { number, text: Err(too_long(number)) }));
                }
            }
        }
        if self.is_cut() {
            self.skip_rest(true)?;
            return Ok(Some(InputLine { number, text: Err(too_long(number)) }));
        }
        let text = std::str::from_utf8(&self.buffer).map_err(|error| {
            let before = self.buffer.get(..error.valid_up_to()).unwrap_or_default();
            let column = String::from_utf8_lossy(before).chars().count() as u32 + 1;
            let message = format!("no UTF-8 at line {number}, column {column}");
            let help = "requests are read as UTF-8: convert UTF-16, unpack what is compressed";
            Refusal {
                message: format!("{message}; {help}"),
                position: Some(Position { line: number, column }),
            }
        });
        Ok(Some(InputLine { number, text }))
    }

    /// Whether the line goes on behind what is kept of it.
    fn is_cut(&self) -> bool {
        self.buffer.len() as u64 >= LONGEST && !self.buffer.ends_with(b"\n")
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

fn read_line(input: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<()> {
    Read::take(input, LONGEST).read_until(b'\n', line)?;
    Ok(())
}

fn too_long(number: u32) -> Refusal {
    let limit = LONGEST >> 20;
    Refusal {
        message: format!("line {number} is longer than {limit} MiB; write one request a line"),
        position: Some(Position { line: number, column: 1 }),
    }
}

/// What every request names, and no policy.
const ACTIONS: &[u8] = b"\"ActionNames\"";

/// Whether a line is a request of its own, so that an open one before it is broken and not spread over lines.
fn is_request(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let names_actions = || line.windows(ACTIONS.len()).any(|part| part == ACTIONS);
    line.starts_with(b"{") && line.ends_with(b"}") && !is_open(line) && names_actions()
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
pub(super) fn refuse(problem: &Diagnostic, text: &str, number: u32) -> Refusal {
    let position = problem.span.map(|span| {
        let at = position_in(text, span.start);
        Position { line: number + at.line - 1, column: at.column }
    });
    let place = position.map_or_else(String::new, |p| format!(" at line {}, column {}", p.line, p.column));
    let help = problem.help.as_ref().map_or_else(String::new, |h| format!("; {h}"));
    Refusal { message: format!("{}{place}{help}", problem.message), position }
}

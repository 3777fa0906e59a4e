//! The lines of a file that a place lies in.

use std::io;

use super::escaped;
use crate::source::{SourceMap, Span};

/// Lines of one excerpt, and characters of a line.
const LINES: usize = 14;
const WIDTH: usize = 160;

pub(super) fn write(at: Span, map: &SourceMap, out: &mut dyn io::Write) -> io::Result<()> {
    let host = map.host(at);
    let Some(text) = map.source_text(host.source) else { return Ok(()) };
    let (start, _) = map.line_around(host.source, host.start);
    let first = map.position(host.source, host.start).line as usize;
    let Some(from) = text.get(start as usize..) else { return Ok(()) };
    let last = map.position(host.source, host.end).line as usize;
    let wanted = (last + 1).saturating_sub(first).clamp(1, LINES);
    writeln!(out, "<figure>\n<figcaption>{}:{first}</figcaption>\n<pre>", escaped(map.name(host.source)))?;
    for (number, line) in (first..).zip(from.lines().take(wanted)) {
        let cut: String = line.chars().take(WIDTH).collect();
        let more = if cut.len() < line.len() { "…" } else { "" };
        writeln!(out, "<span class=\"number\">{number:>5}</span> {}{more}", escaped(&cut))?;
    }
    if last + 1 > first + wanted {
        writeln!(out, "      …")?;
    }
    writeln!(out, "</pre>\n</figure>")
}

//! Small documents made for one drawing: lines of a source that are short enough to show, a statement printed
//! anew when they are not, or a piece of one endless line.

use std::ops::Range;

use super::page::{Page, is_harmful};
use super::pretty;
use crate::json::{self, Node};
use crate::source::{SourceId, SourceMap, Span, Text};

/// No line of an excerpt is longer, in characters: miette breaks past column 65,535.
pub(super) const LONGEST_LINE: usize = 1_000;

/// Up to this size a document is parsed to show a part of it printed anew.
pub(super) const PARSED: usize = 256 * 1024;

/// Larger parts of a document are not printed anew, in bytes.
const LARGE: usize = 16 * 1024;

/// How many lines of a source an excerpt may hold.
const LINES: usize = 400;

/// Excerpts up to this many lines are shown whole.
pub(super) const WHOLE: usize = 16;

/// Of longer ones, so many lines on either side of a label.
pub(super) const AROUND: usize = 2;

/// A text with labels.
#[derive(Clone, Debug)]
pub(super) struct Excerpt {
    /// Where it is from, with line and column.
    pub(super) name: String,
    /// Every line ends in a line break.
    pub(super) text: String,
    /// Number of the first line, counted from 0.
    pub(super) first_line: usize,
    /// Where the text was laid out anew: the lines of the source that its lines are from, counted from 1.
    pub(super) numbers: Option<Vec<usize>>,
    /// Places in the text, each within one line.
    pub(super) labels: Vec<(Range<usize>, String)>,
}

/// What to show.
#[derive(Copy, Clone, Debug)]
pub(super) struct Focus<'a> {
    /// A statement or another unit that is shown whole when it is small.
    pub(super) frame: Option<Span>,
    /// Where the fingers point; all in one source, the first one gives the excerpt its name.
    pub(super) labels: &'a [(Span, &'a str)],
    /// What to call the part of the document.
    pub(super) pointer: &'a str,
}

/// The excerpt that shows all labels; `None` when they do not fit in one.
pub(super) fn excerpt(page: &Page, map: &SourceMap, focus: Focus<'_>) -> Option<Excerpt> {
    let (primary, _) = focus.labels.first()?;
    let source = map.source_text(primary.source)?;
    let cutter = Cutter {
        page,
        map,
        id: primary.source,
        source,
        widest: page.style().width.saturating_sub(8).max(80),
    };
    let labels: Vec<(Range<usize>, &str)> =
        focus.labels.iter().map(|(span, text)| (range(source, *span), *text)).collect();
    let frame = focus.frame.map(|span| range(source, span));
    let whole = frame.as_ref().and_then(|frame| cutter.lines(frame.clone(), &labels));
    let piece = whole
        .or_else(|| cutter.lines_around(&labels, frame.as_ref()))
        .or_else(|| cutter.printed(&labels, frame.as_ref()))
        .or_else(|| cutter.window(&labels))?;
    if piece.text.lines().any(|line| line.chars().count() > LONGEST_LINE) {
        return None;
    }
    let mut name = name(page, map, *primary, focus.pointer);
    if piece.numbers.is_some() {
        name.push_str(", laid out anew");
    }
    Some(Excerpt {
        name,
        numbers: piece.numbers,
        text: piece.text,
        first_line: piece.first_line,
        labels: piece.labels.into_iter().map(|(at, text)| (at, page.clean(text))).collect(),
    })
}

/// `kms/lake.json:4:7 › /Statement/1`; for a document in another one, the place in the file that holds it.
pub(super) fn name(page: &Page, map: &SourceMap, span: Span, pointer: &str) -> String {
    let place = map.place(span);
    let inner = match map.called(span) {
        Some(name) => format!(" › {name}"),
        None => map.name(span.source).strip_prefix(&*place.document).unwrap_or_default().to_owned(),
    };
    let pointer = if pointer.is_empty() { String::new() } else { format!(" › {pointer}") };
    page.clean(&format!("{}:{}:{}{inner}{pointer}", place.document, place.start.line, place.start.column))
}

/// The bytes of a place, moved to where the text can be cut.
fn range(text: &str, span: Span) -> Range<usize> {
    let start = floor(text, span.start as usize);
    start..floor(text, span.end as usize).max(start)
}

/// The nearest place at or before an offset where the text can be cut.
fn floor(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    (0..=offset).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Labels and the text they are in.
struct Piece<'a> {
    text: String,
    first_line: usize,
    numbers: Option<Vec<usize>>,
    labels: Vec<(Range<usize>, &'a str)>,
}

struct Cutter<'c> {
    page: &'c Page,
    map: &'c SourceMap,
    id: SourceId,
    source: &'c Text,
    /// Lines that are longer are shown another way.
    widest: usize,
}

type Labels<'a> = [(Range<usize>, &'a str)];

impl Cutter<'_> {
    fn between(&self, range: Range<usize>) -> &str {
        self.source.get(range).unwrap_or_default()
    }

    fn line_start(&self, at: usize) -> usize {
        self.map.line_around(self.id, at as u32).0 as usize
    }

    /// Before the line break.
    fn line_end(&self, at: usize) -> usize {
        let (start, next) = self.map.line_around(self.id, at as u32);
        let line = self.between(start as usize..next as usize);
        start as usize + line.strip_suffix('\n').unwrap_or(line).len()
    }

    /// The number of the line, counted from 0.
    fn line_number(&self, at: usize) -> usize {
        self.map.position(self.id, at as u32).line as usize - 1
    }

    /// The lines of a frame as they are, when they are few and short.
    fn lines<'a>(&self, frame: Range<usize>, labels: &Labels<'a>) -> Option<Piece<'a>> {
        let inside = |at: &Range<usize>| frame.start <= at.start && at.start <= frame.end;
        if !labels.iter().all(|(at, _)| inside(at)) {
            return None;
        }
        self.raw(self.line_start(frame.start)..self.line_end(frame.end), labels)
    }

    /// The lines of the labels and one on either side.
    fn lines_around<'a>(&self, labels: &Labels<'a>, frame: Option<&Range<usize>>) -> Option<Piece<'a>> {
        // A frame on few long lines is shown whole, printed anew.
        if frame.is_some_and(|frame| self.between(frame.clone()).lines().count() <= LINES) {
            return None;
        }
        let first = labels.iter().map(|(at, _)| at.start).min()?;
        let last = labels.iter().map(|(at, _)| at.start).max()?;
        let start = self.line_start(first);
        let before = self.line_start(start.saturating_sub(1));
        let end = self.line_end(last);
        let after = self.line_end((end + 1).min(self.source.len()));
        // A long neighbour does not have to be shown.
        self.raw(before..after, labels).or_else(|| self.raw(start..end, labels))
    }

    fn raw<'a>(&self, range: Range<usize>, labels: &Labels<'a>) -> Option<Piece<'a>> {
        if range.len() > LINES * self.widest * 4 {
            return None;
        }
        let text = self.between(range.clone());
        if text.lines().count() > LINES {
            return None;
        }
        let indent = text.lines().filter(|line| !line.trim().is_empty()).map(indent_of).min().unwrap_or(0);
        let mut copy = Copy::default();
        let mut at = range.start;
        for line in text.split_inclusive('\n') {
            let shown = line.trim_end_matches(['\n', '\r']);
            let dedent = indent.min(indent_of(shown));
            if shown.chars().count() - dedent > self.widest {
                return None;
            }
            copy.line(self.page, shown.get(dedent..).unwrap_or_default(), at + dedent);
            at += line.len();
        }
        if text.is_empty() || text.ends_with('\n') {
            copy.line(self.page, "", at);
        }
        let labels = labels.iter().map(|(at, text)| (copy.locate(at), *text)).collect();
        let first_line = self.line_number(range.start);
        Some(Piece { text: copy.text, first_line, numbers: None, labels })
    }

    /// The part of a JSON document around the labels, printed anew.
    fn printed<'a>(&self, labels: &Labels<'a>, frame: Option<&Range<usize>>) -> Option<Piece<'a>> {
        let frame = frame.cloned().unwrap_or(0..self.source.len());
        if frame.len() > PARSED {
            return None;
        }
        let parsed = json::parse(SourceId::LONE, self.between(frame.clone()));
        if !parsed.problems.is_empty() {
            return None;
        }
        let base = frame.start as u32;
        let root = parsed.root?;
        let wanted: Vec<Range<u32>> = labels
            .iter()
            .map(|(at, _)| Some((at.start as u32).checked_sub(base)?..(at.end as u32).checked_sub(base)?))
            .collect::<Option<_>>()?;
        let part = part_around(&root, &wanted);
        if part.span.len() > LARGE {
            return None;
        }
        let options = pretty::Options { base, width: self.widest, longest: 160 };
        let printed = pretty::print(part, options);
        let mut copy = Copy::default();
        let mut from = 0;
        let mut numbers: Vec<usize> = Vec::new();
        for line in printed.text.lines() {
            copy.line(self.page, line, from);
            from += line.len() + 1;
        }
        let (start, end) = ((part.span.start + base) as usize, (part.span.end + base) as usize);
        let first = self.line_number(start) + 1;
        if self.between(start..end).contains('\n') {
            for origin in printed.origins() {
                let origin = origin.map(|at| self.line_number(at as usize) + 1);
                numbers.push(origin.or(numbers.last().copied()).unwrap_or(first));
            }
        } else {
            numbers.resize(printed.text.lines().count(), first);
        }
        let labels = labels
            .iter()
            .map(|(at, text)| {
                let there = printed.locate(&(at.start as u32..at.end as u32))?;
                Some((copy.locate(&there), *text))
            })
            .collect::<Option<Vec<_>>>()?;
        if has_its_lines(&copy.text, &numbers, &labels) {
            return Some(Piece { text: copy.text, first_line: 0, numbers: None, labels });
        }
        // The numbers are as wide as the largest one.
        let first_line = numbers.iter().max().map_or(0, |last| last.saturating_sub(1));
        Some(Piece { text: copy.text, first_line, numbers: Some(numbers), labels })
    }

    /// A piece of the line the only label is on.
    fn window<'a>(&self, labels: &Labels<'a>) -> Option<Piece<'a>> {
        let [(at, text)] = labels else { return None };
        let start = self.line_start(at.start);
        let before = self.between(start..at.start);
        let line = self.between(at.start..self.line_end(at.start)).trim_end_matches('\r');
        let lead = self.widest / 3;
        let from = before.char_indices().rev().nth(lead.saturating_sub(1)).map_or(0, |(i, _)| i);
        let room = self.widest - before.get(from..).unwrap_or_default().chars().count();
        let to = line.char_indices().nth(room).map_or(line.len(), |(i, _)| i);
        let mut copy = Copy::default();
        if from > 0 {
            copy.text.push_str(if self.page.style().unicode { "…" } else { "..." });
        }
        let shown = self.between(start + from..at.start + to);
        let dedent = if from > 0 { 0 } else { indent_of(shown) };
        let label = at.start.max(start + from + dedent)..at.end.clamp(at.start, at.start + to);
        copy.line(self.page, shown.get(dedent..).unwrap_or_default(), start + from + dedent);
        let label = copy.locate(&label);
        if to < line.len() {
            copy.text.truncate(copy.text.trim_end_matches('\n').len());
            copy.text.push_str(if self.page.style().unicode { "…\n" } else { "...\n" });
        }
        let first_line = self.line_number(start);
        Some(Piece { text: copy.text, first_line, numbers: None, labels: vec![(label, text)] })
    }
}

/// Whether a text that was printed anew has every line that is shown where the source has it.
fn has_its_lines(text: &str, numbers: &[usize], labels: &Labels<'_>) -> bool {
    let last = labels.iter().map(|(at, _)| at.end).max().unwrap_or(0);
    let last = text.get(..last).unwrap_or_default().lines().count() + AROUND;
    let seen = if numbers.len() <= WHOLE { numbers.len() } else { last };
    numbers.iter().take(seen).enumerate().all(|(index, number)| *number == index + 1)
}

/// The largest part of a tree that is still small and holds all places.
fn part_around<'n, 's>(root: &'n Node<'s>, wanted: &[Range<u32>]) -> &'n Node<'s> {
    /// Larger parts are narrowed down, in bytes.
    const SMALL: usize = 2_000;
    let holds = |node: &Node<'_>| {
        wanted.iter().all(|at| node.span.start <= at.start && at.end.min(node.span.end) >= at.start)
            && wanted.iter().all(|at| at.end <= node.span.end)
    };
    let mut node = root;
    while node.span.len() > SMALL {
        let members = node.members().iter().map(|member| &member.value);
        match members.chain(node.elements()).find(|child| is_container(child) && holds(child)) {
            Some(child) => node = child,
            None => break,
        }
    }
    node
}

fn is_container(node: &Node<'_>) -> bool {
    !node.members().is_empty() || !node.elements().is_empty()
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

/// A copy of text with the way from offsets in the original to offsets in the copy.
#[derive(Default)]
struct Copy {
    text: String,
    /// Original and copy run side by side from each of these pairs on.
    steps: Vec<(usize, usize)>,
}

impl Copy {
    /// Adds a line that begins at `from` in the original, without its line break.
    fn line(&mut self, page: &Page, line: &str, from: usize) {
        self.steps.push((from, self.text.len()));
        for (i, c) in line.char_indices() {
            match c {
                '\t' => self.text.push_str("    "),
                c if is_harmful(c) => self.text.push(page.replacement()),
                c => {
                    self.text.push(c);
                    continue;
                }
            }
            self.steps.push((from + i + c.len_utf8(), self.text.len()));
        }
        self.text.push('\n');
    }

    fn map(&self, at: usize) -> usize {
        let behind = self.steps.partition_point(|(from, _)| *from <= at);
        let Some((from, to)) = behind.checked_sub(1).and_then(|i| self.steps.get(i)) else { return 0 };
        let next = self.steps.get(behind).map_or(self.text.len(), |(_, to)| *to);
        let last = next.saturating_sub(1).max(*to);
        floor(&self.text, (to + (at - from)).min(last))
    }

    /// A place in the copy, kept to its first line.
    fn locate(&self, place: &Range<usize>) -> Range<usize> {
        let start = self.map(place.start);
        let end = self.map(place.end).max(start);
        let rest = self.text.get(start..).unwrap_or_default();
        let line = start + rest.find('\n').unwrap_or(rest.len());
        if end <= line {
            return start..end;
        }
        let first = self.text.get(start..line).unwrap_or_default();
        start..start + first.trim_end_matches([' ', '{', '[', ':']).len().max(first.len().min(1))
    }
}

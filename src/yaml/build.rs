//! From events to nodes.

use std::borrow::Cow;

use saphyr_parser::{Event, Parser, ScalarStyle, Span as Marks};

use super::anchors::{Anchors, Missing};
use super::indented::{self, Indented, TooLeft};
use super::places::{Places, Properties};
use super::tag::{self, Tag};
use super::{Parsed, merge, mistakes, scalar};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::json::{MAX_DEPTH, Member, Node, Value, duplicate_key, find_duplicates};
use crate::source::{SourceId, Span, Spanned};
use crate::work;

/// How many mistakes of one text are told.
const MAX_PROBLEMS: usize = 50;

/// How many bytes may be read again because lines stand too far to the left.
const AGAIN: usize = 1 << 26;

pub(super) fn parse(source: SourceId, text: &str) -> Parsed<'_> {
    let mut indented = Indented::default();
    let mut first = None;
    for _ in 0..(AGAIN / text.len().max(1)).clamp(2, 500) {
        let (parsed, too_left) = parse_once(source, text, &indented);
        let sure = parsed.closed == indented.brackets.len();
        match too_left.filter(|_| sure).and_then(|left| indented.with(text, &left)) {
            Some(more) => indented = more,
            // One that does not end seems to go on to the left as well: then what came of it is no help.
            None if parsed.stopped || !sure => return first.unwrap_or(parsed).parsed,
            None => return parsed.parsed,
        }
        first.get_or_insert(parsed);
    }
    first.map_or_else(|| parse_once(source, text, &indented).0.parsed, |first| first.parsed)
}

/// What came of one pass over the text.
struct Pass<'s> {
    parsed: Parsed<'s>,
    /// The scanner gave up.
    stopped: bool,
    /// How many of the brackets whose lines were indented closed where they were taken to.
    closed: usize,
}

fn parse_once<'s>(source: SourceId, text: &'s str, indented: &Indented) -> (Pass<'s>, Option<TooLeft>) {
    let mut builder = Builder {
        source,
        places: Places::new(text, indented),
        end: 0,
        frames: Vec::new(),
        depth: 0,
        skipped: None,
        members: Vec::new(),
        elements: Vec::new(),
        anchors: Anchors::new(),
        documents: Vec::new(),
        problems: Vec::new(),
        untold: None,
        indented,
        closed: 0,
    };
    let mut events = Parser::new_from_str(indented.text(text));
    let mut stopped = false;
    let mut too_left = None;
    // Those of the scanner are its own matter; that it is asked to read the text again is ours.
    work::did(indented.text(text).len());
    while let Some(event) = events.next_event() {
        work::did(1);
        match event {
            Ok((event, marks)) => builder.event(event, marks),
            Err(error) => {
                let mark = error.marker();
                let at = builder.places.offset(mark.index());
                too_left = builder.too_left(at, error.info());
                builder.give_up(at, error.info());
                stopped = true;
                break;
            }
        }
    }
    let closed = builder.closed;
    (Pass { parsed: builder.finish(), stopped, closed }, too_left)
}

struct Builder<'s, 'p> {
    source: SourceId,
    places: Places<'s, 'p>,
    /// The end of what was read last.
    end: u32,
    /// The mappings and lists that are open, outermost first.
    frames: Vec<Frame<'s>>,
    /// How many objects and arrays they are, those of short tags included.
    depth: usize,
    /// Where something begins that is too deep, and how many levels of it are open.
    skipped: Option<(u32, usize)>,
    /// The members and elements read so far of all that is open: each object and array is allocated once.
    members: Vec<Member<'s>>,
    elements: Vec<Node<'s>>,
    anchors: Anchors<'s>,
    documents: Vec<Node<'s>>,
    problems: Vec<Diagnostic>,
    /// The first mistake beyond [`MAX_PROBLEMS`].
    untold: Option<Span>,
    indented: &'p Indented,
    /// See [`Pass`].
    closed: usize,
}

struct Frame<'s> {
    kind: NodeKind<'s>,
    /// Where its members or elements begin in the builder's.
    first: usize,
    outside: Outside,
    /// The bracket that closes it; none for one in block style.
    closes: Option<u8>,
}

enum NodeKind<'s> {
    Sequence,
    Mapping {
        next: Next<'s>,
        /// Which of the members are `<<`.
        merges: Vec<usize>,
    },
}

/// What a mapping expects.
enum Next<'s> {
    Key,
    Value(Spanned<Cow<'s, str>>),
    /// The value of something that cannot be a key.
    Dropped,
}

/// Tag, anchor and beginning of a node.
struct Outside {
    start: u32,
    tag: Option<Tag>,
    tag_span: Option<Span>,
    anchor: usize,
}

impl<'s> Builder<'s, '_> {
    fn span(&self, start: u32, end: u32) -> Span {
        Span::new(self.source, start, end)
    }

    fn report(&mut self, problem: Diagnostic) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        } else if self.untold.is_none() {
            self.untold = problem.span;
        }
    }

    fn event(&mut self, event: Event<'_>, marks: Marks) {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let outside = self.outside(marks, anchor, tag.as_deref());
                self.scalar(text, style, outside, marks);
            }
            Event::MappingStart(anchor, tag) => {
                let outside = self.outside(marks, anchor, tag.as_deref());
                self.open(NodeKind::Mapping { next: Next::Key, merges: Vec::new() }, outside.0);
            }
            Event::SequenceStart(anchor, tag) => {
                let outside = self.outside(marks, anchor, tag.as_deref());
                self.open(NodeKind::Sequence, outside.0);
            }
            Event::MappingEnd | Event::SequenceEnd => {
                let at = self.places.offset(marks.start.index());
                self.close(at);
            }
            Event::Alias(id) => self.alias(id, marks),
            Event::DocumentStart(explicit) => {
                self.anchors.next_document();
                if explicit {
                    self.reach(self.places.offset(marks.end.index()));
                }
            }
            Event::DocumentEnd => {
                let at = self.places.offset(marks.start.index());
                if self.places.slice(at, at.saturating_add(3)) == Some("...") {
                    self.reach(at + 3);
                }
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd => {}
        }
    }

    /// Everything before `at` was read.
    fn reach(&mut self, at: u32) {
        self.end = self.end.max(at);
    }

    /// What stands before a node, and the end of it where there is something.
    fn outside(
        &mut self,
        marks: Marks,
        anchor: usize,
        tag: Option<&saphyr_parser::Tag>,
    ) -> (Outside, Option<Properties>) {
        let start = self.places.offset(marks.start.index());
        if anchor == 0 && tag.is_none() {
            return (Outside { start, tag: None, tag_span: None, anchor }, None);
        }
        let properties = self.places.properties(start);
        self.reach(properties.end);
        let tag_span = properties.tag.map(|(start, end)| self.span(start, end));
        let outside = Outside { start: properties.content, tag: tag.map(Tag::new), tag_span, anchor };
        (outside, Some(properties))
    }

    fn expects_key(&self) -> bool {
        matches!(self.frames.last(), Some(Frame { kind: NodeKind::Mapping { next: Next::Key, .. }, .. }))
    }

    fn scalar(
        &mut self,
        text: Cow<'_, str>,
        style: ScalarStyle,
        (mut outside, properties): (Outside, Option<Properties>),
        marks: Marks,
    ) {
        let mut inside = (0, 0);
        let end = match style {
            ScalarStyle::Plain if text.is_empty() => {
                outside.start = properties.map_or_else(|| self.nothing(outside.start), |p| p.end);
                outside.start
            }
            ScalarStyle::Plain => {
                let end = self.places.offset(marks.end.index());
                inside = (outside.start, end);
                end
            }
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                let end = self.places.quoted_end(outside.start);
                inside = (outside.start + 1, end.saturating_sub(1));
                end
            }
            ScalarStyle::Literal | ScalarStyle::Folded => {
                if properties.is_none() {
                    outside.start = self.places.block_start(self.end);
                }
                self.places.block_end(outside.start, self.places.offset(marks.end.index()))
            }
        };
        self.reach(end);
        if self.skipped.is_some() {
            return;
        }
        let text = indented::borrowed(self.places.slice(inside.0, inside.1), text);
        let span = self.span(outside.start, end);
        let plain = style == ScalarStyle::Plain;
        if self.expects_key() && Tag::levels(outside.tag.as_ref()) == 0 {
            let merges = plain && outside.tag.is_none() && text == "<<";
            if outside.anchor > 0 {
                let node = Node { span, value: Value::String(text.clone()) };
                self.anchors.name(outside.anchor, &node);
            }
            self.key(Spanned::new(text, span), merges);
            return;
        }
        if self.depth + Tag::levels(outside.tag.as_ref()) >= MAX_DEPTH {
            self.report(mistakes::too_deep(span));
            self.put(Node { span, value: Value::Invalid });
            return;
        }
        let value =
            if plain && outside.tag != Some(Tag::Text) { scalar::plain(text) } else { Value::String(text) };
        self.complete(Node { span, value }, outside);
    }

    /// Where nothing stands for a value or key; the scanner says what it met instead.
    fn nothing(&self, met: u32) -> u32 {
        let announced = !self.frames.is_empty() && matches!(self.places.byte(met), Some(b':' | b'-' | b'?'));
        if met < self.end || !announced {
            return self.end;
        }
        if self.expects_key() { met } else { met + 1 }
    }

    fn open(&mut self, kind: NodeKind<'s>, outside: Outside) {
        let closes = match self.places.byte(outside.start) {
            Some(b'{') => Some(b'}'),
            Some(b'[') => Some(b']'),
            Some(_) | None => None,
        };
        if closes.is_some() {
            self.reach(outside.start + 1);
        }
        if let Some((_, levels)) = &mut self.skipped {
            *levels += 1;
            return;
        }
        let levels = 1 + Tag::levels(outside.tag.as_ref());
        if self.depth + levels >= MAX_DEPTH {
            self.skipped = Some((outside.start, 1));
            return;
        }
        self.depth += levels;
        let first = match kind {
            NodeKind::Sequence => self.elements.len(),
            NodeKind::Mapping { .. } => self.members.len(),
        };
        self.frames.push(Frame { kind, first, outside, closes });
    }

    /// The innermost mapping or list ends; `at` is where the scanner saw it.
    fn close(&mut self, at: u32) {
        if let Some((start, levels)) = self.skipped {
            if levels > 1 {
                self.skipped = Some((start, levels - 1));
                return;
            }
            self.skipped = None;
            let span = self.span(start, self.end);
            self.report(mistakes::too_deep(span));
            self.put(Node { span, value: Value::Invalid });
            return;
        }
        let Some(frame) = self.frames.pop() else { return };
        self.depth -= 1 + Tag::levels(frame.outside.tag.as_ref());
        if frame.closes.is_some() && self.places.byte(at) == frame.closes {
            self.reach(at + 1);
            self.closed += usize::from(self.indented.brackets.binary_search(&(at + 1)).is_ok());
        }
        let value = match frame.kind {
            NodeKind::Sequence => Value::Array(self.elements.drain(frame.first..).collect()),
            NodeKind::Mapping { next, merges } => {
                if let Next::Value(key) = next {
                    // The text ended before its value.
                    let value = Node { span: self.span(self.end, self.end), value: Value::Invalid };
                    self.members.push(Member { key, value });
                }
                let members: Vec<Member<'s>> = self.members.drain(frame.first..).collect();
                find_duplicates(&members, |first, second| self.report(duplicate_key(first, second)));
                let merged = if merges.is_empty() {
                    members
                } else {
                    merge::merge(members, &merges, &mut |problem| self.report(problem))
                };
                Value::Object(merged)
            }
        };
        let span = self.span(frame.outside.start, self.end);
        self.complete(Node { span, value }, frame.outside);
    }

    fn alias(&mut self, id: usize, marks: Marks) {
        let start = self.places.offset(marks.start.index());
        let end = self.places.offset(marks.end.index());
        self.reach(end);
        if self.skipped.is_some() {
            return;
        }
        let span = self.span(start, end);
        if self.expects_key()
            && let Some(text) = self.anchors.text(id)
        {
            self.key(Spanned::new(text, span), false);
            return;
        }
        let node = self.anchors.copy(id, self.depth).unwrap_or_else(|missing| {
            self.report(match missing {
                Missing::Unknown => mistakes::unknown_alias(span),
                Missing::TooMuch => mistakes::too_much(span),
                Missing::TooDeep => mistakes::too_deep(span),
            });
            Node { span, value: Value::Invalid }
        });
        self.put(node);
    }

    fn key(&mut self, key: Spanned<Cow<'s, str>>, merging: bool) {
        let Some(Frame { kind: NodeKind::Mapping { next, merges }, first, .. }) = self.frames.last_mut()
        else {
            return;
        };
        *next = Next::Value(key);
        if merging {
            merges.push(self.members.len() - *first);
        }
    }

    /// A node without what stands before it.
    fn complete(&mut self, node: Node<'s>, outside: Outside) {
        let node = tag::wrap(node, outside.tag, outside.tag_span);
        if outside.anchor > 0 {
            self.anchors.name(outside.anchor, &node);
        }
        self.put(node);
    }

    /// A node is complete: it goes where the innermost open one expects it.
    fn put(&mut self, node: Node<'s>) {
        let Some(frame) = self.frames.last_mut() else {
            self.documents.push(node);
            return;
        };
        match &mut frame.kind {
            NodeKind::Sequence => self.elements.push(node),
            NodeKind::Mapping { next, .. } => match std::mem::replace(next, Next::Key) {
                Next::Value(key) => self.members.push(Member { key, value: node }),
                Next::Dropped => {}
                Next::Key => {
                    *next = Next::Dropped;
                    if node.value != Value::Invalid {
                        self.report(mistakes::complex_key(node.span));
                    }
                }
            },
        }
    }

    /// The quoted text or brackets whose lines are not indented enough, if that is what the scanner met.
    #[cold]
    fn too_left(&self, at: u32, info: &str) -> Option<TooLeft> {
        if info.contains("indentation in quoted") {
            let (column, _) = self.places.column(at);
            return Some(TooLeft { from: at, to: self.places.quoted_end(at), column, bracket: false });
        }
        if info != "invalid indentation" && !info.contains("indentation in flow") {
            return None;
        }
        let outermost = self.frames.iter().find(|frame| frame.closes.is_some());
        let start =
            outermost.map_or_else(|| self.places.bracket_start(self.end), |f| Some(f.outside.start))?;
        let (column, _) = self.places.column(start);
        let (_, line) = self.places.column(at);
        let from = start.max(line.saturating_sub(1));
        Some(TooLeft { from, to: self.places.bracket_end(start)?, column, bracket: true })
    }

    /// The scanner cannot go on; what is open stays as far as it was read.
    #[cold]
    fn give_up(&mut self, at: u32, info: &str) {
        let len = self.places.slice(at, self.places.text.len() as u32).and_then(|rest| rest.chars().next());
        let span = self.span(at, at + len.map_or(0, |c| c.len_utf8() as u32));
        self.report(mistakes::syntax(span, info, self.places.byte(at)));
        while self.skipped.is_some() || !self.frames.is_empty() {
            self.close(at);
        }
    }

    fn finish(mut self) -> Parsed<'s> {
        // Duplicate keys are met when their mapping ends.
        self.problems.sort_by_key(|problem| problem.span.map(|span| span.start));
        if let Some(span) = self.untold {
            let message = format!("more than {MAX_PROBLEMS} mistakes in this text: the others are not shown");
            self.problems.push(Diagnostic::new(Code::YamlSyntax, span, message).level(Severity::Note));
        }
        Parsed { documents: self.documents, problems: self.problems }
    }
}

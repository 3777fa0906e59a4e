//! What all drawings share: colours, signs, wrapped prose, and text that cannot harm a terminal.

use textwrap::core::display_width;
use textwrap::{Options, WordSeparator, WordSplitter};

use crate::report::Style;
pub(super) use crate::report::wording::is_harmful;

/// What a colour means.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Tint {
    Good,
    Bad,
    Maybe,
    Help,
    Title,
    /// Said for completeness.
    Dim,
}

impl Tint {
    fn code(self) -> &'static str {
        match self {
            Self::Good => "1;32",
            Self::Bad => "1;31",
            Self::Maybe => "1;33",
            Self::Help => "36",
            Self::Title => "1",
            Self::Dim => "2",
        }
    }
}

/// A small picture, and what stands for it where there is only ASCII.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Yes,
    No,
    Maybe,
    Unknown,
    Attention,
    Note,
    Nothing,
}

/// How a report is laid out.
#[derive(Debug)]
pub(super) struct Page {
    style: Style,
}

impl Page {
    pub(super) fn new(style: Style) -> Self {
        Self { style: Style { width: style.width.clamp(40, 400), ..style } }
    }

    pub(super) fn style(&self) -> Style {
        self.style
    }

    pub(super) fn sign(&self, sign: Sign) -> &'static str {
        if self.style.narrated {
            // The word beside it says the same.
            return "";
        }
        let (unicode, ascii) = match sign {
            Sign::Yes => ("✓", "+"),
            Sign::No => ("✗", "x"),
            Sign::Maybe => ("≈", "~"),
            Sign::Unknown => ("?", "?"),
            Sign::Attention => ("⚠", "!"),
            Sign::Note => ("☞", ">"),
            Sign::Nothing => ("·", "-"),
        };
        if self.style.unicode { unicode } else { ascii }
    }

    /// Text in a colour. The text has been cleaned, or is our own.
    pub(super) fn paint(&self, tint: Tint, text: &str) -> String {
        if self.style.color && !text.is_empty() {
            format!("\u{1b}[{}m{text}\u{1b}[0m", tint.code())
        } else {
            text.to_owned()
        }
    }

    /// Cleaned text, set back.
    pub(super) fn dim(&self, text: &str) -> String {
        self.paint(Tint::Dim, &self.clean(text))
    }

    /// Text of a document or a name, made safe to print: one line, nothing that moves the cursor, and nothing that is
    /// shown in another order than it is written.
    pub(super) fn clean(&self, text: &str) -> String {
        let mut clean = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '\n' => clean.push_str("\\n"),
                '\r' => clean.push_str("\\r"),
                '\t' => clean.push(' '),
                c if is_harmful(c) => clean.push(self.replacement()),
                c if self.style.unicode || c.is_ascii() => clean.push(c),
                '›' => clean.push('>'),
                '…' => clean.push_str("..."),
                '“' | '”' => clean.push('"'),
                '‘' | '’' => clean.push('\''),
                '–' | '—' => clean.push('-'),
                '→' => clean.push_str("->"),
                c => clean.push(c),
            }
        }
        clean
    }

    pub(super) fn replacement(&self) -> char {
        if self.style.unicode { char::REPLACEMENT_CHARACTER } else { '?' }
    }

    /// A sentence or two, wrapped at the width of the page: the first line behind `first` and the others behind `rest`.
    /// Words are never cut.
    pub(super) fn prose(&self, first: &str, rest: &str, text: &str) -> String {
        self.wrapped(first, rest, [text].into_iter())
    }

    /// Prose as [`prose`](Self::prose) wraps it, for somebody else to indent by `indent` columns.
    pub(super) fn block(&self, indent: usize, text: &str) -> String {
        self.narrower(indent, [text].into_iter())
    }

    /// As [`block`](Self::block), for text whose line breaks are ours. Indented lines and JSON stay as they are.
    pub(super) fn block_of_lines(&self, indent: usize, text: &str) -> String {
        self.narrower(indent, text.lines())
    }

    fn narrower<'t>(&self, indent: usize, lines: impl Iterator<Item = &'t str>) -> String {
        let narrower = Page::new(Style { width: self.style.width.saturating_sub(indent), ..self.style });
        let mut block = narrower.wrapped("", "", lines);
        block.truncate(block.trim_end().len());
        block
    }

    fn wrapped<'t>(&self, first: &str, rest: &str, lines: impl Iterator<Item = &'t str>) -> String {
        let mut wrapped = String::new();
        for (i, line) in lines.map(|line| self.clean(line)).enumerate() {
            let indent = if i == 0 { first } else { rest };
            if line.starts_with([' ', '{', '}', '[', ']', '"']) {
                wrapped += indent;
                wrapped += &line;
            } else {
                wrapped += &textwrap::fill(&line, options(self.style.width, indent, rest));
            }
            wrapped.push('\n');
        }
        wrapped
    }
}

fn options<'a>(width: usize, first: &'a str, rest: &'a str) -> Options<'a> {
    Options::new(width)
        .initial_indent(first)
        .subsequent_indent(rest)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
}

/// Text filled up with spaces.
pub(super) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(display_width(text))))
}

//! Excerpts drawn by miette.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    NarratableReportHandler, SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};
use textwrap::core::display_width;

use super::excerpt::{self, AROUND, Excerpt, Focus, WHOLE};
use super::page::{Page, Sign, Tint};
use crate::diagnostic::Severity;
use crate::source::{SourceMap, Span};

/// Something to say about places in the input.
#[derive(Debug)]
pub(super) struct Drawing<'a> {
    pub(super) severity: Severity,
    pub(super) code: Option<&'a str>,
    pub(super) message: &'a str,
    pub(super) primary: Option<(Span, &'a str)>,
    pub(super) related: Vec<(Span, &'a str)>,
    pub(super) help: Option<&'a str>,
}

impl Drawing<'_> {
    pub(super) fn draw(&self, page: &Page, map: &SourceMap) -> String {
        let excerpts = self.excerpts(page, map);
        let last = excerpts.len().saturating_sub(1);
        let mut text = String::new();
        let mut excerpts = excerpts.into_iter().enumerate().peekable();
        if excerpts.peek().is_none() {
            return self.view(None, page).draw(page);
        }
        for (i, excerpt) in excerpts {
            let mut view = self.view(Some(excerpt), page);
            if i < last {
                view.help = None;
            }
            let drawn = view.draw(page);
            // The message is said once, above the first excerpt.
            let body = if i == 0 { Some(&*drawn) } else { drawn.get(view.head(page).len()..) };
            text += body.unwrap_or_default();
        }
        text
    }

    /// One excerpt for all places, or one for each where they lie too far apart.
    fn excerpts(&self, page: &Page, map: &SourceMap) -> Vec<Excerpt> {
        let Some(primary) = self.primary else { return Vec::new() };
        let cut =
            |labels: &[(Span, &str)]| excerpt::excerpt(page, map, Focus { frame: None, labels, pointer: "" });
        let (here, mut elsewhere): (Vec<_>, Vec<_>) =
            self.related.iter().copied().partition(|(span, _)| span.source == primary.0.source);
        let mut all = vec![primary];
        all.extend(&here);
        let first = cut(&all).or_else(|| {
            elsewhere.splice(0..0, here);
            cut(&[primary])
        });
        first.into_iter().chain(elsewhere.iter().filter_map(|label| cut(&[*label]))).collect()
    }

    fn view(&self, excerpt: Option<Excerpt>, page: &Page) -> View {
        View::new(page, self.severity, self.code, self.message, excerpt, self.help)
    }
}

/// A message, an excerpt and help, ready to be drawn.
#[derive(Debug)]
pub(super) struct View {
    severity: Severity,
    /// Sign, severity and code.
    icon: String,
    message: String,
    excerpt: Option<Excerpt>,
    help: Option<String>,
}

impl View {
    fn new(
        page: &Page,
        severity: Severity,
        code: Option<&str>,
        message: &str,
        excerpt: Option<Excerpt>,
        help: Option<&str>,
    ) -> Self {
        let (sign, word) = match severity {
            Severity::Error => (Sign::No, "error"),
            Severity::Warning => (Sign::Attention, "warning"),
            Severity::Note => (Sign::Note, "note"),
        };
        let code = code.map(|code| format!("[{code}]")).unwrap_or_default();
        let icon = format!("{} {word}{code}:", page.sign(sign));
        let clipped = clipped(page, message);
        Self {
            severity,
            message: if page.style().narrated {
                // Nobody draws the icon.
                headed(page, "", &format!("{word}{code}: {clipped}"))
            } else {
                headed(page, &icon, &clipped)
            },
            icon,
            excerpt: excerpt.map(|excerpt| wrap_labels(page, excerpt)),
            help: help.map(|help| page.block(8, help)),
        }
    }

    /// An excerpt with a caption of its own.
    pub(super) fn captioned(page: &Page, sign: Sign, caption: &str, excerpt: Excerpt) -> Self {
        Self {
            severity: match sign {
                Sign::No => Severity::Error,
                Sign::Maybe | Sign::Unknown | Sign::Attention => Severity::Warning,
                Sign::Yes | Sign::Note | Sign::Nothing => Severity::Note,
            },
            icon: page.sign(sign).to_owned(),
            message: headed(page, page.sign(sign), caption),
            excerpt: Some(wrap_labels(page, excerpt)),
            help: None,
        }
    }

    /// The lines above the excerpt.
    fn head(&self, page: &Page) -> String {
        let bare = Self {
            severity: self.severity,
            icon: self.icon.clone(),
            message: self.message.clone(),
            excerpt: None,
            help: None,
        };
        bare.draw(page)
    }

    pub(super) fn draw(&self, page: &Page) -> String {
        let mut text = String::new();
        let drawn = if page.style().narrated {
            self.narrator().render_report(&mut text, self)
        } else {
            self.handler(page).render_report(&mut text, self)
        };
        // Writing to a string does not fail, and a label outside its text, which would, is shown by its place.
        if drawn.is_err() {
            text = format!("  {} {}\n", self.icon, self.message);
        }
        let mut numbers = self.excerpt.as_ref().and_then(Renumbering::of);
        let mut trimmed = String::with_capacity(text.len());
        for line in text.lines() {
            let line = match &mut numbers {
                Some(numbers) if !page.style().narrated => numbers.of_line(line),
                Some(_) | None => Cow::Borrowed(line),
            };
            trimmed += line.trim_end();
            trimmed.push('\n');
        }
        trimmed
    }

    /// One label has the colour of the message; several have one each.
    fn styles(&self, color: bool) -> ThemeStyles {
        if !color {
            return ThemeStyles::none();
        }
        let ansi = ThemeStyles::ansi();
        let own = match self.severity {
            Severity::Error => ansi.error,
            Severity::Warning => ansi.warning,
            Severity::Note => ansi.advice,
        };
        let labels = self.excerpt.as_ref().map_or(0, |excerpt| excerpt.labels.len());
        let highlights = if labels == 1 { vec![own] } else { ansi.highlights };
        ThemeStyles { link: ansi.help, highlights, ..ansi }
    }

    fn narrator(&self) -> NarratableReportHandler {
        NarratableReportHandler::new().with_context_lines(self.context()).without_cause_chain()
    }

    /// How many lines around a label are worth showing.
    fn context(&self) -> usize {
        let lines = self.excerpt.as_ref().map_or(0, |excerpt| excerpt.text.lines().count());
        if lines <= WHOLE { WHOLE } else { AROUND }
    }

    fn handler(&self, page: &Page) -> GraphicalReportHandler {
        let style = page.style();
        let characters = if style.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() };
        let icon = self.icon.clone();
        let theme = GraphicalTheme {
            characters: ThemeCharacters {
                error: icon.clone(),
                warning: icon.clone(),
                advice: icon,
                ..characters
            },
            styles: self.styles(style.color),
        };
        GraphicalReportHandler::new_themed(theme)
            .with_width(style.width)
            .with_wrap_lines(false)
            .with_context_lines(self.context())
            .with_links(false)
            .without_cause_chain()
            .without_primary_span_start()
            .without_syntax_highlighting()
    }
}

/// The lines of the source in the place of those of a text that was laid out anew.
struct Renumbering<'e> {
    numbers: &'e [usize],
    first_line: usize,
    shown: Option<usize>,
}

impl<'e> Renumbering<'e> {
    fn of(excerpt: &'e Excerpt) -> Option<Self> {
        let numbers = excerpt.numbers.as_deref()?;
        Some(Self { numbers, first_line: excerpt.first_line, shown: None })
    }

    /// A drawn line, with its number, where it has one, once for all lines that come from the same one.
    fn of_line<'l>(&mut self, line: &'l str) -> Cow<'l, str> {
        let Some(place) = number_before_the_bar(line) else { return Cow::Borrowed(line) };
        let written = line.get(place.clone()).and_then(|digits| digits.parse::<usize>().ok());
        let index = written.and_then(|written| written.checked_sub(self.first_line + 1));
        let Some(real) = index.and_then(|index| self.numbers.get(index)) else { return Cow::Borrowed(line) };
        let number = if self.shown == Some(*real) { String::new() } else { real.to_string() };
        self.shown = Some(*real);
        let (before, behind) = (line.get(..place.start), line.get(place.end..));
        Cow::Owned(format!(
            "{}{number:>width$}{}",
            before.unwrap_or_default(),
            behind.unwrap_or_default(),
            width = place.len()
        ))
    }
}

/// Where the number of a drawn line stands: nothing but blanks and colours is before its bar besides.
fn number_before_the_bar(line: &str) -> Option<Range<usize>> {
    let mut digits: Option<Range<usize>> = None;
    let mut in_colour = false;
    for (at, c) in line.char_indices() {
        match c {
            '\u{1b}' => in_colour = true,
            'm' if in_colour => in_colour = false,
            _ if in_colour => {}
            '0'..='9' => {
                let start = digits.as_ref().map_or(at, |digits| digits.start);
                digits = Some(start..at + 1);
            }
            ' ' => {}
            '│' | '|' => return digits,
            _ => return None,
        }
    }
    None
}

/// Messages quote what they are about, which may be a whole file.
const LONGEST_MESSAGE: usize = 1_000;

fn clipped<'m>(page: &Page, message: &'m str) -> Cow<'m, str> {
    match message.char_indices().nth(LONGEST_MESSAGE) {
        None => Cow::Borrowed(message),
        Some((end, _)) => {
            let dots = if page.style().unicode { "…" } else { "..." };
            Cow::Owned(format!("{}{dots}", message.get(..end).unwrap_or_default()))
        }
    }
}

/// A message wrapped for its place behind an icon; miette indents the following lines.
fn headed(page: &Page, icon: &str, message: &str) -> String {
    let first = " ".repeat(2 + display_width(icon) + 1);
    let wrapped = page.prose(&first, "    ", message);
    let lines: Vec<&str> = wrapped.lines().map(str::trim).collect();
    lines.join("\n")
}

/// Labels stand to the right of what they explain, so they are wrapped early.
fn wrap_labels(page: &Page, mut excerpt: Excerpt) -> Excerpt {
    let narrow = page.style().width / 3;
    for (_, text) in &mut excerpt.labels {
        *text = page.block(narrow, text);
    }
    excerpt
}

/// `help: …` as miette writes it, where there is no excerpt to write it under.
pub(super) fn help(page: &Page, text: &str) -> String {
    let mut lines = page.block_of_lines(8, text);
    lines = lines.replace('\n', "\n        ");
    let trimmed: Vec<&str> = lines.lines().map(str::trim_end).collect();
    format!("{}{}\n", page.paint(Tint::Help, "  help: "), trimmed.join("\n"))
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for View {}

impl Diagnostic for View {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let excerpt = self.excerpt.as_ref()?;
        Some(Box::new(excerpt.labels.iter().map(|(at, text)| {
            let text = (!text.is_empty()).then(|| text.clone());
            LabeledSpan::new(text, at.start, at.len())
        })))
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let part = self.text.as_str().read_span(span, before, after)?;
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            part.data(),
            *part.span(),
            part.line() + self.first_line,
            part.column(),
            part.line_count(),
        )))
    }
}

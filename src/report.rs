//! Ways to show a [`Report`]: drawn for people, written for machines. Everything here was decided and filtered
//! before; a format only draws.

mod concise;
mod csv;
mod edit;
mod github;
mod gitlab;
mod hcl;
mod html;
#[cfg(feature = "cli")]
mod human;
mod json;
mod jsonl;
mod junit;
mod markdown;
mod patch;
mod picture;
mod question;
mod results;
mod sarif;
pub mod script;
mod tree;
mod wording;
mod written;

/// The objects that are printed as JSON.
#[cfg(feature = "cli")]
pub(crate) use edit::{Replacement, another, applied, from_list, one_more, without};
#[cfg(feature = "cli")]
pub(crate) use json::v1 as output;
#[cfg(feature = "cli")]
pub(crate) use patch::{changed_lines, diff as file_diff};

pub use question::{
    circumstances_of, circumstances_of_action, circumstances_of_assume, circumstances_of_read,
};

use std::io;

use crate::ask::{Answer, Fix};
use crate::finding::Report;
use crate::source::{SourceMap, Span};

/// One sentence on what an answer says: `IAM_CLUSTER cannot read s3://lake/x`.
pub fn sentence(answer: &Answer) -> String {
    wording::sentence(answer)
}

/// What a proposed change takes out of its file, and what it puts in its place, in the order of the places. `None` if the
/// change concerns several files, or something other than text.
pub fn edits(fix: &Fix, map: &SourceMap) -> Option<Vec<(Span, String)>> {
    let replacements = edit::replacements((fix.document, &fix.change), map, &mut tree::Trees::new(map))?;
    Some(replacements.into_iter().map(|replacement| (replacement.at, replacement.text)).collect())
}

/// The same of a change in a document, or in a statement of one.
#[cfg(feature = "cli")]
pub(crate) fn changed(
    document: Option<Span>,
    change: &crate::ask::Change,
    map: &SourceMap,
) -> Option<Vec<Replacement>> {
    edit::replacements((document, change), map, &mut tree::Trees::new(map))
}

/// How a format should look; machine formats look only at the shape.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether to write ANSI colours. Signs and words say the same without them.
    pub color: bool,
    /// Where prose is wrapped; JSON, paths and ARNs never are.
    pub width: usize,
    /// Whether the terminal can show more than ASCII.
    pub unicode: bool,
    /// Whether it is to be heard: words in place of signs, drawings and columns.
    pub narrated: bool,
    /// How paths and boxes are laid out.
    pub shape: Shape,
    /// Whether everything is shown that an answer rests on.
    pub verbose: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, width: 100, unicode: true, narrated: false, shape: Shape::Check, verbose: false }
    }
}

/// What kind of run is being reported.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One question was asked, and one answer is printed. With any other number of answers, as [`Shape::Check`].
    Answer,
    /// Answers, findings, problems and a summary.
    Check,
}

/// What a format can show.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Draws {
    /// Whatever a run has to say.
    Reports,
    /// Only the graph of [`Report::map`].
    Maps,
    /// Answers, findings and problems: no graph, and no comparison.
    Results,
    /// The same, and the ways of [`Report::map`].
    Lines,
    /// Only the table of [`Report::matrix`].
    Tables,
    /// All but a comparison.
    Pages,
}

/// One output format.
#[derive(Debug)]
pub struct Format {
    /// The name used in `--format`.
    pub name: &'static str,
    /// The format in one line.
    pub summary: &'static str,
    /// What it can write.
    pub draws: Draws,
    /// Fails without writing anything where there is nothing it could draw.
    pub render: fn(&Report, &SourceMap, &Style, &mut dyn io::Write) -> io::Result<()>,
}

/// All formats, sorted by name.
pub static ALL: &[&Format] = &[
    &concise::FORMAT,
    &csv::FORMAT,
    &picture::dot::FORMAT,
    &github::FORMAT,
    &gitlab::FORMAT,
    &html::FORMAT,
    #[cfg(feature = "cli")]
    &human::FORMAT,
    &json::FORMAT,
    &jsonl::FORMAT,
    &junit::FORMAT,
    &markdown::FORMAT,
    &picture::mermaid::FORMAT,
    #[cfg(feature = "cli")]
    &human::NARRATED,
    &patch::FORMAT,
    &sarif::FORMAT,
    &picture::svg::FORMAT,
];

/// A format by its name.
pub fn find(name: &str) -> Option<&'static Format> {
    ALL.iter().copied().find(|format| format.name == name)
}

/// Schemas of the machine formats, in JSON Schema.
#[cfg(feature = "cli")]
pub(crate) fn schemas(generator: &mut schemars::SchemaGenerator) -> Vec<schemars::Schema> {
    json::schemas(generator)
}

/// A text in one line: a line break in the name of a file must not begin a line of ours.
pub(crate) fn in_one_line(text: &str) -> String {
    wording::in_one_line(text)
}

/// Text in one line that cannot harm a terminal, for messages outside of a report.
#[cfg(feature = "cli")]
pub(crate) fn harmless(text: &str) -> String {
    human::harmless(text)
}

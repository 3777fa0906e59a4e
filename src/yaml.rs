//! YAML as the same tree as JSON, as CloudFormation templates and Kubernetes manifests write it.
//!
//! `saphyr-parser` reads the text and says what begins and ends where; here that becomes nodes with places.
//! What is read the way these two read it:
//!
//! - a plain scalar is text unless it is `null`, `true`, `false` (in the core schema's spellings) or a number as
//!   JSON writes it, leading zeros allowed. A date, `yes`, `0x1F` and `+1` are text;
//! - a number keeps its digits as written, so an account id without quotes is not lost: [`Node::as_text`];
//! - a local tag is CloudFormation's short form: `!Ref x` is `{"Ref": x}`, `!Sub x` is `{"Fn::Sub": x}`;
//! - an alias is a copy of what its anchor names, at the place where that is written;
//! - `<<` adds the members of other mappings; those written out win.

mod anchors;
mod build;
mod indented;
mod merge;
mod mistakes;
mod places;
mod scalar;
mod tag;
#[cfg(test)]
mod tests;

use crate::diagnostic::{Code, Diagnostic};
use crate::json::Node;
use crate::source::{SourceId, Span};

/// What a text holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed<'s> {
    /// One tree for each document of the stream; none for a text of blanks and comments.
    pub documents: Vec<Node<'s>>,
    /// In the order of the text.
    pub problems: Vec<Diagnostic>,
}

/// Reads all documents of a text, up to the first place that is no YAML. Scalars that are written as they are
/// meant are borrowed from the text.
pub fn parse(source: SourceId, text: &str) -> Parsed<'_> {
    if u32::try_from(text.len()).is_err() {
        let problem =
            Diagnostic::new(Code::YamlSyntax, Span::new(source, 0, 0), "the document is larger than 4 GiB");
        return Parsed { documents: Vec::new(), problems: vec![problem] };
    }
    build::parse(source, text)
}

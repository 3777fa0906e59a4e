//! What people call parts of files that a tool wrote, and what they write in place of a name that AWS chooses.

use std::collections::BTreeMap;

use super::{SourceId, SourceMap, Span};

/// Names of places, and how names are written where people write them.
#[derive(Clone, Debug, Default)]
pub(super) struct Called {
    /// By where they begin: where they end, and the name.
    places: BTreeMap<(SourceId, u32), (u32, String)>,
    references: BTreeMap<String, Reference>,
    declared: Vec<Declaration>,
}

/// What the source of Terraform has a reference for.
#[derive(Clone, Debug)]
pub(crate) struct Declaration {
    /// The type of a resource, such as `aws_iam_role`, `var` or `module`.
    pub(crate) kind: String,
    /// How its module refers to it: `aws_iam_role.reader["a"]`.
    pub(crate) reference: String,
    /// The expression whose value is the ARN.
    pub(crate) written: String,
    pub(crate) arn: String,
    /// Its block.
    pub(crate) at: Span,
    /// The expression has this value wherever its module is called.
    pub(crate) is_only: bool,
}

/// How a file refers to something by its name there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// The address of a resource of Terraform: `aws_kms_key.lake`.
    Address(String),
    /// The logical id of a resource of a template.
    LogicalId(String),
}

impl SourceMap {
    /// Calls a place by the name that people have for it.
    pub fn call(&mut self, place: Span, name: &str) {
        self.called.places.insert((place.source, place.start), (place.end, name.to_owned()));
    }

    /// What the part of a file around a place is called.
    pub fn called(&self, place: Span) -> Option<&str> {
        let place = self.host(place);
        let before = self.called.places.range(..=(place.source, place.start));
        let ((source, _), (end, name)) = before.into_iter().next_back()?;
        (*source == place.source && place.end <= *end).then_some(name)
    }

    /// Whether some file holds a text.
    pub(crate) fn has_text(&self, text: &str) -> bool {
        self.sources.iter().any(|source| source.text.contains(text))
    }

    /// Notes what a file has a reference for.
    pub(crate) fn declare(&mut self, declaration: Declaration) {
        self.called.declared.push(declaration);
    }

    /// The declaration of a resource by its ARN.
    pub(crate) fn declaration_of(&self, arn: &str) -> Option<&Declaration> {
        self.called.declared.iter().find(|declared| declared.arn == arn && declared.kind.starts_with("aws_"))
    }

    /// The declaration of a resource by the end of its ARN.
    pub(crate) fn declaration_ending(&self, end: &str) -> Option<&Declaration> {
        let is_it =
            |declared: &&Declaration| declared.arn.ends_with(end) && declared.kind.starts_with("aws_");
        self.called.declared.iter().find(is_it)
    }

    /// The files of a directory that hold configuration.
    pub(crate) fn beside(&self, file: SourceId) -> impl Iterator<Item = SourceId> {
        let directory = |name: &str| name.rsplit_once('/').map_or(0, |(directory, _)| directory.len());
        let own = self.name(file);
        let own = own.get(..directory(own)).unwrap_or_default();
        let is_near = move |name: &str| name.get(..directory(name)) == Some(own);
        let all = self.sources.iter().enumerate().filter(move |(_, source)| is_near(&source.name));
        all.map(|(index, _)| SourceId(index as u32))
    }

    /// The ARN at the start of a text that a file may refer to, and the declaration of it.
    pub(crate) fn declared_in<'t>(&self, text: &'t str, file: SourceId) -> Option<(&'t str, &Declaration)> {
        let directory = |id| self.name(id).rsplit_once('/').map_or("", |(directory, _)| directory);
        let is_near = |at: SourceId| directory(at) == directory(file);
        let found =
            self.called.declared.iter().filter(|declared| declared.is_only && is_near(declared.at.source));
        let found = found.filter_map(|declared| {
            let rest = text.strip_prefix(declared.arn.as_str())?;
            // Of a longer name it is no part.
            (rest.is_empty() || rest.starts_with('/')).then_some((text.get(..declared.arn.len())?, declared))
        });
        found.max_by_key(|(part, _)| part.len())
    }

    /// A text with a name that AWS chooses is written with this.
    pub fn refer(&mut self, text: &str, reference: Reference) {
        self.called.references.insert(text.to_owned(), reference);
    }

    /// The longest part of a text that is written with a reference.
    pub fn reference_in<'t>(&self, text: &'t str) -> Option<(&'t str, &Reference)> {
        let found = self.called.references.iter().filter_map(|(known, reference)| {
            let start = text.find(known.as_str())?;
            Some((text.get(start..start + known.len())?, reference))
        });
        found.max_by_key(|(part, _)| part.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_around_a_place_has_the_name() {
        let mut map = SourceMap::new();
        let source = map.add(
            "p",
            "0123456789".into(),
            crate::source::Origin::File { bytes: crate::source::OffsetMap::identity() },
        );
        map.call(Span::new(source, 2, 5), "a");
        map.call(Span::new(source, 6, 9), "b");
        let called = |start, end| map.called(Span::new(source, start, end));
        assert_eq!((called(2, 5), called(3, 4), called(7, 9)), (Some("a"), Some("a"), Some("b")));
        assert_eq!((called(0, 1), called(4, 7), called(9, 10)), (None, None, None));
    }
}

//! What people call parts of files that a tool wrote, and what they write in place of a name that AWS chooses.

use std::collections::BTreeMap;

use super::{SourceId, SourceMap, Span};

/// Names of places, and how names are written where people write them.
#[derive(Debug, Default)]
pub(super) struct Called {
    /// By where they begin: where they end, and the name.
    places: BTreeMap<(SourceId, u32), (u32, String)>,
    references: BTreeMap<String, Reference>,
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

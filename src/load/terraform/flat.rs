//! Attributes of old states: `inline_policy.0.name` beside `inline_policy.#` in one flat object.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::json::{Member, Node, Value};
use crate::source::{Span, Spanned};

/// Blocks in blocks that are unfolded.
const MAX_DEPTH: usize = 16;

/// The same attributes as lists and objects.
pub(super) fn unfold<'s>(flat: &Node<'s>) -> Node<'s> {
    let entries: Vec<Entry<'_, 's>> =
        flat.members().iter().map(|member| (&*member.key.value, member)).collect();
    Node { span: flat.span, value: Value::Object(object(&entries, flat.span, MAX_DEPTH)) }
}

/// What is left of the name of an attribute, and the attribute.
type Entry<'a, 's> = (&'a str, &'a Member<'s>);

fn object<'s>(entries: &[Entry<'_, 's>], around: Span, depth: usize) -> Vec<Member<'s>> {
    let groups = grouped(entries);
    groups
        .into_iter()
        .map(|(name, inside)| {
            let value = value(&inside, around, depth);
            Member { key: Spanned::new(Cow::Owned(name.to_owned()), value.span), value }
        })
        .collect()
}

fn grouped<'a, 's>(entries: &[Entry<'a, 's>]) -> BTreeMap<&'a str, Vec<Entry<'a, 's>>> {
    let mut groups: BTreeMap<&str, Vec<Entry<'_, '_>>> = BTreeMap::new();
    for (name, member) in entries {
        let (first, rest) = name.split_once('.').unwrap_or((name, ""));
        groups.entry(first).or_default().push((rest, *member));
    }
    groups
}

fn value<'s>(entries: &[Entry<'_, 's>], around: Span, depth: usize) -> Node<'s> {
    if let [("", member)] = entries {
        return member.value.clone();
    }
    let Some(depth) = depth.checked_sub(1) else { return Node { span: around, value: Value::Null } };
    let counts =
        |sign: &str| entries.iter().find(|(name, _)| *name == sign).map(|(_, member)| member.value.span);
    let inside: Vec<_> =
        entries.iter().filter(|(name, _)| !matches!(*name, "" | "#" | "%")).copied().collect();
    let span = inside.first().map_or(around, |(_, member)| member.value.span);
    if let Some(at) = counts("%") {
        // The names of a map may hold dots.
        let members = inside.iter().map(|(name, member)| Member {
            key: Spanned::new(Cow::Owned((*name).to_owned()), member.key.span),
            value: member.value.clone(),
        });
        return Node { span: at, value: Value::Object(members.collect()) };
    }
    if let Some(at) = counts("#") {
        // Positions in a list, hashes in a set: by number either way.
        let mut groups: Vec<_> = grouped(&inside).into_iter().collect();
        groups.sort_by_key(|(name, _)| name.parse::<u64>().unwrap_or(u64::MAX));
        let elements = groups.into_iter().map(|(_, inside)| value(&inside, at, depth)).collect();
        return Node { span: at, value: Value::Array(elements) };
    }
    Node { span, value: Value::Object(object(&inside, span, depth)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;
    use crate::source::SourceId;

    #[test]
    fn lists_maps_and_blocks() {
        let flat = r##"{"name": "r", "tags.%": "1", "tags.a.b": "v", "inline_policy.#": "2",
            "inline_policy.10.name": "y", "inline_policy.9.name": "x", "roles.#": "1", "roles.123": "a"}"##;
        let root = unfold(&parse(SourceId::LONE, flat).root.unwrap());
        let names: Vec<_> = root
            .get("inline_policy")
            .unwrap()
            .elements()
            .iter()
            .map(|b| b.get("name").unwrap().as_str())
            .collect();
        assert_eq!(names, [Some("x"), Some("y")]);
        assert_eq!(root.get("tags").unwrap().get("a.b").unwrap().as_str(), Some("v"));
        assert_eq!(root.get("roles").unwrap().elements()[0].as_str(), Some("a"));
        assert_eq!(root.get("name").unwrap().as_str(), Some("r"));
    }

    #[test]
    fn hostile_names_end() {
        let flat = format!("{{\"{}\": \"v\", \"a.b\": \"w\"}}", "a.".repeat(100_000));
        unfold(&parse(SourceId::LONE, &flat).root.unwrap());
    }
}

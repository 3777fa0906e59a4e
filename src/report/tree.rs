//! The trees of the files that results are about: which value a place is, and where another one would go.

use std::collections::BTreeMap;

use crate::json::{self, Node};
use crate::source::{SourceId, SourceMap, Span};
use crate::{toml_tree, yaml};

/// Each document is parsed once, when the first result in it asks.
pub(super) struct Trees<'m> {
    map: &'m SourceMap,
    parsed: BTreeMap<SourceId, Vec<Node<'m>>>,
}

/// The value at a place, and the way to it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pointed {
    /// RFC 6901, from the root of the file; it goes on inside a string that holds a document.
    pub(super) pointer: String,
    /// The `Sid` of a statement, else the name of the member or the number of the element.
    pub(super) name: String,
    pub(super) kind: &'static str,
}

impl<'m> Trees<'m> {
    pub(super) fn new(map: &'m SourceMap) -> Self {
        Self { map, parsed: BTreeMap::new() }
    }

    /// The tree that holds a place: a text of YAML may have several.
    pub(super) fn of(&mut self, span: Span) -> Option<&Node<'m>> {
        let (map, id) = (self.map, span.source);
        let roots = self.parsed.entry(id).or_insert_with(|| {
            let Some(text) = map.source_text(id) else { return Vec::new() };
            let name = map.name(id);
            let is = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
            let looks_like_json = text.trim_start().starts_with(['{', '[']);
            if !map.is_embedded(id) && is(&[".toml"]) {
                toml_tree::parse(id, text).root.into_iter().collect()
            } else if !map.is_embedded(id) && is(&[".yaml", ".yml", ".template"]) && !looks_like_json {
                yaml::parse(id, text).documents
            } else {
                json::parse(id, text).root.into_iter().collect()
            }
        });
        roots.iter().find(|root| holds(root.span, span))
    }

    /// The innermost value that holds a place whole; none where the whole file is meant, or is no tree.
    pub(super) fn pointed(&mut self, span: Span) -> Option<Pointed> {
        let before = self.map.container(span.source).and_then(|container| self.pointed(container));
        let is_toml = self.map.name(span.source).ends_with(".toml");
        let root = self.of(span)?;
        let Some(found) = descend(root, span, is_toml) else { return before };
        let start = before.map_or_else(String::new, |before| before.pointer);
        Some(Pointed { pointer: start + &found.pointer, ..found })
    }
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// Whether a place lies in a value. The place of a table in TOML is its header; what it holds lies outside of that.
fn reaches(node: &Node<'_>, span: Span, is_toml: bool) -> bool {
    let below = || {
        let members = node.members().iter().any(|m| holds(m.key.span, span) || reaches(&m.value, span, true));
        members || node.elements().iter().any(|element| reaches(element, span, true))
    };
    holds(node.span, span) || (is_toml && node.span.end <= span.start && below())
}

fn descend(root: &Node<'_>, span: Span, is_toml: bool) -> Option<Pointed> {
    let mut at = root;
    let mut pointer = String::new();
    let mut last: Option<(String, bool)> = None;
    loop {
        let member =
            at.members().iter().find(|m| holds(m.key.span, span) || reaches(&m.value, span, is_toml));
        if let Some(member) = member {
            pointer.push('/');
            pointer.push_str(&member.key.value.replace('~', "~0").replace('/', "~1"));
            last = Some((member.key.value.to_string(), true));
            at = &member.value;
        } else if let Some((nth, element)) =
            at.elements().iter().enumerate().find(|(_, element)| reaches(element, span, is_toml))
        {
            pointer.push_str(&format!("/{nth}"));
            last = Some((nth.to_string(), false));
            at = element;
        } else {
            break;
        }
    }
    let (name, is_member) = last?;
    let sid = at.get("Sid").and_then(Node::as_str).filter(|sid| !sid.is_empty());
    let kind = match at.kind() {
        "an object" => "object",
        "an array" => "array",
        _ if is_member => "property",
        _ => "value",
    };
    Some(Pointed { pointer, name: sid.map_or(name, str::to_owned), kind })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Origin;

    fn place(text: &str, id: SourceId, what: &str) -> Span {
        let start = text.find(what).unwrap() as u32;
        Span::new(id, start, start + what.len() as u32)
    }

    #[test]
    fn places_have_pointers_that_go_on_inside_strings() {
        let text =
            r#"{"a/b": ["x", {"Policy": "{\"Statement\": [{\"Sid\": \"Read\", \"Effect\": \"Allow\"}]}"}]}"#;
        let mut map = SourceMap::new();
        let file = map.add("a.json", text.into(), Origin::File { bytes: Default::default() });
        let root = json::parse(file, text).root.unwrap();
        let string = root.get("a/b").unwrap().elements()[1].get("Policy").unwrap();
        let inner = json::embed(&mut map, string, "Policy").unwrap();
        let mut trees = Trees::new(&map);
        let mut of = |span| trees.pointed(span).map(|p| (p.pointer, p.name, p.kind)).unwrap();
        let own = |pointer: &str, name: &str, kind| (pointer.to_owned(), name.to_owned(), kind);
        assert_eq!(of(place(text, file, "\"x\"")), own("/a~1b/0", "0", "value"));
        assert_eq!(of(place(text, file, "\"a/b\"")), own("/a~1b", "a/b", "array"));
        let effect = place(&inner.text, inner.source, "\"Allow\"");
        assert_eq!(of(effect), own("/a~1b/1/Policy/Statement/0/Effect", "Effect", "property"));
        let statement = place(&inner.text, inner.source, r#"{"Sid": "Read", "Effect": "Allow"}"#);
        assert_eq!(of(statement), own("/a~1b/1/Policy/Statement/0", "Read", "object"));
        assert_eq!(trees.pointed(Span::new(file, 0, text.len() as u32)), None);
    }

    #[test]
    fn manifests_and_templates_are_trees_too() {
        let mut map = SourceMap::new();
        for (name, text, pointer) in [
            ("decryptable.toml", "[[expect]]\nverdict = \"allowed\"\n", "/expect/0/verdict"),
            ("t.yaml", "Resources:\n  Key:\n    Type: allowed\n", "/Resources/Key/Type"),
        ] {
            let id = map.add(name, text.into(), Origin::File { bytes: Default::default() });
            let found = Trees::new(&map).pointed(place(text, id, "allowed")).unwrap();
            assert_eq!(found.pointer, pointer);
        }
    }
}

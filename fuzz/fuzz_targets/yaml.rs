//! Whatever the bytes: no panic, every place inside the text, and the same tree as the JSON parser where a text is
//! JSON.

#![no_main]

use decryptable::json::{Node, Value};
use decryptable::source::{SourceId, Span, decode};
use decryptable::{json, yaml};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(decoded) = decode(bytes.to_vec()) else { return };
    let text = &*decoded.text;
    let parsed = yaml::parse(SourceId::LONE, text);
    let inside = |span: Span| assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?}");
    for problem in &parsed.problems {
        problem.span.into_iter().for_each(inside);
        problem.related.iter().for_each(|label| inside(label.span));
    }
    for document in &parsed.documents {
        walk(document, &mut |node| {
            inside(node.span);
            node.members().iter().for_each(|member| inside(member.key.span));
        });
    }
    // Of JSON that both take, they say the same; YAML does not take all of it (a tab, a control character).
    let theirs = json::parse(SourceId::LONE, text);
    if let (Some(theirs), true, [ours]) = (&theirs.root, theirs.problems.is_empty(), &*parsed.documents)
        && parsed.problems.is_empty()
    {
        assert!(same(ours, theirs), "{ours:?}\n{theirs:?}");
    }
});

fn same(ours: &Node<'_>, theirs: &Node<'_>) -> bool {
    match (&ours.value, &theirs.value) {
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().zip(b).all(|(a, b)| a.key.value == b.key.value && same(&a.value, &b.value))
        }
        (a, b) => a == b,
    }
}

fn walk(node: &Node<'_>, visit: &mut impl FnMut(&Node<'_>)) {
    visit(node);
    node.elements().iter().for_each(|element| walk(element, visit));
    node.members().iter().for_each(|member| walk(&member.value, visit));
}

//! Whatever the bytes: no panic, every place inside the text, and agreement with `serde_json` on what is JSON.

#![no_main]

use decryptable::diagnostic::Code;
use decryptable::json::{Node, Value, parse};
use decryptable::source::{SourceId, Span, decode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(decoded) = decode(bytes.to_vec()) else { return };
    let text = &*decoded.text;
    assert!(decoded.bytes.map(text.len() as u32) as usize <= bytes.len() || bytes.starts_with(&[0x1f, 0x8b]));

    let parsed = parse(SourceId::LONE, text);
    let inside = |span: Span| assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?}");
    for problem in &parsed.problems {
        problem.span.into_iter().for_each(inside);
        problem.related.iter().for_each(|label| inside(label.span));
    }
    // Numbers no f64 holds are JSON, but not for serde_json.
    let mut huge = false;
    if let Some(root) = &parsed.root {
        walk(root, &mut |node| {
            inside(node.span);
            node.members().iter().for_each(|member| inside(member.key.span));
            if let Value::Number(number) = &node.value {
                huge |= number.parse::<f64>().is_ok_and(f64::is_infinite);
            }
        });
    }
    // Duplicate names are no error for serde_json.
    let ours = parsed.problems.iter().all(|problem| problem.code == Code::DuplicateKey);
    let theirs = serde_json::from_str::<serde_json::Value>(text).is_ok();
    assert!(ours == theirs || (huge && ours), "ours: {ours}, serde_json: {theirs}");
});

fn walk(node: &Node<'_>, visit: &mut impl FnMut(&Node<'_>)) {
    visit(node);
    node.elements().iter().for_each(|element| walk(element, visit));
    node.members().iter().for_each(|member| walk(&member.value, visit));
}

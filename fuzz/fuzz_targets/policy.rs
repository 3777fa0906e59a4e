//! Lowering never panics, whatever the tree, and every place lies inside the text.

#![no_main]

use decryptable::json;
use decryptable::policy::{PolicyKind, guess_kind, lower};
use decryptable::source::SourceId;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let parsed = json::parse(SourceId::LONE, text);
    let Some(root) = parsed.root else { return };
    for kind in PolicyKind::ALL.into_iter().chain([guess_kind(&root)]) {
        let mut problems = Vec::new();
        let policy = lower(&root, kind, "", &mut problems);
        for statement in &policy.statements {
            assert!(statement.span.end as usize <= text.len());
        }
        for problem in problems {
            if let Some(span) = problem.span {
                assert!(span.start <= span.end && span.end as usize <= text.len());
            }
        }
    }
});

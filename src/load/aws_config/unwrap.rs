//! Documents in strings: the API has every value as JSON text, some of them wrapped twice.

use crate::json::{self, Node};
use crate::load::{Intake, Syntax};

/// Lends the value that a node holds, whether it stands there or in a string, in a string, …; how many strings may lie
/// inside each other is limited by [`json::MAX_EMBEDDED`]. `null` and empty strings hold nothing.
pub(super) fn unwrapped(
    node: &Node<'_>,
    label: &str,
    intake: &mut Intake,
    then: &mut dyn FnMut(&Node<'_>, &mut Intake),
) {
    let Some(text) = node.as_str() else {
        then(node, intake);
        return;
    };
    if !is_document(text) {
        if !text.trim().is_empty() {
            then(node, intake);
        }
        return;
    }
    let Some(embedding) = intake.embedding(node, label) else { return };
    let parsed = json::parse(embedding.source, &embedding.text);
    if intake.documents.is_first_complaint(embedding.source, Syntax::Json, 0) {
        intake.problems.extend(parsed.problems);
    }
    if let Some(root) = parsed.root {
        unwrapped(&root, label, intake, then);
    }
}

/// Whether a string holds a value of JSON rather than words.
fn is_document(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with(['{', '[', '"']) || json::is_percent_encoded(text) || text.trim_end() == "null"
}

//! Changes that an editor offers at a place: the name that was meant, and what `check` proposes for a row.

use std::path::Path;

use serde_json::{Value, json};

use super::context::{Context, Place, Word};
use super::documents::Documents;
use super::position::{Encoding, Lines};
use super::publish::called;
use super::world::{World, file_of};
use crate::finding::Outcome;
use crate::name::near::{near_action, near_key};
use crate::name::{ActionName, ConditionKey, keys};
use crate::report;
use crate::source::Span;

/// The right name for a misspelt one.
pub(super) fn spelling(context: &Context, word: Word<'_>, uri: &str, range: &Value) -> Option<Value> {
    let place = context.place()?;
    let key = || Some(ConditionKey::new(word.text)).filter(|key| !keys::exists(key));
    let meant = if place == Place::Action {
        near_action(&ActionName::new(word.text)?)
    } else if place == Place::ConditionKey {
        near_key(&key()?)
    } else {
        None
    }?;
    // A family of keys stands with `…` in the place of what customers choose.
    if meant.ends_with('…') {
        return None;
    }
    Some(json!({
        "title": format!("write `{meant}`"),
        "kind": "quickfix",
        "isPreferred": true,
        "edit": {"changes": {uri: [{"range": range, "newText": meant}]}},
    }))
}

/// The changes that make a failed row hold, for rows and documents that `at` lies in.
pub(super) fn proposed(
    world: &World,
    path: &Path,
    at: (usize, usize),
    encoding: Encoding,
    documents: &Documents,
) -> Vec<Value> {
    let touches = |span: Span| {
        let host = world.map.host(span);
        file_of(&world.map, span) == path && (host.start as usize) <= at.1 && at.0 <= host.end as usize
    };
    let mut offered: Vec<Value> = Vec::new();
    for checked in world.report.answers.iter().filter(|checked| checked.outcome() == Some(Outcome::Failed)) {
        for fix in checked.answer.changes() {
            let is_here = checked.row.is_some_and(touches) || fix.document.is_some_and(touches);
            let Some(edits) = Some(fix).filter(|_| is_here).and_then(|fix| report::edits(fix, &world.map))
            else {
                continue;
            };
            let mut changes = serde_json::Map::new();
            for (span, text) in edits {
                let source = world.map.source_text(span.source).map_or("", |text| &**text);
                let range = Lines::new(source, encoding).range(span.start as usize, span.end as usize);
                let uri = called(&file_of(&world.map, span), documents);
                let list = changes.entry(uri).or_insert_with(|| json!([]));
                if let Some(list) = list.as_array_mut() {
                    list.push(json!({"range": range, "newText": text}));
                }
            }
            let action = json!({"title": fix.why, "kind": "quickfix", "edit": {"changes": changes}});
            if !offered.contains(&action) {
                offered.push(action);
            }
        }
    }
    offered
}

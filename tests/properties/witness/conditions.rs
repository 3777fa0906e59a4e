//! Whether two conditions are the same: as they are written, else as the policies that they would make.

use std::collections::BTreeSet;

use decryptable::ask::{ConditionLine, diff};
use decryptable::estate::SharedPolicy;
use decryptable::json;
use decryptable::policy::{PolicyKind, lower};
use decryptable::source::{OffsetMap, Origin, SourceMap, Text};
use serde_json::{Map, Value, json};

type Lines = Vec<Vec<ConditionLine>>;

/// One line for each list, in an order of its own.
pub(crate) fn shown(conditions: Option<&Lines>) -> String {
    let Some(conditions) = conditions else { return "always, or too large".to_owned() };
    let line = |line: &ConditionLine| {
        let mut values = line.values.clone();
        values.sort();
        format!("{} {} {values:?}", line.operator, line.key.to_lowercase())
    };
    let mut all: Vec<String> = conditions
        .iter()
        .map(|list| {
            let mut lines: Vec<String> = list.iter().map(line).collect();
            lines.sort();
            lines.join(" and ")
        })
        .collect();
    all.sort();
    all.join("\n  or ")
}

/// The context keys that only one of two texts names.
pub(crate) fn keys_between(one: &str, other: &str) -> Vec<String> {
    let keys = |text: &str| -> BTreeSet<String> {
        let is_key = |word: &&str| {
            word.contains(':')
                && !word.starts_with("ForA")
                && !word.starts_with(['[', '"'])
                && !word.ends_with(']')
        };
        text.split_whitespace().filter(is_key).map(str::to_owned).collect()
    };
    let (one, other) = (keys(one), keys(other));
    let only: Vec<String> = one.symmetric_difference(&other).cloned().collect();
    if only.is_empty() { vec!["the same keys".to_owned()] } else { only }
}

/// How two conditions differ, if they do.
pub(crate) fn unlike(one: &Option<Lines>, other: &Option<Lines>) -> Option<String> {
    let (a, b) = (shown(one.as_ref()), shown(other.as_ref()));
    if a == b {
        return None;
    }
    if let (Some(one), Some(other)) = (one, other)
        && proved_alike(one, other) == Some(true)
    {
        return None;
    }
    Some(format!("can:\n     {a}\nthe other:\n     {b}"))
}

/// `None` where a condition cannot be written as one.
fn proved_alike(one: &Lines, other: &Lines) -> Option<bool> {
    let mut sources = SourceMap::new();
    let (one, other) = (policy(one, &mut sources)?, policy(other, &mut sources)?);
    let diff = diff::policies(&[one], &[other], &sources);
    Some(diff.gained.is_empty() && diff.lost.is_empty())
}

fn policy(conditions: &Lines, sources: &mut SourceMap) -> Option<SharedPolicy> {
    let mut statements = Vec::new();
    for list in conditions {
        let mut block: Map<String, Value> = Map::new();
        for line in list {
            let operators = block.entry(line.operator.clone()).or_insert_with(|| json!({}));
            if operators.as_object_mut()?.insert(line.key.clone(), json!(line.values)).is_some() {
                return None;
            }
        }
        statements
            .push(json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": block}));
    }
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let id =
        sources.add("condition", Text::from(text.as_str()), Origin::File { bytes: OffsetMap::identity() });
    let parsed = json::parse(id, &text);
    let mut problems = Vec::new();
    let policy = lower(&parsed.root?, PolicyKind::Identity, "", &mut problems);
    problems.iter().all(|p| !p.is_error()).then(|| SharedPolicy::new(policy))
}

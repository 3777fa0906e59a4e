//! What a word means: an action, a condition key, a name of the estate, a rule or the code of a finding.

use std::fmt::Write as _;

use crate::estate::Estate;
use crate::explain;
use crate::name::reference::{self, KeyType, Level};
use crate::name::{ConditionKey, keys};

/// Names that are listed one by one.
const LISTED: usize = 12;

/// Markdown about a word, if something is known of it.
pub(super) fn about(word: &str, estate: &Estate) -> Option<String> {
    action(word).or_else(|| condition_key(word)).or_else(|| named(word, estate)).or_else(|| page(word))
}

fn action(word: &str) -> Option<String> {
    let folded = word.to_ascii_lowercase();
    let (prefix, name) = folded.split_once(':')?;
    let service = reference::service(prefix)?;
    if name.contains(['*', '?']) {
        let all: Vec<&str> = service.actions_like(name).map(|action| action.name).collect();
        let mut text = format!("**{word}** stands for {} actions of `{prefix}`:\n", all.len());
        for name in all.iter().take(LISTED) {
            let _ = writeln!(text, "- `{prefix}:{name}`");
        }
        if all.len() > LISTED {
            let _ = writeln!(text, "- and {} more", all.len() - LISTED);
        }
        return Some(text);
    }
    let known = service.action(name)?;
    let level = match known.level {
        Level::List => "lists",
        Level::Read => "reads",
        Level::Write => "writes",
        Level::Tagging => "changes tags",
        Level::Permissions => "changes permissions",
    };
    let mut text = format!("**{prefix}:{}** {level}.\n", known.name);
    match known.resources().collect::<Vec<_>>().as_slice() {
        [] => text.push_str("\nIt is asked on `*` alone.\n"),
        resources => {
            text.push_str("\nIt is asked on:\n");
            for resource in resources.iter().filter_map(|on| service.resource(on)) {
                let _ = writeln!(text, "- {}: `{}`", resource.name, resource.arn);
            }
        }
    }
    let own: Vec<&str> = service
        .keys
        .iter()
        .filter(|key| service.lists(known, &key.name.to_ascii_lowercase()))
        .map(|key| key.name)
        .collect();
    if !own.is_empty() {
        let more = own.len().saturating_sub(LISTED);
        let listed: Vec<String> = own.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = writeln!(text, "\nIts requests may have {}{more}.", listed.join(", "));
    }
    let _ = writeln!(text, "\nService reference of {}.", reference::date());
    Some(text)
}

fn condition_key(word: &str) -> Option<String> {
    let folded = word.to_ascii_lowercase();
    let listed = reference::key(&folded);
    let known = keys::find(&folded);
    if listed.is_none() && known.is_none() && !keys::exists(&ConditionKey::new(word)) {
        return None;
    }
    let name = known.map(|key| key.name).or(listed.map(|key| key.name))?;
    let value_type = known.map(|key| key.value_type).or(listed.map(|key| key.value_type))?;
    let kind = match value_type {
        KeyType::Text => "a text",
        KeyType::Arn => "an ARN",
        KeyType::Number => "a number",
        KeyType::Date => "a date",
        KeyType::Flag => "true or false",
        KeyType::Address => "an IP address or a range of them",
    };
    let is_set = known.is_some_and(|key| key.is_multivalued) || listed.is_some_and(|key| key.is_multivalued);
    let mut text = format!("**{name}** is {kind}.\n");
    if is_set {
        text.push_str(
            "\nA request may have several values of it: use `ForAnyValue:` or `ForAllValues:` (R43).\n",
        );
    }
    if let Some(usual) = known.and_then(|key| key.ordinary) {
        let _ = writeln!(text, "\nEvery request has it; it is usually `{usual}`.");
    }
    Some(text)
}

fn named(word: &str, estate: &Estate) -> Option<String> {
    let is = |arn: &str, name: &str| arn == word || name == word;
    if let Some(role) = estate.roles.iter().find(|role| is(&role.arn.value.to_string(), role.name())) {
        let count = role.policies.provided().map(Vec::len);
        let policies = match count {
            Some(1) => "1 policy".to_owned(),
            Some(count) => format!("{count} policies"),
            None => "policies that no input provides".to_owned(),
        };
        return Some(format!("**{}** is a role with {policies}.\n", role.arn.value));
    }
    if let Some(key) = estate.keys.iter().find(|key| {
        key.arn.value.to_string() == word
            || key.aliases.provided().is_some_and(|names| names.iter().any(|name| name == word))
    }) {
        let names = key.aliases.provided().map(|names| names.join(", ")).filter(|names| !names.is_empty());
        let names = names.map_or_else(String::new, |names| format!(", also called {names}"));
        return Some(format!("**{}** is a KMS key{names}.\n", key.arn.value));
    }
    let bucket = word.strip_prefix("s3://").or_else(|| word.split_once(":s3:::").map(|(_, rest)| rest))?;
    let bucket = bucket.split('/').next().unwrap_or(bucket);
    let known = estate.buckets.iter().find(|known| known.name == bucket)?;
    let owner = known.account.provided().map_or_else(String::new, |owner| format!(" of account {owner}"));
    Some(format!("**{}** is a bucket{owner}.\n", known.name))
}

/// A rule, the code of a finding, or a cause.
fn page(word: &str) -> Option<String> {
    let word = word.trim_start_matches('(').trim_end_matches([')', '.']);
    let is_id = explain::ids().any(|id| id.eq_ignore_ascii_case(word));
    if is_id { explain::find(word) } else { None }
}

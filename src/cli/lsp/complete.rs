//! What may be written at the cursor: names of AWS, and names of the estate.

use serde_json::{Value, json};

use super::context::{Context, Place, Word};
use crate::ask::profile;
use crate::config;
use crate::estate::Estate;
use crate::name::{keys, reference};
use crate::operator;
use crate::policy::{PRINCIPAL_KEYS, STATEMENT_ELEMENTS};

/// How an editor marks what it offers: numbers of `CompletionItemKind`.
const FUNCTION: u8 = 3;
const FIELD: u8 = 5;
const VALUE: u8 = 12;
const REFERENCE: u8 = 18;

/// The words that fit, sorted. `range` is what they stand in place of.
pub(super) fn items(
    file: &str,
    context: &Context,
    word: Word<'_>,
    range: &Value,
    estate: &Estate,
) -> Vec<Value> {
    let (kind, mut names) = match context.place() {
        Some(Place::Action) => (FUNCTION, actions(word.text)),
        Some(Place::ConditionKey) => (FIELD, condition_keys(word.text)),
        Some(Place::Operator) => (FUNCTION, operators()),
        Some(Place::Effect) => (VALUE, owned(&["Allow", "Deny"])),
        Some(Place::Version) => (VALUE, owned(&["2012-10-17"])),
        Some(Place::PrincipalKind) => (FIELD, owned(PRINCIPAL_KEYS)),
        Some(Place::StatementMember) => (FIELD, owned(STATEMENT_ELEMENTS)),
        Some(Place::Resource) => (REFERENCE, resources(estate)),
        None if file == config::FILE_NAME && !context.is_name => (REFERENCE, of_manifest(context, estate)),
        None => return Vec::new(),
    };
    names.sort();
    names.dedup();
    let item = |name: String| json!({"label": name, "kind": kind, "filterText": name, "textEdit": {"range": range, "newText": name}});
    names.into_iter().map(item).collect()
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The actions of the service that is written, else the services.
fn actions(written: &str) -> Vec<String> {
    let folded = written.to_ascii_lowercase();
    match folded.split_once(':').map(|(prefix, _)| prefix) {
        Some(prefix) => {
            let known = reference::service(prefix).into_iter().flat_map(|service| &service.actions);
            known.map(|action| format!("{prefix}:{}", action.name)).collect()
        }
        None => reference::prefixes().map(|prefix| format!("{prefix}:")).collect(),
    }
}

/// The keys of the service that is written, else those that any request may have and those of S3 and KMS.
fn condition_keys(written: &str) -> Vec<String> {
    let folded = written.to_ascii_lowercase();
    let prefix = folded.split_once(':').map(|(prefix, _)| prefix);
    let wanted = |name: &str| match (prefix, name.split_once(':')) {
        (Some(prefix), Some((own, _))) => own.eq_ignore_ascii_case(prefix),
        (Some(_), None) => false,
        (None, _) => true,
    };
    let own = prefix.and_then(reference::service).into_iter().flat_map(|service| &service.keys);
    let names = keys::all().map(|key| key.name).chain(own.map(|key| key.name));
    names.filter(|name| wanted(name)).map(str::to_owned).collect()
}

fn operators() -> Vec<String> {
    let plain = || operator::spellings().filter(|name| *name != "Null");
    let sets = ["ForAllValues:", "ForAnyValue:"];
    let sets = sets.iter().flat_map(|set| plain().map(move |name| format!("{set}{name}")));
    operator::spellings().map(str::to_owned).chain(sets).collect()
}

fn resources(estate: &Estate) -> Vec<String> {
    let buckets = estate.buckets.iter().flat_map(|bucket| {
        let arn = format!("arn:aws:s3:::{}", bucket.name);
        [format!("{arn}/*"), arn]
    });
    let keys = estate.keys.iter().map(|key| key.arn.value.to_string());
    let roles = estate.roles.iter().map(|role| role.arn.value.to_string());
    buckets.chain(keys).chain(roles).collect()
}

/// Values of the manifest.
fn of_manifest(context: &Context, estate: &Estate) -> Vec<String> {
    let roles = || estate.roles.iter().map(|role| role.arn.value.to_string());
    let objects = || estate.buckets.iter().map(|bucket| format!("s3://{}/", bucket.name));
    match context.names.last().map(String::as_str) {
        Some("role" | "roles" | "by" | "assume" | "principal" | "user") => roles().collect(),
        Some(
            "read" | "write" | "list" | "delete" | "multipart" | "uri" | "reads" | "writes" | "lists"
            | "deletes",
        ) => objects().collect(),
        Some("key" | "keys") => estate.keys.iter().map(|key| key.arn.value.to_string()).collect(),
        Some("verdict") => owned(&["allowed", "blocked", "conditional", "denied", "unsupported"]),
        Some("profile") => profile::names().map(str::to_owned).collect(),
        Some("action" | "actions") => actions("kms:").into_iter().chain(actions("s3:")).collect(),
        Some(_) | None => Vec::new(),
    }
}

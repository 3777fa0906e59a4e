//! Which document, principal or key a line means.

use std::sync::Arc;

use super::EditError;
use crate::diagnostic::did_you_mean;
use crate::estate::{Called, Estate, Key, KeyReference, SharedPolicy};
use crate::load::Intake;
use crate::name::Arn;
use crate::source::{SourceMap, Span, Spanned};

/// The places of the documents that a text names, each once.
pub(super) fn documents(intake: &mut Intake, named: &str) -> Result<Vec<SharedPolicy>, EditError> {
    let mut all: Vec<SharedPolicy> = intake.estate.policies().into_iter().map(Arc::clone).collect();
    all.sort_by_key(|policy| policy.span);
    all.dedup_by_key(|policy| policy.span);
    let (file, line) = match named.rsplit_once(':') {
        Some((file, line)) if line.parse::<u32>().is_ok() => (file, line.parse::<u32>().ok()),
        Some(_) | None => (named, None),
    };
    let of_file: Vec<SharedPolicy> =
        all.iter().filter(|policy| path(policy, &intake.sources) == file).cloned().collect();
    let found = match line {
        Some(line) => of_file.into_iter().filter(|policy| holds(policy, line, &intake.sources)).collect(),
        None if of_file.is_empty() => of_owner(&intake.estate, named)
            .into_iter()
            .filter(|p| all.iter().any(|a| a.span == p.span))
            .collect(),
        None => of_file,
    };
    if !found.is_empty() {
        return Ok(found);
    }
    let mut paths: Vec<String> = all.iter().map(|policy| path(policy, &intake.sources)).collect();
    paths.sort();
    paths.dedup();
    let message = match line {
        Some(line) if paths.iter().any(|path| path == file) => {
            format!("no policy of {file} is at line {line}")
        }
        Some(_) | None => format!("no policy is in `{named}`"),
    };
    let near = did_you_mean(file, paths.iter().map(String::as_str));
    let listed = || match paths.as_slice() {
        [] => "nothing that was loaded holds a policy".to_owned(),
        [..] => format!("policies are in {}", paths.iter().take(8).cloned().collect::<Vec<_>>().join(", ")),
    };
    Err(EditError::new(message, near.unwrap_or_else(listed)))
}

/// The one document that a text names.
pub(super) fn document(intake: &mut Intake, named: &str) -> Result<SharedPolicy, EditError> {
    let mut found = documents(intake, named)?;
    if found.len() > 1 {
        return Err(several(named, &found, &intake.sources));
    }
    found.pop().ok_or_else(|| EditError::new(format!("no policy is in `{named}`"), "name a file"))
}

/// Says how to tell the documents of one file apart.
pub(super) fn several(named: &str, found: &[SharedPolicy], map: &SourceMap) -> EditError {
    let shown: Vec<String> = found.iter().take(8).map(|policy| place(policy.span, map)).collect();
    EditError::new(
        format!("`{named}` is the name of {} policies", found.len()),
        format!("name one of them: {}", shown.join(", ")),
    )
}

/// The file that a policy stands in, as reports name it.
fn path(policy: &SharedPolicy, map: &SourceMap) -> String {
    map.place(policy.span).path()
}

fn place(span: Span, map: &SourceMap) -> String {
    let place = map.place(span);
    format!("{}:{}", place.path(), place.start.line)
}

fn holds(policy: &SharedPolicy, line: u32, map: &SourceMap) -> bool {
    let place = map.place(policy.span);
    (place.start.line..=place.end.line).contains(&line)
}

/// The resource policy of a bucket or key.
fn of_owner(estate: &Estate, named: &str) -> Option<SharedPolicy> {
    let bucket = |name: &str| estate.bucket(name).ok()?.policy.provided()?.clone();
    let by_name = match estate.names.get(named).map(Vec::as_slice) {
        Some([Called::Bucket(name)]) => bucket(name),
        Some([Called::Key(arn)]) => estate.key(arn)?.policy.provided().cloned(),
        Some(_) | None => None,
    };
    let name = named.strip_prefix("s3://").map(|rest| rest.trim_end_matches('/'));
    let of_key = || key(estate, named).ok()?.policy.provided().cloned();
    by_name.or_else(|| bucket(name?)).or_else(of_key)
}

/// The one key that a text names.
pub(super) fn key<'e>(estate: &'e Estate, named: &str) -> Result<&'e Key, EditError> {
    let reference = KeyReference::parse(named);
    let mut found: Vec<&Key> = match &reference {
        KeyReference::Arn(arn) if arn.resource().starts_with("key/") => estate.key(arn).into_iter().collect(),
        KeyReference::Arn(_) => estate.resolve_key(&reference, None, None).into_iter().collect(),
        KeyReference::Id(_) | KeyReference::Alias(_) | KeyReference::Name(_) => {
            estate.keys_called(&reference, None, None)
        }
    };
    if found.is_empty() {
        let place = Span::new(crate::source::SourceId::LONE, 0, 0);
        let name = KeyReference::Name(Spanned::new(named.to_owned(), place));
        found = estate.keys_called(&name, None, None);
    }
    match found.as_slice() {
        [only] => Ok(only),
        [] => {
            let missing = estate.missing_key(named).and_then(|missing| missing.near);
            let help = missing.unwrap_or_else(|| "name a key that was loaded, by ARN or alias".to_owned());
            Err(EditError::new(format!("no key is called `{named}`"), help))
        }
        [..] => {
            let arns: Vec<&str> = found.iter().take(8).map(|key| key.arn.value.as_str()).collect();
            Err(EditError::new(format!("`{named}` is the name of {} keys", found.len()), arns.join(", ")))
        }
    }
}

/// The ARN of the one role or user that a text names.
pub(super) fn principal(estate: &Estate, named: &str) -> Result<Arn, EditError> {
    let missing = match estate.role(named) {
        Ok(role) => return Ok(role.arn.value.clone()),
        Err(missing) => missing,
    };
    if let Some(arn) = estate.identity_called(named) {
        return Ok(arn.clone());
    }
    let mut users = estate.users.iter().filter(|user| {
        user.arn.value.as_str() == named || user.arn.value.resource().rsplit('/').next() == Some(named)
    });
    match (users.next(), users.next()) {
        (Some(user), None) => Ok(user.arn.value.clone()),
        _ => {
            let help =
                missing.near.clone().unwrap_or_else(|| "name a role or user that was loaded".to_owned());
            Err(EditError::new(missing.to_string(), help))
        }
    }
}

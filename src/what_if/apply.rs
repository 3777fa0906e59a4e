//! Making an edit.

use super::attached::{attach, detach};
use super::{Edit, EditError, find};
use crate::estate::{
    Called, Encryption, EncryptionType, Estate, Grant, Key, KeyReference, Known, Object, ObjectUri,
    SharedPolicy,
};
use crate::json::{self, Member, Node, Value};
use crate::load::{self, Intake};
use crate::name::Wild;
use crate::policy::{Policy, Statement, lower};
use crate::source::{OffsetMap, Origin, SourceId, Span, Spanned};

/// Makes an edit of what was loaded, in memory alone.
///
/// # Errors
///
/// When what it names is not there, or what it puts in has an error. Then nothing is changed.
pub fn apply(intake: &mut Intake, edit: &Edit) -> Result<(), EditError> {
    match edit {
        Edit::Add { document, statement } => add(intake, document, statement),
        Edit::Drop { document, statement } => drop_statement(intake, document, statement),
        Edit::Replace { document, file } => replace(intake, document, file),
        Edit::Attach { principal, policy } => attach(intake, principal, policy),
        Edit::Detach { principal, policy } => detach(intake, principal, policy),
        Edit::Grant { principal, key, operations } => grant(intake, edit, principal, key, operations),
        Edit::State { key, state } => {
            let state = Spanned::new(*state, written(intake, edit));
            set_key(&mut intake.estate, key, |key| key.state = Known::Provided(state))
        }
        Edit::Encrypt { objects, kind, key } => encrypt(intake, edit, objects, *kind, key.as_deref()),
    }
}

/// A text that evidence can point into.
fn source(intake: &mut Intake, text: String) -> SourceId {
    intake.sources.add("what-if", text.into(), Origin::File { bytes: OffsetMap::identity() })
}

/// The line itself as a place.
fn written(intake: &mut Intake, edit: &Edit) -> Span {
    let text = edit.to_string();
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    Span::new(source(intake, text), 0, length)
}

fn put(intake: &mut Intake, old: &SharedPolicy, new: &Policy) {
    intake.estate.replace_policy(old.span, |policy| policy.span == old.span, |_| Some(new.clone()));
}

fn with(policy: &Policy, statements: impl Iterator<Item = Statement>) -> Policy {
    Policy { statements: statements.collect(), single: false, ..policy.clone() }
}

fn add(intake: &mut Intake, named: &str, statement: &str) -> Result<(), EditError> {
    let old = find::document(intake, named)?;
    // What is in error leaves no trace.
    read(SourceId::LONE, statement, &old)?;
    let source = source(intake, statement.to_owned());
    let more = read(source, statement, &old)?;
    let new = with(&old, old.statements.iter().chain(more.statements.iter()).cloned());
    put(intake, &old, &new);
    Ok(())
}

/// A statement as the only one of a document like another one.
fn read(source: SourceId, statement: &str, like: &Policy) -> Result<Policy, EditError> {
    const HELP: &str = "write one statement as JSON: {\"Effect\": \"Allow\", \"Action\": …, \"Resource\": …}";
    let parsed = json::parse(source, statement);
    let mut problems = parsed.problems;
    let policy = parsed.root.map(|node| {
        let span = node.span;
        let member = |name: &'static str, value| Member { key: Spanned::new(name.into(), span), value };
        let version = Node { value: Value::String(like.version.as_str().into()), span };
        let members = vec![member("Version", version), member("Statement", node)];
        let root = Node { value: Value::Object(members), span };
        lower(&root, like.kind, "", &mut problems)
    });
    let wrong = problems.iter().find(|problem| problem.is_error());
    match (policy, wrong) {
        (Some(policy), None) if !policy.statements.is_empty() => Ok(policy),
        (_, Some(wrong)) => {
            let help = wrong.help.clone().unwrap_or_else(|| HELP.to_owned());
            Err(EditError::new(format!("the statement is in error: {}", wrong.message), help))
        }
        (_, None) => Err(EditError::new("there is no statement", HELP)),
    }
}

fn drop_statement(intake: &mut Intake, named: &str, which: &str) -> Result<(), EditError> {
    let documents = find::documents(intake, named)?;
    let number = which.parse::<usize>().ok();
    let is_it = |at: usize, statement: &Statement| {
        statement.sid.as_ref().is_some_and(|sid| *sid.value == *which) || number == Some(at + 1)
    };
    let has = |policy: &SharedPolicy| policy.statements.iter().enumerate().any(|(at, s)| is_it(at, s));
    let found: Vec<SharedPolicy> = documents.iter().filter(|policy| has(policy)).cloned().collect();
    match found.as_slice() {
        [old] => {
            let kept = old.statements.iter().enumerate().filter(|(at, s)| !is_it(*at, s));
            let new = with(old, kept.map(|(_, statement)| statement.clone()));
            put(intake, old, &new);
            Ok(())
        }
        [] => {
            let sids = documents.iter().flat_map(|policy| policy.statements.iter());
            let sids: Vec<&str> = sids.filter_map(|s| s.sid.as_ref()).map(|sid| &*sid.value).collect();
            let near = crate::diagnostic::did_you_mean(which, sids.iter().copied());
            let count: usize = documents.iter().map(|policy| policy.statements.len()).sum();
            let all = || match sids.as_slice() {
                [] => format!("its statements have no Sid: write a number from 1 to {count}"),
                [..] => format!("its statements are {}", sids.join(", ")),
            };
            Err(EditError::new(format!("{named} has no statement `{which}`"), near.unwrap_or_else(all)))
        }
        [..] => Err(find::several(named, &found, &intake.sources)),
    }
}

fn replace(intake: &mut Intake, named: &str, file: &str) -> Result<(), EditError> {
    let old = find::document(intake, named)?;
    let new = policy_of(intake, file, old.kind)?;
    put(intake, &old, &new);
    Ok(())
}

/// The policy in a file. What is wrong with it is the edit's own mistake, and no problem of what was loaded.
pub(super) fn policy_of(
    intake: &mut Intake,
    file: &str,
    kind: crate::policy::PolicyKind,
) -> Result<SharedPolicy, EditError> {
    let before = intake.problems.len();
    let policy = load::policy_file(intake, file, kind);
    let problems = intake.problems.split_off(before.min(intake.problems.len()));
    let wrong = problems.into_iter().find(crate::diagnostic::Diagnostic::is_error);
    match (policy, wrong) {
        (Some(policy), None) => Ok(policy),
        (_, Some(wrong)) => Err(EditError::new(
            format!("{file}: {}", wrong.message),
            wrong.help.unwrap_or_else(|| "name a file with one policy".to_owned()),
        )),
        (None, None) => Err(EditError::new(format!("{file} holds no policy"), "name a file with one policy")),
    }
}

fn set_key(estate: &mut Estate, named: &str, set: impl FnOnce(&mut Key)) -> Result<(), EditError> {
    let arn = find::key(estate, named)?.arn.value.clone();
    if let Some(key) = estate.keys.find_mut(|key| key.arn.value == arn) {
        set(key);
    }
    Ok(())
}

fn grant(
    intake: &mut Intake,
    edit: &Edit,
    principal: &str,
    key: &str,
    operations: &[String],
) -> Result<(), EditError> {
    // A grant may be for a principal that no input describes.
    let grantee = match find::principal(&intake.estate, principal) {
        Ok(arn) => arn.to_string(),
        Err(_) if principal.starts_with("arn:") => principal.to_owned(),
        Err(error) => return Err(error),
    };
    find::key(&intake.estate, key)?;
    let span = written(intake, edit);
    let (operations, pointer) = (operations.to_vec(), String::new());
    let more = Grant { id: None, grantee, operations, constraints: Vec::new(), key: None, span, pointer };
    set_key(&mut intake.estate, key, |key| match &mut key.grants {
        Known::Provided(grants) => grants.push(more),
        Known::NotProvided => key.grants = Known::Provided(vec![more]),
    })
}

fn encrypt(
    intake: &mut Intake,
    edit: &Edit,
    objects: &str,
    kind: EncryptionType,
    key: Option<&str>,
) -> Result<(), EditError> {
    if objects.parse::<ObjectUri>().is_err() {
        return Err(EditError::new(
            format!("`{objects}` is not an object"),
            "write s3://BUCKET/KEY; `*` and `?` stand for many objects",
        ));
    }
    let key = match key {
        Some(key) => Some(reference(&intake.estate, key)?),
        None => None,
    };
    let span = written(intake, edit);
    let encryption = Encryption { kind, key, bucket_key: None, span };
    let same = intake.estate.objects.find_mut(|object| object.uri.value.as_str() == objects);
    match same {
        Some(object) => {
            object.encryption = Some(encryption);
            object.as_default = false;
        }
        None => intake.estate.objects.push(Object {
            uri: Spanned::new(Wild::glob(objects, false), span),
            encryption: Some(encryption),
            as_default: false,
            owner: None,
            acl_read: Known::NotProvided,
            tags: Known::NotProvided,
            storage_class: None,
            restored: None,
        }),
    }
    Ok(())
}

/// A key as HeadObject would name it: by its ARN. One that no input describes may be named by an ARN of its own.
fn reference(estate: &Estate, named: &str) -> Result<KeyReference, EditError> {
    if let Some([Called::Key(arn)]) = estate.names.get(named).map(Vec::as_slice) {
        return Ok(KeyReference::Arn(arn.clone()));
    }
    match KeyReference::parse(named) {
        KeyReference::Arn(arn) => Ok(KeyReference::Arn(arn)),
        KeyReference::Alias(alias) if alias == "alias/aws/s3" => Ok(KeyReference::Alias(alias)),
        KeyReference::Id(_) | KeyReference::Alias(_) | KeyReference::Name(_) => {
            Ok(KeyReference::Arn(find::key(estate, named)?.arn.value.clone()))
        }
    }
}

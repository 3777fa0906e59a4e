//! What an answer looked at, for those who know which documents are in error.

use super::{AccessGraph, AccessSubject, Answer, Subject};
use crate::estate::{Called, Estate};
use crate::load::Scope;
use crate::logic::Unknown;
use crate::name::Arn;
use crate::source::SourceId;

/// What one answer rests on.
pub fn scope(estate: &Estate, answer: &Answer) -> Scope {
    let mut scope = Scope::default();
    match &answer.subject {
        Subject::Read { role, object, .. } => {
            principal(estate, role, &mut scope);
            bucket(estate, &object.bucket, &mut scope);
        }
        Subject::Assume { role, by } => {
            principal(estate, role, &mut scope);
            principal(estate, by, &mut scope);
        }
        Subject::Operation { by, targets, .. } => {
            principal(estate, by, &mut scope);
            targets.iter().for_each(|target| bucket_of_target(estate, target, &mut scope));
        }
        // The resource is that of the leg.
        Subject::Action { by, .. } => principal(estate, by, &mut scope),
    }
    for leg in &answer.legs {
        resource(estate, &leg.resource, &mut scope);
    }
    depends(&answer.depends_on, &mut scope);
    scope
}

/// What an answer about everyone rests on.
pub fn scope_of_map(estate: &Estate, map: &AccessGraph) -> Scope {
    let mut scope = Scope { all_principals: true, ..Scope::default() };
    match &map.subject {
        AccessSubject::Trust { .. } => {}
        AccessSubject::Read { object, .. } => bucket(estate, &object.bucket, &mut scope),
        AccessSubject::Action { resource: on, .. } => resource(estate, on, &mut scope),
        AccessSubject::Operation { targets, .. } => {
            targets.iter().for_each(|target| bucket_of_target(estate, target, &mut scope));
        }
    }
    for node in &map.nodes {
        principal(estate, &node.id, &mut scope);
    }
    for edge in &map.edges {
        edge.calls.iter().for_each(|call| resource(estate, &call.resource, &mut scope));
        depends(&edge.depends_on, &mut scope);
    }
    scope
}

/// What a comparison of everything in an estate rests on.
pub fn scope_of_all(estate: &Estate) -> Scope {
    let mut scope = Scope { all_principals: true, ..Scope::default() };
    for arn in estate.roles.iter().map(|role| &role.arn).chain(estate.users.iter().map(|user| &user.arn)) {
        named(estate, &arn.value, arn.span.source, &mut scope);
    }
    for key in &estate.keys {
        named(estate, &key.arn.value, key.arn.span.source, &mut scope);
    }
    estate.buckets.iter().for_each(|found| bucket(estate, &found.name, &mut scope));
    scope.symbols.extend(estate.symbols.keys().cloned());
    scope
}

fn bucket_of_target(estate: &Estate, target: &str, scope: &mut Scope) {
    let name = target.strip_prefix("s3://").unwrap_or(target);
    bucket(estate, name.split('/').next().unwrap_or(name), scope);
}

fn depends(on: &[Unknown], scope: &mut Scope) {
    scope.symbols.extend(on.iter().map(|unknown| unknown.name.to_string()));
}

fn principal(estate: &Estate, name: &str, scope: &mut Scope) {
    scope.names.insert(name.to_owned());
    if let Ok(role) = estate.role(name) {
        named(estate, &role.arn.value, role.arn.span.source, scope);
    } else if let Some(user) = estate.user(name) {
        named(estate, &user.arn.value, user.arn.span.source, scope);
        scope.names.extend(user.groups.iter().map(|group| last(group).to_owned()));
    } else {
        scope.names.insert(last(name).to_owned());
    }
}

fn resource(estate: &Estate, text: &str, scope: &mut Scope) {
    let Ok(arn) = text.parse::<Arn>() else { return };
    if arn.service() == "s3" {
        let name = arn.resource().split('/').next().unwrap_or_default();
        return bucket(estate, name, scope);
    }
    match estate.key(&arn) {
        Some(key) => {
            named(estate, &arn, key.arn.span.source, scope);
            let aliases = key.aliases.provided().into_iter().flatten();
            scope.names.extend(aliases.map(|alias| last(alias).to_owned()));
        }
        None => {
            let store = estate.store(&arn);
            scope.names.extend(store.map(|store| store.name().to_owned()));
            named(estate, &arn, store.map_or(SourceId::LONE, |store| store.arn.span.source), scope);
        }
    }
}

fn bucket(estate: &Estate, name: &str, scope: &mut Scope) {
    scope.names.insert(name.to_owned());
    let Ok(bucket) = estate.bucket(name) else { return };
    scope.names.insert(bucket.name.clone());
    let called = Called::Bucket(bucket.name.clone());
    nicknames(estate, bucket.span.source, scope, |other| *other == called);
}

fn named(estate: &Estate, arn: &Arn, declared_in: SourceId, scope: &mut Scope) {
    scope.names.insert(arn.to_string());
    scope.names.insert(last(arn.resource()).to_owned());
    nicknames(estate, declared_in, scope, |called| match called {
        Called::Role(other) | Called::User(other) | Called::Key(other) | Called::Store(other) => other == arn,
        Called::Bucket(_) => false,
    });
}

/// Logical ids and addresses are names in the file that declares them, and in no other.
fn nicknames(estate: &Estate, declared_in: SourceId, scope: &mut Scope, fits: impl Fn(&Called) -> bool) {
    let known = estate.names.iter().filter(|(_, called)| called.iter().any(&fits));
    scope.nicknames.entry(declared_in).or_default().extend(known.map(|(name, _)| name.clone()));
}

fn last(name: &str) -> &str {
    name.rsplit(['/', ':']).next().unwrap_or(name)
}

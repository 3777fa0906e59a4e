//! Policies that a role or user has.

use std::sync::Arc;

use super::apply::policy_of;
use super::{EditError, find};
use crate::estate::{Estate, Known, SharedPolicy};
use crate::load::{self, Intake};
use crate::name::Arn;
use crate::policy::PolicyKind;

/// The policies of a principal that is there.
fn policies<'e>(estate: &'e mut Estate, arn: &Arn) -> Option<&'e mut Known<Vec<SharedPolicy>>> {
    let role = estate.roles.find_mut(|role| role.arn.value == *arn).map(|role| &mut role.policies);
    role.or_else(|| estate.users.find_mut(|user| user.arn.value == *arn).map(|user| &mut user.policies))
}

pub(super) fn attach(intake: &mut Intake, principal: &str, named: &str) -> Result<(), EditError> {
    let arn = find::principal(&intake.estate, principal)?;
    let policy = if named.starts_with("arn:") {
        managed(intake, named)?
    } else if let Some(loaded) = loaded(intake, named) {
        loaded
    } else {
        policy_of(intake, named, PolicyKind::Identity)?
    };
    match policies(&mut intake.estate, &arn) {
        Some(Known::Provided(list)) => list.push(policy),
        Some(known) => *known = Known::Provided(vec![policy]),
        None => {}
    }
    Ok(())
}

/// The policy of a file that was loaded already, with its edits: who else has it shares it, as they share the file.
fn loaded(intake: &mut Intake, named: &str) -> Option<SharedPolicy> {
    let found = find::documents(intake, named).ok()?;
    let mut own = found.iter().filter(|policy| policy.kind == PolicyKind::Identity);
    let only = own.next().filter(|_| found.len() == 1)?;
    Some(Arc::clone(only))
}

/// A managed policy: one that was loaded, else one of AWS.
fn managed(intake: &mut Intake, arn: &str) -> Result<SharedPolicy, EditError> {
    let places: Vec<_> =
        intake.estate.managed.iter().filter(|(_, of)| *of == arn).map(|(place, _)| *place).collect();
    let loaded =
        intake.estate.policies().into_iter().find(|policy| places.contains(&policy.span)).map(Arc::clone);
    loaded.or_else(|| load::managed_policy(intake, arn)).ok_or_else(|| {
        EditError::new(
            format!("the document of {arn} is not known"),
            "name a file that holds it: attach PRINCIPAL FILE",
        )
    })
}

pub(super) fn detach(intake: &mut Intake, principal: &str, named: &str) -> Result<(), EditError> {
    let arn = find::principal(&intake.estate, principal)?;
    let (managed, snapshot) = (intake.estate.managed.clone(), intake.estate.from_snapshot.clone());
    let path = |policy: &SharedPolicy| intake.sources.place(policy.span).path();
    let of_aws = |policy: &SharedPolicy| {
        let name = snapshot.get(&policy.span.source)?;
        Some(name.split(' ').next().unwrap_or(name).to_owned())
    };
    let is_it = |policy: &SharedPolicy| {
        path(policy) == named
            || managed.get(&policy.span).is_some_and(|arn| arn == named)
            || of_aws(policy).is_some_and(|arn| arn == named)
    };
    let known = policies(&mut intake.estate, &arn);
    let Some(Known::Provided(list)) = known else {
        return Err(EditError::new(
            format!("which policies {principal} has is not known"),
            "load what says it: attach PRINCIPAL FILE says that it has that one alone",
        ));
    };
    let before = list.len();
    let names: Vec<String> =
        list.iter().map(|policy| of_aws(policy).unwrap_or_else(|| path(policy))).collect();
    list.retain(|policy| !is_it(policy));
    if list.len() == before {
        let help = match names.as_slice() {
            [] => "it has no policy".to_owned(),
            [..] => format!("it has {}", names.join(", ")),
        };
        return Err(EditError::new(format!("{principal} has no policy `{named}`"), help));
    }
    Ok(())
}

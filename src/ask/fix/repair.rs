//! A statement with a slip, put right where it stands.

use super::Asked;
use crate::ask::Fix;
use crate::ask::answer::{Change, Edit};
use crate::ask::near::{Miss, MissedElement, Near, Repair};
use crate::diagnostic::Cause;
use crate::estate::Estate;
use crate::name::keys::KeyType;
use crate::name::{AccountId, Arn, ConditionKey};
use crate::policy::{Changes, Statement, Test, render};
use crate::source::Span;

/// The statement as it was meant, where every element that does not fit is a slip.
pub(super) fn repair(asked: &Asked<'_>, near: &Near) -> Option<Fix> {
    if !near.is_repairable() {
        return None;
    }
    let policy = asked.documents.holding(near.span)?;
    if asked.documents.by_aws(policy.span).is_some() {
        return None;
    }
    let statement = policy.statements.iter().find(|s| s.span == near.span)?;
    let edits: Vec<Edit> = near.misses.iter().filter_map(|miss| edit(asked, miss, statement)).collect();
    if edits.len() != near.misses.len() {
        return None;
    }
    let why = near.misses.iter().map(|miss| miss.why.as_str()).collect::<Vec<_>>().join("; ");
    Some(Fix {
        change: Change::Replace { statement: render(statement, &Edits(&edits)), edits },
        document: Some(near.span),
        document_name: String::new(),
        pointer: near.pointer.clone(),
        why,
        gate: None,
        is_bound: false,
        after: None,
        leaves: Vec::new(),
        opens: None,
        compared: Vec::new(),
        covers_more: false,
    })
}

/// A Deny with one of its exceptions put right: each of them lets the request pass.
pub(super) fn one_of(asked: &Asked<'_>, exceptions: &Near) -> Option<Fix> {
    let slips = exceptions.misses.iter().filter(|miss| miss.repair.is_some() && !miss.is_restriction());
    slips.into_iter().find_map(|miss| {
        let alone = Near { misses: vec![miss.clone()], ..exceptions.clone() };
        repair(asked, &alone)
    })
}

fn edit(asked: &Asked<'_>, miss: &Miss, statement: &Statement) -> Option<Edit> {
    // A change of a line is found by its key; the miss may point to a value.
    let key = || {
        let of =
            |test: &&Test| test.key.span == miss.at || test.values.iter().any(|value| value.span == miss.at);
        statement.tests.iter().find(of).map(|test| test.key.span)
    };
    Some(match miss.repair.as_ref()? {
        Repair::Value(text) if stays(asked.documents.estate, miss, statement) => {
            Edit::Also { at: miss.at, text: text.clone() }
        }
        Repair::Value(text) => Edit::Value { at: miss.at, text: text.clone() },
        Repair::Key(text) => Edit::Key { at: key()?, text: text.clone() },
        Repair::Operator(text) => Edit::Operator { key: key()?, text: text.clone() },
    })
}

/// Whether the value may be right for other requests, so that another one is added beside it.
fn stays(estate: &Estate, miss: &Miss, statement: &Statement) -> bool {
    let Some(cause) = miss.cause else { return true };
    let Some(written) = written_at(miss, statement) else { return true };
    let is_wrong_for_all = matches!(
        cause,
        Cause::ActionMisspelt
            | Cause::ActionOfAnotherService
            | Cause::ArnForm
            | Cause::OperatorOfAnotherType
            | Cause::SessionArn
            | Cause::ViaServiceWithoutRegion
            | Cause::WhiteSpace
    );
    let is_a_name = matches!(
        cause,
        Cause::DeadUniqueId
            | Cause::KeyRegion
            | Cause::MultiRegionReplica
            | Cause::NameMisspelt
            | Cause::PrincipalType
            | Cause::RolePath
    );
    let is_pattern = written.contains(['*', '?']);
    if is_wrong_for_all {
        false
    } else if matches!(cause, Cause::AnotherAccount | Cause::KeyRegion) && is_pattern {
        true
    } else if cause == Cause::Partition {
        estate.roles.iter().any(|role| role.arn.value.as_str() == written)
    } else if cause == Cause::ValueCase {
        may_be_in_this_case(miss, &written)
    } else if cause == Cause::AnotherAccount || is_a_name {
        is_in_use(estate, &written)
    } else if cause == Cause::AccountDigit {
        account_of(&written).is_some_and(|account| has_account(estate, account))
    } else if cause == Cause::ViaServiceRegion {
        let region = written.split('.').nth(1).unwrap_or_default();
        estate.buckets.iter().any(|bucket| bucket.region.provided().is_some_and(|own| own == region))
    } else if cause == Cause::AliasArn {
        // Actions on aliases are asked on their ARNs.
        let actions = statement.actions.listed();
        actions.len() > 1 || actions.iter().any(|action| action.value.has_wildcard())
    } else {
        true
    }
}

/// Whether a value may be right as it is written elsewhere: keys of objects, names and tags may; names of buckets and what
/// AWS itself makes have one case.
fn may_be_in_this_case(miss: &Miss, written: &str) -> bool {
    if miss.element == MissedElement::Resource {
        let is_key = written.split(':').nth(2) == Some("kms");
        let bucket = written.split('/').next().unwrap_or_default();
        return !is_key && !bucket.chars().any(|c| c.is_ascii_uppercase());
    }
    let key = miss.key.as_deref().map(ConditionKey::new);
    let facts = key.as_ref().and_then(ConditionKey::facts);
    let is_made_by_aws = facts.is_some_and(|facts| {
        facts.value_type == KeyType::Flag
            || matches!(facts.limit, Some(Cause::ViaServiceOther | Cause::Network | Cause::Organization))
    });
    !is_made_by_aws
}

/// The value that the miss points to.
fn written_at(miss: &Miss, statement: &Statement) -> Option<String> {
    let principals =
        statement.principals.iter().flat_map(|s| s.listed()).map(|p| (p.span, p.value.text.to_string()));
    let actions = statement.actions.listed().iter().map(|a| (a.span, a.value.written()));
    let resources =
        statement.resources.iter().flat_map(|s| s.listed()).map(|r| (r.span, r.value.as_str().to_owned()));
    let tests = statement.tests.iter().flat_map(|t| t.values.iter()).map(|v| (v.span, v.text().to_owned()));
    let mut all = principals.chain(actions).chain(resources).chain(tests);
    all.find(|(span, _)| *span == miss.at).map(|(_, text)| text)
}

fn account_of(written: &str) -> Option<AccountId> {
    written.parse().ok().or_else(|| written.parse::<Arn>().ok()?.account())
}

fn has_account(estate: &Estate, account: AccountId) -> bool {
    estate.accounts.contains_key(&account)
        || estate.roles.iter().any(|role| role.arn.value.account() == Some(account))
        || estate.keys.iter().any(|key| key.arn.value.account() == Some(account))
        || estate.buckets.iter().any(|bucket| bucket.account.provided() == Some(&account))
}

/// Whether the input has something of this name.
fn is_in_use(estate: &Estate, written: &str) -> bool {
    let bucket = written.rsplit_once(":::").map(|(_, rest)| rest.split('/').next().unwrap_or_default());
    estate.roles.iter().any(|r| r.arn.value.as_str() == written || r.id.as_deref() == Some(written))
        || estate.users.iter().any(|u| u.arn.value.as_str() == written || u.id.as_deref() == Some(written))
        || estate.keys.iter().any(|key| key.arn.value.as_str() == written)
        || bucket.is_some_and(|name| estate.buckets.iter().any(|bucket| bucket.name == name))
}

struct Edits<'e>(&'e [Edit]);

impl Changes for Edits<'_> {
    fn value(&self, place: Span) -> Option<String> {
        self.0.iter().find_map(|edit| {
            if let Edit::Value { at, text } = edit
                && *at == place
            {
                Some(text.clone())
            } else {
                None
            }
        })
    }

    fn operator(&self, place: Span) -> Option<String> {
        self.0.iter().find_map(|edit| {
            if let Edit::Operator { key, text } = edit
                && *key == place
            {
                Some(text.clone())
            } else {
                None
            }
        })
    }

    fn key(&self, place: Span) -> Option<String> {
        self.0.iter().find_map(|edit| {
            if let Edit::Key { at, text } = edit
                && *at == place
            {
                Some(text.clone())
            } else {
                None
            }
        })
    }

    fn also(&self, place: Span) -> Option<String> {
        self.0.iter().find_map(|edit| {
            if let Edit::Also { at, text } = edit
                && *at == place
            {
                Some(text.clone())
            } else {
                None
            }
        })
    }
}

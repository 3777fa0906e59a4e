//! Context keys whose values are facts of the estate, and the lack of them.

use std::borrow::Cow;

use crate::estate::{Estate, Known, Tags};
use crate::eval::{Context, ContextValue, OpenKey};
use crate::logic::{FactId, Unknown, UnknownKind};
use crate::name::AccountId;

/// A key that is only known when the request is made.
pub(crate) fn open(may_be_absent: bool, why: &'static str) -> ContextValue {
    ContextValue::Open(OpenKey::any(may_be_absent, Unknown::new(UnknownKind::ContextKey, "", why)))
}

/// A fact of the configuration that is not known.
pub(crate) fn not_told(may_be_absent: bool, fact: FactId, why: impl Into<Cow<'static, str>>) -> ContextValue {
    ContextValue::Open(OpenKey::any(may_be_absent, Unknown::missing_value(fact, why)))
}

pub(crate) fn undocumented(why: &'static str) -> ContextValue {
    ContextValue::Open(OpenKey::any(true, Unknown::undocumented("", why)))
}

/// One of a few values.
pub(crate) fn among(values: &[Option<&str>], why: &'static str) -> ContextValue {
    let because = Unknown::new(UnknownKind::ContextKey, "", why);
    ContextValue::Open(OpenKey::one_of(values.iter().copied(), because))
}

/// Set the tags that were told; what holds for all others is given back.
pub(crate) fn tags_family(
    c: &mut Context,
    start: &str,
    tags: &Known<Tags>,
    fact: impl FnOnce() -> FactId,
    why: &'static str,
) -> ContextValue {
    match tags {
        Known::Provided(tags) => {
            for (key, value) in tags {
                // Names of condition keys have no case, those of tags may (R34).
                let twin = tags.keys().any(|other| other != key && other.eq_ignore_ascii_case(key));
                let slot = if twin {
                    undocumented(
                        "two tags differ only in case, and AWS does not say which of them the key means",
                    )
                } else {
                    ContextValue::one(value.as_str())
                };
                c.set(format!("{start}{key}"), slot);
            }
            ContextValue::Absent
        }
        Known::NotProvided => not_told(true, fact(), why),
    }
}

/// Whose the resource is; `fact` is what would tell.
pub(crate) fn resource_account(
    c: &mut Context,
    estate: &Estate,
    account: Option<AccountId>,
    fact: &dyn Fn() -> FactId,
) {
    match account {
        Some(account) => c.set("aws:ResourceAccount", ContextValue::one(account.to_string())),
        None => c.set("aws:ResourceAccount", not_told(false, fact(), "the resource's account is not known")),
    }
    organization_keys(c, estate, account, fact, ["aws:ResourceOrgID", "aws:ResourceOrgPaths"]);
}

pub(crate) fn organization_keys(
    c: &mut Context,
    estate: &Estate,
    account: Option<AccountId>,
    account_fact: &dyn Fn() -> FactId,
    [id, paths]: [&'static str; 2],
) {
    let fact = || account.map_or_else(account_fact, FactId::Organization);
    let shown = account.map_or_else(String::new, |a| format!(" of {a}"));
    let organization = account.map_or(Known::NotProvided, |a| estate.organization_id_of(a));
    match organization {
        Known::Provided(Some(told)) => {
            c.set(id, ContextValue::one(told));
            let known = account.and_then(|a| estate.organization_of(a).provided().copied().flatten());
            match account.and_then(|a| known?.org_path(a)) {
                Some(path) => c.set(paths, ContextValue::many([path])),
                None => c.set(
                    paths,
                    not_told(
                        false,
                        fact(),
                        format!("the organizational units above the account{shown} are not known"),
                    ),
                ),
            }
        }
        Known::Provided(None) => {
            c.set(id, ContextValue::Absent);
            c.set(paths, ContextValue::Absent);
        }
        Known::NotProvided => {
            c.set(id, not_told(true, fact(), format!("the organization{shown} is not known")));
            c.set(paths, not_told(true, fact(), format!("the organization{shown} is not known")));
        }
    }
}

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

/// Where an account stands in its organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InOrganization {
    id: Box<str>,
    /// As aws:PrincipalOrgPaths has it, where it is known.
    path: Option<Box<str>>,
}

/// The organization of an account; none where the account is in none.
pub(crate) type OfOrganization = Known<Option<InOrganization>>;

/// The organization of an account, and where in it the account stands.
pub(crate) fn organization(estate: &Estate, account: Option<AccountId>) -> OfOrganization {
    let Some(account) = account else { return Known::NotProvided };
    match estate.organization_id_of(account) {
        Known::Provided(Some(id)) => {
            let known = estate.organization_of(account).provided().copied().flatten();
            let path = known.and_then(|known| known.org_path(account)).map(String::into_boxed_str);
            Known::Provided(Some(InOrganization { id: id.into(), path }))
        }
        Known::Provided(None) => Known::Provided(None),
        Known::NotProvided => Known::NotProvided,
    }
}

/// Whose the resource is; `fact` is what would tell.
pub(crate) fn resource_account(
    c: &mut Context,
    organization: &OfOrganization,
    account: Option<AccountId>,
    fact: &dyn Fn() -> FactId,
) {
    match account {
        Some(account) => c.set("aws:ResourceAccount", ContextValue::one(account.to_string())),
        None => c.set("aws:ResourceAccount", not_told(false, fact(), "the resource's account is not known")),
    }
    organization_keys(c, organization, account, fact, ["aws:ResourceOrgID", "aws:ResourceOrgPaths"]);
}

/// The organization of an account, and where in it the account stands.
pub(crate) fn organization_keys(
    c: &mut Context,
    organization: &OfOrganization,
    account: Option<AccountId>,
    account_fact: &dyn Fn() -> FactId,
    [id, paths]: [&'static str; 2],
) {
    let fact = || account.map_or_else(account_fact, FactId::Organization);
    let shown = || account.map_or_else(String::new, |a| format!(" of {a}"));
    match organization {
        Known::Provided(Some(told)) => {
            c.set(id, ContextValue::one(told.id.clone()));
            match &told.path {
                Some(path) => c.set(paths, ContextValue::many([path.clone()])),
                None => {
                    let why = format!("the organizational units above the account{} are not known", shown());
                    c.set(paths, not_told(false, fact(), why));
                }
            }
        }
        Known::Provided(None) => {
            c.set(id, ContextValue::Absent);
            c.set(paths, ContextValue::Absent);
        }
        Known::NotProvided => {
            for key in [id, paths] {
                c.set(key, not_told(true, fact(), format!("the organization{} is not known", shown())));
            }
        }
    }
}

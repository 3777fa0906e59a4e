//! KMS grants: what they give, and to whom (R81–R84).
//!
//! Source: <https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>

use std::collections::BTreeMap;

use super::applicable::ResourceSide;
use super::context::{Context, ContextValue};
use super::decide::told;
use super::principals::id_of;
use super::statement::Request;
use super::{Caller, CallerKind, Evaluation, Gate, Matched, SessionName};
use crate::estate::{Constraint, Grant, Known};
use crate::logic::{Atom, Truth, Unknown, UnknownKind};
use crate::name::{Arn, ConditionKey, Lookup, Match, Wild};

const CONTEXT: &str = "kms:encryptioncontext:";

/// What the grants give: outright, and to the caller's account as a whole.
struct Granted<T> {
    caller: T,
    account: T,
    /// Some grant is meant for the caller and the operation, whether or not its constraint is met.
    aimed: bool,
}

fn granted<'a, W: Evaluation<'a>>(
    world: &mut W,
    grants: &'a [Grant],
    request: &Request<'_>,
) -> Granted<W::T> {
    let mut out = Granted { caller: W::T::known(false), account: W::T::known(false), aimed: false };
    let operation = request.action.as_str().split_once(':').map_or("", |(_, name)| name);
    for grant in grants {
        if !grant.operations.iter().any(|o| o.eq_ignore_ascii_case(operation)) {
            continue;
        }
        let grantee = grantee(&grant.grantee, request.caller);
        if grantee == Grantee::Other {
            continue;
        }
        out.aimed = true;
        let mut matched = constraints(world, grant, request);
        if matched.is_false() {
            continue;
        }
        let unknown = match grantee {
            Grantee::OpenSession => Some(Unknown::new(
                UnknownKind::ContextKey,
                "sts:RoleSessionName",
                "the grant is for one session of the role, and the session's name is chosen when it is assumed",
            )),
            Grantee::OpenId => Some(id_of(request.caller)),
            Grantee::Other | Grantee::Caller | Grantee::Account => None,
        };
        if let Some(unknown) = unknown {
            matched = matched.and(world.open(|| Atom::Opaque(unknown.at(grant.span))));
        }
        world.matched(Gate::Grant, Matched::Grant(grant), &matched);
        if grantee == Grantee::Account {
            out.account = out.account.or(matched);
        } else {
            out.caller = out.caller.or(matched);
        }
    }
    out
}

#[derive(Copy, Clone, PartialEq, Eq)]
enum Grantee {
    Other,
    Caller,
    Account,
    OpenSession,
    /// The unique id of a role or user, and that of the caller is not known (R30).
    OpenId,
}

fn grantee(text: &str, caller: &Caller) -> Grantee {
    if text == &*caller.name || caller.id.as_deref() == Some(text) {
        return Grantee::Caller;
    }
    if caller.may_have_id(text) {
        return Grantee::OpenId;
    }
    let account = caller.account.map(|a| a.to_string());
    if caller.has_identity() && account.as_deref() == Some(text) {
        return Grantee::Account;
    }
    let Ok(arn) = text.parse::<Arn>() else { return Grantee::Other };
    if arn.account() != caller.account || arn.partition() != &*caller.partition || caller.account.is_none() {
        return Grantee::Other;
    }
    if arn.service() == "iam" && arn.resource() == "root" {
        return if caller.kind == CallerKind::Root { Grantee::Caller } else { Grantee::Account };
    }
    match arn.resource_of("assumed-role").and_then(|r| r.split_once('/')) {
        Some((role, session)) if caller.kind == CallerKind::Role && role == caller.short_name() => {
            match &caller.session {
                SessionName::Known(told) if **told == *session => Grantee::Caller,
                SessionName::Known(_) => Grantee::Other,
                SessionName::Unknown | SessionName::ChosenIn(_) => Grantee::OpenSession,
            }
        }
        Some(_) | None => Grantee::Other,
    }
}

/// Whether the request meets all constraints of the grant (R82, R139).
fn constraints<'a, W: Evaluation<'a>>(world: &mut W, grant: &'a Grant, request: &Request<'_>) -> W::T {
    // Pairs of the encryption context count for cryptographic operations only.
    let ignored = ["describekey", "retiregrant"].iter().any(|o| request.action.name() == *o);
    let mut all = W::T::known(true);
    for constraint in &grant.constraints {
        let met = match constraint {
            Constraint::Equals(_) | Constraint::Subset(_) if ignored => continue,
            Constraint::Equals(wanted) => pairs(world, grant, request, wanted, true),
            Constraint::Subset(wanted) => pairs(world, grant, request, wanted, false),
            Constraint::SourceArn(wanted) => source(world, grant, request.context, wanted),
            Constraint::Other(name) => world.open(|| {
                let why = "what this constraint of the grant asks for is not known here";
                Atom::Opaque(Unknown::undocumented(name.clone(), why).at(grant.span))
            }),
        };
        all = all.and(met);
        if all.is_false() {
            break;
        }
    }
    all
}

/// The same test as on aws:SourceArn, which no request of a role has (R54, R139).
fn source<'a, W: Evaluation<'a>>(world: &mut W, grant: &'a Grant, context: &Context, wanted: &str) -> W::T {
    const SOURCE: &str = "aws:SourceArn";
    match context.get(&ConditionKey::new(SOURCE)) {
        ContextValue::Absent => W::T::known(false),
        ContextValue::Known { items, .. } => {
            let wanted = Wild::glob(wanted, false);
            W::T::known(items.iter().any(|item| wanted.matches(item, &|_| Lookup::Absent) == Match::Yes))
        }
        ContextValue::Open(_)
        | ContextValue::Inherited(_)
        | ContextValue::Choice(_)
        | ContextValue::Prefix(_) => world.open(|| {
            let why = "the grant asks for requests that a service makes for this resource";
            Atom::Opaque(Unknown::new(UnknownKind::ContextKey, SOURCE, why).at(grant.span))
        }),
    }
}

/// Whether the encryption context holds some pairs, and no others where it must equal them.
fn pairs<'a, W: Evaluation<'a>>(
    world: &mut W,
    grant: &'a Grant,
    request: &Request<'_>,
    wanted: &BTreeMap<String, String>,
    exact: bool,
) -> W::T {
    let mut all = W::T::known(true);
    for (key, value) in wanted {
        all = all.and(pair(world, grant, request.context, key, value));
    }
    if exact && !all.is_false() {
        all = all.and(nothing_else(world, grant, request.context, wanted));
    }
    all
}

fn pair<'a, W: Evaluation<'a>>(
    world: &mut W,
    grant: &'a Grant,
    context: &Context,
    key: &str,
    value: &str,
) -> W::T {
    // Keys and values of the encryption context are compared by case.
    let held = context
        .starting(CONTEXT)
        .find(|(k, _)| k.as_str().get(CONTEXT.len()..) == Some(key))
        .map(|(_, slot)| slot);
    match held {
        Some(ContextValue::Known { items, .. }) => W::T::known(items.iter().any(|i| **i == *value)),
        Some(ContextValue::Absent) => W::T::known(false),
        None if matches!(context.family(CONTEXT), ContextValue::Absent) => W::T::known(false),
        Some(ContextValue::Prefix(within)) => within.is(world, value, grant.span),
        Some(ContextValue::Open(_) | ContextValue::Inherited(_) | ContextValue::Choice(_)) | None => {
            world.open(|| open(grant, key))
        }
    }
}

/// `EncryptionContextEquals` fails when the request holds any other pair.
fn nothing_else<'a, W: Evaluation<'a>>(
    world: &mut W,
    grant: &'a Grant,
    context: &Context,
    wanted: &BTreeMap<String, String>,
) -> W::T {
    let extra = context
        .starting(CONTEXT)
        .filter(|(_, slot)| !matches!(slot, ContextValue::Absent))
        .any(|(k, _)| k.as_str().get(CONTEXT.len()..).is_some_and(|k| !wanted.contains_key(k)));
    if extra {
        return W::T::known(false);
    }
    // The keys may have been told as a whole.
    let all = context.get(&ConditionKey::new("kms:EncryptionContextKeys"));
    let told = match all {
        ContextValue::Known { items, .. } => Some(items.iter().all(|i| wanted.contains_key(&**i))),
        ContextValue::Open(_)
        | ContextValue::Inherited(_)
        | ContextValue::Choice(_)
        | ContextValue::Prefix(_)
        | ContextValue::Absent => None,
    };
    if let Some(told) = told {
        return W::T::known(told);
    }
    if matches!(context.family(CONTEXT), ContextValue::Absent) {
        return W::T::known(true);
    }
    world.open(|| open(grant, "kms:EncryptionContextKeys"))
}

fn open(grant: &Grant, what: &str) -> Atom {
    let name =
        if what.starts_with("kms:") { what.to_owned() } else { format!("kms:EncryptionContext:{what}") };
    Atom::Opaque(
        Unknown::new(
            UnknownKind::ContextKey,
            name,
            "the uploader may have added pairs of its own to the encryption context, which the grant's constraint would see",
        )
        .at(grant.span),
    )
}

/// What grants give on the resource's side. A grant to a whole account is taken to need the account's own say.
pub(super) fn on<'a, W: Evaluation<'a>>(
    world: &mut W,
    side: &ResourceSide<'a>,
    request: &Request<'_>,
    identity: &W::T,
) -> (bool, W::T) {
    match (&side.grants, &side.grants_unknown) {
        (Known::Provided(list), unknown) if !list.is_empty() => {
            let granted = granted(world, list, request);
            let by_account = if granted.account.is_false() {
                granted.account
            } else {
                let open = world.open(|| {
                    Atom::Opaque(Unknown::undocumented(
                        "KMS grant to an account",
                        "AWS does not say whether the account's principals also need an identity-based policy",
                    ))
                });
                granted.account.and(identity.clone().or(open))
            };
            let given = granted.caller.or(by_account);
            // Told beside grants that are known: whether a grant is enough for this caller (R84).
            let enough = match unknown {
                Some(unknown) if !given.is_false() => identity.clone().or(told(world, unknown)),
                Some(_) | None => W::T::known(true),
            };
            (granted.aimed, given.and(enough))
        }
        (Known::NotProvided, Some(unknown)) => (true, told(world, unknown)),
        (Known::Provided(_) | Known::NotProvided, _) => (false, W::T::known(false)),
    }
}

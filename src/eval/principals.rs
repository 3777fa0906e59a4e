//! Whom a `Principal` names, and with what force (R26–R32, R65).

use std::sync::Arc;

use super::caller::CANONICAL;
use super::{Caller, CallerKind, Evaluation, Gate, SessionName};
use crate::logic::{Atom, Domain, DomainValues, FactId, KeyTest, Truth, Unknown, UnknownKind};
use crate::name::{Arn, ConditionKey, Wild, symbol};
use crate::operator::{Operand, Quantifier, STRING_EQUALS, TestValue, Written};
use crate::policy::{PrincipalKind, PrincipalPattern, Scope};
use crate::source::Spanned;

/// How a statement's principals cover the caller. The form decides what else can limit an Allow.
#[derive(Clone, Debug)]
pub(super) struct Covered<T> {
    /// Through its account, which only delegates (R27).
    pub(super) account: T,
    /// By the role's ARN, which covers its sessions.
    pub(super) role: T,
    /// Directly: the session, the user, the service, or everyone.
    pub(super) direct: T,
}

impl<T: Truth> Covered<T> {
    fn nobody() -> Self {
        Self { account: T::known(false), role: T::known(false), direct: T::known(false) }
    }

    /// In any form.
    pub(super) fn any(self) -> T {
        self.account.or(self.role).or(self.direct)
    }
}

/// One listed principal against the caller.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Fit {
    No,
    Account,
    Role,
    Direct,
    /// It names a session of the caller's role, and the session's name is not known (R29).
    OpenSession,
    /// It names a role, a user by a unique id, and that of the caller is not known (R30).
    OpenIdOfRole,
    OpenIdOfUser,
    /// It names an account by its canonical user id.
    OpenCanonical,
    /// It names the canonical user id that is all that is known of the caller: an account's, or of an origin access
    /// identity.
    OpenStranger,
    /// The input leaves open whom it names: perhaps the caller's account,
    OpenAccount,
    /// perhaps the caller's role,
    OpenRole,
    /// perhaps the caller itself, or all of these.
    OpenDirect,
}

pub(super) fn covered<'a, W: Evaluation<'a>>(
    world: &mut W,
    scope: &Scope<PrincipalPattern>,
    caller: &Caller,
) -> Covered<W::T> {
    match scope {
        Scope::In(list) => {
            let mut out = Covered::nobody();
            for pattern in list {
                match fit(&pattern.value, caller) {
                    Fit::No => {}
                    Fit::Account => out.account = W::T::known(true),
                    Fit::Role => out.role = W::T::known(true),
                    Fit::Direct => out.direct = W::T::known(true),
                    open @ (Fit::OpenSession | Fit::OpenIdOfUser | Fit::OpenDirect | Fit::OpenStranger) => {
                        out.direct = out.direct.or(world.open(|| atom(open, pattern, caller)));
                    }
                    // An account named by its canonical id delegates like any other.
                    open @ (Fit::OpenCanonical | Fit::OpenAccount) => {
                        out.account = out.account.or(world.open(|| atom(open, pattern, caller)));
                    }
                    open @ (Fit::OpenRole | Fit::OpenIdOfRole) => {
                        out.role = out.role.or(world.open(|| atom(open, pattern, caller)));
                    }
                }
            }
            out
        }
        Scope::NotIn(list) => Covered { direct: outside(world, list, caller), ..Covered::nobody() },
    }
}

/// Whether `NotPrincipal` covers the caller, that is, whether it is not exempt (R32).
fn outside<'a, W: Evaluation<'a>>(
    world: &mut W,
    list: &[Spanned<PrincipalPattern>],
    caller: &Caller,
) -> W::T {
    if caller.has_boundary {
        return W::T::known(true);
    }
    let (mut account, mut role, mut direct, mut open) = (false, false, false, false);
    for pattern in list {
        match fit(&pattern.value, caller) {
            Fit::No => {}
            Fit::Account => account = true,
            Fit::Role => role = true,
            Fit::Direct if pattern.value.kind == PrincipalKind::Everyone => return W::T::known(false),
            Fit::Direct => direct = true,
            Fit::OpenSession
            | Fit::OpenIdOfRole
            | Fit::OpenIdOfUser
            | Fit::OpenCanonical
            | Fit::OpenStranger
            | Fit::OpenAccount
            | Fit::OpenRole
            | Fit::OpenDirect => open = true,
        }
    }
    let exempt = match caller.kind {
        // The role, the account, and on some services the session.
        CallerKind::Role => account && role && direct,
        CallerKind::User | CallerKind::FederatedUser => account && direct,
        CallerKind::Root => account || direct,
        CallerKind::Service | CallerKind::Federated | CallerKind::KnownToS3 | CallerKind::Anonymous => direct,
    };
    // An account alone exempts nobody but its root user.
    let named = role || direct || open || (account && caller.kind == CallerKind::Root);
    match (exempt, named) {
        (true, _) => W::T::known(false),
        (false, false) => W::T::known(true),
        (false, true) => world.open(|| {
            let at = list.first().map(|p| p.span);
            let mut unknown = Unknown::undocumented(
                "NotPrincipal",
                "an exemption must list the role, its account and on some services the session; AWS does not say what a shorter list does",
            );
            unknown.at = at;
            Atom::Opaque(unknown)
        }),
    }
}

fn fit(pattern: &PrincipalPattern, caller: &Caller) -> Fit {
    let fit = plain_fit(pattern, caller);
    if fit == Fit::No { symbolic_fit(pattern, caller) } else { fit }
}

/// Whether the pattern might name the caller, where one of the two is left open by the input.
fn symbolic_fit(pattern: &PrincipalPattern, caller: &Caller) -> Fit {
    let own = caller.kind;
    let may_be = || symbol::may_match(&pattern.text, false, &caller.name);
    let open = symbol::is_unknown_in(&pattern.text) || symbol::is_unknown_in(&caller.name);
    match pattern.kind {
        PrincipalKind::Unresolved if caller.has_identity() => Fit::OpenDirect,
        PrincipalKind::Account(account) if caller.has_identity() => match caller.account {
            Some(own) if own != account && (own.is_unknown() || account.is_unknown()) => Fit::OpenAccount,
            Some(_) | None => Fit::No,
        },
        PrincipalKind::Role if open && own == CallerKind::Role && may_be() => Fit::OpenRole,
        PrincipalKind::User if open && own == CallerKind::User && may_be() => Fit::OpenDirect,
        PrincipalKind::Service | PrincipalKind::Federated
            if open && !caller.has_identity() && own != CallerKind::Anonymous && may_be() =>
        {
            Fit::OpenDirect
        }
        PrincipalKind::Session if open && own == CallerKind::Role => {
            let same_role = session_parts(&pattern.text)
                .is_some_and(|(_, role, _)| symbol::is_unknown_in(&role) || role == caller.short_name());
            if same_role { Fit::OpenDirect } else { Fit::No }
        }
        PrincipalKind::Everyone
        | PrincipalKind::Account(_)
        | PrincipalKind::Role
        | PrincipalKind::User
        | PrincipalKind::Session
        | PrincipalKind::FederatedUser
        | PrincipalKind::UniqueId
        | PrincipalKind::Service
        | PrincipalKind::Federated
        | PrincipalKind::Canonical
        | PrincipalKind::OriginAccess
        | PrincipalKind::Unresolved => Fit::No,
    }
}

fn plain_fit(pattern: &PrincipalPattern, caller: &Caller) -> Fit {
    let is = |yes: bool, fit: Fit| if yes { fit } else { Fit::No };
    let own = caller.kind;
    match pattern.kind {
        PrincipalKind::Everyone => Fit::Direct,
        PrincipalKind::Account(account) => {
            let same =
                caller.account == Some(account) && caller.has_identity() && same_partition(pattern, caller);
            is(same, if own == CallerKind::Root { Fit::Direct } else { Fit::Account })
        }
        PrincipalKind::Role => is(own == CallerKind::Role && *pattern.text == *caller.name, Fit::Role),
        PrincipalKind::User => is(own == CallerKind::User && *pattern.text == *caller.name, Fit::Direct),
        PrincipalKind::FederatedUser => {
            is(own == CallerKind::FederatedUser && *pattern.text == *caller.name, Fit::Direct)
        }
        PrincipalKind::Session => session(pattern, caller),
        PrincipalKind::UniqueId => {
            let is_role = own == CallerKind::Role;
            match caller.id.as_deref() {
                Some(id) => is(id == &*pattern.text, if is_role { Fit::Role } else { Fit::Direct }),
                None if !caller.may_have_id(&pattern.text) => Fit::No,
                None if is_role => Fit::OpenIdOfRole,
                None => Fit::OpenIdOfUser,
            }
        }
        PrincipalKind::Service => {
            is(own == CallerKind::Service && *pattern.text == *caller.name, Fit::Direct)
        }
        // `cognito-identity.amazonaws.com` is a provider here, and looks like a service.
        PrincipalKind::Federated => is(
            matches!(own, CallerKind::Federated | CallerKind::Service) && *pattern.text == *caller.name,
            Fit::Direct,
        ),
        PrincipalKind::Canonical if own == CallerKind::KnownToS3 => {
            is(caller.name.strip_prefix(CANONICAL) == Some(&*pattern.text), Fit::OpenStranger)
        }
        PrincipalKind::Canonical => is(caller.has_identity(), Fit::OpenCanonical),
        PrincipalKind::OriginAccess => {
            is(own == CallerKind::KnownToS3 && *pattern.text == *caller.name, Fit::Direct)
        }
        PrincipalKind::Unresolved => Fit::No,
    }
}

fn same_partition(pattern: &PrincipalPattern, caller: &Caller) -> bool {
    match pattern.text.strip_prefix("arn:") {
        Some(rest) => rest.split(':').next() == Some(&*caller.partition),
        None => true,
    }
}

fn session(pattern: &PrincipalPattern, caller: &Caller) -> Fit {
    let Some((arn, role, name)) = session_parts(&pattern.text) else { return Fit::No };
    let own = caller.kind == CallerKind::Role
        && arn.account() == caller.account
        && arn.partition() == &*caller.partition
        && role == caller.short_name();
    match (own, &caller.session) {
        (false, _) => Fit::No,
        (true, SessionName::Known(told)) if **told == name => Fit::Direct,
        (true, SessionName::Known(_)) => Fit::No,
        (true, SessionName::Unknown | SessionName::ChosenIn(_)) => Fit::OpenSession,
    }
}

fn session_parts(text: &str) -> Option<(Arn, String, String)> {
    let arn: Arn = text.parse().ok()?;
    let (role, name) = arn.resource_of("assumed-role")?.split_once('/')?;
    let (role, name) = (role.to_owned(), name.to_owned());
    Some((arn, role, name))
}

fn atom(open: Fit, pattern: &Spanned<PrincipalPattern>, caller: &Caller) -> Atom {
    if matches!(open, Fit::OpenAccount | Fit::OpenRole | Fit::OpenDirect) {
        return super::statement::symbols::atom(&pattern.value.text, &caller.name, pattern.span);
    }
    if open == Fit::OpenSession {
        let name = session_parts(&pattern.value.text).map_or_else(String::new, |(_, _, name)| name);
        return Atom::Key(KeyTest {
            key: ConditionKey::new("sts:RoleSessionName"),
            written: Written { quantifier: Quantifier::One, operator: &STRING_EQUALS, if_exists: false },
            values: Arc::new([TestValue::new(Operand::Text(Wild::literal(&name, false)), "", pattern.span)]),
            request: caller.session.request(),
            domain: Domain { may_be_absent: false, values: DomainValues::Any },
            because: Unknown::new(
                UnknownKind::ContextKey,
                "sts:RoleSessionName",
                "the statement names one session of the role, and the session's name is chosen when the role is assumed",
            )
            .at(pattern.span),
        });
    }
    if matches!(open, Fit::OpenIdOfRole | Fit::OpenIdOfUser) {
        return Atom::Opaque(id_of(caller).at(pattern.span));
    }
    if open == Fit::OpenStranger {
        let id = &pattern.value.text;
        return Atom::Opaque(
            Unknown::new(
                UnknownKind::NotSupplied,
                format!("whose canonical user id {id} is"),
                "that of an origin access identity reads by itself; that of an account lets the account say who reads",
            )
            .at(pattern.span),
        );
    }
    let account = caller.account.map_or_else(String::new, |a| a.to_string());
    Atom::Opaque(
        Unknown::missing(
            FactId::CanonicalUserId(account.into()),
            "the statement names an account by its canonical user id",
        )
        .at(pattern.span),
    )
}

/// The unique id of a caller, where somebody is named by one.
pub(super) fn id_of(caller: &Caller) -> Unknown {
    Unknown::missing(
        FactId::PrincipalId(caller.name.clone()),
        "a principal is named by its unique id, and that of the caller is not known",
    )
}

/// Whether an endpoint policy's principals cover the caller (R85).
pub(super) fn endpoint_covers<'a, W: Evaluation<'a>>(
    world: &mut W,
    scope: &Scope<PrincipalPattern>,
    caller: &Caller,
    gateway: Option<bool>,
) -> W::T {
    let covered = covered(world, scope, caller);
    // On a gateway endpoint an account stands for its root user alone.
    let by_account = match gateway {
        Some(true) => W::T::known(false),
        Some(false) => covered.account,
        None if covered.account.is_false() => covered.account,
        None => {
            let open = world.open(|| {
                Atom::Opaque(Unknown::missing(
                    FactId::EndpointType,
                    "on a gateway endpoint an account principal covers its root user alone",
                ))
            });
            covered.account.and(open)
        }
    };
    // A gateway endpoint's policy names everyone and narrows by conditions; what else it may name is not described.
    let by_role = if gateway == Some(true) && !covered.role.is_false() {
        let open = world.open(|| {
            Atom::Opaque(Unknown::undocumented(
                "Principal of a gateway endpoint's policy",
                "AWS wants `*` there, and does not say what the ARN of a role does",
            ))
        });
        covered.role.and(open)
    } else {
        covered.role
    };
    by_role.or(covered.direct).or(by_account)
}

/// The gate whose statements name principals of the resource's side.
pub(super) const RESOURCE: Gate = Gate::Resource;

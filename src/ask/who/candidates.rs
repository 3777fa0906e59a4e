//! Who comes into question, from the resource's side: whom its policy names, and who of the accounts it lets in may.

use rustc_hash::FxHashMap;

use crate::estate::{Estate, Known, SharedPolicy};
use crate::eval::CANONICAL;
use crate::name::{AccountId, ActionName, Arn, Lookup, Match, ResourcePattern};
use crate::policy::{Effect, Policy, PrincipalKind, Scope, Statement};
use crate::service::LetsIn;
use crate::trust::{Index, NamedPrincipals, Principal};

/// What somebody does, as policies name it.
#[derive(Clone, Debug)]
pub(super) struct ActionOnResource {
    pub(super) actions: Vec<ActionName>,
    pub(super) resource: String,
    /// Only the start of the resource is known.
    pub(super) is_open: bool,
    /// Who owns the resource; `None` where that is not known.
    pub(super) owner: Option<AccountId>,
}

impl ActionOnResource {
    pub(super) fn is_about(&self, statement: &Statement) -> bool {
        let actions = self.actions.iter().any(|action| match &statement.actions {
            Scope::In(list) => list.iter().any(|p| p.value.covers(action) != Some(false)),
            Scope::NotIn(list) => !list.iter().any(|p| p.value.covers(action) == Some(true)),
        });
        actions
            && match &statement.resources {
                Some(Scope::In(list)) => list.iter().any(|pattern| self.may_be(&pattern.value)),
                Some(Scope::NotIn(_)) | None => true,
            }
    }

    /// Whether a pattern may mean the resource, whoever asks.
    fn may_be(&self, pattern: &ResourcePattern) -> bool {
        let open = |_: &_| Lookup::Unknown;
        if self.is_open {
            return pattern
                .behind(&self.resource, &open)
                .map_or(true, |behind| !behind.sure.is_empty() || !behind.disputed.is_empty())
                || pattern.may_match(&self.resource, &open);
        }
        pattern.matches(&self.resource, &open) != Match::No || pattern.may_match(&self.resource, &open)
    }
}

/// Which policies may allow the action, each looked at once.
struct Allowing<'d, 'e> {
    on: &'d ActionOnResource,
    known: FxHashMap<*const Policy, bool>,
    estate: &'e Estate,
    /// Whatever their own policies say.
    anybody: bool,
}

impl<'e> Allowing<'_, 'e> {
    fn may(&mut self, principal: &Principal) -> bool {
        if self.anybody {
            return true;
        }
        let Some(identity) = principal.identity(self.estate) else { return false };
        let Known::Provided(list) = identity.policies() else { return true };
        list.iter().any(|policy: &SharedPolicy| {
            *self.known.entry(std::ptr::from_ref::<Policy>(policy)).or_insert_with(|| {
                let allows = |s: &&Statement| s.effect.value == Effect::Allow && self.on.is_about(s);
                policy.statements.iter().any(|s| allows(&s))
            })
        })
    }

    /// Who of an account may.
    fn of(&mut self, index: &Index<'e>, account: AccountId, out: &mut Vec<Principal>) {
        out.extend(index.members(account).iter().filter(|principal| self.may(principal)).cloned());
        out.push(Principal::Account(account));
    }
}

/// Everyone who comes into question, each once; with `anybody`, whatever their own policies say. `named` is whom the
/// conditions of all policies on the resource's side name.
pub(super) fn candidates<'e>(
    estate: &'e Estate,
    index: &Index<'e>,
    on: &ActionOnResource,
    side: &LetsIn<'e>,
    named: &NamedPrincipals,
    anybody: bool,
) -> Vec<Principal> {
    let mut allowing = Allowing { on, known: FxHashMap::default(), estate, anybody };
    let mut out = Vec::new();
    if let Some(owner) = on.owner {
        allowing.of(index, owner, &mut out);
    }
    // A resource-based policy that is not known may let in by itself whoever is of the same account, which may be any.
    if side.is_open {
        let accounts = on.owner.into_iter().chain(index.accounts().filter(|_| on.owner.is_none()));
        accounts.for_each(|account| out.extend(index.members(account).iter().cloned()));
    }
    if side.grants_are_open {
        index.accounts().for_each(|account| out.extend(index.members(account).iter().cloned()));
    }
    let everyone = |allowing: &mut Allowing<'_, 'e>, out: &mut Vec<Principal>| {
        for account in index.accounts() {
            out.extend(index.members(account).iter().filter(|principal| allowing.may(principal)).cloned());
        }
    };
    if side.is_open
        || (on.owner.is_none() && !side.own_account_only)
        || (side.own_account_only && on.owner.is_none())
    {
        everyone(&mut allowing, &mut out);
    }
    let allows = |s: &&Statement| s.effect.value == Effect::Allow && on.is_about(s);
    for statement in side.policies.iter().flat_map(|policy| policy.statements.iter()).filter(allows) {
        let Some(scope) = &statement.principals else { continue };
        let mut everybody = scope.is_negated();
        for pattern in scope.listed().iter().filter(|_| !scope.is_negated()) {
            let text = &*pattern.value.text;
            let unlisted = || Principal::Unlisted(text.into());
            match pattern.value.kind {
                PrincipalKind::Everyone => everybody = true,
                PrincipalKind::Account(account) => allowing.of(index, account, &mut out),
                PrincipalKind::Role | PrincipalKind::User => {
                    out.push(index.arn(text).unwrap_or_else(unlisted));
                }
                PrincipalKind::Session => out.push(session(index, text).unwrap_or_else(unlisted)),
                PrincipalKind::FederatedUser | PrincipalKind::Unresolved => out.push(unlisted()),
                PrincipalKind::UniqueId => {
                    out.extend(index.id(text));
                    out.extend_from_slice(index.may_have_id(text));
                }
                PrincipalKind::Service => out.push(Principal::Service(text.into())),
                PrincipalKind::Canonical => {
                    everyone(&mut allowing, &mut out);
                    out.push(Principal::Unlisted(format!("{CANONICAL}{text}").into()));
                }
                PrincipalKind::OriginAccess => out.push(unlisted()),
                PrincipalKind::Federated => {}
            }
        }
        if everybody {
            everyone(&mut allowing, &mut out);
            if let Some(owner) = on.owner {
                out.extend(index.members(owner).iter().cloned());
            }
            out.extend(named.principals(estate, on.owner));
            out.push(Principal::AnyAccount);
            if side.lets_public {
                out.push(Principal::Public);
            }
        }
    }
    for grant in side.grants {
        let text = grant.grantee.as_str();
        let known = index.arn(text).or_else(|| session(index, text));
        match (
            known,
            text.parse::<Arn>().ok().filter(|arn| arn.resource() == "root").and_then(|arn| arn.account()),
        ) {
            (Some(known), _) => out.push(known),
            (None, Some(account)) => {
                out.extend(index.members(account).iter().cloned());
                out.push(Principal::Account(account));
            }
            (None, None) if text.parse::<Arn>().is_ok() => out.push(Principal::Unlisted(text.into())),
            (None, None) => out.push(Principal::Service(text.into())),
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// The role of a session that is named.
fn session(index: &Index<'_>, text: &str) -> Option<Principal> {
    let arn: Arn = text.parse().ok()?;
    let (name, _) = arn.resource_of("assumed-role")?.split_once('/')?;
    index.role_named(arn.account()?, name)
}

//! Who asks, as variables: the ARN of an identity, the name of its session, or what else a policy can name.
//!
//! A principal of an account is told by `aws:PrincipalArn`, so that what a statement says of it in `Principal` and
//! what it says in a condition are about one variable. Whoever has no such ARN is a variable of its own: a service, a
//! provider, an id. A request that has neither is anonymous.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::scope::{NOWHERE, present, test};
use crate::logic::{Atom, Cond, Domain, DomainValues, KeyTest, Truth, Unknown, UnknownKind};
use crate::name::keys::Subject;
use crate::name::{AccountId, Arn, ArnPattern, ConditionKey, Wild, partition as partitions};
use crate::operator::{Family, Operand, TestValue, Written};
use crate::policy::{PrincipalKind, PrincipalPattern, Scope, Test};
use crate::source::{Span, Spanned};

/// The variable of callers that are no identities of an account.
pub const PRINCIPAL: &str = "principal";
/// The variable of the name of a role's session.
pub const SESSION: &str = "session name";
const IDENTITY: &str = "aws:PrincipalArn";

/// What `aws:PrincipalArn` can hold at all; the account has twelve digits.
const ANY_IDENTITY: &str = "arn:aws*:?*::????????????:?*";
const ROOT: &str = "arn:aws*:iam::????????????:root";
/// What stands behind the partition in the ARN of an identity.
const ROLE: &str = "iam::????????????:role/?*";
const IDENTITIES: &[&str] =
    &[ROLE, "iam::????????????:root", "iam::????????????:user/?*", "sts::????????????:federated-user/?*"];

fn arn(text: &str) -> Option<Operand> {
    ArnPattern::try_new(text, false).ok().map(Operand::Arn)
}

fn values() -> DomainValues {
    DomainValues::Matching(Arc::new(Wild::glob(ANY_IDENTITY, false)))
}

/// The identity's ARN fits one of some patterns.
fn like<S: AsRef<str>>(patterns: impl IntoIterator<Item = S>, at: Span) -> Cond {
    let operands = patterns.into_iter().filter_map(|p| arn(p.as_ref())).collect();
    test(IDENTITY, "ArnLike", operands, values(), true, at)
}

fn other(texts: Vec<&str>, at: Span) -> Cond {
    let operands = texts.into_iter().map(|t| Operand::Text(Wild::literal(t, false))).collect();
    test(PRINCIPAL, "StringEquals", operands, DomainValues::Any, true, at)
}

/// Who the entries of a list name, apart by what they name.
struct NamedPatterns {
    everyone: bool,
    accounts: Cond,
    /// Roles and their sessions.
    roles: Cond,
    /// One session of a role, and that role where the session is not known.
    sessions: Cond,
    roles_of_sessions: Cond,
    /// Users, and sessions of federated users.
    users: Cond,
    others: Cond,
    canonical: bool,
}

impl NamedPatterns {
    fn of(list: &[Spanned<PrincipalPattern>]) -> Self {
        let (mut accounts, mut roles, mut users, mut others) = (vec![], vec![], vec![], vec![]);
        let mut named = Self {
            everyone: false,
            accounts: Cond::Known(false),
            roles: Cond::Known(false),
            sessions: Cond::Known(false),
            roles_of_sessions: Cond::Known(false),
            users: Cond::Known(false),
            others: Cond::Known(false),
            canonical: false,
        };
        for pattern in list {
            let text = &*pattern.value.text;
            match pattern.value.kind {
                PrincipalKind::Everyone => named.everyone = true,
                PrincipalKind::Account(account) => accounts.push(of_account(account)),
                PrincipalKind::Role => roles.push(text),
                PrincipalKind::User | PrincipalKind::FederatedUser => users.push(text),
                PrincipalKind::Session => {
                    let Some((role, session)) = session(text, pattern.span) else { continue };
                    named.roles_of_sessions = named.roles_of_sessions.or(role.clone());
                    named.sessions = named.sessions.or(role.and(session));
                }
                PrincipalKind::Canonical => {
                    named.canonical = true;
                    others.push(text);
                }
                PrincipalKind::Service
                | PrincipalKind::Federated
                | PrincipalKind::UniqueId
                | PrincipalKind::OriginAccess
                | PrincipalKind::Unresolved => others.push(text),
            }
        }
        let at = list.first().map_or(NOWHERE, |p| p.span);
        named.accounts = like(accounts, at);
        named.roles = like(roles, at);
        named.users = like(users, at);
        named.others = other(others, at);
        named
    }
}

/// All identities of an account, which is in one partition whether or not the entry names it.
fn of_account(account: AccountId) -> String {
    format!("arn:*:*:*:{account}:*")
}

/// The role of a session as far as the session's ARN tells it, and the session's name.
fn session(text: &str, at: Span) -> Option<(Cond, Cond)> {
    let arn: Arn = text.parse().ok()?;
    let (role, name) = arn.resource_of("assumed-role")?.split_once('/')?;
    let start = format!("arn:{}:iam::{}:role/", arn.partition(), arn.account_text());
    // The ARN of a session lacks the path of its role (R28).
    let role = like([format!("{start}{role}"), format!("{start}*/{role}")], at);
    let name = vec![Operand::Text(Wild::literal(name, false))];
    Some((role, test(SESSION, "StringEquals", name, DomainValues::Any, true, at)))
}

/// When a statement's principals cover whoever asks, in any form.
pub(super) fn covered(scope: &Scope<PrincipalPattern>) -> Cond {
    match scope {
        Scope::In(list) => {
            let named = NamedPatterns::of(list);
            if named.everyone {
                return Cond::Known(true);
            }
            named.accounts.or(named.roles).or(named.sessions).or(named.users).or(named.others)
        }
        Scope::NotIn(list) => outside(&NamedPatterns::of(list), list.first().map(|p| p.span)),
    }
}

/// When a list names nobody of those it could: no identity, and nothing else.
pub(super) fn unnamed(scope: &Scope<PrincipalPattern>) -> Cond {
    let named = NamedPatterns::of(scope.listed());
    let any = named.accounts.or(named.roles).or(named.users).or(named.roles_of_sessions);
    any.not().and(present(&ConditionKey::new(PRINCIPAL), DomainValues::Any).not())
}

/// Some session of a role asks, and its name is known.
pub fn some_session() -> Cond {
    present(&ConditionKey::new(SESSION), DomainValues::Any)
}

/// Some identity of an account asks.
pub fn some_identity() -> Cond {
    present(&ConditionKey::new(IDENTITY), values())
}

/// Whether `NotPrincipal` covers who asks, that is, whether it is not exempt (R32). Nobody is taken to have a
/// permissions boundary.
fn outside(named: &NamedPatterns, at: Option<Span>) -> Cond {
    if named.everyone {
        return Cond::Known(false);
    }
    let root = named.accounts.clone().and(like([ROOT], NOWHERE));
    // The role, its account, and on some services the session.
    let role = named.accounts.clone().and(named.roles.clone()).and(named.sessions.clone());
    let user = named.accounts.clone().and(named.users.clone());
    let exempt = role.or(user).or(root).or(named.others.clone());
    let identity =
        if named.canonical { present(&ConditionKey::new(IDENTITY), values()) } else { Cond::Known(false) };
    let mentioned =
        named.roles.clone().or(named.users.clone()).or(named.roles_of_sessions.clone()).or(identity);
    let mut unknown = Unknown::undocumented(
        "NotPrincipal",
        "an exemption must list the role, its account and on some services the session; AWS does not say what a shorter list does",
    );
    unknown.at = at;
    let open = Cond::atom(Atom::Opaque(unknown));
    exempt.not().and(mentioned.not().or(open))
}

/// Whether a statement's principals cover a caller that is no identity of an account.
pub(super) fn names(scope: &Scope<PrincipalPattern>, caller: &str) -> bool {
    let named =
        |p: &Spanned<PrincipalPattern>| p.value.kind == PrincipalKind::Everyone || *p.value.text == *caller;
    scope.listed().iter().any(named) != scope.is_negated()
}

/// A condition on the identity's ARN, or on its account, which the ARN holds; none for other conditions.
pub(super) fn of_identity(line: &Test, may_be_absent: bool) -> Option<Cond> {
    let written = line.written();
    let (written, values): (Written, Arc<[TestValue]>) = match line.key.value.folded() {
        "aws:principalarn" => (written, Arc::clone(&line.values)),
        "aws:principalaccount" | "kms:calleraccount" => match line.operator.family {
            Family::Null => (written, Arc::clone(&line.values)),
            Family::String => {
                let name = if line.operator.negated { "ArnNotLike" } else { "ArnLike" };
                let operator = Written::parse(name)?.operator;
                let globs = line.operator.name.ends_with("Like");
                let values: Option<Vec<TestValue>> =
                    line.values.iter().map(|v| by_account(v, globs)).collect();
                (Written { operator, ..written }, values?.into())
            }
            Family::Arn
            | Family::Binary
            | Family::Bool
            | Family::Date
            | Family::IpAddress
            | Family::Numeric => return None,
        },
        _ => return None,
    };
    if values.iter().any(|v| v.operand.has_variables()) || values.is_empty() {
        return None;
    }
    Some(Cond::atom(Atom::Key(KeyTest {
        key: ConditionKey::new(IDENTITY),
        written,
        values,
        request: "",
        domain: Domain { may_be_absent, values: self::values() },
        because: Unknown::new(UnknownKind::ContextKey, IDENTITY, "the request says").at(line.key.span),
    })))
}

/// The ARNs of the accounts a value is about.
fn by_account(value: &TestValue, globs: bool) -> Option<TestValue> {
    let text = value.text();
    let plain = |c: char| c.is_ascii_digit() || (globs && matches!(c, '*' | '?'));
    if text.is_empty() || !text.chars().all(plain) {
        return None;
    }
    Some(TestValue::new(arn(&format!("arn:*:*:*:{text}:*"))?, "", value.span))
}

/// The partition that an ARN names.
pub(super) fn partition(arn: &str) -> Option<&str> {
    let partition = arn.strip_prefix("arn:")?.split(':').next()?;
    partitions::find(partition).map(|known| known.id)
}

/// Keys that tell something of an identity, so that a request without one lacks them.
fn tells_of_identity(key: &ConditionKey) -> bool {
    key.facts().is_some_and(|facts| facts.subject == Subject::Identity && facts.name != IDENTITY)
}

/// What holds of every caller, as far as some keys tell of it.
pub(super) fn possible<'k>(
    keys: impl Iterator<Item = &'k ConditionKey>,
    has_principals: bool,
    anonymous: bool,
    partitions: &BTreeSet<String>,
) -> Cond {
    let like_any = |kinds: &[&str]| {
        let each = |kind: &&str| partitions.iter().map(|p| format!("arn:{p}:{kind}")).collect::<Vec<_>>();
        like(kinds.iter().flat_map(each), NOWHERE)
    };
    let keys: Vec<&ConditionKey> = keys.collect();
    let has = |name: &str| keys.iter().any(|k| k.folded() == name);
    let identity = || present(&ConditionKey::new(IDENTITY), values());
    let mut all = Cond::Known(true);
    if has("aws:principalarn") || has(SESSION) {
        // Policies without principals belong to an identity.
        let nobody = if has_principals { identity().not() } else { Cond::Known(false) };
        all = all.and(nobody.or(like_any(IDENTITIES)));
    }
    if has(SESSION) {
        let session = present(&ConditionKey::new(SESSION), DomainValues::Any);
        all = all.and(session.not().or(like_any(&[ROLE])));
    }
    if !has_principals {
        return all;
    }
    let other = || present(&ConditionKey::new(PRINCIPAL), DomainValues::Any);
    if has("aws:principalarn") && has(PRINCIPAL) {
        all = all.and(identity().and(other()).not());
    }
    let mut told: Vec<&ConditionKey> = Vec::new();
    for key in keys.into_iter().filter(|k| tells_of_identity(k)) {
        if !told.contains(&key) {
            told.push(key);
            all = all.and(present(key, DomainValues::Any).not().or(identity()));
        }
    }
    if !anonymous {
        all = all.and(identity().or(other()));
    }
    all
}

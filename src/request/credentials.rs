//! What the credentials that sign a request put into it: MFA, the time they were issued, the provider they come from (R46,
//! R59, R60).
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-federatedprovider>

use super::keys::Who;
use crate::eval::{Caller, CallerKind, Context, ContextValue, OpenKey};
use crate::logic::{Unknown, UnknownKind};
use crate::name::keys::{self, KeyFacts, Subject};
use crate::name::{ConditionKey, symbol};
use crate::policy::{Effect, Policy, PrincipalKind, Scope};
use crate::service::{among, open, undocumented};

const MFA: &str = "aws:MultiFactorAuthPresent";
const MFA_AGE: &str = "aws:MultiFactorAuthAge";
const ISSUED: &str = "aws:TokenIssueTime";
const EC2: [&str; 2] = ["ec2:", "aws:Ec2Instance"];
const PROVIDER: &str = "aws:FederatedProvider";

/// Keys that a request with access keys lacks, and that the forwarded one has, which temporary credentials sign.
const OF_TEMPORARY: [&str; 2] = ["aws:multifactorauthpresent", "aws:tokenissuetime"];

/// Set the keys of the session.
pub(super) fn add(c: &mut Context, who: &Who<'_>) {
    let sessions = Sessions::of(who);
    if sessions.access_keys && who.is_forwarded {
        c.keep_to_itself(&OF_TEMPORARY);
    }
    mfa(c, &sessions, who.is_forwarded);
    c.set(ISSUED, open(sessions.access_keys && !who.is_forwarded, "it is when the session was made"));
    c.set(PROVIDER, provider(&sessions));
    // Credentials of an EC2 instance carry these; which of them survive into the KMS request is not documented (R60).
    let ec2 = if !sessions.ec2 {
        ContextValue::Absent
    } else if who.is_forwarded {
        undocumented("which keys of EC2 credentials S3 passes on to KMS is not documented")
    } else {
        open(true, "only credentials of an EC2 instance have it")
    };
    for family in EC2 {
        c.set_family(family, ec2.clone());
    }
    if !sessions.federated {
        c.without_provider();
    }
    if sessions.access_keys && !who.caller.unnamed {
        // Temporary credentials of its own tell when they were made and whether with MFA; the rest is of roles.
        let of_roles = |key: &&KeyFacts| ![MFA, MFA_AGE, ISSUED].contains(&key.name);
        for key in keys::about(Subject::Session).filter(of_roles) {
            c.set(key.name, ContextValue::Absent);
        }
    }
}

/// An anonymous request has no credentials at all.
pub(super) fn add_none(c: &mut Context) {
    for key in [PROVIDER, ISSUED, "aws:SourceIdentity"] {
        c.set(key, ContextValue::Absent);
    }
    for family in EC2 {
        c.set_family(family, ContextValue::Absent);
    }
}

/// What a key told to be absent means for the request that S3 makes: temporary credentials sign that one.
pub(super) fn forward_absence(c: &mut Context, caller: &Caller) {
    if !may_have_access_keys(caller) {
        return;
    }
    let is_absent = |c: &Context, key: &str| matches!(c.get(&ConditionKey::new(key)), ContextValue::Absent);
    if is_absent(c, MFA) {
        c.set(MFA, ContextValue::one("false"));
    }
    if is_absent(c, ISSUED) {
        c.set(ISSUED, open(false, "it is when the session was made"));
    }
}

/// The key is missing without temporary credentials and for federated identities, false for sessions without MFA (R59).
fn mfa(c: &mut Context, sessions: &Sessions<'_>, is_forwarded: bool) {
    const WHY: &str = "it depends on the credentials that sign the request";
    let may_be_absent = (sessions.access_keys && !is_forwarded) || sessions.federated;
    let is_never_there =
        sessions.federated && !sessions.people && !sessions.services && !sessions.access_keys;
    let (present, age) = match (sessions.people, may_be_absent) {
        _ if is_never_there => (ContextValue::Absent, ContextValue::Absent),
        (true, true) => (open(true, WHY), open(true, WHY)),
        (true, false) => (open(false, WHY), open(true, WHY)),
        (false, true) => (among(&[None, Some("false")], WHY), ContextValue::Absent),
        (false, false) => (ContextValue::one("false"), ContextValue::Absent),
    };
    c.set(MFA, present);
    c.set(MFA_AGE, age);
}

/// The provider of a session that only users of a provider have (R46).
fn provider(sessions: &Sessions<'_>) -> ContextValue {
    const WHY: &str = "it depends on who assumed the role";
    let others = sessions.people || sessions.services || sessions.access_keys;
    match (sessions.federated, &sessions.providers, others) {
        (false, _, _) => ContextValue::Absent,
        (true, Some(providers), false) if providers.len() == 1 => {
            providers.first().map_or(ContextValue::Absent, |only| ContextValue::one(*only))
        }
        (true, Some(providers), _) => {
            let absent = others.then_some(None);
            let named = providers.iter().map(|name| Some(*name));
            let because = Unknown::new(UnknownKind::ContextKey, "", WHY);
            ContextValue::Open(OpenKey::one_of(absent.into_iter().chain(named), because))
        }
        (true, None, _) => open(others, WHY),
    }
}

fn may_have_access_keys(caller: &Caller) -> bool {
    caller.unnamed || matches!(caller.kind, CallerKind::User | CallerKind::Root)
}

/// The kinds of credentials that a caller may have.
struct Sessions<'w> {
    /// Access keys of a user, or of the root user.
    access_keys: bool,
    /// Made by or for a principal of an account, who may have used MFA.
    people: bool,
    /// Made by a service.
    services: bool,
    /// An EC2 instance's.
    ec2: bool,
    /// Made for a user of a web identity or SAML provider.
    federated: bool,
    /// All such providers, where they are known.
    providers: Option<Vec<&'w str>>,
}

impl<'w> Sessions<'w> {
    const NONE: Self = Self {
        access_keys: false,
        people: false,
        services: false,
        ec2: false,
        federated: false,
        providers: Some(Vec::new()),
    };

    /// Of a role of which nobody told the trust policy.
    const OF_ANY_ROLE: Self = Self {
        access_keys: false,
        people: true,
        services: true,
        ec2: true,
        federated: true,
        providers: None,
    };

    fn of(who: &Who<'w>) -> Self {
        if who.caller.unnamed {
            return Self { access_keys: true, ..Self::OF_ANY_ROLE };
        }
        match who.caller.kind {
            CallerKind::User | CallerKind::Root => Self { access_keys: true, people: true, ..Self::NONE },
            // GetFederationToken takes no MFA code; no page says whether the key is there all the same.
            CallerKind::FederatedUser => {
                Self { services: true, federated: true, providers: None, ..Self::NONE }
            }
            CallerKind::Role
            | CallerKind::Service
            | CallerKind::Federated
            | CallerKind::KnownToS3
            | CallerKind::Anonymous => who
                .role
                .and_then(|role| role.trust.provided())
                .map_or(Self::OF_ANY_ROLE, |trust| Self::trusted(trust)),
        }
    }

    /// Those that a trust policy lets in.
    fn trusted(trust: &'w Policy) -> Self {
        let mut out = Self::NONE;
        for statement in trust.statements.iter().filter(|s| s.effect.value == Effect::Allow) {
            let Some(Scope::In(list)) = &statement.principals else { return Self::OF_ANY_ROLE };
            for principal in list {
                let text: &str = &principal.value.text;
                match principal.value.kind {
                    PrincipalKind::Service => {
                        out.services = true;
                        out.ec2 |= text.starts_with("ec2.");
                    }
                    PrincipalKind::Federated => {
                        out.federated = true;
                        match &mut out.providers {
                            Some(_) if symbol::is_unknown_in(text) => out.providers = None,
                            Some(providers) if !providers.contains(&text) => providers.push(text),
                            Some(_) | None => {}
                        }
                    }
                    PrincipalKind::Everyone | PrincipalKind::Unresolved => return Self::OF_ANY_ROLE,
                    PrincipalKind::Account(_)
                    | PrincipalKind::Role
                    | PrincipalKind::User
                    | PrincipalKind::Session
                    | PrincipalKind::FederatedUser
                    | PrincipalKind::UniqueId
                    | PrincipalKind::OriginAccess
                    | PrincipalKind::Canonical => out.people = true,
                }
            }
        }
        out
    }
}

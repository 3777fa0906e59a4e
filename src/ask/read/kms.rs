//! The KMS leg: may the role's read be decrypted under this key?

use super::context;
use super::encryption::Candidate;
use super::s3::{boundary, identity, session};
use super::setting::Setting;
use crate::ask::leg::{Decided, decide_leg};
use crate::ask::{Block, GateVerdict};
use crate::estate::{Known, SharedPolicy, aws_s3_key_policy, default_key_policy};
use crate::eval::{Applicable, Gate, Request, ResourceSide, Side};
use crate::logic::{Atom, Cond, Solver, Truth, Unknown, UnknownKind};
use crate::name::ActionName;
use crate::operator::{Family, Quantifier};
use crate::policy::{Policy, Statement};
use crate::request::Assumed;
use crate::request::guardrails::{Guardrail, Hierarchy, hierarchy};
use crate::source::SourceId;

/// Decide the leg, and tell what stops it besides policies.
pub(super) fn decide(
    setting: &Setting<'_>,
    candidate: &Candidate<'_>,
    assumed: &mut Assumed,
) -> (Decided, Option<(Block, String)>) {
    let strict = setting.question.strict;
    let action = ActionName::of("kms", "Decrypt");
    let context = context::kms(setting, candidate);
    let account = candidate.arn.account();
    let exempt = setting.asker.is_service_linked();
    let scps = if exempt {
        Hierarchy::None
    } else {
        hierarchy(setting.estate, Guardrail::Scp, setting.caller.account, strict, assumed)
    };
    // RCPs do not apply to AWS managed keys (R79).
    let rcps = if exempt || candidate.managed {
        Hierarchy::None
    } else {
        hierarchy(setting.estate, Guardrail::Rcp, account, strict, assumed)
    };
    let policy = key_policy(setting, candidate);
    let (grants, grants_unknown) = match candidate.key.map(|k| &k.grants) {
        Some(Known::Told(grants)) => (Known::Told(grants.as_slice()), None),
        // Nobody can make grants on an AWS managed key for others, nor on a key that only stands in.
        _ if candidate.managed || candidate.stand_in => (Known::Told([].as_slice()), None),
        Some(Known::NotTold) | None if strict => (
            Known::NotTold,
            Some(Unknown::not_supplied(
                format!("grants of {}", candidate.arn),
                "they were not supplied, and the question is strict",
            )),
        ),
        Some(Known::NotTold) | None => {
            assumed.note("no KMS grants", format!("none were supplied for {}", candidate.arn));
            (Known::Told([].as_slice()), None)
        }
    };
    let applicable = Applicable {
        identity: identity(setting),
        boundary: boundary(setting, assumed),
        session: session(setting, assumed),
        scps: scps.as_levels(),
        rcps: rcps.as_levels(),
        resource: ResourceSide {
            grants,
            grants_unknown,
            ..ResourceSide::anchored(match &policy {
                Ok(policy) => Side::Policies(std::slice::from_ref(policy)),
                Err(unknown) => Side::NotTold { what: unknown.clone(), denies: true },
            })
        },
        ..Applicable::default()
    };
    let request = Request {
        caller: &setting.caller,
        action: &action,
        resource: candidate.arn.as_str(),
        within: None,
        resource_account: account,
        context: &context,
    };
    let notes = |gate: Gate, verdict: GateVerdict| note(setting, candidate, gate, verdict);
    let mut decided = decide_leg(&applicable, &request, &notes, &setting.facts);
    let block = block(setting, candidate);
    if block.is_none() {
        state(setting, candidate, assumed, &mut decided);
    }
    (decided, block)
}

fn key_policy(setting: &Setting<'_>, candidate: &Candidate<'_>) -> Result<SharedPolicy, Unknown> {
    let (arn, account) = (&candidate.arn, candidate.arn.account());
    let told = candidate.key.and_then(|k| k.policy.told());
    match (told, account) {
        // "default" for an AWS managed key is the policy AWS gives it.
        (told, Some(account))
            if candidate.managed && told.is_none_or(|policy| policy.span.source == SourceId::LONE) =>
        {
            Ok(aws_s3_key_policy(arn.partition(), account, arn.region()))
        }
        (Some(policy), _) => Ok(without_aliases(policy)),
        (None, _) if candidate.unresolved => Err(Unknown::not_supplied(
            format!("key of {}", setting.question.object),
            "the name of its key leads to no key that was told, so neither is its key policy",
        )),
        (None, Some(account)) if candidate.stand_in => Ok(default_key_policy(arn.partition(), account)),
        (None, _) => {
            let held = if setting.estate.key(arn).is_some() {
                "its key policy was not supplied"
            } else {
                "the estate holds no key of this ARN"
            };
            Err(Unknown::not_supplied(format!("key policy of {arn}"), held))
        }
    }
}

/// kms:ResourceAliases works in IAM policies alone (R61): in a key policy a statement that asks for an alias never
/// matches.
fn without_aliases(policy: &SharedPolicy) -> SharedPolicy {
    let asks = |statement: &Statement| {
        statement.tests.iter().any(|test| {
            test.key.value.folded() == "kms:resourcealiases"
                && !test.operator.negated
                && !test.if_exists
                && test.quantifier != Quantifier::All
                && test.operator.family != Family::Null
        })
    };
    if !policy.statements.iter().any(asks) {
        return SharedPolicy::clone(policy);
    }
    let mut left = Policy::clone(policy);
    left.statements = left.statements.into_iter().filter(|statement| !asks(statement)).collect();
    SharedPolicy::new(left)
}

/// Facts of the key that stop an authorized read (R92, R93, R95).
fn block(setting: &Setting<'_>, candidate: &Candidate<'_>) -> Option<(Block, String)> {
    let arn = &candidate.arn;
    if let Some(region) = &setting.region
        && arn.region() != region
    {
        return Some((
            Block::Region,
            format!(
                "the key is in {} and the bucket in {region}: S3 uses only keys of its own Region",
                arn.region()
            ),
        ));
    }
    let key = candidate.key?;
    if let Known::Told(state) = &key.state
        && !state.value.decrypts()
    {
        return Some((
            Block::KeyState,
            format!(
                "policies allow the read, but the key is in state {}: KMS refuses to decrypt",
                state.value.as_str()
            ),
        ));
    }
    let spec = key.spec.as_deref().unwrap_or("SYMMETRIC_DEFAULT");
    let usage = key.usage.as_deref().unwrap_or("ENCRYPT_DECRYPT");
    (spec != "SYMMETRIC_DEFAULT" || usage != "ENCRYPT_DECRYPT").then(|| {
        (Block::KeyType, format!("the key is {spec} for {usage}; S3 uses only symmetric encryption keys"))
    })
}

/// A key whose state nobody told is taken to be enabled, or left open in a strict question.
fn state(setting: &Setting<'_>, candidate: &Candidate<'_>, assumed: &mut Assumed, decided: &mut Decided) {
    let Some(key) = candidate.key else {
        if !candidate.managed && !candidate.stand_in {
            assumed.note("the key is enabled", format!("the state of {} was not supplied", candidate.arn));
        }
        return;
    };
    let open = match &key.usable_if {
        Some(symbol) => {
            let why = format!("it decides whether {} can be used", candidate.arn);
            Some(Unknown::new(UnknownKind::Unresolved, symbol.clone(), why))
        }
        None if key.state.is_told() || candidate.managed => return,
        None => setting.question.strict.then(|| {
            Unknown::not_supplied(
                format!("state of {}", candidate.arn),
                "it was not supplied, and the question is strict",
            )
        }),
    };
    if let Some(open) = open {
        let open = Cond::atom(Atom::Opaque(open));
        decided.allowed = decided.allowed.clone().and(open);
        let mut solver = Solver::with_facts([&decided.allowed, &decided.denied], &setting.facts);
        let (verdict, denial) = crate::ask::leg::verdict(&mut solver, &decided.allowed, &decided.denied);
        decided.leg.verdict = verdict;
        decided.leg.denial = denial;
    } else {
        assumed.note("the key is enabled", format!("the state of {} was not supplied", candidate.arn));
    }
}

fn note(
    setting: &Setting<'_>,
    candidate: &Candidate<'_>,
    gate: Gate,
    verdict: GateVerdict,
) -> Option<String> {
    let role = setting.asker.short_name();
    let account = setting.caller.account.map_or_else(String::new, |a| a.to_string());
    let own = candidate.arn.account() == setting.caller.account;
    match (gate, verdict) {
        (Gate::Identity, GateVerdict::Denied) => {
            Some(format!("no identity-based policy of {role} allows it"))
        }
        (Gate::Identity, GateVerdict::NotApplicable) => {
            Some("the key policy or a grant lets the role in by itself".to_owned())
        }
        (Gate::Resource, GateVerdict::Denied) if candidate.managed && !own => Some(format!(
            "aws/s3 is the AWS managed key of another account; its fixed policy lets in only principals of {}",
            candidate.arn.account_text()
        )),
        (Gate::Resource, GateVerdict::Denied) if own => Some(format!(
            "it names neither {role} nor lets account {account} delegate; IAM alone never opens a key"
        )),
        (Gate::Resource, GateVerdict::Denied) => {
            Some(format!("it lets in neither {role} nor account {account}"))
        }
        (Gate::Resource, _) if candidate.managed => Some("the fixed policy of aws/s3".to_owned()),
        (Gate::Resource, GateVerdict::NotApplicable) => Some("a grant stands in for it".to_owned()),
        (Gate::Grant, GateVerdict::Denied) => Some(
            "a grant names the role, but its encryption-context constraint does not fit this object"
                .to_owned(),
        ),
        (_, _) => None,
    }
}

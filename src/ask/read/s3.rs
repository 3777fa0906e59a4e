//! The S3 leg: may the role ask for this object?

use std::sync::Arc;

use super::context;
use super::setting::Setting;
use crate::ask::GateVerdict;
use crate::ask::leg::{Decided, decide_leg};
use crate::estate::{
    Acl, EndpointType, Known, Ownership as ObjectOwnership, PublicAccessBlock, SharedPolicy,
};
use crate::eval::{Applicable, CallerKind, Gate, Limit, Ownership, Request, ResourceSide, Side, Target};
use crate::json;
use crate::logic::Unknown;
use crate::name::{AccountId, ActionName};
use crate::policy::{PolicyKind, lower};
use crate::request::Assumed;
use crate::request::guardrails::{self, Guardrail, Hierarchy, hierarchy};
use crate::source::SourceId;

pub(super) fn decide(setting: &Setting<'_>, assumed: &mut Assumed) -> Decided {
    let strict = setting.question.strict;
    let name = if setting.question.version_id.is_some() { "GetObjectVersion" } else { "GetObject" };
    let action = ActionName::of("s3", name);
    let context = context::s3(setting);
    let scps = if setting.asker.is_service_linked() {
        Hierarchy::None
    } else {
        hierarchy(setting.estate, Guardrail::Scp, setting.caller.account, strict, assumed)
    };
    let rcps = if setting.asker.is_service_linked() {
        Hierarchy::None
    } else {
        hierarchy(setting.estate, Guardrail::Rcp, setting.bucket_account(), strict, assumed)
    };
    let (ownership, owner) = ownership(setting, assumed);
    let access_point = access_point_policies(setting, assumed);
    let applicable = Applicable {
        identity: identity(setting),
        boundary: boundary(setting, assumed),
        session: session(setting, assumed),
        scps: scps.as_levels(),
        rcps: rcps.as_levels(),
        resource: ResourceSide {
            policy: bucket_policy(setting, assumed),
            access_point: access_point.as_ref().map(PointPolicies::side),
            behind: setting
                .access_point
                .map(|_| Target { arn: &setting.object_arn, within: setting.within.as_ref() }),
            anchored: false,
            account_unknown: owner.is_none().then(|| {
                Unknown::not_supplied(
                    format!("account of the bucket {}", setting.bucket.name),
                    "who owns the bucket decides whether the read crosses accounts",
                )
            }),
            grants: Known::Told(&[]),
            grants_unknown: None,
            ownership,
            restrict_public: restrict_public(setting, assumed),
        },
        endpoint: endpoint(setting, assumed),
        endpoint_is_gateway: setting
            .endpoint
            .and_then(|e| e.kind.told())
            .map(|k| *k == EndpointType::Gateway),
    };
    let request = Request {
        caller: &setting.caller,
        action: &action,
        resource: setting.access_point_object_arn.as_deref().unwrap_or(&setting.object_arn),
        within: match &setting.access_point_object_arn {
            Some(_) => setting.access_point_within.as_ref(),
            None => setting.within.as_ref(),
        },
        resource_account: owner,
        context: &context,
    };
    let notes = |gate: Gate, verdict: GateVerdict| note(setting, gate, verdict);
    decide_leg(&applicable, &request, &notes, &setting.facts)
}

pub(super) fn identity<'e>(setting: &Setting<'e>) -> Side<'e> {
    match setting.asker.policies() {
        Known::Told(policies) if policies.is_empty() => Side::Nothing,
        Known::Told(policies) => Side::Policies(policies),
        Known::NotTold => Side::NotTold {
            what: Unknown::not_supplied(
                format!("identity-based policies of {}", setting.asker.name()),
                "they were not supplied",
            ),
            denies: true,
        },
    }
}

pub(super) fn boundary<'e>(setting: &'e Setting<'_>, assumed: &mut Assumed) -> Limit<'e> {
    guardrails::boundary(setting.asker.boundary(), &setting.caller, setting.question.strict, assumed)
}

pub(super) fn session<'e>(setting: &'e Setting<'_>, assumed: &mut Assumed) -> Limit<'e> {
    let question = setting.question;
    // Only a role's session has session policies.
    if setting.caller.kind != CallerKind::Role {
        return Limit::None;
    }
    guardrails::session(&question.circumstances.session, question.strict, assumed)
}

fn bucket_policy<'e>(setting: &Setting<'e>, assumed: &mut Assumed) -> Side<'e> {
    match &setting.bucket.policy {
        Known::Told(None) => Side::Nothing,
        Known::Told(Some(policy)) => Side::Policies(std::slice::from_ref(policy)),
        Known::NotTold => {
            let denies = setting.question.strict;
            if !denies {
                assumed.note(
                    "no Deny in the bucket policy",
                    format!("the policy of {} was not supplied", setting.bucket.name),
                );
            }
            Side::NotTold {
                what: Unknown::not_supplied(
                    format!("bucket policy of {}", setting.bucket.name),
                    "the bucket policy was not supplied",
                ),
                denies,
            }
        }
    }
}

/// The policy of the access point, and the network it is closed to.
struct PointPolicies {
    policies: Vec<SharedPolicy>,
    not_told: Option<Unknown>,
}

impl PointPolicies {
    fn side(&self) -> Side<'_> {
        match &self.not_told {
            Some(what) => Side::NotTold { what: what.clone(), denies: false },
            None if self.policies.is_empty() => Side::Nothing,
            None => Side::Policies(&self.policies),
        }
    }
}

fn access_point_policies(setting: &Setting<'_>, assumed: &mut Assumed) -> Option<PointPolicies> {
    let point = setting.access_point?;
    let mut policies: Vec<SharedPolicy> = Vec::new();
    let mut not_told = None;
    match &point.policy {
        Known::Told(Some(policy)) => policies.push(Arc::clone(policy)),
        Known::Told(None) => {}
        Known::NotTold => {
            not_told = Some(Unknown::not_supplied(
                format!("policy of the access point {}", point.name),
                "the access point's policy was not supplied",
            ));
            assumed.note(
                "no Deny in the access point policy",
                format!("the policy of {} was not supplied", point.name),
            );
        }
    }
    // From a public address the network origin alone decides, whatever a policy nobody told says.
    if let Some(vpc) = &point.vpc
        && (not_told.is_none() || setting.is_public_network())
    {
        policies.push(only_from(vpc));
        not_told = None;
    }
    Some(PointPolicies { policies, not_told })
}

/// An access point with a VPC origin refuses every other network (R103).
fn only_from(vpc: &str) -> SharedPolicy {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Network origin of the access point","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{{"StringNotEquals":{{"aws:SourceVpc":"{vpc}"}}}}}}]}}"#
    );
    let parsed = json::parse(SourceId::LONE, &text);
    let mut problems = Vec::new();
    let empty = json::Node { span: crate::source::Span::new(SourceId::LONE, 0, 0), value: json::Value::Null };
    Arc::new(lower(&parsed.root.unwrap_or(empty), PolicyKind::AccessPoint, "", &mut problems))
}

/// Who owns the object, and whether the bucket policy speaks for it (R100).
fn ownership(setting: &Setting<'_>, assumed: &mut Assumed) -> (Ownership, Option<AccountId>) {
    let bucket_account = setting.bucket_account();
    let owner = setting.object.and_then(|o| o.owner);
    let acl = setting.object.map_or(&Known::NotTold, |o| &o.acl_read);
    let enforced = match setting.bucket.ownership {
        Known::Told(ObjectOwnership::BucketOwnerEnforced) => true,
        Known::Told(ObjectOwnership::BucketOwnerPreferred | ObjectOwnership::ObjectWriter) => false,
        Known::NotTold => match (owner, bucket_account) {
            (Some(owner), Some(bucket)) => {
                owner == bucket && !matches!(acl, Known::Told(list) if !list.is_empty())
            }
            (_, _) if setting.question.strict => false,
            (_, _) => {
                assumed.note(
                    "the bucket owner owns the object (BucketOwnerEnforced)",
                    format!("the Object Ownership of {} was not supplied", setting.bucket.name),
                );
                true
            }
        },
    };
    if enforced {
        return (Ownership::Covered, bucket_account);
    }
    let lets_read = lets_read(setting, acl);
    match owner {
        Some(owner) if Some(owner) == bucket_account => match lets_read {
            Known::Told(true) => (Ownership::CoveredByAcl, bucket_account),
            Known::Told(false) | Known::NotTold => (Ownership::Covered, bucket_account),
        },
        Some(owner) => (Ownership::Foreign { acl_lets_read: lets_read }, Some(owner)),
        None => (
            Ownership::NotTold {
                unknown: Unknown::not_supplied(
                    format!("owner of {}", setting.question.object),
                    match setting.bucket.ownership {
                        Known::Told(_) => {
                            "ACLs are enabled: where another account owns the object, the bucket policy does not cover it"
                        }
                        Known::NotTold => {
                            "the Object Ownership of the bucket was not told: where ACLs are enabled and another account owns the object, the bucket policy does not cover it"
                        }
                    },
                ),
            },
            bucket_account,
        ),
    }
}

fn lets_read(setting: &Setting<'_>, acl: &Known<Vec<Acl>>) -> Known<bool> {
    let Known::Told(list) = acl else { return Known::NotTold };
    let by_account =
        |entry: &Acl| matches!(entry, Acl::Account(account) if setting.caller.account == Some(*account));
    if list.iter().any(by_account) {
        return Known::Told(true);
    }
    if !list.contains(&Acl::Everyone) {
        return Known::Told(false);
    }
    // IgnorePublicAcls of the account or the bucket (R102).
    let blocks = public_access_blocks(setting);
    if blocks.iter().any(|b| b.told().is_some_and(|b| b.ignore_public_acls)) {
        return Known::Told(false);
    }
    if setting.bucket.public_access_block.is_told() { Known::Told(true) } else { Known::NotTold }
}

/// The settings of the bucket, its account and the access point, as far as there are any.
fn public_access_blocks<'e>(setting: &Setting<'e>) -> Vec<&'e Known<PublicAccessBlock>> {
    let account =
        setting.bucket_account().and_then(|a| setting.estate.account(a)).map(|a| &a.public_access_block);
    let point = setting.access_point.map(|p| &p.public_access_block);
    [Some(&setting.bucket.public_access_block), account, point].into_iter().flatten().collect()
}

/// The setting of the account, the bucket and the access point; the most restrictive wins (R102).
fn restrict_public(setting: &Setting<'_>, assumed: &mut Assumed) -> Known<bool> {
    let account =
        setting.bucket_account().and_then(|a| setting.estate.account(a)).map(|a| &a.public_access_block);
    let bucket = &setting.bucket.public_access_block;
    if public_access_blocks(setting).iter().any(|s| s.told().is_some_and(|b| b.restrict_public_buckets)) {
        return Known::Told(true);
    }
    match (bucket, account) {
        (Known::Told(_), Some(Known::Told(_))) => Known::Told(false),
        (Known::Told(_), _) if !setting.question.strict => {
            if let (Known::Told(Some(policy)), Some(account)) =
                (&setting.bucket.policy, setting.bucket_account())
                && crate::eval::is_public(policy)
            {
                assumed.note(
                    "RestrictPublicBuckets is off for the whole account",
                    format!("the account-level setting of {account} was not supplied"),
                );
            }
            Known::Told(false)
        }
        (_, _) => Known::NotTold,
    }
}

/// The endpoint the request passes, if any (R85).
fn endpoint<'e>(setting: &Setting<'e>, assumed: &mut Assumed) -> Limit<'e> {
    if setting.is_public_network() {
        return Limit::None;
    }
    let unknown = |what: String| {
        Limit::NotTold(Unknown::not_supplied(
            what,
            "an endpoint's policy may refuse the read, and the question is strict",
        ))
    };
    let strict = setting.question.strict;
    let id = setting.network.endpoint.as_deref();
    if let (Some(only), None) = (setting.endpoint, id) {
        assumed.note(
            format!("the request passes the VPC endpoint {}", only.id),
            "it is the only one of the VPC that was told",
        );
    }
    match (setting.endpoint.map(|e| &e.policy), id) {
        (Some(Known::Told(None)), _) => Limit::None,
        (Some(Known::Told(Some(policy))), _) => Limit::Policies(std::slice::from_ref(policy)),
        (_, Some(id)) if strict => unknown(format!("policy of the VPC endpoint {id}")),
        (_, Some(id)) => {
            assumed
                .note(format!("the VPC endpoint {id} lets everything pass"), "its policy was not supplied");
            Limit::None
        }
        (_, None) if strict => unknown("policy of the VPC endpoint the request may pass".to_owned()),
        (Some(Known::NotTold), None) => Limit::None,
        (None, None) => {
            assumed.note(
                "no VPC endpoint policy stands in the way",
                "the network the request comes from was not given",
            );
            Limit::None
        }
    }
}

fn note(setting: &Setting<'_>, gate: Gate, verdict: GateVerdict) -> Option<String> {
    let role = setting.asker.short_name();
    match (gate, verdict) {
        (Gate::Identity, GateVerdict::Denied) => Some(format!("no identity-based policy of {role} allows it")),
        (Gate::Identity, GateVerdict::NotApplicable) => Some("the bucket policy lets the role in by itself".to_owned()),
        (Gate::Resource, GateVerdict::Denied) => {
            let account = setting.caller.account.map_or_else(String::new, |a| a.to_string());
            Some(format!("nothing lets {role} of account {account} in"))
        }
        (Gate::Resource, GateVerdict::NotApplicable) => {
            Some("within one account the identity-based policy is enough".to_owned())
        }
        (Gate::Ownership, GateVerdict::Denied) => {
            Some("another account owns the object: the bucket policy does not cover it, and its ACL does not let this account read".to_owned())
        }
        (Gate::PublicAccess, GateVerdict::Denied) => {
            Some("the bucket policy counts as public, so RestrictPublicBuckets shuts other accounts out".to_owned())
        }
        (_, _) => None,
    }
}

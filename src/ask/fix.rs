//! The smallest change that opens each closed gate, in the document where it belongs.
//!
//! A slip in a statement that was meant for the request is put right where it stands. A restriction is never dropped: what
//! would meet it is said instead. Where no statement was meant, one is added, with what restricts its neighbours.

mod elsewhere;
mod narrow;
mod neighbours;
mod repair;

use serde_json::{Value, json};

use super::answer::{Change, Holder};
use super::leg::Decided;
use super::near::{Miss, Near};
use super::{Denial, Fix, GateReading};
use crate::diagnostic::Cause;
use crate::estate::{Attached, Estate, Known, SharedPolicy};
use crate::eval::Gate;
use crate::name::{AccountId, ActionName};
use crate::source::{SourceId, Span};

/// The documents of one leg.
pub(super) struct Documents<'e> {
    pub(super) estate: &'e Estate,
    pub(super) role: String,
    pub(super) account: Option<AccountId>,
    pub(super) identity: Option<&'e SharedPolicy>,
    pub(super) boundary: Option<&'e SharedPolicy>,
    pub(super) session: Option<&'e SharedPolicy>,
    pub(super) resource: Option<&'e SharedPolicy>,
    pub(super) resource_name: String,
    /// The account of the resource.
    pub(super) owner: Option<AccountId>,
    /// Who has the policy of the resource, or would have it.
    pub(super) holder: Holder,
    /// The policy of an AWS managed key cannot be changed.
    pub(super) resource_is_editable: bool,
    pub(super) endpoint: Option<&'e SharedPolicy>,
    /// The access point the request goes through.
    pub(super) point: Option<Point<'e>>,
    /// The value of kms:ViaService, for the KMS leg.
    pub(super) via_service: Option<String>,
}

/// An access point and the bucket behind it.
pub(super) struct Point<'e> {
    pub(super) name: &'e str,
    pub(super) account: AccountId,
    pub(super) policy: Option<&'e SharedPolicy>,
    /// The object as the bucket policy names it.
    pub(super) behind: &'e str,
}

impl<'e> Documents<'e> {
    /// What a place lies in, where AWS wrote it and nobody else can change it.
    fn by_aws(&self, at: Span) -> Option<&str> {
        self.estate.from_snapshot.get(&at.source).map(String::as_str)
    }

    /// Every policy of the leg that a change may belong in.
    fn policies(&self) -> impl Iterator<Item = &'e SharedPolicy> {
        let point = self.point.as_ref().and_then(|point| point.policy);
        let own = [self.identity, self.boundary, self.session, self.resource, self.endpoint, point];
        let role = self.estate.role(&self.role).ok();
        let attached = role.and_then(|role| role.policies.provided()).into_iter().flatten();
        let targets = self.estate.organizations.iter().flat_map(|organization| &organization.targets);
        let above =
            targets.flat_map(|target| [&target.scps, &target.rcps]).flat_map(|attached| match attached {
                Known::Provided(Attached::Policies(policies)) => policies.as_slice(),
                Known::Provided(Attached::Off) | Known::NotProvided => &[],
            });
        own.into_iter().flatten().chain(attached).chain(above)
    }

    /// The policy that holds the statement at a place.
    fn holding(&self, statement: Span) -> Option<&'e SharedPolicy> {
        self.policies().find(|policy| policy.statements.iter().any(|s| s.span == statement))
    }
}

/// The changes of one leg.
pub(super) fn for_leg(decided: &Decided, documents: &Documents<'_>) -> Vec<Fix> {
    let leg = &decided.leg;
    if is_over_partitions(&documents.role, &leg.resource) {
        let why = "no policy reaches from one partition of AWS into another: read with a role of the resource's own partition";
        return vec![elsewhere(documents.resource_name.clone(), why)];
    }
    let Some(action) = ActionName::new(&leg.action) else { return Vec::new() };
    let asked = Asked { decided, action, documents };
    let mut fixes: Vec<Fix> = Vec::new();
    let denying = leg.gates.iter().filter(|reading| reading.denial == Some(Denial::Explicit));
    for reading in denying.chain(leg.shut()) {
        let before = fixes.len();
        if reading.denial == Some(Denial::Explicit) {
            fixes.extend(narrow::narrow(&asked, reading));
        }
        // Behind a Deny the gate may lack an Allow as well.
        if reading.is_shut {
            fixes.extend(asked.open(reading));
        }
        fixes.iter_mut().skip(before).for_each(|fix| fix.gate = Some(reading.gate));
    }
    fixes
}

/// What both requests of a read need is told once, and a statement that stands in the way of both, or that is attached
/// at several places, changes once.
pub(super) fn add(all: &mut Vec<Fix>, more: Vec<Fix>) {
    for fix in more {
        let same = |other: &Fix| match (&other.change, &fix.change) {
            (Change::Elsewhere, Change::Elsewhere) => {
                other.document == fix.document
                    && (fix.document.is_some() || other.document_name == fix.document_name)
                    && other.why == fix.why
            }
            (Change::Replace { edits: there, .. }, Change::Replace { edits: here, .. }) => {
                fix.document.is_some() && other.document == fix.document && there == here
            }
            _ => false,
        };
        if !all.iter().any(same) {
            all.push(fix);
        }
    }
}

/// A change that adds a statement to a policy, or writes a policy of it.
fn grow(policy: Option<&SharedPolicy>, holder: Holder, name: String, statement: Value, why: String) -> Fix {
    let written = policy.filter(|p| p.span.source != SourceId::LONE);
    Fix {
        change: match written {
            Some(_) => Change::Add(statement),
            None => Change::Create { statement, holder },
        },
        document: written.map(|p| p.span),
        document_name: name,
        pointer: written.map_or_else(|| "/Statement".to_owned(), |p| format!("{}/Statement", p.pointer)),
        why,
        gate: None,
        is_bound: false,
        after: None,
        leaves: Vec::new(),
        opens: None,
        compared: Vec::new(),
        covers_more: false,
    }
}

/// A change that is not made in a statement here.
fn elsewhere(name: impl Into<String>, why: impl Into<String>) -> Fix {
    Fix {
        change: Change::Elsewhere,
        document: None,
        document_name: name.into(),
        pointer: String::new(),
        why: why.into(),
        gate: None,
        is_bound: false,
        after: None,
        leaves: Vec::new(),
        opens: None,
        compared: Vec::new(),
        covers_more: false,
    }
}

/// A leg, and where changes of it belong.
struct Asked<'d> {
    decided: &'d Decided,
    action: ActionName,
    documents: &'d Documents<'d>,
}

impl Asked<'_> {
    fn role_name(&self) -> &str {
        self.documents.role.rsplit('/').next().unwrap_or(&self.documents.role)
    }

    /// What opens a gate at which nothing allows the request.
    fn open(&self, reading: &GateReading) -> Vec<Fix> {
        if let Some(out_of_reach) = elsewhere::out_of_reach(self, reading) {
            return vec![self.named_by_resource(reading).unwrap_or(out_of_reach)];
        }
        if let Some(nearest) = reading.near.first() {
            if let Some(repaired) = repair::repair(self, nearest) {
                return vec![repaired];
            }
            if let Some(limit) = elsewhere::restriction(self, nearest) {
                return vec![limit];
            }
        }
        let mut fixes = self.more(reading);
        let absent = |miss: &Miss| miss.cause == Some(Cause::KeyAbsentInLeg);
        let limit = reading.near.first().and_then(|near| near.misses.iter().find(|miss| absent(miss)));
        if let (Some(key), [fix, ..]) = (limit.and_then(|miss| miss.key.as_deref()), fixes.as_mut_slice()) {
            fix.why +=
                &format!("; what {key} limits belongs to the request for the object: into the bucket policy");
        }
        fixes
    }

    /// A statement more, at a gate where none was meant for the request.
    fn more(&self, reading: &GateReading) -> Vec<Fix> {
        let (decided, documents) = (self.decided, self.documents);
        let leg = &decided.leg;
        let is_key = leg.action.starts_with("kms:");
        let via = documents.via_service.as_deref().filter(|_| is_key);
        let mut allow = json!({"Effect": "Allow", "Action": leg.action, "Resource": leg.resource});
        let role_name = self.role_name();
        match reading.gate {
            Gate::Identity => {
                if let Some(via) = via {
                    insert(&mut allow, "Condition", json!({"StringEquals": {"kms:ViaService": via}}));
                }
                vec![self.grow(
                    documents.identity,
                    Holder::Identity(documents.role.clone()),
                    format!("identity-based policy of {role_name}"),
                    allow,
                    format!("the role's own policies must allow {}{}", leg.action, across(leg.same_account)),
                )]
            }
            Gate::Boundary => vec![self.grow(
                documents.boundary.filter(|policy| documents.by_aws(policy.span).is_none()),
                Holder::Other,
                match documents.boundary.and_then(|policy| documents.by_aws(policy.span)) {
                    Some(name) => format!("a boundary of your own in place of {name}"),
                    None => "permissions boundary".to_owned(),
                },
                allow,
                format!("the permissions boundary caps the role and must allow {} too", leg.action),
            )],
            Gate::Session => vec![self.grow(
                documents.session,
                Holder::Other,
                "session policy".to_owned(),
                allow,
                format!("the session policy caps the session and must allow {} too", leg.action),
            )],
            Gate::Scp => decided
                .closed_levels
                .iter()
                .map(|target| {
                    let policy = level_policy(documents, target);
                    let allow = json!({"Effect": "Allow", "Action": leg.action, "Resource": "*"});
                    let name = format!("service control policy at {target}");
                    let why =
                        format!("every level above the account must allow {}; {target} does not", leg.action);
                    self.grow(policy, Holder::Other, name, allow, why)
                })
                .collect(),
            Gate::Resource if documents.point.is_some() && decided.doors.is_some() => self.through_point(),
            Gate::Resource => vec![self.let_in()],
            Gate::Endpoint => {
                insert(&mut allow, "Principal", json!("*"));
                // The access point and the bucket behind it must both pass (R85).
                if let Some(point) = &documents.point {
                    insert(&mut allow, "Resource", json!([leg.resource, point.behind]));
                }
                let why = "the endpoint's policy must let the request pass".to_owned();
                vec![self.grow(
                    documents.endpoint,
                    Holder::Other,
                    "VPC endpoint policy".to_owned(),
                    allow,
                    why,
                )]
            }
            Gate::Ownership => vec![elsewhere(
                "Object Ownership of the bucket",
                "set it to BucketOwnerEnforced, so that the bucket policy covers every object, or have the owner's ACL let this account read",
            )],
            Gate::Rcp | Gate::Grant | Gate::PublicAccess => Vec::new(),
        }
    }

    /// What AWS alone changes the resource's policy may stand in for, in one account.
    fn named_by_resource(&self, reading: &GateReading) -> Option<Fix> {
        let (documents, leg) = (self.documents, &self.decided.leg);
        let is_service_linked = documents.role.contains(":role/aws-service-role/");
        if !is_service_linked
            || reading.gate != Gate::Identity
            || !leg.same_account
            || !documents.resource_is_editable
            || documents.point.is_some()
        {
            return None;
        }
        let mut fix = self.let_in();
        fix.why = format!(
            "{} is a service-linked role, whose policies AWS alone changes: {} has to name it",
            self.role_name(),
            documents.resource_name
        );
        Some(fix)
    }

    /// A statement of the resource's policy that names the caller.
    fn let_in(&self) -> Fix {
        let (documents, leg) = (self.documents, &self.decided.leg);
        let is_key = leg.action.starts_with("kms:");
        let resource = if is_key { json!("*") } else { json!(leg.resource) };
        let mut statement = json!({
            "Effect": "Allow",
            "Principal": {principal_kind(&documents.role): documents.role},
            "Action": leg.action,
            "Resource": resource,
        });
        if leg.action.starts_with("sts:")
            && let Some(members) = statement.as_object_mut()
        {
            members.remove("Resource");
        }
        if let Some(via) = documents.via_service.as_deref().filter(|_| is_key) {
            insert(&mut statement, "Condition", json!({"StringEquals": {"kms:ViaService": via}}));
        }
        let who = documents.account.map_or_else(String::new, |a| format!(" of account {a}"));
        let why = match documents.account {
            Some(_) => format!("it must let {}{who} in{}", self.role_name(), across(leg.same_account)),
            None => format!("it must let {} make {}", documents.role, leg.action),
        };
        self.grow(
            documents.resource,
            documents.holder.clone(),
            documents.resource_name.clone(),
            statement,
            why,
        )
    }

    /// The access point says who, and the bucket lets in what comes through access points of this account (R103).
    fn through_point(&self) -> Vec<Fix> {
        let (decided, documents) = (self.decided, self.documents);
        let (Some(point), Some(doors)) = (&documents.point, decided.doors) else { return Vec::new() };
        let action = &decided.leg.action;
        let mut fixes = Vec::new();
        if doors.point_is_shut {
            let allow = json!({
                "Effect": "Allow",
                "Principal": {"AWS": documents.role},
                "Action": action,
                "Resource": decided.leg.resource,
            });
            let why =
                format!("the access point's policy must let the role in{}", across(decided.leg.same_account));
            let name = format!("policy of the access point {}", point.name);
            fixes.push(self.grow(point.policy, Holder::AccessPoint(point.name.to_owned()), name, allow, why));
        }
        if doors.bucket_is_shut {
            let allow = json!({
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": action,
                "Resource": point.behind,
                "Condition": {"StringEquals": {"s3:DataAccessPointAccount": point.account.to_string()}},
            });
            let why = "the bucket policy must let in what comes through the access point".to_owned();
            let name = documents.resource_name.clone();
            fixes.push(self.grow(documents.resource, documents.holder.clone(), name, allow, why));
        }
        fixes
    }

    /// A statement more, with what restricts its neighbours.
    fn grow(
        &self,
        policy: Option<&SharedPolicy>,
        holder: Holder,
        name: String,
        mut statement: Value,
        mut why: String,
    ) -> Fix {
        let mut is_bound = false;
        if let Some(policy) = policy {
            let near: Vec<&Near> = self.decided.leg.gates.iter().flat_map(|gate| &gate.near).collect();
            let by = neighbours::Newcomer {
                action: &self.action,
                kind: principal_kind(&self.documents.role),
                account: self.documents.account,
                owner: self.documents.owner,
            };
            let mut carried = neighbours::restrictions(policy, &by, &near);
            neighbours::beside(&mut carried, &statement);
            // Whoever has a token of the provider would get in.
            if by.kind == "Federated" && !neighbours::hold_claims(&carried) {
                why += ", and no statement for a provider of tokens goes without a condition on their claims: add one whose Condition has the provider's aud and sub";
                return elsewhere(name, why);
            }
            is_bound = neighbours::add(&mut statement, &carried);
            if is_bound {
                why += &format!(
                    "; it keeps what restricts the statements beside it: {}",
                    neighbours::named(&carried)
                );
            }
        }
        Fix { is_bound, ..grow(policy, holder, name, statement, why) }
    }
}

fn is_over_partitions(role: &str, resource: &str) -> bool {
    let partition = |arn: &str| arn.strip_prefix("arn:").and_then(|a| a.split(':').next().map(str::to_owned));
    match (partition(role), partition(resource)) {
        (Some(role), Some(resource)) => role != resource,
        (_, _) => false,
    }
}

/// The kind of principal a caller is named as.
fn principal_kind(caller: &str) -> &'static str {
    if !caller.starts_with("arn:") {
        "Service"
    } else if caller.contains(":oidc-provider/") || caller.contains(":saml-provider/") {
        "Federated"
    } else {
        "AWS"
    }
}

fn across(same_account: bool) -> &'static str {
    if same_account { "" } else { "; across accounts both sides must allow it" }
}

fn insert(statement: &mut Value, key: &str, value: Value) {
    if let Some(members) = statement.as_object_mut() {
        members.insert(key.to_owned(), value);
    }
}

fn level_policy<'e>(documents: &Documents<'e>, target: &str) -> Option<&'e SharedPolicy> {
    let target = documents.estate.organizations.iter().find_map(|o| o.target(target))?;
    match &target.scps {
        Known::Provided(Attached::Policies(policies)) => {
            policies.iter().find(|policy| documents.by_aws(policy.span).is_none())
        }
        Known::Provided(Attached::Off) | Known::NotProvided => None,
    }
}

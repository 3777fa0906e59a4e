//! The smallest statement that opens each closed gate, in the document where it belongs.

use serde_json::{Value, json};

use super::leg::Decided;
use super::{Denial, Fix, GateReading, GateVerdict};
use crate::estate::{Attached, Estate, Known, SharedPolicy};
use crate::eval::Gate;
use crate::name::AccountId;
use crate::policy::Effect;
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

/// Network keys that never hold in the request S3 makes to KMS (R50, R51).
const CLIENT_NETWORK: &[&str] =
    &["aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip", "aws:sourcevpcarn"];

impl Documents<'_> {
    /// What a place lies in, where AWS wrote it and nobody else can change it.
    fn by_aws(&self, at: Span) -> Option<&str> {
        self.estate.from_snapshot.get(&at.source).map(String::as_str)
    }
}

pub(super) fn for_leg(decided: &Decided, documents: &Documents<'_>) -> Vec<Fix> {
    let leg = &decided.leg;
    let closed = |gate: Gate| leg.gates.iter().any(|g| g.gate == gate && g.denial == Some(Denial::Implicit));
    // In the key's own account a key policy that names the role needs no identity-based policy beside it.
    let key_policy_suffices = leg.same_account && leg.action.starts_with("kms:") && closed(Gate::Resource);
    let mut fixes = Vec::new();
    if is_over_partitions(&documents.role, &leg.resource) {
        return vec![Fix {
            document: None,
            document_name: documents.resource_name.clone(),
            pointer: String::new(),
            add: Value::Null,
            why: "no policy reaches from one partition of AWS into another: read with a role of the resource's own partition".to_owned(),
        }];
    }
    for reading in leg.gates.iter().filter(|g| g.verdict == GateVerdict::Denied) {
        match reading.denial {
            Some(Denial::Explicit) => fixes.extend(narrow(decided, reading, documents)),
            Some(Denial::Implicit) if reading.gate == Gate::Identity && key_policy_suffices => {}
            Some(Denial::Implicit) => fixes.extend(open(decided, reading, documents)),
            None => {}
        }
    }
    fixes
}

fn fix(policy: Option<&SharedPolicy>, name: impl Into<String>, add: Value, why: impl Into<String>) -> Fix {
    let written = policy.filter(|p| p.span.source != SourceId::LONE);
    Fix {
        document: written.map(|p| p.span),
        document_name: name.into(),
        pointer: written.map_or_else(|| "/Statement".to_owned(), |p| format!("{}/Statement", p.pointer)),
        add,
        why: why.into(),
    }
}

fn open(decided: &Decided, reading: &GateReading, documents: &Documents<'_>) -> Vec<Fix> {
    let leg = &decided.leg;
    let is_key = leg.action.starts_with("kms:");
    let via = documents.via_service.as_deref().filter(|_| is_key);
    let mut allow = json!({"Effect": "Allow", "Action": leg.action, "Resource": leg.resource});
    let role_name = documents.role.rsplit('/').next().unwrap_or(&documents.role);
    match reading.gate {
        Gate::Identity => {
            if let Some(via) = via {
                insert(&mut allow, "Condition", json!({"StringEquals": {"kms:ViaService": via}}));
            }
            vec![fix(
                documents.identity,
                format!("identity-based policy of {role_name}"),
                allow,
                format!("the role's own policies must allow {}{}", leg.action, across(leg.same_account)),
            )]
        }
        Gate::Boundary => vec![fix(
            documents.boundary.filter(|policy| documents.by_aws(policy.span).is_none()),
            match documents.boundary.and_then(|policy| documents.by_aws(policy.span)) {
                Some(name) => format!("a boundary of your own in place of {name}"),
                None => "permissions boundary".to_owned(),
            },
            allow,
            format!("the permissions boundary caps the role and must allow {} too", leg.action),
        )],
        Gate::Session => vec![fix(
            documents.session,
            "session policy",
            allow,
            format!("the session policy caps the session and must allow {} too", leg.action),
        )],
        Gate::Scp => decided
            .closed_levels
            .iter()
            .map(|target| {
                let policy = level_policy(documents, target);
                let allow = json!({"Effect": "Allow", "Action": leg.action, "Resource": "*"});
                fix(policy, format!("service control policy at {target}"), allow, format!("every level above the account must allow {}; {target} does not", leg.action))
            })
            .collect(),
        Gate::Resource if !documents.resource_is_editable => vec![Fix {
            document: None,
            document_name: documents.resource_name.clone(),
            pointer: String::new(),
            add: Value::Null,
            why: "the policy of an AWS managed key cannot be changed and admits its own account alone: write the object anew under a customer managed key whose policy lets the role in".to_owned(),
        }],
        Gate::Resource if documents.point.is_some() && decided.doors.is_some() => through_point(decided, documents),
        Gate::Resource => {
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
            if let Some(via) = via {
                insert(&mut statement, "Condition", json!({"StringEquals": {"kms:ViaService": via}}));
            }
            let who = documents.account.map_or_else(String::new, |a| format!(" of account {a}"));
            vec![fix(
                documents.resource,
                documents.resource_name.clone(),
                statement,
                match documents.account {
                    Some(_) => format!("it must let {role_name}{who} in{}", across(leg.same_account)),
                    None => format!("it must let {} make {}", documents.role, leg.action),
                },
            )]
        }
        Gate::Endpoint => {
            insert(&mut allow, "Principal", json!("*"));
            // The access point and the bucket behind it must both pass (R85).
            if let Some(point) = &documents.point {
                insert(&mut allow, "Resource", json!([leg.resource, point.behind]));
            }
            vec![fix(documents.endpoint, "VPC endpoint policy", allow, "the endpoint's policy must let the request pass")]
        }
        Gate::Ownership => vec![Fix {
            document: None,
            document_name: "Object Ownership of the bucket".to_owned(),
            pointer: String::new(),
            add: Value::Null,
            why: "set it to BucketOwnerEnforced, so that the bucket policy covers every object, or have the owner's ACL let this account read".to_owned(),
        }],
        Gate::Rcp | Gate::Grant | Gate::PublicAccess => Vec::new(),
    }
}

/// The access point says who, and the bucket lets in what comes through access points of this account (R103).
fn through_point(decided: &Decided, documents: &Documents<'_>) -> Vec<Fix> {
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
        fixes.push(fix(point.policy, format!("policy of the access point {}", point.name), allow, why));
    }
    if doors.bucket_is_shut {
        let allow = json!({
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": action,
            "Resource": point.behind,
            "Condition": {"StringEquals": {"s3:DataAccessPointAccount": point.account.to_string()}},
        });
        let why = "the bucket policy must let in what comes through the access point";
        fixes.push(fix(documents.resource, documents.resource_name.clone(), allow, why));
    }
    fixes
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
        Known::Told(Attached::Policies(policies)) => policies.first(),
        Known::Told(Attached::Off) | Known::NotTold => None,
    }
}

/// A Deny is not opened by adding a statement: it has to leave this read out.
fn narrow(decided: &Decided, reading: &GateReading, documents: &Documents<'_>) -> Vec<Fix> {
    let leg = &decided.leg;
    if reading.gate == Gate::PublicAccess {
        let written = documents.resource.filter(|p| p.span.source != SourceId::LONE);
        return vec![Fix {
            document: written.map(|p| p.span),
            document_name: documents.resource_name.clone(),
            pointer: written.map_or_else(String::new, |p| format!("{}/Statement", p.pointer)),
            add: Value::Null,
            why: "name the principals of every Allow, or pin it with aws:PrincipalOrgID or aws:SourceVpce: while one statement is open to all, RestrictPublicBuckets shuts every other account out".to_owned(),
        }];
    }
    reading
        .evidence
        .iter()
        .filter(|e| e.effect == Effect::Deny && e.when.is_none())
        // Nobody can leave the read out of a Deny that AWS wrote.
        .filter(|e| documents.by_aws(e.span).is_none())
        .map(|deny| {
            let by_network = leg.action.starts_with("kms:") && names_client_network(documents, deny.span);
            let (condition, why) = if by_network {
                (
                    json!({"BoolIfExists": {"aws:ViaAWSService": "false"}}),
                    "the client's network never shows in the request S3 makes to KMS: leave requests made through AWS services out of this Deny".to_owned(),
                )
            } else {
                (
                    json!({"ArnNotEquals": {"aws:PrincipalArn": documents.role}}),
                    format!("this Deny refuses {}: leave the role out of it, if that is what you want", leg.action),
                )
            };
            Fix {
                document: Some(deny.span),
                document_name: String::new(),
                pointer: deny.pointer.clone(),
                add: json!({"Condition": condition}),
                why,
            }
        })
        .collect()
}

fn names_client_network(documents: &Documents<'_>, statement: Span) -> bool {
    let point = documents.point.as_ref().and_then(|p| p.policy);
    let policies = [
        documents.identity,
        documents.boundary,
        documents.session,
        documents.resource,
        documents.endpoint,
        point,
    ];
    let keyed = policies.into_iter().flatten().flat_map(|p| p.statements.iter());
    keyed
        .filter(|s| s.span == statement)
        .any(|s| s.tests.iter().any(|t| CLIENT_NETWORK.contains(&t.key.value.folded())))
}

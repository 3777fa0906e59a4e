//! The policy of an access point, and the network it is closed to (R103).
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-vpc.html>

use std::sync::Arc;

use super::{Asked, OwnPolicies, Target};
use crate::estate::{Assumed, Known, SharedPolicy};
use crate::json;
use crate::logic::{FactId, Unknown};
use crate::policy::{PolicyKind, lower};
use crate::source::{SourceId, Span};

pub(super) fn policies<'e>(
    target: &Target<'e>,
    asked: &Asked<'_>,
    assumed: &mut Assumed,
) -> Option<OwnPolicies<'e>> {
    let point = target.through.as_ref()?.point;
    let mut policies: Vec<SharedPolicy> = Vec::new();
    let mut not_told = None;
    match &point.policy {
        Known::Provided(Some(policy)) => policies.push(Arc::clone(policy)),
        Known::Provided(None) => {}
        Known::NotProvided => {
            not_told = Some(Unknown::missing(
                FactId::AccessPointPolicy(point.name.as_str().into()),
                "the access point's policy was not supplied",
            ));
            if !asked.strict {
                assumed.note(
                    "no Deny in the access point policy",
                    format!("the policy of {} was not supplied", point.name),
                );
            }
        }
    }
    // From a public address the network origin alone decides, whatever a policy that was not supplied says.
    if let Known::Provided(Some(vpc)) = &point.vpc
        && (not_told.is_none() || asked.network.is_public())
    {
        policies.push(only_from(vpc));
        not_told = None;
    }
    Some(match not_told {
        Some(what) => OwnPolicies::NotProvided { what, denies: asked.strict },
        None if policies.is_empty() => OwnPolicies::Nothing,
        None => OwnPolicies::Made(policies.into()),
    })
}

/// An access point of which nobody told the network origin may refuse the network of the request.
pub(super) fn origin(target: &Target<'_>, asked: &Asked<'_>, assumed: &mut Assumed) -> Option<Unknown> {
    let point =
        target.through.as_ref().map(|through| through.point).filter(|point| !point.vpc.is_provided())?;
    if asked.strict {
        return Some(Unknown::missing(
            FactId::AccessPointOrigin(point.name.as_str().into()),
            "an access point may take requests from one VPC alone, and the question is strict",
        ));
    }
    assumed.note_without(
        FactId::AccessPointOrigin(point.name.as_str().into()),
        "the access point takes requests from every network",
        format!("the network origin of {} was not supplied", point.name),
    );
    None
}

/// An access point with a VPC origin refuses every other network.
fn only_from(vpc: &str) -> SharedPolicy {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Network origin of the access point","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{{"StringNotEquals":{{"aws:SourceVpc":"{vpc}"}}}}}}]}}"#
    );
    let parsed = json::parse(SourceId::LONE, &text);
    let mut problems = Vec::new();
    let empty = json::Node { span: Span::new(SourceId::LONE, 0, 0), value: json::Value::Null };
    Arc::new(lower(&parsed.root.unwrap_or(empty), PolicyKind::AccessPoint, "", &mut problems))
}

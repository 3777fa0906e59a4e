//! VPC endpoints.

use super::identity::document;
use super::item::{ConfigFact, Item};
use crate::json::Value;
use crate::load::fields::{account_id, text};
use crate::load::{Intake, settings};
use crate::policy::PolicyKind;

pub(super) fn endpoint(item: &Item<'_>, _: &mut ConfigFact, intake: &mut Intake) {
    item.configuration(intake, &mut |configuration, intake| {
        if text(configuration, "serviceName").is_some_and(|service| !settings::is_s3_service(service.value)) {
            return;
        }
        let Some(id) = text(configuration, "vpcEndpointId").or_else(|| item.id()) else { return };
        intake.endpoint(id.value, configuration.span, |_| ());
        if let Some(kind) = text(configuration, "vpcEndpointType")
            && let Some(known) = settings::endpoint_type(kind.value)
        {
            intake.endpoint_type(id.value, kind.map(|_| known));
        }
        if let Some(vpc) = text(configuration, "vpcId") {
            intake.endpoint_vpc(id.value, vpc);
        }
        let owner = text(configuration, "ownerId");
        let account = match owner {
            Some(owner) => account_id(owner, &mut intake.problems),
            None => item.account_id(intake),
        };
        if let Some(account) = account {
            intake.endpoint_account(id.value, account);
        }
        let policy = configuration.get("policyDocument").filter(|node| node.value != Value::Null);
        match policy
            .and_then(|node| document(node, PolicyKind::Endpoint, "/configuration/policyDocument", intake))
        {
            Some(policy) => intake.endpoint_policy(id.value, policy.span, Some(policy)),
            None => intake.misses(
                item.file,
                format!("the policy of endpoint {}: aws ec2 describe-vpc-endpoints", id.value),
            ),
        }
        intake.contributes(item.file, "", format!("endpoint {}", id.value));
    });
}

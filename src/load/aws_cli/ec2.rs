//! `aws ec2 …`

use crate::json::Node;
use crate::load::fields::{account_id, text};
use crate::load::{InputDocument, Intake, settings};
use crate::policy::PolicyKind;

pub(super) fn describe_vpc_endpoints(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(list) = input.root().get("VpcEndpoints") else { return };
    for (index, endpoint) in list.elements().iter().enumerate() {
        if is_for_s3(endpoint) {
            read(endpoint, index, input, intake);
        }
    }
}

fn is_for_s3(endpoint: &Node<'_>) -> bool {
    text(endpoint, "ServiceName").is_none_or(|service| settings::is_s3_service(service.value))
}

fn read(endpoint: &Node<'_>, index: usize, input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(id) = text(endpoint, "VpcEndpointId") else { return };
    intake.endpoint(id.value, endpoint.span, |_| ());
    if let Some(kind) = text(endpoint, "VpcEndpointType")
        && let Some(known) = settings::endpoint_type(kind.value)
    {
        intake.endpoint_type(id.value, kind.map(|_| known));
    }
    if let Some(vpc) = text(endpoint, "VpcId") {
        intake.endpoint_vpc(id.value, vpc);
    }
    if let Some(owner) = text(endpoint, "OwnerId")
        && let Some(account) = account_id(owner, &mut intake.problems)
    {
        intake.endpoint_account(id.value, account);
    }
    if let Some(document) =
        endpoint.get("PolicyDocument").filter(|node| node.as_str().is_some() || node.is_object())
    {
        let pointer = format!("/VpcEndpoints/{index}/PolicyDocument");
        if let Some(policy) = intake.policy(document, PolicyKind::Endpoint, &pointer) {
            intake.endpoint_policy(id.value, policy.span, Some(policy));
        }
    }
    intake.contributes(input.source, "", format!("endpoint {}", id.value));
}

//! Keys of other services that their credentials have in requests to every service.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>, “Properties of role
//! sessions”.

use super::Forwarding::Undocumented;
use super::KeyType::{Arn, Number, Text};
use super::Subject::Session;
use super::{KeyFacts, KeyType, Rows};

const fn key(name: &'static str, value_type: KeyType) -> KeyFacts {
    super::key(name, value_type, Session).in_all()
}

pub(super) const ROWS: Rows = &[
    // Which keys of EC2 credentials are forwarded is not documented (R60).
    key("ec2:RoleDelivery", Number).forwarded(Undocumented),
    key("ec2:SourceInstanceArn", Arn).forwarded(Undocumented),
    key("glue:CredentialIssuingService", Text),
    key("glue:RoleAssumedBy", Text),
    key("identitystore:UserId", Text),
    key("lambda:SourceFunctionArn", Arn),
    key("ssm:SourceInstanceArn", Arn),
];

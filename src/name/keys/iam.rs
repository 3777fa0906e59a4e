//! Keys of IAM.
//!
//! Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html>

use super::KeyType::{Arn, Number, Text};
use super::Subject::{Request, Resource};
use super::{Rows, key};

pub(super) const ROWS: Rows = &[
    key("iam:AccountPropertyNamespaces", Text, Request).set().listed(),
    key("iam:AssociatedResourceArn", Arn, Request).listed(),
    key("iam:AWSServiceName", Text, Request).listed(),
    key("iam:DelegationDuration", Text, Request).listed(),
    key("iam:DelegationRequestOwner", Arn, Request).listed(),
    key("iam:FIDO-certification", Text, Request).listed(),
    key("iam:FIDO-FIPS-140-2-certification", Text, Request).listed(),
    key("iam:FIDO-FIPS-140-3-certification", Text, Request).listed(),
    key("iam:NotificationChannel", Text, Request).listed(),
    key("iam:OrganizationsPolicyId", Text, Request).listed(),
    key("iam:PassedToService", Text, Request).listed(),
    key("iam:PermissionsBoundary", Arn, Request).listed(),
    key("iam:PolicyARN", Arn, Request).listed(),
    key("iam:RegisterSecurityKey", Text, Request).listed(),
    // STS lists it too, for the role that is assumed.
    key("iam:ResourceTag/", Text, Resource).of_identities(),
    key("iam:RoleTemplateARN", Arn, Request).listed(),
    key("iam:ServiceSpecificCredentialAgeDays", Number, Request).listed(),
    key("iam:ServiceSpecificCredentialServiceName", Text, Request).listed(),
    key("iam:TemplateArn", Arn, Request).listed(),
];

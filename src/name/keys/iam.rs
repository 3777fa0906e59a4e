//! Keys of IAM.
//!
//! Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html>

use super::KeyType::{Arn, Number, Text};
use super::Subject::{Request, Resource};
use super::{Rows, key};

const MFA_DEVICE: &[&str] = &["EnableMFADevice"];
const DELEGATION: &[&str] = &["CreateDelegationRequest"];

pub(super) const ROWS: Rows = &[
    key("iam:AccountPropertyNamespaces", Text, Request)
        .set()
        .only(&["GetAccountProperties", "PutAccountProperties"]),
    key("iam:AssociatedResourceArn", Arn, Request).only(&["PassRole"]),
    key("iam:AWSServiceName", Text, Request).only(&["CreateServiceLinkedRole"]),
    key("iam:DelegationDuration", Text, Request).only(DELEGATION),
    key("iam:DelegationRequestOwner", Arn, Request).only(&["ListDelegationRequests"]),
    key("iam:FIDO-certification", Text, Request).only(MFA_DEVICE),
    key("iam:FIDO-FIPS-140-2-certification", Text, Request).only(MFA_DEVICE),
    key("iam:FIDO-FIPS-140-3-certification", Text, Request).only(MFA_DEVICE),
    key("iam:NotificationChannel", Text, Request).only(DELEGATION),
    key("iam:OrganizationsPolicyId", Text, Request).only(&["GenerateOrganizationsAccessReport"]),
    key("iam:PassedToService", Text, Request).only(&["PassRole"]),
    key("iam:PermissionsBoundary", Arn, Request).only(&[
        "AttachRolePolicy",
        "AttachUserPolicy",
        "CreateRole",
        "CreateUser",
        "DeleteRole",
        "DeleteRolePermissionsBoundary",
        "DeleteRolePolicy",
        "DeleteUserPermissionsBoundary",
        "DeleteUserPolicy",
        "DetachRolePolicy",
        "DetachUserPolicy",
        "GetRole",
        "PutRolePermissionsBoundary",
        "PutRolePolicy",
        "PutUserPermissionsBoundary",
        "PutUserPolicy",
        "UpdateAssumeRolePolicy",
        "UpdateRole",
        "UpdateRoleDescription",
    ]),
    key("iam:PolicyARN", Arn, Request).only(&[
        "AttachGroupPolicy",
        "AttachRolePolicy",
        "AttachUserPolicy",
        "DetachGroupPolicy",
        "DetachRolePolicy",
        "DetachUserPolicy",
    ]),
    key("iam:RegisterSecurityKey", Text, Request).only(MFA_DEVICE),
    // STS lists it too, for the role that is assumed.
    key("iam:ResourceTag/", Text, Resource).of_identities(),
    key("iam:RoleTemplateARN", Arn, Request).only(&[
        "AttachRolePolicy",
        "CreateRole",
        "GetRole",
        "PutRolePermissionsBoundary",
        "PutRolePolicy",
        "TagRole",
    ]),
    key("iam:ServiceSpecificCredentialAgeDays", Number, Request).only(&["CreateServiceSpecificCredential"]),
    key("iam:ServiceSpecificCredentialServiceName", Text, Request).only(&[
        "CreateServiceSpecificCredential",
        "DeleteServiceSpecificCredential",
        "ResetServiceSpecificCredential",
        "UpdateServiceSpecificCredential",
    ]),
    key("iam:TemplateArn", Arn, Request).only(DELEGATION),
];

//! Keys of STS.
//!
//! Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html>

use super::KeyType::{Arn, Flag, Number, Text};
use super::Subject::Request;
use super::{Rows, key};

/// STS decides these about one request that starts a session, each with the same context.
const START: &[&str] = &[
    "AssumeRole",
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "SetContext",
    "SetSourceIdentity",
    "TagSession",
];
const ASSUME_ROLE: &[&str] = &["AssumeRole", "SetContext", "SetSourceIdentity", "TagSession"];
const WEB_IDENTITY: &[&str] = &["AssumeRoleWithWebIdentity", "SetContext", "SetSourceIdentity", "TagSession"];

/// The reference names the last two alone. The calls that assume a role have a parameter of the same name, and no page says
/// that its key is absent there.
const DURATION: &[&str] = &[
    "AssumeRole",
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "GetServiceBearerToken",
    "GetWebIdentityToken",
];

pub(super) const ROWS: Rows = &[
    key("sts:AWSServiceName", Text, Request).only(&["GetServiceBearerToken"]),
    key("sts:DurationSeconds", Number, Request).only(DURATION),
    key("sts:ExternalId", Text, Request).only(ASSUME_ROLE),
    key("sts:IdentityTokenAudience", Text, Request).set().only(&["GetWebIdentityToken"]),
    key("sts:RequestContext/", Text, Request).only(START),
    key("sts:RequestContextProviders", Arn, Request).set().only(START),
    key("sts:RoleAuthorizedByIdp", Flag, Request).only(WEB_IDENTITY),
    key("sts:RoleSessionName", Text, Request).only(START),
    key("sts:SigningAlgorithm", Text, Request).only(&["GetWebIdentityToken"]),
    key("sts:SourceIdentity", Text, Request).only(START),
    key("sts:TaskPolicyArn", Arn, Request).only(&["AssumeRoot"]),
    key("sts:TransitiveTagKeys", Text, Request).set().only(START),
];

//! Keys of STS.
//!
//! Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html>

use super::KeyType::{Arn, Flag, Number, Text};
use super::Subject::Request;
use super::{Rows, key};
use crate::diagnostic::Cause;

/// STS decides these about one request that starts a session, each with the same context; the reference lists a key for
/// some of them alone.
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

/// The reference names others. The calls that assume a role have a parameter of the same name, and no page says
/// that its key is absent there.
const DURATION: &[&str] = &["AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"];

pub(super) const ROWS: Rows = &[
    key("sts:AWSServiceName", Text, Request).listed(),
    key("sts:DurationSeconds", Number, Request).listed_and(DURATION),
    key("sts:ExternalId", Text, Request).limits(Cause::ExternalId).listed_and(ASSUME_ROLE),
    key("sts:IdentityTokenAudience", Text, Request).set().listed(),
    key("sts:RequestContext/", Text, Request).listed_and(START),
    key("sts:RequestContextProviders", Arn, Request).set().listed_and(START),
    key("sts:RoleAuthorizedByIdp", Flag, Request).listed_and(WEB_IDENTITY),
    key("sts:RoleSessionName", Text, Request).listed_and(START),
    key("sts:SigningAlgorithm", Text, Request).listed(),
    key("sts:SourceIdentity", Text, Request).listed_and(START),
    key("sts:TaskPolicyArn", Arn, Request).listed(),
    key("sts:TransitiveTagKeys", Text, Request).set().listed_and(START),
];

//! Global keys.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>

use super::Forwarding::{Replaced, Undocumented};
use super::KeyType::{Address, Arn, Date, Flag, Number, Text};
use super::Pins::{Listed, Unlisted};
use super::Relation::{Endpoint, PathsOf, PresentWith, PublicAddress};
use super::Subject::{Identity, Network, Principal, Request, Resource, Session, Source, Time, Via};
use super::{KeyFacts, KeyType, Rows, Subject};
use crate::diagnostic::Cause;

/// Requests to every service may have it, unless a row says otherwise.
const fn key(name: &'static str, value_type: KeyType, subject: Subject) -> KeyFacts {
    super::key(name, value_type, subject).in_all()
}

/// Actions of IAM, KMS, S3 and STS that add tags or remove them, and what STS decides beside them about one request. The
/// reference lists fewer actions for `aws:RequestTag/` than for `aws:TagKeys`; a key is absent only where that is certain.
const TAGGING: &[&str] = &[
    "AssumeRole",
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "CreateAccessGrant",
    "CreateAccessGrantsInstance",
    "CreateAccessGrantsLocation",
    "CreateAccessPoint",
    "CreateBucket",
    "CreateInstanceProfile",
    "CreateJob",
    "CreateKey",
    "CreateOpenIDConnectProvider",
    "CreatePolicy",
    "CreateRole",
    "CreateSAMLProvider",
    "CreateStorageLensGroup",
    "CreateUser",
    "CreateVirtualMFADevice",
    "GetFederationToken",
    "GetWebIdentityToken",
    "PutJobTagging",
    "PutStorageLensConfiguration",
    "PutStorageLensConfigurationTagging",
    "SetSourceIdentity",
    "TagGetWebIdentityToken",
    "TagInstanceProfile",
    "TagMFADevice",
    "TagOpenIDConnectProvider",
    "TagPolicy",
    "TagResource",
    "TagRole",
    "TagSAMLProvider",
    "TagServerCertificate",
    "TagSession",
    "TagUser",
    "UntagInstanceProfile",
    "UntagMFADevice",
    "UntagOpenIDConnectProvider",
    "UntagPolicy",
    "UntagResource",
    "UntagRole",
    "UntagSAMLProvider",
    "UntagServerCertificate",
    "UntagUser",
    "UploadServerCertificate",
];

pub(super) const ROWS: Rows = &[
    key("aws:AssumedRoot", Flag, Session),
    key("aws:CalledVia", Text, Via).set().made_by_aws(),
    key("aws:CalledViaAWSMCP", Text, Via).made_by_aws().forwarded(Undocumented),
    key("aws:CalledViaFirst", Text, Via).made_by_aws(),
    key("aws:CalledViaLast", Text, Via).made_by_aws(),
    key("aws:ChatbotSourceArn", Arn, Session),
    key("aws:CurrentTime", Date, Time).always("2027-01-01T00:00:00Z"),
    // Which keys of EC2 credentials are forwarded is not documented (R60).
    key("aws:Ec2InstanceSourcePrivateIPv4", Address, Session).forwarded(Undocumented),
    key("aws:Ec2InstanceSourceVpc", Text, Session).made_by_aws().forwarded(Undocumented),
    // Compared by Date and by Numeric operators, so that neither type is its own.
    key("aws:EpochTime", Text, Time).always("1798761600"),
    key("aws:FederatedProvider", Text, Session),
    key("aws:IsMcpServiceAction", Flag, Request).forwarded(Undocumented),
    key("aws:MultiFactorAuthAge", Number, Session).limits(Cause::Mfa).relation(PresentWith {
        key: "aws:MultiFactorAuthPresent",
        value: "true",
        otherwise: "false",
    }),
    key("aws:MultiFactorAuthPresent", Flag, Session).limits(Cause::Mfa),
    key("aws:PrincipalAccount", Text, Identity).identifier().pins(Unlisted),
    key("aws:PrincipalArn", Arn, Identity).pins(Unlisted),
    key("aws:PrincipalIsAWSService", Flag, Principal).always("false"),
    key("aws:PrincipalOrgID", Text, Identity).limits(Cause::Organization).identifier().pins(Listed),
    key("aws:PrincipalOrgPaths", Text, Identity)
        .limits(Cause::Organization)
        .set()
        .made_by_aws()
        .relation(PathsOf("aws:PrincipalOrgID"))
        .pins(Unlisted),
    key("aws:PrincipalServiceName", Text, Principal),
    key("aws:PrincipalServiceNamesList", Text, Principal).set(),
    key("aws:PrincipalTag/", Text, Identity).limits(Cause::TagValue),
    key("aws:PrincipalType", Text, Principal).made_by_aws(),
    key("aws:referer", Text, Request).forwarded(Undocumented),
    key("aws:RequestedRegion", Text, Resource).limits(Cause::Region).made_by_aws().always("us-east-1"),
    key("aws:RequestTag/", Text, Request).limits(Cause::TagValue).tagging(TAGGING),
    key("aws:ResourceAccount", Text, Resource).identifier(),
    key("aws:ResourceOrgID", Text, Resource).limits(Cause::Organization).identifier(),
    key("aws:ResourceOrgPaths", Text, Resource)
        .limits(Cause::Organization)
        .set()
        .made_by_aws()
        .relation(PathsOf("aws:ResourceOrgID")),
    key("aws:ResourceTag/", Text, Resource).limits(Cause::TagValue),
    key("aws:SecureTransport", Flag, Request).limits(Cause::Tls).always("true").forwarded(Replaced),
    key("aws:SourceAccount", Text, Source).identifier().pins(Listed),
    key("aws:SourceArn", Arn, Source).pins(Listed),
    key("aws:SourceIdentity", Text, Session),
    // Pages contradict each other on what the forwarded request has (R50).
    key("aws:SourceIp", Address, Network).relation(PublicAddress).pins(Listed).forwarded(Undocumented),
    key("aws:SourceOrgID", Text, Source).identifier().pins(Unlisted),
    key("aws:SourceOrgPaths", Text, Source)
        .set()
        .made_by_aws()
        .relation(PathsOf("aws:SourceOrgID"))
        .pins(Unlisted),
    key("aws:SourceOwner", Text, Source).identifier().pins(Listed),
    key("aws:SourceVpc", Text, Network).identifier().relation(Endpoint).pins(Listed),
    key("aws:SourceVpcArn", Arn, Network).pins(Unlisted),
    key("aws:SourceVpce", Text, Network).identifier().relation(Endpoint).pins(Listed),
    key("aws:TagKeys", Text, Request).set().tagging(TAGGING),
    key("aws:TokenIssueTime", Date, Session),
    key("aws:UserAgent", Text, Request).forwarded(Undocumented),
    key("aws:userid", Text, Identity).identifier().pins(Listed),
    key("aws:username", Text, Identity).made_by_aws(),
    key("aws:ViaAWSMCPService", Flag, Via).forwarded(Undocumented),
    key("aws:ViaAWSService", Flag, Via).always("false"),
    key("aws:VpceAccount", Text, Network).identifier().pins(Unlisted),
    key("aws:VpceOrgID", Text, Network).identifier().pins(Unlisted),
    key("aws:VpceOrgPaths", Text, Network)
        .set()
        .made_by_aws()
        .relation(PathsOf("aws:VpceOrgID"))
        .pins(Unlisted),
    key("aws:VpcSourceIp", Address, Network).relation(Endpoint),
];

//! Keys of S3.
//!
//! Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>

use super::KeyType::{Arn, Date, Flag, Number, Text};
use super::Pins::Listed;
use super::Relation::PresentWith;
use super::Subject::{Request, Resource};
use super::{KeyFacts, KeyType, Rows, key};

/// A header or parameter of the request, or what S3 made of it.
const fn header(name: &'static str, value_type: KeyType) -> KeyFacts {
    key(name, value_type, Request)
}

const ACCESS_GRANT: &[&str] = &["CreateAccessGrant", "DeleteAccessGrant", "GetAccessGrant"];
const ACCESS_GRANTS_LOCATION: &[&str] = &[
    "CreateAccessGrantsLocation",
    "DeleteAccessGrantsLocation",
    "GetAccessGrantsLocation",
    "UpdateAccessGrantsLocation",
];
/// What an access grant can give access to.
const DATA: &[&str] = &[
    "AbortMultipartUpload",
    "DeleteObject",
    "DeleteObjectVersion",
    "GetObject",
    "GetObjectAcl",
    "GetObjectVersion",
    "GetObjectVersionAcl",
    "ListBucket",
    "ListBucketMultipartUploads",
    "ListBucketVersions",
    "ListMultipartUploadParts",
    "PutObject",
    "PutObjectAcl",
    "PutObjectVersionAcl",
];
const TAGGED_OBJECT: &[&str] = &[
    "DeleteObjectAnnotation",
    "DeleteObjectTagging",
    "DeleteObjectVersionAnnotation",
    "DeleteObjectVersionTagging",
    "GetObject",
    "GetObjectAcl",
    "GetObjectAnnotation",
    "GetObjectAttributes",
    "GetObjectTagging",
    "GetObjectVersion",
    "GetObjectVersionAcl",
    "GetObjectVersionAnnotation",
    "GetObjectVersionAttributes",
    "GetObjectVersionTagging",
    "ListObjectAnnotations",
    "ListObjectVersionAnnotations",
    "PutObjectAcl",
    "PutObjectAnnotation",
    "PutObjectTagging",
    "PutObjectVersionAcl",
    "PutObjectVersionAnnotation",
    "PutObjectVersionTagging",
    "UpdateObjectEncryption",
];
const VERSION: &[&str] = &[
    "DeleteObjectVersion",
    "DeleteObjectVersionAnnotation",
    "DeleteObjectVersionTagging",
    "GetObjectVersion",
    "GetObjectVersionAcl",
    "GetObjectVersionAnnotation",
    "GetObjectVersionAttributes",
    "GetObjectVersionTagging",
    "GetObjectVersionTorrent",
    "ListObjectVersionAnnotations",
    "PutObjectVersionAcl",
    "PutObjectVersionAnnotation",
    "PutObjectVersionTagging",
];
const ACL: &[&str] = &[
    "BypassGovernanceRetention",
    "CreateAccessPoint",
    "CreateBucket",
    "PutBucketAcl",
    "PutObject",
    "PutObjectAcl",
    "PutObjectVersionAcl",
];
const ACL_GRANT: &[&str] = &[
    "BypassGovernanceRetention",
    "CreateBucket",
    "PutBucketAcl",
    "PutObject",
    "PutObjectAcl",
    "PutObjectVersionAcl",
];
const LIST: &[&str] = &["ListBucket", "ListBucketVersions"];
const LIST_ANNOTATIONS: &[&str] = &["ListObjectAnnotations", "ListObjectVersionAnnotations"];
const JOB: &[&str] = &["DeleteJobTagging", "PutJobTagging", "UpdateJobPriority", "UpdateJobStatus"];
const LOG_DELIVERY: &[&str] = &["AllowVendedLogDeliveryForResource"];
const RETENTION: &[&str] = &["PutObject", "PutObjectRetention"];
const EVENT_HOLD: &[&str] = &["PutObject", "PutObjectRetention", "ReplicateObject"];
const PUT: &[&str] = &["PutObject"];
const PUT_OR_BYPASS: &[&str] = &["BypassGovernanceRetention", "PutObject"];
const TAG_OBJECT: &[&str] =
    &["BypassGovernanceRetention", "PutObject", "PutObjectTagging", "PutObjectVersionTagging"];
const ENCRYPT: &[&str] =
    &["BypassGovernanceRetention", "PutObject", "ReplicateObject", "UpdateObjectEncryption"];

pub(super) const ROWS: Rows = &[
    header("s3:AccessGrantScope", Text).only(ACCESS_GRANT),
    header("s3:AccessGrantsInstanceArn", Arn).only(DATA),
    header("s3:AccessGrantsLocationScope", Text).only(ACCESS_GRANTS_LOCATION),
    // Listed for the resource and not for actions: every request through an access point has them.
    key("s3:AccessPointNetworkOrigin", Text, Resource).made_by_aws(),
    key("s3:AccessPointTag/", Text, Resource),
    header("s3:annotation-prefix", Text).only(LIST_ANNOTATIONS),
    header("s3:authType", Text).made_by_aws(),
    key("s3:BucketTag/", Text, Resource),
    key("s3:DataAccessPointAccount", Text, Resource).identifier().pins(Listed),
    key("s3:DataAccessPointArn", Arn, Resource).pins(Listed),
    header("s3:delimiter", Text).only(LIST),
    header("s3:deliverySourceArn", Arn).only(LOG_DELIVERY),
    header("s3:destinationRegion", Text).only(&["PauseReplication"]),
    key("s3:ExistingJobOperation", Text, Resource).only(JOB),
    key("s3:ExistingJobPriority", Number, Resource).only(JOB),
    key("s3:ExistingObjectTag/", Text, Resource).only(TAGGED_OBJECT),
    header("s3:if-match", Text).only(&["DeleteObject", "PutObject"]),
    header("s3:if-none-match", Text).only(PUT),
    header("s3:InventoryAccessibleOptionalFields", Text).set().only(&["PutInventoryConfiguration"]),
    header("s3:isReplicationPauseRequest", Flag).only(&["PutReplicationConfiguration"]),
    header("s3:JobSuspendedCause", Text).only(&["UpdateJobStatus"]),
    header("s3:locationconstraint", Text).only(&["CreateAccessPoint", "CreateBucket"]),
    header("s3:logType", Text).only(LOG_DELIVERY),
    header("s3:max-annotation-results", Number).only(LIST_ANNOTATIONS),
    header("s3:max-keys", Number).only(LIST),
    header("s3:object-lock-event-hold", Text).only(EVENT_HOLD),
    header("s3:object-lock-event-hold-duration-days", Number).only(EVENT_HOLD),
    header("s3:object-lock-legal-hold", Text).only(&["PutObject", "PutObjectLegalHold"]),
    header("s3:object-lock-mode", Text).only(RETENTION),
    header("s3:object-lock-remaining-retention-days", Number).only(RETENTION),
    header("s3:object-lock-retain-until-date", Date).only(RETENTION),
    header("s3:ObjectCreationOperation", Flag).only(PUT),
    header("s3:prefix", Text).only(LIST),
    header("s3:RequestJobOperation", Text).only(&["CreateJob"]),
    header("s3:RequestJobPriority", Number).only(&["CreateJob", "UpdateJobPriority"]),
    header("s3:RequestObjectTag/", Text).only(TAG_OBJECT),
    header("s3:RequestObjectTagKeys", Text).set().only(TAG_OBJECT),
    key("s3:ResourceAccount", Text, Resource).identifier(),
    header("s3:resourceArnBeingAuthorized", Arn).only(LOG_DELIVERY),
    header("s3:signatureAge", Number).relation(PresentWith {
        key: "s3:authType",
        value: "REST-QUERY-STRING",
        otherwise: "REST-HEADER",
    }),
    header("s3:signatureversion", Text).made_by_aws(),
    header("s3:TlsVersion", Number),
    header("s3:versionid", Text).only(VERSION),
    header("s3:x-amz-acl", Text).only(ACL),
    header("s3:x-amz-bucket-namespace", Text).only(&["CreateBucket"]),
    header("s3:x-amz-content-sha256", Text),
    header("s3:x-amz-copy-source", Text).only(PUT_OR_BYPASS),
    header("s3:x-amz-grant-full-control", Text).only(ACL_GRANT),
    header("s3:x-amz-grant-read", Text).only(ACL_GRANT),
    header("s3:x-amz-grant-read-acp", Text).only(ACL_GRANT),
    header("s3:x-amz-grant-write", Text).only(ACL_GRANT),
    header("s3:x-amz-grant-write-acp", Text).only(ACL_GRANT),
    header("s3:x-amz-metadata-directive", Text).only(PUT_OR_BYPASS),
    header("s3:x-amz-object-annotation-directive", Text).only(PUT),
    header("s3:x-amz-object-if-match", Text).only(&[
        "DeleteObjectAnnotation",
        "DeleteObjectVersionAnnotation",
        "PutObjectAnnotation",
        "PutObjectVersionAnnotation",
    ]),
    header("s3:x-amz-object-ownership", Text).only(&["CreateBucket"]),
    header("s3:x-amz-server-side-encryption", Text).only(ENCRYPT),
    header("s3:x-amz-server-side-encryption-aws-kms-key-id", Arn).only(ENCRYPT).pins(Listed),
    header("s3:x-amz-server-side-encryption-customer-algorithm", Text).only(&[
        "BypassGovernanceRetention",
        "PutObject",
        "ReplicateObject",
    ]),
    header("s3:x-amz-storage-class", Text).only(&[
        "BypassGovernanceRetention",
        "PutObject",
        "PutObjectAcl",
        "PutObjectVersionAcl",
    ]),
    header("s3:x-amz-website-redirect-location", Text).only(PUT_OR_BYPASS),
];

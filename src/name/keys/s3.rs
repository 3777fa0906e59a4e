//! Keys of S3.
//!
//! Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>

use super::KeyType::{Arn, Date, Flag, Number, Text};
use super::Pins::Listed;
use super::Relation::PresentWith;
use super::Subject::{Request, Resource};
use super::{KeyFacts, KeyType, Rows, key};
use crate::diagnostic::Cause;

/// A header or parameter of the request, or what S3 made of it.
const fn header(name: &'static str, value_type: KeyType) -> KeyFacts {
    key(name, value_type, Request)
}

pub(super) const ROWS: Rows = &[
    header("s3:AccessGrantScope", Text).listed(),
    header("s3:AccessGrantsInstanceArn", Arn).listed(),
    header("s3:AccessGrantsLocationScope", Text).listed(),
    // Listed for the resource and not for actions: every request through an access point has them.
    key("s3:AccessPointNetworkOrigin", Text, Resource).made_by_aws(),
    key("s3:AccessPointTag/", Text, Resource),
    header("s3:annotation-prefix", Text).listed(),
    header("s3:authType", Text).limits(Cause::Signature).made_by_aws(),
    key("s3:BucketTag/", Text, Resource).limits(Cause::TagValue),
    key("s3:DataAccessPointAccount", Text, Resource).identifier().pins(Listed),
    key("s3:DataAccessPointArn", Arn, Resource).pins(Listed),
    header("s3:delimiter", Text).listed(),
    header("s3:deliverySourceArn", Arn).listed(),
    header("s3:destinationRegion", Text).listed(),
    key("s3:ExistingJobOperation", Text, Resource).listed(),
    key("s3:ExistingJobPriority", Number, Resource).listed(),
    key("s3:ExistingObjectTag/", Text, Resource).limits(Cause::TagValue).listed(),
    header("s3:if-match", Text).listed(),
    header("s3:if-none-match", Text).listed(),
    header("s3:InventoryAccessibleOptionalFields", Text).set().listed(),
    header("s3:isReplicationPauseRequest", Flag).listed(),
    header("s3:JobSuspendedCause", Text).listed(),
    header("s3:locationconstraint", Text).listed(),
    header("s3:logType", Text).listed(),
    header("s3:max-annotation-results", Number).listed(),
    header("s3:max-keys", Number).listed(),
    header("s3:object-lock-event-hold", Text).listed(),
    header("s3:object-lock-event-hold-duration-days", Number).listed(),
    header("s3:object-lock-legal-hold", Text).listed(),
    header("s3:object-lock-mode", Text).listed(),
    header("s3:object-lock-remaining-retention-days", Number).listed(),
    header("s3:object-lock-retain-until-date", Date).listed(),
    header("s3:ObjectCreationOperation", Flag).listed(),
    header("s3:prefix", Text).listed(),
    header("s3:RequestJobOperation", Text).listed(),
    header("s3:RequestJobPriority", Number).listed(),
    header("s3:RequestObjectTag/", Text).listed(),
    header("s3:RequestObjectTagKeys", Text).set().listed(),
    key("s3:ResourceAccount", Text, Resource).identifier(),
    header("s3:resourceArnBeingAuthorized", Arn).listed(),
    header("s3:signatureAge", Number).limits(Cause::Signature).relation(PresentWith {
        key: "s3:authType",
        value: "REST-QUERY-STRING",
        otherwise: "REST-HEADER",
    }),
    header("s3:signatureversion", Text).limits(Cause::Signature).made_by_aws(),
    header("s3:TlsVersion", Number).limits(Cause::Tls),
    header("s3:versionid", Text).listed(),
    header("s3:x-amz-acl", Text).listed(),
    header("s3:x-amz-bucket-namespace", Text).listed(),
    header("s3:x-amz-content-sha256", Text),
    header("s3:x-amz-copy-source", Text).listed(),
    header("s3:x-amz-grant-full-control", Text).listed(),
    header("s3:x-amz-grant-read", Text).listed(),
    header("s3:x-amz-grant-read-acp", Text).listed(),
    header("s3:x-amz-grant-write", Text).listed(),
    header("s3:x-amz-grant-write-acp", Text).listed(),
    header("s3:x-amz-metadata-directive", Text).listed(),
    header("s3:x-amz-object-annotation-directive", Text).listed(),
    header("s3:x-amz-object-if-match", Text).listed(),
    header("s3:x-amz-object-ownership", Text).listed(),
    header("s3:x-amz-server-side-encryption", Text).listed(),
    header("s3:x-amz-server-side-encryption-aws-kms-key-id", Arn).listed().pins(Listed),
    header("s3:x-amz-server-side-encryption-customer-algorithm", Text).listed(),
    header("s3:x-amz-storage-class", Text).listed(),
    header("s3:x-amz-website-redirect-location", Text).listed(),
];

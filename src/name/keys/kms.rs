//! Keys of KMS.
//!
//! Sources: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html>,
//! <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html>

use super::Forwarding::{Dropped, Replaced};
use super::KeyType::{Arn, Date, Flag, Number, Text};
use super::Subject::{Identity, Request, Resource, Via};
use super::{KeyFacts, KeyType, Rows, key};
use crate::diagnostic::Cause;

/// A parameter of the request. What a service sends when it calls KMS is its own.
const fn parameter(name: &'static str, value_type: KeyType) -> KeyFacts {
    key(name, value_type, Request).forwarded(Replaced)
}

pub(super) const ROWS: Rows = &[
    parameter("kms:BypassPolicyLockoutSafetyCheck", Flag).listed(),
    key("kms:CallerAccount", Text, Identity).identifier().pins(super::Pins::Unlisted).forwarded(Replaced),
    // Old names of kms:KeySpec and kms:KeyUsage.
    key("kms:CustomerMasterKeySpec", Text, Resource).made_by_aws(),
    key("kms:CustomerMasterKeyUsage", Text, Resource).made_by_aws(),
    parameter("kms:DataKeyPairSpec", Text).listed(),
    parameter("kms:EncapsulationAlgorithm", Text).listed(),
    parameter("kms:EncryptionAlgorithm", Text).made_by_aws().listed(),
    parameter("kms:EncryptionContext:", Text).listed(),
    parameter("kms:EncryptionContextKeys", Text).set().listed(),
    parameter("kms:ExpirationModel", Text).listed(),
    parameter("kms:GrantConstraintSourceArn", Arn).listed(),
    parameter("kms:GrantConstraintType", Text).listed(),
    parameter("kms:GranteePrincipal", Text).listed(),
    parameter("kms:GranteeServicePrincipal", Text).listed(),
    parameter("kms:GrantIsForAWSResource", Flag).listed(),
    parameter("kms:GrantOperations", Text).set().listed(),
    parameter("kms:KeyAgreementAlgorithm", Text).listed(),
    key("kms:KeyOrigin", Text, Resource).made_by_aws(),
    key("kms:KeySpec", Text, Resource).made_by_aws(),
    key("kms:KeyUsage", Text, Resource).made_by_aws(),
    parameter("kms:MacAlgorithm", Text).listed(),
    parameter("kms:MessageType", Text).listed(),
    key("kms:MultiRegion", Flag, Resource),
    key("kms:MultiRegionKeyType", Text, Resource).made_by_aws(),
    parameter("kms:PrimaryRegion", Text).listed(),
    // S3 asks for no attestation, and names the KMS key by its id (R61).
    parameter("kms:RecipientAttestation:", Text).forwarded(Dropped).listed(),
    parameter("kms:ReEncryptOnSameKey", Flag).listed(),
    parameter("kms:ReplicaRegion", Text).listed(),
    parameter("kms:RequestAlias", Text).forwarded(Dropped).listed(),
    key("kms:ResourceAliases", Text, Resource).set(),
    parameter("kms:RetiringPrincipal", Text).listed(),
    parameter("kms:RetiringServicePrincipal", Text).listed(),
    parameter("kms:RotationPeriodInDays", Number).listed(),
    parameter("kms:ScheduleKeyDeletionPendingWindowInDays", Number).listed(),
    parameter("kms:SigningAlgorithm", Text).listed(),
    parameter("kms:TrailingDaysWithoutKeyUsage", Number).listed(),
    parameter("kms:ValidTo", Date).listed(),
    key("kms:ViaService", Text, Via).limits(Cause::ViaServiceOther).made_by_aws(),
    parameter("kms:WrappingAlgorithm", Text).listed(),
    parameter("kms:WrappingKeySpec", Text).listed(),
];

//! Keys of KMS.
//!
//! Sources: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html>,
//! <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html>

use super::Forwarding::{Dropped, Replaced};
use super::KeyType::{Arn, Date, Flag, Number, Text};
use super::Subject::{Identity, Request, Resource, Via};
use super::{KeyFacts, KeyType, Rows, key};

/// A parameter of the request. What a service sends when it calls KMS is its own.
const fn parameter(name: &'static str, value_type: KeyType) -> KeyFacts {
    key(name, value_type, Request).forwarded(Replaced)
}

const ENCRYPTION: &[&str] = &[
    "CreateGrant",
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "RetireGrant",
];
const ALGORITHM: &[&str] = &[
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
];
const GRANT: &[&str] = &["CreateGrant"];
const KEY_PAIR: &[&str] = &["GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"];
const SIGNATURE: &[&str] = &["Sign", "Verify"];
const IMPORT: &[&str] = &["ImportKeyMaterial"];
const WRAPPING: &[&str] = &["GetParametersForImport"];

pub(super) const ROWS: Rows = &[
    parameter("kms:BypassPolicyLockoutSafetyCheck", Flag).only(&["CreateKey", "PutKeyPolicy"]),
    key("kms:CallerAccount", Text, Identity).identifier().pins(super::Pins::Unlisted).forwarded(Replaced),
    // Old names of kms:KeySpec and kms:KeyUsage.
    key("kms:CustomerMasterKeySpec", Text, Resource).made_by_aws(),
    key("kms:CustomerMasterKeyUsage", Text, Resource).made_by_aws(),
    parameter("kms:DataKeyPairSpec", Text).only(KEY_PAIR),
    parameter("kms:EncryptionAlgorithm", Text).made_by_aws().only(ALGORITHM),
    parameter("kms:EncryptionContext:", Text).only(ENCRYPTION),
    parameter("kms:EncryptionContextKeys", Text).set().only(ENCRYPTION),
    parameter("kms:ExpirationModel", Text).only(IMPORT),
    parameter("kms:GrantConstraintSourceArn", Arn).only(GRANT),
    parameter("kms:GrantConstraintType", Text).only(&["CreateGrant", "RetireGrant"]),
    parameter("kms:GranteePrincipal", Text).only(GRANT),
    parameter("kms:GranteeServicePrincipal", Text).only(GRANT),
    parameter("kms:GrantIsForAWSResource", Flag).only(&["CreateGrant", "ListGrants", "RevokeGrant"]),
    parameter("kms:GrantOperations", Text).set().only(GRANT),
    parameter("kms:KeyAgreementAlgorithm", Text).only(&["DeriveSharedSecret"]),
    key("kms:KeyOrigin", Text, Resource).made_by_aws(),
    key("kms:KeySpec", Text, Resource).made_by_aws(),
    key("kms:KeyUsage", Text, Resource).made_by_aws(),
    parameter("kms:MacAlgorithm", Text).only(&["GenerateMac", "VerifyMac"]),
    parameter("kms:MessageType", Text).only(SIGNATURE),
    key("kms:MultiRegion", Flag, Resource),
    key("kms:MultiRegionKeyType", Text, Resource).made_by_aws(),
    parameter("kms:PrimaryRegion", Text).only(&["UpdatePrimaryRegion"]),
    // S3 asks for no attestation, and names the KMS key by its id (R61).
    parameter("kms:RecipientAttestation:", Text).forwarded(Dropped).only(&[
        "Decrypt",
        "DeriveSharedSecret",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateRandom",
    ]),
    parameter("kms:ReEncryptOnSameKey", Flag).only(&["ReEncryptFrom", "ReEncryptTo"]),
    parameter("kms:ReplicaRegion", Text).only(&["ReplicateKey"]),
    parameter("kms:RequestAlias", Text).forwarded(Dropped).only(&[
        "Decrypt",
        "DeriveSharedSecret",
        "DescribeKey",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateMac",
        "GetPublicKey",
        "ReEncryptFrom",
        "ReEncryptTo",
        "Sign",
        "Verify",
        "VerifyMac",
    ]),
    key("kms:ResourceAliases", Text, Resource).set(),
    parameter("kms:RetiringPrincipal", Text).only(GRANT),
    parameter("kms:RetiringServicePrincipal", Text).only(GRANT),
    parameter("kms:RotationPeriodInDays", Number).only(&["EnableKeyRotation"]),
    parameter("kms:ScheduleKeyDeletionPendingWindowInDays", Number).only(&["ScheduleKeyDeletion"]),
    parameter("kms:SigningAlgorithm", Text).only(SIGNATURE),
    parameter("kms:TrailingDaysWithoutKeyUsage", Number).only(&["DisableKey", "ScheduleKeyDeletion"]),
    parameter("kms:ValidTo", Date).only(IMPORT),
    key("kms:ViaService", Text, Via).made_by_aws(),
    parameter("kms:WrappingAlgorithm", Text).only(WRAPPING),
    parameter("kms:WrappingKeySpec", Text).only(WRAPPING),
];

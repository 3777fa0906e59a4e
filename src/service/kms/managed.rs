//! AWS managed keys: a row a key, with what its fixed policy lets the service do for principals of its account (R91).
//!
//! The account of the key cannot change the policy, and principals of other accounts are not let in.

use crate::estate::{SharedPolicy, fixed_key_policy};
use crate::name::AccountId;

/// A key that AWS makes in an account when a service first needs it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ManagedKey {
    /// Its alias, without `alias/`.
    pub(crate) alias: &'static str,
    /// The service that makes the requests, as `kms:ViaService` begins.
    service: &'static str,
    /// The id of the policy.
    id: &'static str,
    /// What principals of the account may do through the service without a permission for KMS of their own.
    actions: &'static [&'static str],
    /// What the account may allow its principals to do with the key itself.
    metadata: &'static [&'static str],
}

/// Sorted by alias. Those whose policy AWS documents.
///
/// Sources: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>,
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html>,
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html>
pub(crate) static ALL: [ManagedKey; 3] = [
    ManagedKey {
        alias: "aws/s3",
        service: "s3",
        id: "auto-s3-2",
        actions: &["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        metadata: &["kms:Describe*", "kms:Get*", "kms:List*"],
    },
    ManagedKey {
        alias: "aws/secretsmanager",
        service: "secretsmanager",
        id: "auto-secretsmanager-2",
        actions: &[
            "kms:Encrypt",
            "kms:Decrypt",
            "kms:ReEncrypt*",
            "kms:CreateGrant",
            "kms:DescribeKey",
            "kms:GenerateDataKey*",
        ],
        metadata: &["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
    },
    // The page says whom it lets in, and does not print it.
    ManagedKey {
        alias: "aws/sqs",
        service: "sqs",
        id: "auto-sqs-1",
        actions: &[
            "kms:Encrypt",
            "kms:Decrypt",
            "kms:ReEncrypt*",
            "kms:GenerateDataKey*",
            "kms:CreateGrant",
            "kms:DescribeKey",
        ],
        metadata: &["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
    },
];

/// The key that S3 uses where the request and the bucket name no other.
pub(crate) static S3: &ManagedKey = {
    let [s3, _, _] = &ALL;
    s3
};

impl ManagedKey {
    /// The row of an alias, as `alias/aws/s3`.
    pub(crate) fn of_alias(alias: &str) -> Option<&'static Self> {
        let alias = alias.strip_prefix("alias/")?;
        ALL.iter().find(|row| row.alias == alias)
    }

    /// Its policy in one account and Region.
    pub(crate) fn policy(&self, partition: &str, account: AccountId, region: &str) -> SharedPolicy {
        let list = |actions: &[&str]| format!("[\"{}\"]", actions.join("\",\""));
        let (actions, metadata) = (list(self.actions), list(self.metadata));
        let (service, id) = (self.service, self.id);
        fixed_key_policy(&format!(
            r#"{{"Version":"2012-10-17","Id":"{id}","Statement":[{{"Sid":"Use through the service by principals of the account","Effect":"Allow","Principal":{{"AWS":"*"}},"Action":{actions},"Resource":"*","Condition":{{"StringEquals":{{"kms:CallerAccount":"{account}","kms:ViaService":"{service}.{region}.amazonaws.com"}}}}}},{{"Sid":"Read key metadata","Effect":"Allow","Principal":{{"AWS":"arn:{partition}:iam::{account}:root"}},"Action":{metadata},"Resource":"*"}}]}}"#
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Effect;

    #[test]
    fn rows_are_sorted_and_their_policies_are_read_whole() {
        assert!(ALL.is_sorted_by(|a, b| a.alias < b.alias));
        for row in &ALL {
            let policy = row.policy("aws", "222222222222".parse().unwrap(), "eu-west-1");
            assert_eq!(policy.statements.len(), 2, "{}", row.alias);
            assert!(policy.statements.iter().all(|s| s.effect.value == Effect::Allow));
            let [through, metadata] = &*policy.statements else { unreachable!() };
            assert_eq!(through.actions.listed().len(), row.actions.len());
            assert_eq!(metadata.actions.listed().len(), row.metadata.len());
            let values: Vec<&str> =
                through.tests.iter().flat_map(|test| test.values.iter()).map(|v| v.text()).collect();
            assert_eq!(values, ["222222222222", &format!("{}.eu-west-1.amazonaws.com", row.service)]);
            assert_eq!(ManagedKey::of_alias(&format!("alias/{}", row.alias)), Some(row));
        }
        assert_eq!(ManagedKey::of_alias("alias/aws/ebs"), None);
        assert_eq!(S3.alias, "aws/s3");
    }
}

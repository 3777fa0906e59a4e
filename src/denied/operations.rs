//! API calls by the names that clients write, with the service, the action that IAM is asked for and what the call does.
//!
//! Sources: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>,
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>

use super::refusal::Deed;

pub(super) struct Operation {
    pub(super) name: &'static str,
    pub(super) service: &'static str,
    /// `None` where several actions come into question.
    pub(super) action: Option<&'static str>,
    pub(super) deed: Deed,
}

const fn row(
    name: &'static str,
    service: &'static str,
    action: Option<&'static str>,
    deed: Deed,
) -> Operation {
    Operation { name, service, action, deed }
}

/// Sorted by name.
static ALL: [Operation; 80] = [
    row("AbortMultipartUpload", "s3", Some("s3:AbortMultipartUpload"), Deed::Multipart),
    row("AssumeRole", "sts", Some("sts:AssumeRole"), Deed::Assume),
    row("AssumeRoleWithSAML", "sts", Some("sts:AssumeRoleWithSAML"), Deed::Assume),
    row("AssumeRoleWithWebIdentity", "sts", Some("sts:AssumeRoleWithWebIdentity"), Deed::Assume),
    row("AttachVolume", "ec2", Some("ec2:AttachVolume"), Deed::Action),
    row("BatchGetSecretValue", "secretsmanager", Some("secretsmanager:BatchGetSecretValue"), Deed::Action),
    row("CompleteMultipartUpload", "s3", Some("s3:PutObject"), Deed::Multipart),
    // It reads one object and writes another: either may be what was refused.
    row("CopyObject", "s3", None, Deed::Copy),
    row("CopySnapshot", "ec2", Some("ec2:CopySnapshot"), Deed::Action),
    row("CreateFleet", "ec2", Some("ec2:CreateFleet"), Deed::Action),
    row("CreateFunction", "lambda", Some("lambda:CreateFunction"), Deed::Action),
    row("CreateGrant", "kms", Some("kms:CreateGrant"), Deed::Action),
    row("CreateMultipartUpload", "s3", Some("s3:PutObject"), Deed::Multipart),
    row("CreateSecret", "secretsmanager", Some("secretsmanager:CreateSecret"), Deed::Action),
    row("CreateSession", "s3", Some("s3express:CreateSession"), Deed::Action),
    row("CreateSnapshot", "ec2", Some("ec2:CreateSnapshot"), Deed::Action),
    row("CreateVolume", "ec2", Some("ec2:CreateVolume"), Deed::Action),
    row("Decrypt", "kms", Some("kms:Decrypt"), Deed::Action),
    row("DeleteMessage", "sqs", Some("sqs:DeleteMessage"), Deed::Action),
    row("DeleteObject", "s3", Some("s3:DeleteObject"), Deed::Delete),
    row("DeleteObjects", "s3", Some("s3:DeleteObject"), Deed::Delete),
    row("DescribeKey", "kms", Some("kms:DescribeKey"), Deed::Action),
    row("Encrypt", "kms", Some("kms:Encrypt"), Deed::Action),
    row("GenerateDataKey", "kms", Some("kms:GenerateDataKey"), Deed::Action),
    row("GenerateDataKeyWithoutPlaintext", "kms", Some("kms:GenerateDataKeyWithoutPlaintext"), Deed::Action),
    row("GetBucketLocation", "s3", Some("s3:GetBucketLocation"), Deed::Action),
    row("GetBucketPolicy", "s3", Some("s3:GetBucketPolicy"), Deed::Action),
    row("GetDataAccess", "s3", Some("s3:GetDataAccess"), Deed::Action),
    row("GetDatabase", "glue", Some("glue:GetDatabase"), Deed::Action),
    row("GetDatabases", "glue", Some("glue:GetDatabases"), Deed::Action),
    row("GetJobRun", "glue", Some("glue:GetJobRun"), Deed::Action),
    row("GetJobRuns", "glue", Some("glue:GetJobRuns"), Deed::Action),
    row("GetObject", "s3", Some("s3:GetObject"), Deed::Read),
    row("GetObjectAttributes", "s3", Some("s3:GetObject"), Deed::Read),
    row("GetObjectTagging", "s3", Some("s3:GetObjectTagging"), Deed::Action),
    row("GetParameter", "ssm", Some("ssm:GetParameter"), Deed::Action),
    row("GetParameters", "ssm", Some("ssm:GetParameters"), Deed::Action),
    row("GetParametersByPath", "ssm", Some("ssm:GetParametersByPath"), Deed::Action),
    row("GetPartitions", "glue", Some("glue:GetPartitions"), Deed::Action),
    row("GetQueryExecution", "athena", Some("athena:GetQueryExecution"), Deed::Action),
    row("GetQueryResults", "athena", Some("athena:GetQueryResults"), Deed::Action),
    row("GetSecretValue", "secretsmanager", Some("secretsmanager:GetSecretValue"), Deed::Action),
    row("GetTable", "glue", Some("glue:GetTable"), Deed::Action),
    row("GetTables", "glue", Some("glue:GetTables"), Deed::Action),
    row("GetTemporaryGlueTableCredentials", "lakeformation", None, Deed::Action),
    row("HeadBucket", "s3", Some("s3:ListBucket"), Deed::List),
    row("HeadObject", "s3", Some("s3:GetObject"), Deed::Read),
    row("Invoke", "lambda", Some("lambda:InvokeFunction"), Deed::Action),
    row("ListBuckets", "s3", Some("s3:ListAllMyBuckets"), Deed::List),
    row("ListMultipartUploads", "s3", Some("s3:ListBucketMultipartUploads"), Deed::List),
    row("ListObjectVersions", "s3", Some("s3:ListBucketVersions"), Deed::List),
    row("ListObjects", "s3", Some("s3:ListBucket"), Deed::List),
    row("ListObjectsV2", "s3", Some("s3:ListBucket"), Deed::List),
    row("ListParts", "s3", Some("s3:ListMultipartUploadParts"), Deed::Multipart),
    row("PostObject", "s3", Some("s3:PutObject"), Deed::Write),
    row("Publish", "sns", Some("sns:Publish"), Deed::Action),
    row("PublishBatch", "sns", Some("sns:Publish"), Deed::Action),
    row("PutBucketPolicy", "s3", Some("s3:PutBucketPolicy"), Deed::Action),
    row("PutObject", "s3", Some("s3:PutObject"), Deed::Write),
    row("PutObjectAcl", "s3", Some("s3:PutObjectAcl"), Deed::Action),
    row("PutObjectTagging", "s3", Some("s3:PutObjectTagging"), Deed::Action),
    row("PutParameter", "ssm", Some("ssm:PutParameter"), Deed::Action),
    row("PutSecretValue", "secretsmanager", Some("secretsmanager:PutSecretValue"), Deed::Action),
    row("ReEncrypt", "kms", None, Deed::Action),
    row("ReceiveMessage", "sqs", Some("sqs:ReceiveMessage"), Deed::Action),
    row("RestoreObject", "s3", Some("s3:RestoreObject"), Deed::Action),
    row("RunInstances", "ec2", Some("ec2:RunInstances"), Deed::Action),
    row("SelectObjectContent", "s3", Some("s3:GetObject"), Deed::Read),
    row("SendMessage", "sqs", Some("sqs:SendMessage"), Deed::Action),
    row("SendMessageBatch", "sqs", Some("sqs:SendMessage"), Deed::Action),
    row("StartCrawler", "glue", Some("glue:StartCrawler"), Deed::Action),
    row("StartInstances", "ec2", Some("ec2:StartInstances"), Deed::Action),
    row("StartJobRun", "glue", Some("glue:StartJobRun"), Deed::Action),
    row("StartQueryExecution", "athena", Some("athena:StartQueryExecution"), Deed::Action),
    row("UpdateFunctionCode", "lambda", Some("lambda:UpdateFunctionCode"), Deed::Action),
    row("UpdateFunctionConfiguration", "lambda", Some("lambda:UpdateFunctionConfiguration"), Deed::Action),
    row("UpdateTable", "glue", Some("glue:UpdateTable"), Deed::Action),
    row("UploadPart", "s3", Some("s3:PutObject"), Deed::Multipart),
    row("UploadPartCopy", "s3", None, Deed::Copy),
    row("WriteGetObjectResponse", "s3", Some("s3-object-lambda:WriteGetObjectResponse"), Deed::Action),
];

pub(super) fn find(name: &str) -> Option<&'static Operation> {
    ALL.binary_search_by(|row| row.name.cmp(name)).ok().and_then(|at| ALL.get(at))
}

/// What a call that needs this action does, where the call itself is not named.
pub(super) fn deed_of(action: &str) -> Deed {
    let (service, name) = action.split_once(':').unwrap_or(("", action));
    match (service, name) {
        ("s3", "GetObject" | "GetObjectVersion") | ("s3-object-lambda", "GetObject") => Deed::Read,
        ("s3", "PutObject") => Deed::Write,
        ("s3", "DeleteObject" | "DeleteObjectVersion") => Deed::Delete,
        ("s3", "AbortMultipartUpload" | "ListMultipartUploadParts") => Deed::Multipart,
        ("s3", name) if name.starts_with("List") => Deed::List,
        ("s3", name) if name.starts_with("Replicate") || name.ends_with("ForReplication") => Deed::Replicate,
        ("sts", "TagSession" | "SetSourceIdentity") => Deed::Assume,
        ("sts", name) if name.starts_with("AssumeRole") => Deed::Assume,
        (_, _) => Deed::Action,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::reference;

    #[test]
    fn sorted_and_known_to_the_service_reference() {
        assert!(ALL.windows(2).all(|pair| pair[0].name < pair[1].name));
        for (prefix, name) in ALL.iter().filter_map(|row| row.action?.split_once(':')) {
            assert!(reference::action(prefix, &name.to_lowercase()).is_some(), "{prefix}:{name}");
        }
    }
}

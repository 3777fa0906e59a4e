//! API calls by the names that clients write, with the service, the action that IAM is asked for and what the call does.
//!
//! Sources: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>,
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>

use super::refusal::OperationKind;

pub(super) struct ApiCall {
    pub(super) name: &'static str,
    pub(super) service: &'static str,
    /// `None` where several actions come into question.
    pub(super) action: Option<&'static str>,
    pub(super) kind: OperationKind,
}

const fn row(
    name: &'static str,
    service: &'static str,
    action: Option<&'static str>,
    kind: OperationKind,
) -> ApiCall {
    ApiCall { name, service, action, kind }
}

/// Sorted by name.
static ALL: [ApiCall; 81] = [
    row("AbortMultipartUpload", "s3", Some("s3:AbortMultipartUpload"), OperationKind::Multipart),
    row("AssumeRole", "sts", Some("sts:AssumeRole"), OperationKind::Assume),
    row("AssumeRoleForPodIdentity", "eks", Some("sts:AssumeRole"), OperationKind::Assume),
    row("AssumeRoleWithSAML", "sts", Some("sts:AssumeRoleWithSAML"), OperationKind::Assume),
    row("AssumeRoleWithWebIdentity", "sts", Some("sts:AssumeRoleWithWebIdentity"), OperationKind::Assume),
    row("AttachVolume", "ec2", Some("ec2:AttachVolume"), OperationKind::Action),
    row(
        "BatchGetSecretValue",
        "secretsmanager",
        Some("secretsmanager:BatchGetSecretValue"),
        OperationKind::Action,
    ),
    row("CompleteMultipartUpload", "s3", Some("s3:PutObject"), OperationKind::Multipart),
    // It reads one object and writes another: either may be what was refused.
    row("CopyObject", "s3", None, OperationKind::Copy),
    row("CopySnapshot", "ec2", Some("ec2:CopySnapshot"), OperationKind::Action),
    row("CreateFleet", "ec2", Some("ec2:CreateFleet"), OperationKind::Action),
    row("CreateFunction", "lambda", Some("lambda:CreateFunction"), OperationKind::Action),
    row("CreateGrant", "kms", Some("kms:CreateGrant"), OperationKind::Action),
    row("CreateMultipartUpload", "s3", Some("s3:PutObject"), OperationKind::Multipart),
    row("CreateSecret", "secretsmanager", Some("secretsmanager:CreateSecret"), OperationKind::Action),
    row("CreateSession", "s3", Some("s3express:CreateSession"), OperationKind::Action),
    row("CreateSnapshot", "ec2", Some("ec2:CreateSnapshot"), OperationKind::Action),
    row("CreateVolume", "ec2", Some("ec2:CreateVolume"), OperationKind::Action),
    row("Decrypt", "kms", Some("kms:Decrypt"), OperationKind::Action),
    row("DeleteMessage", "sqs", Some("sqs:DeleteMessage"), OperationKind::Action),
    row("DeleteObject", "s3", Some("s3:DeleteObject"), OperationKind::Delete),
    row("DeleteObjects", "s3", Some("s3:DeleteObject"), OperationKind::Delete),
    row("DescribeKey", "kms", Some("kms:DescribeKey"), OperationKind::Action),
    row("Encrypt", "kms", Some("kms:Encrypt"), OperationKind::Action),
    row("GenerateDataKey", "kms", Some("kms:GenerateDataKey"), OperationKind::Action),
    row(
        "GenerateDataKeyWithoutPlaintext",
        "kms",
        Some("kms:GenerateDataKeyWithoutPlaintext"),
        OperationKind::Action,
    ),
    row("GetBucketLocation", "s3", Some("s3:GetBucketLocation"), OperationKind::Action),
    row("GetBucketPolicy", "s3", Some("s3:GetBucketPolicy"), OperationKind::Action),
    row("GetDataAccess", "s3", Some("s3:GetDataAccess"), OperationKind::Action),
    row("GetDatabase", "glue", Some("glue:GetDatabase"), OperationKind::Action),
    row("GetDatabases", "glue", Some("glue:GetDatabases"), OperationKind::Action),
    row("GetJobRun", "glue", Some("glue:GetJobRun"), OperationKind::Action),
    row("GetJobRuns", "glue", Some("glue:GetJobRuns"), OperationKind::Action),
    row("GetObject", "s3", Some("s3:GetObject"), OperationKind::Read),
    row("GetObjectAttributes", "s3", Some("s3:GetObject"), OperationKind::Read),
    row("GetObjectTagging", "s3", Some("s3:GetObjectTagging"), OperationKind::Action),
    row("GetParameter", "ssm", Some("ssm:GetParameter"), OperationKind::Action),
    row("GetParameters", "ssm", Some("ssm:GetParameters"), OperationKind::Action),
    row("GetParametersByPath", "ssm", Some("ssm:GetParametersByPath"), OperationKind::Action),
    row("GetPartitions", "glue", Some("glue:GetPartitions"), OperationKind::Action),
    row("GetQueryExecution", "athena", Some("athena:GetQueryExecution"), OperationKind::Action),
    row("GetQueryResults", "athena", Some("athena:GetQueryResults"), OperationKind::Action),
    row("GetSecretValue", "secretsmanager", Some("secretsmanager:GetSecretValue"), OperationKind::Action),
    row("GetTable", "glue", Some("glue:GetTable"), OperationKind::Action),
    row("GetTables", "glue", Some("glue:GetTables"), OperationKind::Action),
    row("GetTemporaryGlueTableCredentials", "lakeformation", None, OperationKind::Action),
    row("HeadBucket", "s3", Some("s3:ListBucket"), OperationKind::List),
    row("HeadObject", "s3", Some("s3:GetObject"), OperationKind::Read),
    row("Invoke", "lambda", Some("lambda:InvokeFunction"), OperationKind::Action),
    row("ListBuckets", "s3", Some("s3:ListAllMyBuckets"), OperationKind::List),
    row("ListMultipartUploads", "s3", Some("s3:ListBucketMultipartUploads"), OperationKind::List),
    row("ListObjectVersions", "s3", Some("s3:ListBucketVersions"), OperationKind::List),
    row("ListObjects", "s3", Some("s3:ListBucket"), OperationKind::List),
    row("ListObjectsV2", "s3", Some("s3:ListBucket"), OperationKind::List),
    row("ListParts", "s3", Some("s3:ListMultipartUploadParts"), OperationKind::Multipart),
    row("PostObject", "s3", Some("s3:PutObject"), OperationKind::Write),
    row("Publish", "sns", Some("sns:Publish"), OperationKind::Action),
    row("PublishBatch", "sns", Some("sns:Publish"), OperationKind::Action),
    row("PutBucketPolicy", "s3", Some("s3:PutBucketPolicy"), OperationKind::Action),
    row("PutObject", "s3", Some("s3:PutObject"), OperationKind::Write),
    row("PutObjectAcl", "s3", Some("s3:PutObjectAcl"), OperationKind::Action),
    row("PutObjectTagging", "s3", Some("s3:PutObjectTagging"), OperationKind::Action),
    row("PutParameter", "ssm", Some("ssm:PutParameter"), OperationKind::Action),
    row("PutSecretValue", "secretsmanager", Some("secretsmanager:PutSecretValue"), OperationKind::Action),
    row("ReEncrypt", "kms", None, OperationKind::Action),
    row("ReceiveMessage", "sqs", Some("sqs:ReceiveMessage"), OperationKind::Action),
    row("RestoreObject", "s3", Some("s3:RestoreObject"), OperationKind::Action),
    row("RunInstances", "ec2", Some("ec2:RunInstances"), OperationKind::Action),
    row("SelectObjectContent", "s3", Some("s3:GetObject"), OperationKind::Read),
    row("SendMessage", "sqs", Some("sqs:SendMessage"), OperationKind::Action),
    row("SendMessageBatch", "sqs", Some("sqs:SendMessage"), OperationKind::Action),
    row("StartCrawler", "glue", Some("glue:StartCrawler"), OperationKind::Action),
    row("StartInstances", "ec2", Some("ec2:StartInstances"), OperationKind::Action),
    row("StartJobRun", "glue", Some("glue:StartJobRun"), OperationKind::Action),
    row("StartQueryExecution", "athena", Some("athena:StartQueryExecution"), OperationKind::Action),
    row("UpdateFunctionCode", "lambda", Some("lambda:UpdateFunctionCode"), OperationKind::Action),
    row(
        "UpdateFunctionConfiguration",
        "lambda",
        Some("lambda:UpdateFunctionConfiguration"),
        OperationKind::Action,
    ),
    row("UpdateTable", "glue", Some("glue:UpdateTable"), OperationKind::Action),
    row("UploadPart", "s3", Some("s3:PutObject"), OperationKind::Multipart),
    row("UploadPartCopy", "s3", None, OperationKind::Copy),
    row(
        "WriteGetObjectResponse",
        "s3",
        Some("s3-object-lambda:WriteGetObjectResponse"),
        OperationKind::Action,
    ),
];

pub(super) fn find(name: &str) -> Option<&'static ApiCall> {
    ALL.binary_search_by(|row| row.name.cmp(name)).ok().and_then(|at| ALL.get(at))
}

/// What a call that needs this action does, where the call itself is not named.
pub(super) fn kind_of_action(action: &str) -> OperationKind {
    let (service, name) = action.split_once(':').unwrap_or(("", action));
    match (service, name) {
        ("s3", "GetObject" | "GetObjectVersion") | ("s3-object-lambda", "GetObject") => OperationKind::Read,
        ("s3", "PutObject") => OperationKind::Write,
        ("s3", "DeleteObject" | "DeleteObjectVersion") => OperationKind::Delete,
        ("s3", "AbortMultipartUpload" | "ListMultipartUploadParts") => OperationKind::Multipart,
        ("s3", name) if name.starts_with("List") => OperationKind::List,
        ("s3", name) if name.starts_with("Replicate") || name.ends_with("ForReplication") => {
            OperationKind::Replicate
        }
        ("sts", "TagSession" | "SetSourceIdentity") => OperationKind::Assume,
        ("sts", name) if name.starts_with("AssumeRole") => OperationKind::Assume,
        (_, _) => OperationKind::Action,
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

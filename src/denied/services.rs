//! Services that refuse, or for which KMS refuses: how clients call them, and where to look in each.

/// A service whose refusals are its own.
pub(super) struct Service {
    /// The prefix of its actions.
    pub(super) prefix: &'static str,
    /// As AWS calls it.
    pub(super) name: &'static str,
    /// What SDKs call it: letters and digits alone, lower case, without `amazon` or `aws` in front.
    ids: &'static [&'static str],
    /// Words that nobody but it writes.
    words: &'static [&'static str],
    /// Where to look when KMS refuses a call that it makes with the caller's permissions.
    pub(super) key: &'static str,
}

/// Sorted by prefix. The pages of AWS on each are named in `docs/denied.md`.
static ALL: [Service; 21] = [
    Service {
        prefix: "athena",
        name: "Athena",
        ids: &["athena"],
        words: &[
            "when writing to location",
            "when writing output to url",
            "permission denied on s3 path",
            "insufficient permissions to execute the query",
        ],
        key: "Athena asks with the caller's permissions for the data, for the results and for both keys: the location of the \
              results needs kms:GenerateDataKey and kms:Decrypt",
    },
    Service {
        prefix: "dynamodb",
        name: "DynamoDB",
        ids: &["dynamodb", "dynamodbv2"],
        words: &[],
        key: "the table's key: the caller needs kms:Decrypt on it with kms:ViaService dynamodb.REGION.amazonaws.com",
    },
    Service {
        prefix: "ec2",
        name: "EC2 and EBS",
        ids: &["ec2", "ebs", "autoscaling"],
        words: &[
            "inaccessible aws kms key",
            "client error on launch",
            "invalidkmskey",
            "customerkeyhasbeenrevoked",
            "encrypted amazon ebs volume",
        ],
        key: "the volume's key: who starts the instance needs kms:CreateGrant, kms:Decrypt, kms:DescribeKey, \
              kms:GenerateDataKeyWithoutPlaintext and kms:ReEncrypt*; for Auto Scaling it is the service-linked role, and a key of \
              another account needs a grant to it",
    },
    Service {
        prefix: "ecr",
        name: "ECR",
        ids: &["ecr"],
        words: &[],
        key: "the repository's key: ECR makes a grant on it when the repository is created",
    },
    Service {
        prefix: "firehose",
        name: "Data Firehose",
        ids: &["firehose", "kinesisfirehose"],
        words: &[],
        key: "the stream's role: it needs kms:GenerateDataKey and kms:Decrypt on the key of the destination",
    },
    Service {
        prefix: "glue",
        name: "Glue",
        ids: &["glue"],
        words: &[],
        key: "the job's or crawler's role: the key of its security configuration and of the catalog, beside those of the data",
    },
    Service { prefix: "iam", name: "IAM", ids: &["iam", "identitymanagement"], words: &[], key: "" },
    Service {
        prefix: "kinesis",
        name: "Kinesis Data Streams",
        ids: &["kinesis"],
        words: &[],
        key: "the stream's key: producers need kms:GenerateDataKey, consumers kms:Decrypt",
    },
    Service {
        prefix: "kms",
        name: "KMS",
        ids: &["kms", "keymanagementservice"],
        words: &[],
        key: "the call was made to KMS itself: a statement with kms:ViaService s3.REGION.amazonaws.com does not fit it, and S3's \
              encryption context is not in it",
    },
    Service {
        prefix: "lakeformation",
        name: "Lake Formation",
        ids: &["lakeformation"],
        words: &["lake formation permission"],
        key: "the role that the data location is registered with: it reads the objects, and needs kms:Decrypt on their key",
    },
    Service {
        prefix: "lambda",
        name: "Lambda",
        ids: &["lambda", "lambdainternal"],
        words: &[
            "decrypt the environment variables",
            "encrypt the environment variables",
            "access to your environment variables",
        ],
        key: "the function's own environment variables, not an object: its execution role needs kms:Decrypt on the function's \
              KMSKeyArn. With the default key a grant opens it, which is lost when the role is deleted and created anew: set the \
              function's role to another one and back",
    },
    Service {
        prefix: "logs",
        name: "CloudWatch Logs",
        ids: &["logs", "cloudwatchlogs"],
        words: &[],
        key: "the key policy: it must let in logs.REGION.amazonaws.com for the log group's ARN in the encryption context",
    },
    Service {
        prefix: "rds",
        name: "RDS",
        ids: &["rds"],
        words: &[],
        key: "the key of the database or of the export: the caller needs kms:CreateGrant and kms:DescribeKey on it",
    },
    Service {
        prefix: "redshift",
        name: "Redshift",
        ids: &["redshift", "redshiftdata", "redshiftserverless"],
        words: &[],
        key: "the role of COPY or UNLOAD: COPY needs kms:Decrypt, UNLOAD kms:GenerateDataKey and kms:Decrypt",
    },
    Service {
        prefix: "s3",
        name: "S3",
        ids: &["s3", "s3control", "s3express", "s3crt"],
        words: &[],
        key: "",
    },
    Service {
        prefix: "secretsmanager",
        name: "Secrets Manager",
        ids: &["secretsmanager"],
        words: &["access to kms is not allowed"],
        key: "the secret's key: reading needs kms:Decrypt, storing kms:GenerateDataKey too, with kms:ViaService \
              secretsmanager.REGION.amazonaws.com and the encryption context SecretARN. aws/secretsmanager opens no secret to \
              another account",
    },
    Service {
        prefix: "sns",
        name: "SNS",
        ids: &["sns", "simplenotificationservice"],
        words: &[],
        key: "the topic's key: publishing needs kms:GenerateDataKey and kms:Decrypt; services that publish (S3 events, alarms) \
              must be let in by the key policy, which alias/aws/sns cannot do",
    },
    Service {
        prefix: "sqs",
        name: "SQS",
        ids: &["sqs", "simplequeueservice"],
        words: &["aws.simplequeueservice.", "amazonaws.sqs#"],
        key: "the queue's key: sending needs kms:GenerateDataKey and kms:Decrypt, receiving kms:Decrypt; services that send (S3 \
              events, SNS) must be let in by the key policy, which alias/aws/sqs cannot do",
    },
    Service {
        prefix: "ssm",
        name: "Systems Manager",
        ids: &["ssm", "simplesystemsmanagement"],
        words: &[],
        key: "the key of the SecureString parameter, or of the session: reading needs kms:Decrypt with the encryption context \
              PARAMETER_ARN",
    },
    Service {
        prefix: "states",
        name: "Step Functions",
        ids: &["states", "sfn", "stepfunctions"],
        words: &[],
        key: "the state machine's key: its role needs kms:Decrypt and kms:GenerateDataKey on it",
    },
    Service { prefix: "sts", name: "STS", ids: &["sts", "securitytokenservice"], words: &[], key: "" },
];

pub(super) fn find(prefix: &str) -> Option<&'static Service> {
    ALL.binary_search_by(|row| row.prefix.cmp(prefix)).ok().and_then(|at| ALL.get(at))
}

/// Whether kms:ViaService calls it by its prefix when it asks KMS with the caller's permissions.
///
/// Source: <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service>
pub(super) fn calls_in_its_name(prefix: &str) -> bool {
    const NAMES: [&str; 12] = [
        "dynamodb",
        "ec2",
        "ecr",
        "kinesis",
        "lambda",
        "rds",
        "redshift",
        "secretsmanager",
        "sns",
        "sqs",
        "ssm",
        "states",
    ];
    NAMES.contains(&prefix)
}

/// The service that an SDK calls so: `Amazon S3`, `AWSKMS`, `Secrets Manager`, `AWSSecurityTokenService`.
pub(super) fn of_sdk(id: &str) -> Option<&'static str> {
    let folded: String = id.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let bare = ["amazon", "aws"].iter().find_map(|start| folded.strip_prefix(start)).unwrap_or(&folded);
    ALL.iter().find(|row| row.ids.contains(&bare)).map(|row| row.prefix)
}

/// The service whose own words a text in lower case holds.
pub(super) fn of_words(folded: &str) -> Option<&'static str> {
    ALL.iter().find(|row| row.words.iter().any(|words| folded.contains(words))).map(|row| row.prefix)
}

/// As AWS calls it, or by its prefix.
pub(super) fn name(prefix: &str) -> &str {
    find(prefix).map_or(prefix, |row| row.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_sdk() {
        assert!(ALL.windows(2).all(|pair| pair[0].prefix < pair[1].prefix));
        for (id, prefix) in [
            ("Amazon S3", "s3"),
            ("S3Control", "s3"),
            ("AWSKMS", "kms"),
            ("Kms", "kms"),
            ("AWSSecurityTokenService", "sts"),
            ("Secrets Manager", "secretsmanager"),
            ("AmazonSQS", "sqs"),
            ("Sqs", "sqs"),
            ("AWSLambdaInternal", "lambda"),
            ("AWSGlue", "glue"),
            ("LakeFormation", "lakeformation"),
        ] {
            assert_eq!(of_sdk(id), Some(prefix), "{id}");
        }
        assert_eq!(of_sdk("Elsewhere"), None);
        assert_eq!(of_words("insufficient lake formation permission(s) on t"), Some("lakeformation"));
    }
}

//! Sentences in which a service says that what it was set up with does not work: its role, its bucket or its key. They name
//! neither caller nor action, so each row says who asks for what.
//!
//! Each row names its page of AWS, or of the product.

/// What a service could not do.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum SetupStep {
    /// Assume the role that it was given.
    Role,
    /// The role could not assume itself.
    Itself,
    /// Use the KMS key, by this action of KMS.
    Key(&'static str),
    /// Write into the bucket as itself.
    Delivery,
    /// Let the role that is named list or read the object that is named, by this action of S3.
    Caller(&'static str),
    /// Something else, which no question is about.
    Unasked,
}

/// A sentence of a service about what it was set up with.
#[derive(Debug, PartialEq, Eq)]
pub struct Setup {
    /// In lower case; all of them are in the text.
    words: &'static [&'static str],
    /// The prefix of the actions of the service.
    pub(super) service: &'static str,
    /// The service as a principal, `REGION` standing for its Region; empty where the caller itself is refused.
    pub(super) principal: &'static str,
    /// What it could not do.
    pub(super) step: SetupStep,
    /// In a few words.
    pub(super) head: &'static str,
    /// One sentence.
    pub(super) says: &'static str,
    /// Where to look.
    pub(super) look: &'static [&'static str],
    /// The rules behind it.
    pub(super) rules: &'static [&'static str],
}

const TRUST: &str = "the role's trust policy: `decryptable trust ROLE --by service:NAME` asks whether it lets the service in, by \
                     sts:AssumeRole, with aws:SourceArn and aws:SourceAccount as the service sends them";
const PASS: &str =
    "who sets it up: they need iam:PassRole on the role, with iam:PassedToService of the service";

/// More particular rows stand in front.
static ALL: &[Setup] = &[
    // https://docs.databricks.com/aws/en/connect/unity-catalog/cloud-storage/s3/s3-external-location-manual
    Setup {
        words: &["self-assuming"],
        service: "sts",
        principal: "",
        step: SetupStep::Itself,
        head: "The role cannot assume itself",
        says: "Databricks asks that the role of a credential may assume itself, which since 2023 no role may without being named in its own trust policy",
        look: &[
            "the role's trust policy: its Principal must name the role's own ARN beside that of Databricks, with the same sts:ExternalId: `decryptable trust ROLE --by ROLE` asks it",
            "the role's own policies: sts:AssumeRole on its own ARN",
        ],
        rules: &["R119", "R117"],
    },
    // https://docs.databricks.com/aws/en/connect/unity-catalog/cloud-storage/s3/s3-external-location-manual
    Setup {
        words: &["credential is not configured correctly"],
        service: "sts",
        principal: "",
        step: SetupStep::Unasked,
        head: "Databricks could not use the role of the credential",
        says: "the trust policy of the credential's role does not let Databricks in, or not with this external id",
        look: &[
            "the role's trust policy: it must name the role of Unity Catalog, with sts:ExternalId of the credential: `decryptable trust ROLE` shows who gets in",
            "the role itself: it must name its own ARN there as well, and have sts:AssumeRole on it",
        ],
        rules: &["R117", "R119"],
    },
    // https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html
    Setup {
        words: &["must allow aws eventbridge scheduler to assume the role"],
        service: "scheduler",
        principal: "scheduler.amazonaws.com",
        step: SetupStep::Role,
        head: "Assuming the role was refused",
        says: "the trust policy of the schedule's role does not let EventBridge Scheduler in",
        look: &[
            TRUST,
            "its aws:SourceArn: that of the schedule group (arn:aws:scheduler:REGION:ACCOUNT:schedule-group/NAME), never that of a schedule",
            PASS,
        ],
        rules: &["R118", "R135"],
    },
    // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PrivateContent.html
    Setup {
        words: &["missing key-pair-id"],
        service: "cloudfront",
        principal: "",
        step: SetupStep::Unasked,
        head: "The request failed, and no permission is missing",
        says: "CloudFront asks for a signed URL or signed cookies here, and the request has none: no policy of S3 or KMS was asked",
        look: &[
            "the distribution's cache behavior: Restrict viewer access with a trusted key group or signer asks for signatures; the client must sign, or the behavior must not ask",
            "behind the signature the distribution reads the bucket: `decryptable can service:cloudfront.amazonaws.com deliver s3://BUCKET/KEY --source-arn ARN`",
        ],
        rules: &["R143"],
    },
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    Setup {
        words: &["kms key", "not allowed to be used with loggroup"],
        service: "logs",
        principal: "logs.REGION.amazonaws.com",
        step: SetupStep::Key("kms:Encrypt"),
        head: "KMS refused a call of CloudWatch Logs",
        says: "the key is in another Region or gone, or its policy does not let CloudWatch Logs use it for this log group",
        look: LOGS,
        rules: &["R135"],
    },
    Setup {
        words: &["unable to validate if specified kms key is valid"],
        service: "logs",
        principal: "logs.REGION.amazonaws.com",
        step: SetupStep::Key("kms:Encrypt"),
        head: "KMS refused a call of CloudWatch Logs",
        says: "the key is in another Region or gone, or its policy does not let CloudWatch Logs use it for this log group",
        look: LOGS,
        rules: &["R135"],
    },
    // https://docs.aws.amazon.com/autoscaling/ec2/userguide/ts-as-instancelaunchfailure.html
    Setup {
        words: &["invalidkmskey.invalidstate"],
        service: "ec2",
        principal: "",
        step: SetupStep::Key("kms:CreateGrant"),
        head: "EC2 could not use the key of a volume",
        says: "the key of a volume is disabled or pending deletion, or, as often, who starts the instance may not use it",
        look: VOLUME,
        rules: &["R138"],
    },
    Setup {
        words: &["client error on launch"],
        service: "ec2",
        principal: "",
        step: SetupStep::Key("kms:CreateGrant"),
        head: "EC2 could not use the key of a volume",
        says: "as a rule who starts the instance may not use the key of an encrypted volume, of its image or of the account's default",
        look: VOLUME,
        rules: &["R138"],
    },
    // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
    Setup {
        words: &["insufficientencryptionpolicy"],
        service: "cloudtrail",
        principal: "cloudtrail.amazonaws.com",
        step: SetupStep::Key("kms:GenerateDataKey"),
        head: "The key or the bucket does not let CloudTrail in",
        says: "CloudTrail may not use the key for the trail, or not write to the bucket",
        look: &[
            "the key policy: it must allow cloudtrail.amazonaws.com kms:GenerateDataKey* and kms:DescribeKey, with aws:SourceArn of the trail and kms:EncryptionContext:aws:cloudtrail:arn; with a Bucket Key kms:Decrypt as well",
            "its aws:SourceArn: the trail in its home Region, also for a trail of all Regions, and of the management account for one of an organization",
            "the bucket policy: `decryptable can service:cloudtrail.amazonaws.com deliver s3://BUCKET/AWSLogs/ACCOUNT/x --source-arn TRAIL`; a key in another Region than the bucket fails too",
        ],
        rules: &["R148", "R135"],
    },
    // https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html
    Setup {
        words: &["kmskeynotfoundexception"],
        service: "cloudtrail",
        principal: "cloudtrail.amazonaws.com",
        step: SetupStep::Key("kms:GenerateDataKey"),
        head: "CloudTrail does not find the key, or may not use it",
        says: "the key does not exist in the Region of the bucket, or its policy does not let CloudTrail describe it",
        look: &[
            "the key's ARN and Region: the bucket and the key are in one, and a key of another account is named by its ARN",
            "the key policy: kms:DescribeKey and kms:GenerateDataKey* for cloudtrail.amazonaws.com, with aws:SourceArn of the trail: `decryptable can service:cloudtrail.amazonaws.com kms:GenerateDataKey KEY`",
        ],
        rules: &["R148", "R138"],
    },
    // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    Setup {
        words: &["incorrect s3 bucket policy is detected"],
        service: "cloudtrail",
        principal: "cloudtrail.amazonaws.com",
        step: SetupStep::Delivery,
        head: "The bucket does not let CloudTrail in",
        says: "the bucket policy does not let CloudTrail read the bucket's ACL and write the trail's objects",
        look: &[
            "the bucket policy: s3:GetBucketAcl on the bucket and s3:PutObject on PREFIX/AWSLogs/ACCOUNT/*, each with aws:SourceArn of the trail in its home Region; a prefix of the trail belongs into the Resource",
            "s3:x-amz-acl: where the statement asks for it, it is bucket-owner-full-control",
            "`decryptable can service:cloudtrail.amazonaws.com deliver s3://BUCKET/AWSLogs/ACCOUNT/x --source-arn TRAIL`",
        ],
        rules: &["R148"],
    },
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html
    Setup {
        words: &["unable to validate the following destination configurations"],
        service: "s3",
        principal: "s3.amazonaws.com",
        step: SetupStep::Unasked,
        head: "S3 may not send to the destination of its events",
        says: "S3 sent a trial message to the queue, the topic or the function, and was not let in",
        look: &[
            "the destination's own policy: s3.amazonaws.com with sqs:SendMessage, sns:Publish or lambda:InvokeFunction, aws:SourceArn of the bucket and aws:SourceAccount; it has to be there before the notification is",
            "the key of an encrypted queue or topic: its policy must allow s3.amazonaws.com kms:GenerateDataKey and kms:Decrypt; alias/aws/sqs and alias/aws/sns cannot: `decryptable can service:s3.amazonaws.com kms:GenerateDataKey KEY`",
            "the queue: `decryptable can service:s3.amazonaws.com sqs:SendMessage QUEUE --source-arn BUCKET`; FIFO queues, and destinations in another Region, are refused too",
        ],
        rules: &["R135"],
    },
    // https://docs.aws.amazon.com/glue/latest/dg/create-an-iam-role.html
    Setup {
        words: &["assume role permissions for glue"],
        service: "glue",
        principal: "glue.amazonaws.com",
        step: SetupStep::Role,
        head: "Assuming the role was refused",
        says: "the trust policy of the role does not let Glue in",
        look: &[TRUST, PASS],
        rules: &["R118", "R135"],
    },
    // https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    Setup {
        words: &["execution role does not have permissions to call"],
        service: "lambda",
        principal: "",
        step: SetupStep::Unasked,
        head: "The function's role may not read the source of its events",
        says: "the execution role lacks the call that the message names, which Lambda makes with it for the event source mapping",
        look: &[
            "the role's policies: `decryptable can ROLE sqs:ReceiveMessage QUEUE` asks about one call, with what KMS is asked for; SQS needs ReceiveMessage, DeleteMessage and GetQueueAttributes",
            "the key of an encrypted queue or stream: the role needs kms:Decrypt on it",
        ],
        rules: &["R135"],
    },
    // https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    Setup {
        words: &["cannot be assumed by lambda"],
        service: "lambda",
        principal: "lambda.amazonaws.com",
        step: SetupStep::Role,
        head: "Assuming the role was refused",
        says: "the trust policy of the function's role does not let Lambda in",
        look: &[
            TRUST,
            "a role that was made a moment ago: IAM takes some seconds until services see it; try again",
            PASS,
        ],
        rules: &["R118", "R135"],
    },
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-task-iam-roles.html
    Setup {
        words: &["ecs was unable to assume the role"],
        service: "ecs",
        principal: "ecs-tasks.amazonaws.com",
        step: SetupStep::Role,
        head: "Assuming the role was refused",
        says: "the trust policy of the task's role does not let ECS tasks in",
        look: &[TRUST, PASS],
        rules: &["R118", "R135"],
    },
    // https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
    Setup {
        words: &["cannotpullcontainer", "403"],
        service: "ecr",
        principal: "",
        step: SetupStep::Unasked,
        head: "ECR refused a pull",
        says: "the role that pulls may not read the image, or not the bucket of ECR that has its layers",
        look: &[
            "the role that pulls (the execution role of ECS, the node's of EKS): ecr:GetAuthorizationToken, ecr:BatchGetImage and ecr:GetDownloadUrlForLayer; across accounts the repository's policy too",
            "the policy of a gateway endpoint for S3: it must let s3:GetObject on arn:aws:s3:::prod-REGION-starport-layer-bucket/* through",
            "ECR decrypts layers itself: the role needs no permission on the repository's key",
        ],
        rules: &["R135"],
    },
    // https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
    Setup {
        words: &["(kmsexception)"],
        service: "ecr",
        principal: "",
        step: SetupStep::Key("kms:CreateGrant"),
        head: "KMS refused a call of ECR",
        says: "the key of the repository is in another account or Region, cannot be used, or the caller may not make a grant on it",
        look: &[
            "who makes the repository: kms:CreateGrant, kms:DescribeKey and kms:RetireGrant on the key, with kms:ViaService ecr.REGION.amazonaws.com: `decryptable can ROLE kms:CreateGrant KEY`",
            "the key: symmetric, enabled, and in the Region of the repository",
        ],
        rules: &["R135", "R92"],
    },
    // https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html
    Setup {
        words: &["allows firehose to assume the role"],
        service: "firehose",
        principal: "firehose.amazonaws.com",
        step: SetupStep::Role,
        head: "Assuming the role was refused, or the role may not write",
        says: "the stream's role does not let Data Firehose in, or may not write to the bucket",
        look: &[
            TRUST,
            "its sts:ExternalId, where the trust policy asks for one: Firehose sends the account's id",
            "the role's policies: `decryptable can ROLE multipart s3://BUCKET/x` asks about bucket and key",
        ],
        rules: &["R118", "R135"],
    },
    // https://docs.aws.amazon.com/firehose/latest/dev/data-delivery.html
    Setup {
        words: &["s3.kms."],
        service: "firehose",
        principal: "",
        step: SetupStep::Key("kms:GenerateDataKey"),
        head: "KMS refused a call of Data Firehose",
        says: "the stream's role may not use the key of the bucket, or the key cannot be used",
        look: &[
            "the stream's role: kms:GenerateDataKey and kms:Decrypt on the key of the bucket, and the key policy: `decryptable can ROLE multipart s3://BUCKET/x`",
        ],
        rules: &["R133", "R135"],
    },
    // https://docs.aws.amazon.com/redshift/latest/mgmt/authorizing-redshift-service.html
    Setup {
        words: &["is not authorized to assume iam role"],
        service: "redshift",
        principal: "redshift.amazonaws.com",
        step: SetupStep::Role,
        head: "Assuming the role was refused",
        says: "the trust policy of the role does not let Redshift in, or the role is not one of the cluster's",
        look: &[
            TRUST,
            "the roles of the cluster or the namespace: a role is used only where it is associated; in a chain of roles each must let the one before it in",
            "its sts:ExternalId, where it asks for one: arn:aws:redshift:REGION:ACCOUNT:dbuser:CLUSTER/USER",
        ],
        rules: &["R118", "R135"],
    },
    // https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
    Setup {
        words: &["has \"s3:listbucket\" permissions on bucket"],
        service: "sagemaker",
        principal: "",
        step: SetupStep::Caller("s3:ListBucket"),
        head: "The role may not list the bucket, or nothing is there",
        says: "SageMaker found nothing under the prefix: the role may not list it, or there is no object",
        look: &[
            "the role: `decryptable can ROLE list s3://BUCKET/PREFIX`, and `decryptable can ROLE s3://BUCKET/PREFIX*` for the read that follows",
            "the prefix and the Region of the bucket",
        ],
        rules: &["R147", "R101"],
    },
    // https://docs.aws.amazon.com/managed-flink/latest/java/security-iam.html
    Setup {
        words: &["unable to get the specified filekey"],
        service: "kinesisanalytics",
        principal: "",
        step: SetupStep::Unasked,
        head: "The application's role may not read its code",
        says: "the role cannot read the file: Managed Flink does not say whether S3, KMS or the trust policy refused",
        look: &[
            "the read: `decryptable can ROLE s3://BUCKET/FILE` asks about the bucket and the key; s3:GetObject and kms:Decrypt",
            "the role's trust policy: `decryptable trust ROLE --by service:kinesisanalytics.amazonaws.com`",
        ],
        rules: &["R132", "R135"],
    },
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-S3.html
    Setup {
        words: &["access denied for logdestination"],
        service: "logs",
        principal: "delivery.logs.amazonaws.com",
        step: SetupStep::Delivery,
        head: "The bucket does not let log delivery in",
        says: "the bucket policy does not let the log delivery service write, or the caller may not change that policy",
        look: DELIVERY,
        rules: &["R148"],
    },
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    Setup {
        words: &["access denied for bucket", "s3bucket permission"],
        service: "elasticloadbalancing",
        principal: "logdelivery.elasticloadbalancing.amazonaws.com",
        step: SetupStep::Delivery,
        head: "The bucket does not let the load balancer in",
        says: "the bucket policy does not let Elastic Load Balancing write its access logs",
        look: &[
            "the bucket policy: s3:PutObject on PREFIX/AWSLogs/ACCOUNT/* for logdelivery.elasticloadbalancing.amazonaws.com, or, in older Regions, the account of Elastic Load Balancing of the Region",
            "the bucket's default encryption: access logs take SSE-S3 alone, never a KMS key",
            "the Region: bucket and load balancer are in one",
        ],
        rules: &["R148"],
    },
    // https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html
    Setup {
        words: &["insufficient delivery policy to s3 bucket"],
        service: "config",
        principal: "config.amazonaws.com",
        step: SetupStep::Delivery,
        head: "The bucket does not let AWS Config in",
        says: "AWS Config may not write to the bucket, or not use its key",
        look: &[
            "the bucket policy: s3:GetBucketAcl, s3:ListBucket and s3:PutObject on PREFIX/AWSLogs/ACCOUNT/Config/* for config.amazonaws.com, with AWS:SourceAccount; the recorder's own role counts where it is not the service-linked one",
            "the key: kms:GenerateDataKey and kms:Decrypt for the same principal: `decryptable can service:config.amazonaws.com deliver s3://BUCKET/AWSLogs/ACCOUNT/Config/x`",
        ],
        rules: &["R148"],
    },
    // https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.S3.html
    Setup {
        words: &["iam role", "is not configured properly"],
        service: "dms",
        principal: "dms.amazonaws.com",
        step: SetupStep::Role,
        head: "Assuming the role was refused",
        says: "the trust policy of the role does not let DMS in",
        look: &[TRUST, PASS],
        rules: &["R118", "R135"],
    },
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ExportSnapshot.Setup.html
    Setup {
        words: &["valid or doesn't include permissions"],
        service: "rds",
        principal: "export.rds.amazonaws.com",
        step: SetupStep::Role,
        head: "Assuming the role was refused, or the role may not write",
        says: "the role of the export does not let RDS in, or may not write to the bucket",
        look: &[
            TRUST,
            "the role's policies: `decryptable can ROLE multipart s3://BUCKET/x` asks about bucket and key",
        ],
        rules: &["R118", "R133"],
    },
    // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    Setup {
        words: &["kmskeynotaccessible"],
        service: "rds",
        principal: "",
        step: SetupStep::Key("kms:CreateGrant"),
        head: "KMS refused a call of RDS",
        says: "the key does not exist in this Region, cannot be used, or the caller may not use it",
        look: &[
            "the key policy and the caller's policies: kms:CreateGrant and kms:DescribeKey on the key, with kms:ViaService rds.REGION.amazonaws.com: `decryptable can ROLE kms:CreateGrant KEY`",
            "the key's Region and state (`aws kms describe-key`)",
        ],
        rules: &["R135", "R92"],
    },
    // https://docs.aws.amazon.com/aws-backup/latest/devguide/access-control.html
    Setup {
        words: &["insufficient privileges to perform this action"],
        service: "backup",
        principal: "",
        step: SetupStep::Key("kms:CreateGrant"),
        head: "AWS Backup refused a call",
        says: "the caller lacks a permission that AWS Backup needs beside its own, as a rule on the key of the vault",
        look: &[
            "the caller: kms:CreateGrant, kms:GenerateDataKey, kms:Decrypt, kms:RetireGrant and kms:DescribeKey on the key of the vault, beside backup:* and backup-storage:*",
        ],
        rules: &["R135"],
    },
    // https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    Setup {
        words: &["not authorized to access the log destination"],
        service: "states",
        principal: "",
        step: SetupStep::Unasked,
        head: "The role of the state machine may not write its logs",
        says: "the role lacks the permissions of log delivery, or the resource policy of CloudWatch Logs is full",
        look: &[
            "the role: logs:CreateLogDelivery, logs:GetLogDelivery, logs:UpdateLogDelivery, logs:DeleteLogDelivery, logs:ListLogDeliveries, logs:PutResourcePolicy, logs:DescribeResourcePolicies and logs:DescribeLogGroups on *",
            "the ARN of the log group: it ends in :*",
        ],
        rules: &["R135"],
    },
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-failure-codes.html
    replication(&["assumerolenotpermitted"], "S3 cannot assume the role of the replication"),
    replication(
        &["dstkmskeyinvalidstate"],
        "the key of the destination cannot be used: it is disabled or pending deletion",
    ),
    replication(
        &["dstkmskeynotfound"],
        "the key that the replication names for the destination does not exist",
    ),
    replication(
        &["dstputobjnotpermitted"],
        "the role may not write into the destination bucket, or not use its key",
    ),
    replication(
        &["dstputobjectnotpermitted"],
        "the role may not write into the destination bucket, or not use its key",
    ),
    replication(
        &["dstmultipart"],
        "the role may not upload parts into the destination bucket: s3:ReplicateObject, and the key",
    ),
    replication(
        &["dstputaclnotpermitted"],
        "the role may not write ACLs of replicas: s3:ReplicateObject, or the ACLs of the destination are off",
    ),
    replication(&["dstputtagnotpermitted"], "the role may not write tags of replicas: s3:ReplicateTags"),
    replication(&["dstdelobjnotpermitted"], "the role may not replicate deletes: s3:ReplicateDelete"),
    replication(
        &["srckmskeyinvalidstate"],
        "the key of the source cannot be used: it is disabled or pending deletion",
    ),
    replication(&["srckmskeynotfound"], "the key of the source does not exist"),
    replication(
        &["srcgetobjectnotpermitted"],
        "the role may not read the source: s3:GetObjectVersionForReplication, and kms:Decrypt on its key",
    ),
    replication(
        &["srcgettagnotpermitted"],
        "the role may not read tags of the source: s3:GetObjectVersionTagging",
    ),
    replication(
        &["srcgetaclnotpermitted"],
        "the role may not read ACLs of the source: s3:GetObjectVersionAcl",
    ),
    replication(
        &["operationfailedreplication"],
        "S3 could not replicate the object, for the reason that it names",
    ),
];

const LOGS: &[&str] = &[
    "the key policy: logs.REGION.amazonaws.com must be allowed kms:Encrypt*, kms:Decrypt*, kms:ReEncrypt*, kms:GenerateDataKey* and kms:Describe*: `decryptable can service:logs.REGION.amazonaws.com kms:Encrypt KEY`",
    "its kms:EncryptionContext:aws:logs:arn: the ARN of the log group as arn:aws:logs:REGION:ACCOUNT:log-group:NAME, without :* behind it",
    "the Region in the principal and in the key's ARN: that of the log group",
];

const VOLUME: &[&str] = &[
    "who starts the instance: kms:CreateGrant, kms:Decrypt, kms:DescribeKey, kms:GenerateDataKeyWithoutPlaintext and kms:ReEncrypt* on the key, and the key policy: `decryptable can ROLE kms:CreateGrant KEY`; for Auto Scaling it is the service-linked role AWSServiceRoleForAutoScaling, and a key of another account needs a grant to it",
    "which key: that of the image's snapshots, of the launch template, or of the account (`aws ec2 get-ebs-default-kms-key-id`)",
    "the key's state (`aws kms describe-key`)",
];

const DELIVERY: &[&str] = &[
    "the bucket policy: s3:PutObject on PREFIX/AWSLogs/ACCOUNT/* and s3:GetBucketAcl for delivery.logs.amazonaws.com, with aws:SourceAccount and aws:SourceArn: `decryptable can service:delivery.logs.amazonaws.com deliver s3://BUCKET/AWSLogs/ACCOUNT/x`",
    "the bucket's key: the key policy must allow the same principal kms:GenerateDataKey* and kms:Decrypt; aws/s3 cannot",
    "who sets the delivery up: s3:GetBucketPolicy and s3:PutBucketPolicy, where AWS is to write the policy",
];

const fn replication(words: &'static [&'static str], says: &'static str) -> Setup {
    Setup {
        words,
        service: "s3",
        principal: "",
        step: SetupStep::Unasked,
        head: "A replication failed",
        says,
        look: &[
            "the role of the replication: `decryptable can ROLE replicate s3://FROM/KEY s3://TO/KEY` asks about both buckets and both keys",
        ],
        rules: &["R112"],
    }
}

/// The row of a text in lower case.
pub(super) fn find(folded: &str) -> Option<&'static Setup> {
    ALL.iter().find(|row| row.words.iter().all(|words| folded.contains(words)))
}

/// The bucket that such a sentence names: `bucket: NAME`, `bucket NAME`, `LogDestination: NAME`.
pub(super) fn bucket(text: &str) -> Option<&str> {
    let starts = ["for bucket: ", "s3 bucket: ", "S3 bucket ", "bucket: ", "LogDestination: ", "bucket \""];
    starts.into_iter().find_map(|start| {
        let (_, rest) = text.split_once(start)?;
        let end = rest.find([' ', ',', '"', '\'', ')']).unwrap_or(rest.len());
        let name = rest.get(..end)?.trim_end_matches(['.', ':', ';']);
        let is_name = name.len() > 2
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'));
        is_name.then_some(name)
    })
}

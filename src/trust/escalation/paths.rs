//! The table of takeovers.
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>,
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>

use super::{BucketChange, EscalationPath, KeyChange, Needs, On, Opens, Planned, PolicyChange, Whose};

const fn on(action: &'static str, on: On) -> Planned {
    Planned { action, on, known: &[] }
}

const fn pass(service: &'static [(&'static str, &'static str)]) -> Planned {
    Planned { action: "iam:PassRole", on: On::Target, known: service }
}

const TO: &str = "iam:PassedToService";
const FUNCTION: On = On::Any("lambda", "function:");
const BUILD: On = On::Any("gamelift", "build/");
const INTERPRETER: On = On::Any("bedrock-agentcore", "code-interpreter-custom/");
const GLUE_JOB: On = On::Any("glue", "job/");
const INSTANCE: On = On::Any("ec2", "instance/");

/// Every takeover, by id.
pub static ALL: &[EscalationPath] = &[
    EscalationPath {
        id: "access-key-of-user",
        rule: "R130",
        changes: "makes an access key for the user",
        needs: Needs::User,
        steps: &[on("iam:CreateAccessKey", On::Target)],
    },
    EscalationPath {
        id: "alias-of-key",
        rule: "R131",
        changes: "gives the key an alias that policies let it in by",
        needs: Needs::Opens(Opens::Key(KeyChange::Aliases)),
        steps: &[on("kms:CreateAlias", On::Thing), on("kms:CreateAlias", On::Any("kms", "alias/"))],
    },
    EscalationPath {
        id: "boundary-of-role",
        rule: "R131",
        changes: "removes the permissions boundary of the role that it is or can be",
        needs: Needs::Opens(Opens::Identity(Whose::Role, PolicyChange::NoBoundary)),
        steps: &[on("iam:DeleteRolePermissionsBoundary", On::Target)],
    },
    EscalationPath {
        id: "boundary-of-user",
        rule: "R131",
        changes: "removes its own permissions boundary",
        needs: Needs::Opens(Opens::Identity(Whose::User, PolicyChange::NoBoundary)),
        steps: &[on("iam:DeleteUserPermissionsBoundary", On::Target)],
    },
    EscalationPath {
        id: "bucket-policy",
        rule: "R131",
        changes: "writes itself into the bucket policy",
        needs: Needs::Opens(Opens::Bucket(BucketChange::Policy)),
        steps: &[on("s3:PutBucketPolicy", On::Thing)],
    },
    EscalationPath {
        id: "bucket-policy-deleted",
        rule: "R131",
        changes: "deletes the bucket policy that keeps it out",
        needs: Needs::Opens(Opens::Bucket(BucketChange::NoPolicy)),
        steps: &[on("s3:DeleteBucketPolicy", On::Thing)],
    },
    EscalationPath {
        id: "change-function-code",
        rule: "R129",
        changes: "puts code of its own into a function that runs with the role",
        needs: Needs::RunsWith("Lambda function"),
        steps: &[on("lambda:UpdateFunctionCode", On::Workload)],
    },
    EscalationPath {
        id: "change-function-settings",
        rule: "R129",
        changes: "changes the layers or the handler of a function that runs with the role",
        needs: Needs::RunsWith("Lambda function"),
        steps: &[on("lambda:UpdateFunctionConfiguration", On::Workload)],
    },
    EscalationPath {
        id: "command-in-task",
        rule: "R129",
        changes: "runs a command in a container that has the role",
        needs: Needs::RunsWith("ECS task"),
        steps: &[on("ecs:ExecuteCommand", On::Workload)],
    },
    EscalationPath {
        id: "command-on-instance",
        rule: "R129",
        changes: "runs commands on an instance that has the role",
        needs: Needs::RunsWith("EC2 instance"),
        steps: &[on("ssm:SendCommand", On::Workload)],
    },
    EscalationPath {
        id: "denial-of-role",
        rule: "R131",
        changes: "detaches the managed policies that deny from the role that it is or can be",
        needs: Needs::Opens(Opens::Identity(Whose::Role, PolicyChange::NoDenial)),
        steps: &[on("iam:DetachRolePolicy", On::Target)],
    },
    EscalationPath {
        id: "denial-of-user",
        rule: "R131",
        changes: "detaches the managed policies that deny from itself",
        needs: Needs::Opens(Opens::Identity(Whose::User, PolicyChange::NoDenial)),
        steps: &[on("iam:DetachUserPolicy", On::Target)],
    },
    EscalationPath {
        id: "grant-of-key",
        rule: "R131",
        changes: "gives itself a KMS grant",
        needs: Needs::Opens(Opens::Key(KeyChange::Grant)),
        steps: &[on("kms:CreateGrant", On::Thing)],
    },
    EscalationPath {
        id: "inline-denial-of-role",
        rule: "R131",
        changes: "deletes the inline policies that deny of the role that it is or can be",
        needs: Needs::Opens(Opens::Identity(Whose::Role, PolicyChange::NoInlineDenial)),
        steps: &[on("iam:DeleteRolePolicy", On::Target)],
    },
    EscalationPath {
        id: "inline-denial-of-user",
        rule: "R131",
        changes: "deletes its own inline policies that deny",
        needs: Needs::Opens(Opens::Identity(Whose::User, PolicyChange::NoInlineDenial)),
        steps: &[on("iam:DeleteUserPolicy", On::Target)],
    },
    EscalationPath {
        id: "key-policy",
        rule: "R131",
        changes: "writes itself into the key policy",
        needs: Needs::Opens(Opens::Key(KeyChange::Policy)),
        steps: &[on("kms:PutKeyPolicy", On::Thing)],
    },
    EscalationPath {
        id: "login-profile-of-user",
        rule: "R130",
        changes: "gives the user a password",
        needs: Needs::User,
        steps: &[on("iam:CreateLoginProfile", On::Target)],
    },
    EscalationPath {
        id: "new-password-of-user",
        rule: "R130",
        changes: "changes the user's password",
        needs: Needs::User,
        steps: &[on("iam:UpdateLoginProfile", On::Target)],
    },
    EscalationPath {
        id: "open-notebook",
        rule: "R129",
        changes: "opens a notebook that runs with the role",
        needs: Needs::RunsWith("SageMaker notebook instance"),
        steps: &[on("sagemaker:CreatePresignedNotebookInstanceUrl", On::Workload)],
    },
    EscalationPath {
        id: "override-batch-build",
        rule: "R129",
        changes: "starts a batch of builds that run with the role, with commands of its own",
        needs: Needs::RunsWith("CodeBuild project"),
        steps: &[on("codebuild:StartBuildBatch", On::Workload)],
    },
    EscalationPath {
        id: "override-build",
        rule: "R129",
        changes: "starts a build that runs with the role, with commands of its own",
        needs: Needs::RunsWith("CodeBuild project"),
        steps: &[on("codebuild:StartBuild", On::Workload)],
    },
    EscalationPath {
        id: "pass-role-app-runner",
        rule: "R128",
        changes: "makes an App Runner service with the role",
        needs: Needs::Trusts("tasks.apprunner.amazonaws.com"),
        steps: &[pass(&[]), on("apprunner:CreateService", On::Any("apprunner", "service/"))],
    },
    EscalationPath {
        id: "pass-role-auto-scaling",
        rule: "R128",
        changes: "makes an Auto Scaling group whose instances have the role",
        needs: Needs::Trusts("ec2.amazonaws.com"),
        steps: &[
            pass(&[(TO, "ec2.amazonaws.com")]),
            on("autoscaling:CreateLaunchConfiguration", On::Any("autoscaling", "launchConfiguration:")),
            on("autoscaling:CreateAutoScalingGroup", On::Any("autoscaling", "autoScalingGroup:")),
        ],
    },
    EscalationPath {
        id: "pass-role-batch",
        rule: "R128",
        changes: "defines a job of Batch with the role and submits it",
        needs: Needs::Trusts("ecs-tasks.amazonaws.com"),
        steps: &[
            pass(&[(TO, "ecs-tasks.amazonaws.com")]),
            on("batch:RegisterJobDefinition", On::Any("batch", "job-definition/")),
            on("batch:SubmitJob", On::Any("batch", "job-definition/")),
        ],
    },
    EscalationPath {
        id: "pass-role-braket",
        rule: "R128",
        changes: "starts a hybrid job of Braket with the role",
        needs: Needs::Trusts("braket.amazonaws.com"),
        steps: &[pass(&[(TO, "braket.amazonaws.com")]), on("braket:CreateJob", On::Any("braket", "job/"))],
    },
    EscalationPath {
        id: "pass-role-change-set",
        rule: "R128",
        changes: "has a change set executed with the role",
        needs: Needs::Trusts("cloudformation.amazonaws.com"),
        steps: &[
            pass(&[(TO, "cloudformation.amazonaws.com")]),
            on("cloudformation:CreateChangeSet", On::Any("cloudformation", "stack/")),
            on("cloudformation:ExecuteChangeSet", On::Any("cloudformation", "stack/")),
        ],
    },
    EscalationPath {
        id: "pass-role-cloudformation",
        rule: "R128",
        changes: "has a stack made with the role",
        needs: Needs::Trusts("cloudformation.amazonaws.com"),
        steps: &[
            pass(&[(TO, "cloudformation.amazonaws.com")]),
            on("cloudformation:CreateStack", On::Any("cloudformation", "stack/")),
        ],
    },
    EscalationPath {
        id: "pass-role-code-interpreter",
        rule: "R128",
        changes: "makes a code interpreter of Bedrock AgentCore with the role and runs code in it",
        needs: Needs::Trusts("bedrock-agentcore.amazonaws.com"),
        steps: &[
            pass(&[(TO, "bedrock-agentcore.amazonaws.com")]),
            on("bedrock-agentcore:CreateCodeInterpreter", INTERPRETER),
            on("bedrock-agentcore:StartCodeInterpreterSession", INTERPRETER),
            on("bedrock-agentcore:InvokeCodeInterpreter", INTERPRETER),
        ],
    },
    EscalationPath {
        id: "pass-role-codebuild",
        rule: "R128",
        changes: "makes a build project with the role and starts it",
        needs: Needs::Trusts("codebuild.amazonaws.com"),
        steps: &[
            pass(&[(TO, "codebuild.amazonaws.com")]),
            on("codebuild:CreateProject", On::Any("codebuild", "project/")),
            on("codebuild:StartBuild", On::Any("codebuild", "project/")),
        ],
    },
    EscalationPath {
        id: "pass-role-codebuild-update",
        rule: "R128",
        changes: "gives a build project the role and starts it",
        needs: Needs::Trusts("codebuild.amazonaws.com"),
        steps: &[
            pass(&[(TO, "codebuild.amazonaws.com")]),
            on("codebuild:UpdateProject", On::Any("codebuild", "project/")),
            on("codebuild:StartBuild", On::Any("codebuild", "project/")),
        ],
    },
    EscalationPath {
        id: "pass-role-ec2",
        rule: "R128",
        changes: "starts an instance with the role",
        needs: Needs::Trusts("ec2.amazonaws.com"),
        steps: &[pass(&[(TO, "ec2.amazonaws.com")]), on("ec2:RunInstances", INSTANCE)],
    },
    EscalationPath {
        id: "pass-role-ec2-profile",
        rule: "R128",
        changes: "gives the role to an instance that is there",
        needs: Needs::Trusts("ec2.amazonaws.com"),
        steps: &[pass(&[(TO, "ec2.amazonaws.com")]), on("ec2:AssociateIamInstanceProfile", INSTANCE)],
    },
    EscalationPath {
        id: "pass-role-ec2-spot",
        rule: "R128",
        changes: "requests a Spot Instance with the role",
        needs: Needs::Trusts("ec2.amazonaws.com"),
        steps: &[
            pass(&[(TO, "ec2.amazonaws.com")]),
            on("ec2:RequestSpotInstances", On::Any("ec2", "spot-instances-request/")),
        ],
    },
    EscalationPath {
        id: "pass-role-ecs",
        rule: "R128",
        changes: "registers a task with the role and runs it",
        needs: Needs::Trusts("ecs-tasks.amazonaws.com"),
        steps: &[
            pass(&[(TO, "ecs-tasks.amazonaws.com")]),
            on("ecs:RegisterTaskDefinition", On::Any("ecs", "task-definition/")),
            on("ecs:RunTask", On::Any("ecs", "task-definition/")),
        ],
    },
    EscalationPath {
        id: "pass-role-ecs-service",
        rule: "R128",
        changes: "registers a task with the role and makes a service that runs it",
        needs: Needs::Trusts("ecs-tasks.amazonaws.com"),
        steps: &[
            pass(&[(TO, "ecs-tasks.amazonaws.com")]),
            on("ecs:RegisterTaskDefinition", On::Any("ecs", "task-definition/")),
            on("ecs:CreateService", On::Any("ecs", "service/")),
        ],
    },
    EscalationPath {
        id: "pass-role-ecs-start",
        rule: "R128",
        changes: "registers a task with the role and starts it on an instance",
        needs: Needs::Trusts("ecs-tasks.amazonaws.com"),
        steps: &[
            pass(&[(TO, "ecs-tasks.amazonaws.com")]),
            on("ecs:RegisterTaskDefinition", On::Any("ecs", "task-definition/")),
            on("ecs:StartTask", On::Any("ecs", "task-definition/")),
        ],
    },
    EscalationPath {
        id: "pass-role-eks",
        rule: "R128",
        changes: "associates the role with a service account of a cluster",
        needs: Needs::Trusts("pods.eks.amazonaws.com"),
        steps: &[
            pass(&[(TO, "pods.eks.amazonaws.com")]),
            on("eks:CreatePodIdentityAssociation", On::Any("eks", "cluster/")),
        ],
    },
    EscalationPath {
        id: "pass-role-emr",
        rule: "R128",
        changes: "starts an EMR cluster whose instances have the role",
        needs: Needs::Trusts("ec2.amazonaws.com"),
        steps: &[
            pass(&[(TO, "ec2.amazonaws.com")]),
            on("elasticmapreduce:RunJobFlow", On::Any("elasticmapreduce", "cluster/")),
        ],
    },
    EscalationPath {
        id: "pass-role-emr-serverless",
        rule: "R128",
        changes: "runs a job of EMR Serverless with the role",
        needs: Needs::Trusts("emr-serverless.amazonaws.com"),
        steps: &[
            pass(&[(TO, "emr-serverless.amazonaws.com")]),
            on("emr-serverless:StartJobRun", On::Any("emr-serverless", "/applications/")),
        ],
    },
    EscalationPath {
        id: "pass-role-gamelift",
        rule: "R128",
        changes: "makes a fleet of game servers with the role, out of a build of its own",
        needs: Needs::Trusts("gamelift.amazonaws.com"),
        steps: &[
            pass(&[]),
            on("gamelift:CreateBuild", BUILD),
            on("gamelift:RequestUploadCredentials", BUILD),
            on("gamelift:CreateFleet", BUILD),
        ],
    },
    EscalationPath {
        id: "pass-role-glue",
        rule: "R128",
        changes: "makes a Glue job with the role and starts it",
        needs: Needs::Trusts("glue.amazonaws.com"),
        steps: &[
            pass(&[(TO, "glue.amazonaws.com")]),
            on("glue:CreateJob", GLUE_JOB),
            on("glue:StartJobRun", GLUE_JOB),
        ],
    },
    EscalationPath {
        id: "pass-role-glue-endpoint",
        rule: "R128",
        changes: "makes a development endpoint of Glue with the role",
        needs: Needs::Trusts("glue.amazonaws.com"),
        steps: &[
            pass(&[(TO, "glue.amazonaws.com")]),
            on("glue:CreateDevEndpoint", On::Any("glue", "devEndpoint/")),
        ],
    },
    EscalationPath {
        id: "pass-role-glue-session",
        rule: "R128",
        changes: "opens an interactive Glue session with the role",
        needs: Needs::Trusts("glue.amazonaws.com"),
        steps: &[
            pass(&[(TO, "glue.amazonaws.com")]),
            on("glue:CreateSession", On::Any("glue", "session/")),
            on("glue:RunStatement", On::Any("glue", "session/")),
        ],
    },
    EscalationPath {
        id: "pass-role-glue-update",
        rule: "R128",
        changes: "gives a Glue job that is there the role and a script of its own, and starts it",
        needs: Needs::Trusts("glue.amazonaws.com"),
        steps: &[
            pass(&[(TO, "glue.amazonaws.com")]),
            on("glue:UpdateJob", GLUE_JOB),
            on("glue:StartJobRun", GLUE_JOB),
        ],
    },
    EscalationPath {
        id: "pass-role-lambda",
        rule: "R128",
        changes: "makes a function with the role and invokes it",
        needs: Needs::Trusts("lambda.amazonaws.com"),
        steps: &[
            pass(&[(TO, "lambda.amazonaws.com")]),
            on("lambda:CreateFunction", FUNCTION),
            on("lambda:InvokeFunction", FUNCTION),
        ],
    },
    EscalationPath {
        id: "pass-role-s3-batch",
        rule: "R131",
        changes: "has a job of S3 Batch Operations copy objects with the role",
        needs: Needs::Trusts("batchoperations.s3.amazonaws.com"),
        steps: &[
            pass(&[(TO, "batchoperations.s3.amazonaws.com")]),
            on("s3:CreateJob", On::Any("s3", "job/")),
        ],
    },
    EscalationPath {
        id: "pass-role-s3-replication",
        rule: "R131",
        changes: "has S3 copy new objects elsewhere with the role",
        needs: Needs::Trusts("s3.amazonaws.com"),
        steps: &[pass(&[(TO, "s3.amazonaws.com")]), on("s3:PutReplicationConfiguration", On::AnyBucket)],
    },
    EscalationPath {
        id: "pass-role-sagemaker",
        rule: "R128",
        changes: "makes a notebook instance with the role and opens it",
        needs: Needs::Trusts("sagemaker.amazonaws.com"),
        steps: &[
            pass(&[(TO, "sagemaker.amazonaws.com")]),
            on("sagemaker:CreateNotebookInstance", On::Any("sagemaker", "notebook-instance/")),
            on("sagemaker:CreatePresignedNotebookInstanceUrl", On::Any("sagemaker", "notebook-instance/")),
        ],
    },
    EscalationPath {
        id: "pass-role-sagemaker-job",
        rule: "R128",
        changes: "starts a training job with the role",
        needs: Needs::Trusts("sagemaker.amazonaws.com"),
        steps: &[
            pass(&[(TO, "sagemaker.amazonaws.com")]),
            on("sagemaker:CreateTrainingJob", On::Any("sagemaker", "training-job/")),
        ],
    },
    EscalationPath {
        id: "pass-role-sagemaker-processing",
        rule: "R128",
        changes: "runs a processing job with the role",
        needs: Needs::Trusts("sagemaker.amazonaws.com"),
        steps: &[
            pass(&[(TO, "sagemaker.amazonaws.com")]),
            on("sagemaker:CreateProcessingJob", On::Any("sagemaker", "processing-job/")),
        ],
    },
    EscalationPath {
        id: "pass-role-ssm-automation",
        rule: "R128",
        changes: "runs an automation of Systems Manager with the role",
        needs: Needs::Trusts("ssm.amazonaws.com"),
        steps: &[
            pass(&[(TO, "ssm.amazonaws.com")]),
            on("ssm:StartAutomationExecution", On::Any("ssm", "automation-definition/")),
        ],
    },
    EscalationPath {
        id: "pass-role-stack-set",
        rule: "R128",
        changes: "has the stacks of a stack set made with the role",
        needs: Needs::Trusts("cloudformation.amazonaws.com"),
        steps: &[
            pass(&[(TO, "cloudformation.amazonaws.com")]),
            on("cloudformation:CreateStackSet", On::Any("cloudformation", "stackset/")),
            on("cloudformation:CreateStackInstances", On::Any("cloudformation", "stackset/")),
        ],
    },
    EscalationPath {
        id: "pass-role-states",
        rule: "R128",
        changes: "makes a state machine with the role and starts it",
        needs: Needs::Trusts("states.amazonaws.com"),
        steps: &[
            pass(&[(TO, "states.amazonaws.com")]),
            on("states:CreateStateMachine", On::Any("states", "stateMachine:")),
            on("states:StartExecution", On::Any("states", "stateMachine:")),
        ],
    },
    EscalationPath {
        id: "policy-attached-to-role",
        rule: "R131",
        changes: "attaches a managed policy to the role that it is or can be",
        needs: Needs::Opens(Opens::Identity(Whose::Role, PolicyChange::More)),
        steps: &[on("iam:AttachRolePolicy", On::Target)],
    },
    EscalationPath {
        id: "policy-attached-to-user",
        rule: "R131",
        changes: "attaches a managed policy to itself",
        needs: Needs::Opens(Opens::Identity(Whose::User, PolicyChange::More)),
        steps: &[on("iam:AttachUserPolicy", On::Target)],
    },
    EscalationPath {
        id: "policy-of-role",
        rule: "R131",
        changes: "writes an inline policy for the role that it is or can be",
        needs: Needs::Opens(Opens::Identity(Whose::Role, PolicyChange::More)),
        steps: &[on("iam:PutRolePolicy", On::Target)],
    },
    EscalationPath {
        id: "policy-of-user",
        rule: "R131",
        changes: "writes an inline policy for itself",
        needs: Needs::Opens(Opens::Identity(Whose::User, PolicyChange::More)),
        steps: &[on("iam:PutUserPolicy", On::Target)],
    },
    EscalationPath {
        id: "policy-version-of-role",
        rule: "R131",
        changes: "writes a new version of a managed policy of the role that it is or can be",
        needs: Needs::Opens(Opens::Identity(Whose::Role, PolicyChange::Version)),
        steps: &[on("iam:CreatePolicyVersion", On::ManagedPolicy)],
    },
    EscalationPath {
        id: "policy-version-of-user",
        rule: "R131",
        changes: "writes a new version of a managed policy of its own",
        needs: Needs::Opens(Opens::Identity(Whose::User, PolicyChange::Version)),
        steps: &[on("iam:CreatePolicyVersion", On::ManagedPolicy)],
    },
    EscalationPath {
        id: "role-in-instance-profile",
        rule: "R130",
        changes: "puts the role into the instance profile of an instance",
        needs: Needs::Trusts("ec2.amazonaws.com"),
        steps: &[
            pass(&[(TO, "ec2.amazonaws.com")]),
            on("iam:AddRoleToInstanceProfile", On::Any("iam", "instance-profile/")),
            on("ec2:RunInstances", INSTANCE),
        ],
    },
    EscalationPath {
        id: "saml-metadata",
        rule: "R130",
        changes: "replaces the metadata of the SAML provider that the role trusts",
        needs: Needs::Provider(":saml-provider/"),
        steps: &[on("iam:UpdateSAMLProvider", On::Provider)],
    },
    EscalationPath {
        id: "session-on-instance",
        rule: "R129",
        changes: "opens a session on an instance that has the role",
        needs: Needs::RunsWith("EC2 instance"),
        steps: &[on("ssm:StartSession", On::Workload)],
    },
    EscalationPath {
        id: "ssh-key-on-instance",
        rule: "R129",
        changes: "puts an SSH key of its own on an instance that has the role",
        needs: Needs::RunsWith("EC2 instance"),
        steps: &[on("ec2-instance-connect:SendSSHPublicKey", On::Workload)],
    },
    EscalationPath {
        id: "step-on-cluster",
        rule: "R129",
        changes: "adds a step to a cluster whose instances have the role",
        needs: Needs::RunsWith("instances of EMR cluster"),
        steps: &[on("elasticmapreduce:AddJobFlowSteps", On::Any("elasticmapreduce", "cluster/"))],
    },
    EscalationPath {
        id: "tags-of-key",
        rule: "R131",
        changes: "tags the key so that policies that look at tags let it in",
        needs: Needs::Opens(Opens::Key(KeyChange::Tags)),
        steps: &[on("kms:TagResource", On::Thing)],
    },
    EscalationPath {
        id: "trust-policy",
        rule: "R130",
        changes: "writes itself into the role's trust policy, then assumes the role",
        needs: Needs::Role,
        steps: &[on("iam:UpdateAssumeRolePolicy", On::Target), on("sts:AssumeRole", On::Target)],
    },
];
